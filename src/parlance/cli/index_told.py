"""What `parlance index` says: beforehand, of every file afterwards, and when it is interrupted."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import get_args

import click

from parlance.cli import figures, output
from parlance.cli.client import printable
from parlance.cli.delivery import Delivery
from parlance.cli.folder_outcome import Outcome, Told
from parlance.cli.folder_plan import Plan
from parlance.cli.progress import Progress

LOUD = ("failed", "skipped", "kept", "renamed", "removed", "changed")
"""What a summary names file by file."""
DONE = ("added", "changed", "renamed", "removed")
"""What is not done again in a next attempt: a failure may be, and is no progress."""
HALF_READ = 10
"""Documents read in part that a summary names: a folder of scans may have thousands, and they are told each time."""


def summed(plan: Plan) -> str:
    """What is to be done, in a line."""
    count = Counter(each.outcome for each in plan.told)
    size = figures.size(sum(file.size for file in plan.new))
    changed = plan.changed
    elsewhere = changed | {file.name for _, file in plan.moved}
    there = [each.name for each in plan.waiting] + [each.name for each in plan.told if each.outcome == "unchanged"]
    new = sum(file.name not in changed for file in plan.new)
    return (
        f"{new} new and {len(changed)} changed ({size}), {len(plan.moved)} renamed, {len(plan.removed)} gone, "
        f"{sum(name not in elsewhere for name in there)} unchanged, {count['skipped']} skipped, "
        f"{count['failed']} failed" + (f", {len(plan.again)} tried again" if plan.again else "")
    )


def preview(plan: Plan, as_json: bool) -> None:
    """What would be done, and why the rest would not."""
    settled = [*plan.told, *(Told(each.name, "unchanged", "it is still being read") for each in plan.waiting)]
    if as_json:
        return output.emit(_previewed(plan, settled))
    for file in plan.new:
        word = "change" if file.name in plan.changed else "add"
        click.echo(f"{word:<10}{printable(file.name)} ({figures.size(file.size)})")
    replaced = plan.changed - {file.name for file in plan.new}
    for each in sorted(each for each in settled if each.name in replaced):
        click.echo(line(each._replace(reason=each.reason or "its bytes are there already"), "change"))
    for again in plan.again:
        click.echo(f"{'retry':<10}{printable(again.name)}")
    for gone, file in plan.moved:
        click.echo(f"{'rename':<10}{printable(gone.name)} to {printable(file.name)}")
    for gone in plan.removed:
        click.echo(f"{'remove':<10}{printable(gone.name)}")
    rest = (each for each in sorted(settled) if each.outcome != "unchanged" or each.name not in replaced)
    output.lines(line(each) for each in rest if each.outcome != "unchanged" or each.reason)
    click.echo(summed(plan), err=True)


def _previewed(plan: Plan, settled: Iterable[Told]) -> dict[str, object]:
    """The same as JSON. `replaced` are the versions that go for what is `changed`."""
    return {
        "new": [{"name": file.name, "size": file.size, "changed": file.name in plan.changed} for file in plan.new],
        "renamed": [{"from": gone.name, "to": file.name, "document": gone.document} for gone, file in plan.moved],
        "removed": [{"name": gone.name, "document": gone.document} for gone in plan.removed],
        "replaced": [
            {"name": gone.name, "document": gone.document} for versions in plan.outdated.values() for gone in versions
        ],
        "told": [each._asdict() for each in sorted(settled)],
        "again": [each.name for each in plan.again],
    }


def as_changed(told: Told, plan: Plan, replaced: Collection[str]) -> Told:
    """What another version went for was not added, but changed; where it failed, the other is still there."""
    if told.name not in plan.changed:
        return told
    if told.outcome in ("failed", "skipped"):
        return told._replace(reason=f"{told.reason} The version before it stays.")
    if told.name in replaced and told.outcome in ("added", "unchanged"):
        return told._replace(outcome="changed")
    return told


def interrupted(plan: Plan, delivery: Delivery) -> str:
    """What the server has, and what it has not."""
    names = {each.name for each in delivery.told}
    reading = sum(each.name not in names for each in (*delivery.sent, *plan.waiting, *plan.again))
    away = len(plan.new) - len(delivery.sent) - sum(not each.document for each in delivery.told)
    unsent = f"{figures.counted(away, 'file')} {'was' if away == 1 else 'were'} not sent"
    return (
        f"Stopped. {unsent}; {reading} that the server has it goes on reading. The same command "
        "again sends only what is not there."
    )


class Quiet:
    """Nobody is shown anything."""

    def moved(self, doing: str, done: int, total: int, counted: bool = False) -> None:
        """Bytes or documents."""

    def settled(self, told: Told) -> None:
        """A file."""


class Screen:
    """Bars on a terminal; elsewhere a line for each step and each file. All on standard error."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._progress = Progress(sys.stderr.write, time.monotonic_ns, self._terminal, output.columns())

    def moved(self, doing: str, done: int, total: int, counted: bool = False) -> None:
        """So many bytes of all are done, or so many documents."""
        self._progress.step({"status": doing, "completed": done, "total": total, "counted": counted})
        sys.stderr.flush()

    def settled(self, told: Told) -> None:
        """A file has come to its end: worth a line where no bar tells of it."""
        if not self._terminal:
            click.echo(line(told._replace(reason="")), err=True)

    def close(self) -> None:
        """Let the next line begin below the bar."""
        self._progress.close()


def summary(told: Iterable[Told], reading: int = 0) -> Iterator[str]:
    """The counts, then whatever there is to say of single files. `reading` are read yet, and told of later."""
    every = list(told)
    count = Counter(each.outcome for each in every)
    yield ", ".join(f"{count[kind]} {kind}" for kind in get_args(Outcome)) + (
        f", {reading} being read" if reading else ""
    )
    yield from (line(each) for each in every if each.outcome in LOUD or each.unread)
    half = [each for each in every if each.partly and each.outcome not in LOUD]
    yield from map(line, half[:HALF_READ])
    if len(half) > HALF_READ:
        yield f"and {len(half) - HALF_READ} more that were not read whole (--json names them)"


class Retelling:
    """What is said of round after round of a folder that is watched."""

    def __init__(self) -> None:
        self._said: frozenset[str] = frozenset()
        self._counts = ""

    def new(self, told: Sequence[Told], reading: int) -> list[str]:
        """The lines of a summary without those of the round before that tell of no change: a file that cannot be read
        is named once. Nothing where that is all, and the counts are what they were."""
        before, self._said = self._said, frozenset(line(each) for each in told if each.outcome not in DONE)
        counts = next(summary(told, reading))
        _, *lines = summary([each for each in told if line(each) not in before])
        changes = lines or counts != self._counts or any(each.outcome in DONE for each in told)
        self._counts = counts
        return [counts, *lines] if changes else []


def line(told: Told, word: str = "") -> str:
    """One file's line, perhaps with another word for what becomes of it. A name from the file system commands no
    terminal."""
    document = f" (document {told.document})" if told.document and told.outcome in ("failed", "skipped") else ""
    reason = f": {printable(told.reason)}" if told.reason else ""
    return f"{word or told.outcome:<10}{printable(told.name)}{document}{reason}"
