"""Forms with files, however they are cut on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.dialects.multipart import MOST_HEADERS, MOST_PARTS, MOST_TEXT, Form, Part
from parlance.values.errors import Fault

TYPE = "multipart/form-data; boundary=xyz"


def form(*parts: tuple[str, bytes], end: bytes = b"--xyz--\r\n") -> bytes:
    """A form of heads and contents."""
    return b"".join(b"--xyz\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts) + end


def named(name: str, more: str = "") -> str:
    return f'Content-Disposition: form-data; name="{name}"{more}'


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def read(data: bytes, size: int = 7, type: str = TYPE) -> list[tuple[Part, bytes]]:
    """All parts with their contents."""
    found, of = [], Form(type, pieces(data, size))
    while (part := await of.part()) is not None:
        found.append((part, b"".join([piece async for piece in of.content()])))
    return found


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=300) | st.text(alphabet="-\r\nxyz", max_size=60).map(str.encode),
    size=st.integers(1, 400),
)
async def test_a_file_comes_out_as_it_went_in(content: bytes, size: int) -> None:
    """Wherever the pieces are cut, and however much its bytes look like a boundary."""
    if b"\r\n--xyz" in b"\r\n" + content:
        return
    data = b"preamble\r\n" + form(
        (named("note"), b"a"), (named("file", '; filename="a.txt"'), content), (named("z"), b"")
    )
    found = await read(data, size)
    assert [(part.name, held) for part, held in found] == [("note", b"a"), ("file", content), ("z", b"")]
    assert found[1][0].filename == "a.txt" and found[0][0].filename is None


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ('; filename="报告.pdf"', "报告.pdf"),
        ("; filename=\"a\"; filename*=UTF-8''%E6%8A%A5%20b.pdf", "报 b.pdf"),
        ('; filename="a \\"b\\".txt"', 'a "b".txt'),
        ('; filename="a %22b%22.txt"', 'a "b".txt'),
        ('; filename="C:\\docs\\a.txt"', "C:\\docs\\a.txt"),
        ("; filename=plain.txt", "plain.txt"),
        ('; filename=""', ""),
        ("", None),
    ],
)
async def test_a_name_is_read_as_browsers_and_programs_write_it(more: str, name: str | None) -> None:
    """In UTF-8, with quotes escaped in either way, or in the longer form."""
    [(part, _)] = await read(form((named("file", more) + "\r\nContent-Type: text/plain", b"x")))
    assert part == Part("file", name, "" if name is None else "text/plain")


async def test_a_part_that_is_not_read_is_passed_over() -> None:
    """And a text is read whole."""
    data = form((named("file", '; filename="a"'), b"x" * 10_000), (named("note"), "茶".encode()))
    of = Form('multipart/form-data; charset=utf-8; boundary="xyz"', pieces(data, 1000))
    assert (await of.part()) is not None and (await of.part()) == Part("note")
    assert await of.text() == "茶" and await of.part() is None and await of.part() is None
    assert of.taken == len(data) and of.waiting <= of.closing


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no boundary at all",
        form((named("a"), b"x"), end=b""),
        b"--xyz\r\n" + named("a").encode(),
        b"--xyz\r\nContent-Disposition: form-data\r\n\r\nx\r\n--xyz--",
        b"--xyz\r\n\r\nx\r\n--xyz--",
        b"--xyz odd\r\n" + named("a").encode() + b"\r\n\r\nx\r\n--xyz--",
        b"--xyz\r\nx: " + b"y" * (2 * MOST_HEADERS),
        form(*[(named("a"), b"")] * (MOST_PARTS + 1)),
    ],
)
async def test_what_is_no_form_is_refused(data: bytes) -> None:
    """Cut off, without names, or made to be held."""
    with pytest.raises(Fault) as refused:
        await read(data, 5000)
    assert refused.value.code == "bad_form"


@pytest.mark.parametrize("type", ["", "text/plain", "multipart/form-data", "application/json; boundary=xyz"])
async def test_another_type_is_no_form(type: str) -> None:
    with pytest.raises(Fault):
        await read(form((named("a"), b"x")), type=type)


@pytest.mark.parametrize("content", [b"x" * (MOST_TEXT + 1), b"\xff\xfe"])
async def test_a_text_that_is_none_is_refused(content: bytes) -> None:
    """Too long, or not in UTF-8."""
    of = Form(TYPE, pieces(form((named("a"), content)), 100_000))
    assert await of.part() is not None
    with pytest.raises(Fault):
        await of.text()
