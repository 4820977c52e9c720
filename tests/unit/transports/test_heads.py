"""The head of an answer that is written the short way."""

from __future__ import annotations

import pytest

from parlance.transports.http.connection import _head
from parlance.transports.http.line import Unwatched


def test_a_head_is_its_status_and_its_headers() -> None:
    assert _head(200, [(b"a", b"b"), (b"c", b"")]) == b"HTTP/1.1 200 OK\r\na: b\r\nc: \r\n\r\n"


@pytest.mark.parametrize(
    "header",
    [
        (b"a", b"b\r\nc: d"),
        (b"a", b"b\nc"),
        (b"a: b\r\nc", b"d"),
        (b"a", b"\0"),
        (b"", b"b"),
        (b"connection", b"close"),
    ],
    ids=str,
)
def test_a_header_that_could_be_read_as_more_than_itself_is_left_to_the_long_way(header: tuple[bytes, bytes]) -> None:
    assert _head(200, [header]) is None


def test_a_line_that_nobody_watches_has_no_short_way() -> None:
    line = Unwatched()
    assert not (line.answer(200, [], b"") or line.begin(200, [], b"") or line.piece(b"a") or line.end())
