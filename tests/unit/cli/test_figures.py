"""Sizes, ages and durations read as Ollama's own; the expected texts are those of its command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parlance.cli.figures import count, counted, distance, duration, moment, size

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 KB"),
        (1_048_576, "1.0 MB"),
        (274_302_450, "274 MB"),
        (4_661_224_676, "4.7 GB"),
        (19_851_349_669, "19 GB"),
        (2_500_000_000_000, "2.5 TB"),
    ],
)
def test_bytes_are_counted_in_thousands(number: int, text: str) -> None:
    """One decimal below ten, none from there on."""
    assert size(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (22_700, "23K"), (133_700_000, "133.70M"), (7_000_000_000, "7B"), (3_212_749_888, "3.2B")],
)
def test_parameters_are_counted_in_short(number: int, text: str) -> None:
    """As model names have them."""
    assert count(number) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(), "Less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "About a minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(minutes=60), "About an hour"),
        (timedelta(minutes=90), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=14), "2 weeks"),
        (timedelta(days=60), "2 months"),
        (timedelta(days=730), "2 years"),
    ],
)
def test_distances_are_rounded_as_people_do(ago: timedelta, text: str) -> None:
    """In both directions."""
    assert distance(NOW - ago, NOW) == f"{text} ago"
    if ago:
        assert distance(NOW + ago, NOW) == f"{text} from now"


def test_an_end_out_of_sight_is_forever() -> None:
    """What a model that is kept for ever has; no time at all is never."""
    assert distance(NOW + timedelta(days=40 * 365), NOW) == "Forever"
    assert distance(None, NOW) == "Never"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-11-14T22:13:20.123456789Z", datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)),
        ("2023-11-14T22:13:20.5-07:00", datetime(2023, 11, 15, 5, 13, 20, 500000, UTC)),
        ("2023-11-14T22:13:20", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        (7, None),
    ],
)
def test_instants_are_read_with_any_decimals(text: object, expected: datetime | None) -> None:
    """Go writes nanoseconds, and the year 1 for no time."""
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (7, "7ns"),
        (1_500, "1.5µs"),
        (350_000_000, "350ms"),
        (2_500_000_000, "2.5s"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h0m0s"),
        (1_234_567_891, "1.234567891s"),
    ],
)
def test_durations_are_exact(nanoseconds: int, text: str) -> None:
    """As Go prints them."""
    assert duration(nanoseconds) == text


def test_a_thing_is_counted_by_the_word_for_one() -> None:
    assert [counted(number, "file") for number in (0, 1, 2, 1200)] == ["0 files", "1 file", "2 files", "1,200 files"]
    assert counted(1, "person", "people") == "1 person" and counted(3, "person", "people") == "3 people"
