"""Figures: what was measured of whom, and what Parlance has promised about it (the design's table of budgets)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured value, in its row's unit, or the reason why there is none."""

    value: float | None
    note: str = ""


@dataclass
class Results:
    """Figures by row and subject."""

    figures: dict[str, dict[str, Figure]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    """What could not be measured, and why."""

    def put(self, row: str, subject: str, value: float | None, note: str = "") -> None:
        """Keep one figure."""
        self.figures.setdefault(row, {})[subject] = Figure(value, note)

    def get(self, row: str, subject: str) -> float | None:
        """The value, or `None` where there is none."""
        figure = self.figures.get(row, {}).get(subject)
        return figure.value if figure is not None else None

    def ratio(self, row: str, subject: str, peer: str) -> float | None:
        """The subject's value over the peer's."""
        mine, theirs = self.get(row, subject), self.get(row, peer)
        return mine / theirs if mine is not None and theirs else None


Verdict = Callable[[Results], float | None]
"""How much of the budget is used: 1.0 is exactly all of it; `None` when it could not be measured."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    key: str
    what: str
    unit: str
    budget: str
    used: Verdict
    digits: int = 2
    ratio_to: str | None = None
    """The peer whose figure each other one is divided by, in brackets."""


def _below(key: str, limit: float) -> Verdict:
    def used(results: Results) -> float | None:
        value = results.get(key, "parlance")
        return None if value is None else max(value, 0.0) / limit

    return used


def _times(key: str, peer: str, limit: float) -> Verdict:
    def used(results: Results) -> float | None:
        ratio = results.ratio(key, "parlance", peer)
        return None if ratio is None else ratio / limit

    return used


def _at_least(key: str, limit: float) -> Verdict:
    def used(results: Results) -> float | None:
        value = results.get(key, "parlance")
        return None if not value else limit / value

    return used


ROWS = (
    Row("start", "start to first answer on `/health`", "s", "< 0.5 s", _below("start", 0.5)),
    Row("idle", "idle memory (resident)", "MiB", "< 60 MiB", _below("idle", 60), digits=1),
    Row("idle_pss", "idle memory (proportional)", "MiB", "", lambda _: None, digits=1),
    Row("added", "added p50, one non-streamed chat, 1 connection", "ms", "< 0.5 ms", _below("added", 0.5), digits=3),
    Row(
        "chat_cpu",
        "CPU per non-streamed chat, 32 connections",
        "µs",
        "≤ 8 × nginx",
        _times("chat_cpu", "nginx", 8),
        digits=1,
        ratio_to="nginx",
    ),
    Row(
        "event_cpu",
        "CPU per streamed event, bursts, 32 connections",
        "µs",
        "≤ 6 × nginx",
        _times("event_cpu", "nginx", 6),
        ratio_to="nginx",
    ),
    Row(
        "paced_pace",
        "256 paced streams: events delivered, of those due",
        "%",
        "all (≥ 99 %)",
        _at_least("paced_pace", 99),
        digits=1,
    ),
    Row("paced_first", "256 paced streams: first event p50 over direct", "ms", "< 10 ms", _below("paced_first", 10)),
    Row(
        "paced_cpu",
        "256 paced streams: CPU of one core",
        "%",
        "≤ 1.3 × plain relay",
        _times("paced_cpu", "floor", 1.3),
        digits=1,
        ratio_to="floor",
    ),
    Row("get", "simple authenticated GET (models), p50", "ms", "< 2 ms", _below("get", 2), digits=3),
    Row("held", "5,000 idle open streams: memory each", "KiB", "< 32 KiB", _below("held", 32), digits=1),
    Row("routing", "a look-up among 700 paths over one among 70", "×", "flat (≤ 1.5)", _below("routing", 1.5)),
)
