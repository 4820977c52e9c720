"""Times and pages as this wire has them."""

from __future__ import annotations

import pytest

from parlance.dialects.table import Request
from parlance.dialects.weknora.wire import Paging, moment, paging, stamp
from parlance.values.errors import Fault


def asked(query: str) -> Request:
    """A request with this query."""
    return Request("GET", "/", params={}, raw_query=query, headers={}, body=b"", content=None, id="1", prefix="")


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", Paging(1, 20)),
        ("page=0&page_size=0", Paging(1, 20)),
        ("page=3&page_size=100", Paging(3, 100)),
        ("page=&page_size=1", Paging(1, 1)),
    ],
)
def test_a_page_that_is_left_out_is_the_usual_one(query: str, page: Paging) -> None:
    """0 and nothing are the defaults, one hundred is the most."""
    assert paging(asked(query)) == page


@pytest.mark.parametrize("query", ["page=-1", "page_size=101", "page_size=-1", "page=x", "page_size=1.5", "page=%00"])
def test_a_page_that_cannot_be_is_refused(query: str) -> None:
    """It is not bent into one that can."""
    with pytest.raises(Fault):
        paging(asked(query))


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_500_000, "1970-01-01T00:00:01.5Z"),
        (1_700_000_000_123_450, "2023-11-14T22:13:20.12345Z"),
    ],
)
def test_a_time_is_written_as_go_writes_it(micros: int, text: str) -> None:
    """Without zeros at its end, and read again as what it was."""
    assert stamp(micros) == text and moment(text) == micros


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:30:00-00:30", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.123456789Z", 123_457),
    ],
)
def test_a_time_is_read_with_nanoseconds_and_zones(text: str, micros: int) -> None:
    """A part of a microsecond counts as a whole one."""
    assert moment(text) == micros


@pytest.mark.parametrize("text", ["", "yesterday", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T00:00:00", "0"])
def test_what_is_no_time_is_none(text: str) -> None:
    """Whoever asked for it decides what follows."""
    assert moment(text) is None
