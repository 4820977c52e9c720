"""The head of an answer that is written the short way."""

from __future__ import annotations

import pytest

from parlance.transports.http.cycle import head_of as _head
from parlance.transports.http.cycle import target_of, targets_of
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


def test_what_is_known_of_a_path_beforehand_is_what_its_request_says() -> None:
    paths = ("/", "/v1/chat/completions", "/ai/v1/models")
    assert targets_of(paths) == {path.encode(): target_of(path.encode()) for path in paths}


def test_nothing_is_kept_of_a_path_that_was_asked_for() -> None:
    """The links to set a password and to a shared chat are secrets."""
    secret = b"/parlance/password/never-to-be-kept"
    assert target_of(secret) == {"path": secret.decode(), "raw_path": secret, "query_string": b""}
    assert target_of(secret) is not target_of(secret)
