"""The marks of a page as they are met, and that no page or text holds its reader up."""

from __future__ import annotations

import re
import time

import pytest

from parlance.parsers.draft import Draft
from parlance.parsers.marks import Marks
from parlance.parsers.markup import fenced, read_markup

PATIENCE = 4.0
"""Seconds of a core; a page of this size is to be read within one."""
SIZE = 60_000


class Told(Marks):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def begins(self, tag: str, attributes: dict[str, str]) -> None:
        self.lines.append(f"+{tag}{attributes or ''}")

    def ends(self, tag: str) -> None:
        self.lines.append(f"-{tag}")

    def says(self, text: str) -> None:
        self.lines.append(text)


def told(page: str) -> list[str]:
    """What is told of a page."""
    reader = Told()
    reader.read(page)
    return reader.lines


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("a<P Id=x>b</P >c", ["a", "+p{'id': 'x'}", "b", "-p", "c"]),
        ("<p a='1 > 0' b=\"<i>\" c = d e>x", ["+p{'a': '1 > 0', 'b': '<i>', 'c': 'd', 'e': ''}", "x"]),
        ("<a href=/x/>t</a>", ["+a{'href': '/x/'}", "t", "-a"]),
        ("<p/>a<br/>b<img src='x'/>", ["+p", "-p", "a", "+br", "b", "+img{'src': 'x'}"]),
        ("1 < 2 &lt; 3 & &amp;4 <", ["1 < 2 < 3 & &4 <"]),
        ("<p a='&lt;&#65;'>", ["+p{'a': '<A'}"]),
        ("a<!-- <p> -- > -->b<!-->c<!--->d<!-- e --!>f", ["a", "b", "c", "d", "f"]),
        ("a<!doctype html>b<?x y?>c</ z>d<![if IE]>e<![CDATA[ <p> ]]>f", ["a", "b", "c", "d", "e", "f"]),
        ("<script>a < '</p>'</SCRIPT >c", ["+script", "a < '</p>'", "-script", "c"]),
        ("<script src=/x/>a</script><style/>b", ["+script{'src': '/x/'}", "a", "-script", "+style", "-style", "b"]),
        ("<style>a", ["+style", "a"]),
        ("<p = ==x a=>b", ["+p{'=x': '', 'a': ''}", "b"]),
    ],
)
def test_marks_are_met_as_the_standard_has_them(page: str, lines: list[str]) -> None:
    """In names of small letters, with what signs stand for."""
    assert told(page) == lines


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("a<!-- b <p>c", ["a", "c"]),
        ("a<![CDATA[ b <p>c", ["a", "c"]),
        ("<p>a <b c", ["+p", "a <b c"]),
        ("<p id='a>b<i>c", ["+p", "b", "+i", "c"]),
        ("<p id='a>b<i c=\"'d", ["+p", "b<i c=\"'d"]),
    ],
)
def test_a_mark_without_an_end_takes_no_more_than_it_must(page: str, lines: list[str]) -> None:
    """What follows the next `>` is read, and where there is none it is text."""
    assert [re.sub(r"\{.*\}", "", line) for line in told(page)] == lines


@pytest.mark.slow
@pytest.mark.parametrize("end", ["", ">"])
@pytest.mark.parametrize(
    "mark",
    [
        "<a ",
        "<a b='",
        "<!-- >",
        "<![if >",
        "<![CDATA[>",
        "</a",
        '<a "<a b="><a "<a b=',
        '<a b=">="',
        "<ul><li>x",
        "<td>x",
    ],
)
def test_no_page_of_marks_takes_longer_than_its_length(mark: str, end: str) -> None:
    """With and without an end after all of them."""
    page, began = mark * (SIZE // len(mark)) + end, time.process_time()
    read_markup(page, Draft())
    assert time.process_time() - began < PATIENCE


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0"])
def test_a_long_run_of_blanks_takes_no_longer_than_its_length(blank: str) -> None:
    """Within a line it stays, at the end of one it goes."""
    draft, began = Draft(), time.process_time()
    draft.add("code", f"a{blank * SIZE}b{blank * SIZE}\nc")
    assert time.process_time() - began < PATIENCE
    assert draft.finish().text == f"a{blank * SIZE}b\nc"


def test_a_fence_is_longer_than_any_in_its_code() -> None:
    """However long that is."""
    assert fenced("a ` b") == "```\na ` b\n```"
    assert fenced("````") == "`````\n````\n`````"
    began = time.process_time()
    assert len(fenced("`" * 10 * SIZE)) > 30 * SIZE
    assert time.process_time() - began < PATIENCE
