"""One range of a content, validators, and names that are only names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.ranges import Span, chosen, disposition, unchanged

TAG = '"abc"'
WHOLE = Span(0, 1000)


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-999", WHOLE),
        ("bytes=500-", Span(500, 1000)),
        ("bytes=990-5000", Span(990, 1000)),
        ("bytes=-1", Span(999, 1000)),
        ("bytes=-5000", WHOLE),
        (" Bytes = 1 - 2 ", Span(1, 3)),
        ("bytes=1000-", None),
        ("bytes=1000-2000", None),
        ("bytes=-0", None),
        ("bytes=0-0,2-3", WHOLE),
        ("bytes=5-2", WHOLE),
        ("bytes=a-b", WHOLE),
        ("lines=1-2", WHOLE),
        ("bytes=٣-٤", WHOLE),
        ("bytes=99999999999999999999-", None),
        ("bytes=0-99999999999999999999", WHOLE),
        ("bytes=-99999999999999999999", WHOLE),
        ("", WHOLE),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(2000)), None),
    ],
)
def test_one_range_is_given_several_are_the_whole_and_thousands_are_refused(asked: str, span: Span | None) -> None:
    assert chosen({"range": asked}, 1000, TAG) == span


def test_a_range_of_what_has_changed_meanwhile_is_the_whole() -> None:
    asked = {"range": "bytes=1-2"}
    assert chosen({**asked, "if-range": TAG}, 1000, TAG) == Span(1, 3)
    assert chosen({**asked, "if-range": '"other"'}, 1000, TAG) == WHOLE
    assert chosen({**asked, "if-range": f"W/{TAG}"}, 1000, TAG) == WHOLE, "a weak validator is none for ranges"


def test_nothing_has_no_ranges() -> None:
    assert chosen({}, 0, TAG) == Span(0, 0)
    assert chosen({"range": "bytes=0-"}, 0, TAG) is None
    assert chosen({"range": "bytes=-5"}, 0, TAG) is None


@pytest.mark.parametrize(
    ("known", "same"), [(TAG, True), (f'"x", W/{TAG}', True), ("*", True), ('"x"', False), ("", False)]
)
def test_a_client_that_has_the_content_is_told_so(known: str, same: bool) -> None:
    assert unchanged({"if-none-match": known}, TAG) is same
    assert not unchanged({}, TAG)


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("notes.txt", "notes.txt", "notes.txt"),
        ("Übersicht 2026.pdf", "Ubersicht 2026.pdf", "%C3%9Cbersicht%202026.pdf"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("C:\\Windows\\system.ini", "C__Windows_system.ini", "C__Windows_system.ini"),
        ('a"; filename="evil.exe', "a__ filename=_evil.exe", "a_%3B%20filename%3D_evil.exe"),
        ("line\r\nSet-Cookie: a=b", "lineSet-Cookie_ a=b", "lineSet-Cookie_%20a%3Db"),
        ("invoice\u202efdp.exe", "invoicefdp.exe", "invoicefdp.exe"),
        ("报告.docx", "file.docx", "%E6%8A%A5%E5%91%8A.docx"),
        ("...", "file", "file"),
        ("", "file", "file"),
        ("\x00\x01", "file", "file"),
        (".bashrc", "bashrc", "bashrc"),
    ],
)
def test_a_name_is_told_in_ascii_and_in_full(name: str, plain: str, full: str) -> None:
    assert disposition(name) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}".encode()


def test_a_long_name_keeps_its_end() -> None:
    assert disposition("x" * 400 + ".txt", inline=True).startswith(b'inline; filename="xxx')
    assert disposition("x" * 400 + ".txt").count(b"x") == 2 * 147
    assert disposition("x" * 400 + ".txt").endswith(b".txt")


@given(st.text())
def test_no_name_breaks_out_of_its_header_or_names_a_path(name: str) -> None:
    header = disposition(name).decode("ascii")
    word, _, rest = header.partition('; filename="')
    plain, _, full = rest.partition("\"; filename*=UTF-8''")
    assert word == "attachment" and plain and full
    assert not set('/\\"\r\n;') & set(plain) and not set("/\\\"\r\n; '") & set(full)
    assert not plain.startswith(".")
