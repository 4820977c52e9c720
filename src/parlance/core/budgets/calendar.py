"""Periods of the calendar, in UTC: when one began, and when the next one begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from parlance.values.ledger import Period
from parlance.values.time import SECOND

DAY = 86_400 * SECOND
_EPOCH = date(1970, 1, 1)


def day_of(now: int) -> str:
    """The day of a moment, as `2026-05-01`."""
    return (_EPOCH + timedelta(days=now // DAY)).isoformat()


def began(period: Period, now: int) -> str:
    """The first day of the period that a moment is in; a week begins on Monday."""
    today = _EPOCH + timedelta(days=now // DAY)
    if period == "month":
        today = today.replace(day=1)
    elif period == "week":
        today -= timedelta(days=today.weekday())
    return today.isoformat()


def resets(period: Period, now: int) -> int:
    """When the next period begins, in microseconds."""
    first = date.fromisoformat(began(period, now))
    if period == "month":
        following = (first + timedelta(days=31)).replace(day=1)
    else:
        following = first + timedelta(days=7 if period == "week" else 1)
    return (following - _EPOCH).days * DAY


def told(moment: int) -> str:
    """A moment for people, to the minute: `2026-05-01 00:00 UTC`."""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
