"""One run: start everything, measure row by row, print the table. `python benchmarks/run.py` works too."""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # run as a file: the package is one folder up
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import machine, measures, peers, routing, table
from benchmarks.figures import ROWS, Results
from benchmarks.measures import Effort, Failed
from benchmarks.processes import NotStarted, allow_many_files
from benchmarks.programs import HERE, Missing, compiled, written_bodies
from benchmarks.subjects import Subject, start_floor, start_mock, start_nginx, start_parlance

QUICK = Effort(seconds=0.5, rounds=1, paced_seconds=2.0, streams=500)
Bodies = dict[tuple[str, bool], Path]
STARTS = 3
"""How often a server is started for its median time to the first answer."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Exit code 0 with a table, 2 without; with `--strict` 1 for a missed budget."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="What Parlance costs, beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a minute instead of five; figures are rough")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a measured budget does not hold")
    parser.add_argument("--without-peers", action="store_true", help="leave out peers that bench-peers installed")
    parser.add_argument("--without-parlance", action="store_true", help="measure the ground only")
    chosen = parser.parse_args(arguments)
    allow_many_files()
    where = machine.described()
    results = Results()
    try:
        with tempfile.TemporaryDirectory(prefix="parlance-bench-") as folder:
            measure(results, Path(folder), chosen)
    except Missing as reason:
        print(reason, file=sys.stderr)
        return 2
    print(f"\n{where}\n\n{table.markdown(results)}")
    if chosen.write:
        file = HERE.parent / "docs" / "benchmarks.md"
        file.write_text(table.page(results, where) + table.kept(file), "utf-8")
    missed = [row.what for row in ROWS if (row.used(results) or 0) > 1]
    return 1 if missed and chosen.strict else 0


def measure(results: Results, folder: Path, chosen: argparse.Namespace) -> None:
    """Everything, in the order of the table."""
    effort = QUICK if chosen.quick else Effort()
    compiled("load")
    bodies = written_bodies(folder)
    with contextlib.ExitStack() as stack:
        direct = start_mock(folder)
        stack.callback(direct.process.stop)
        starters: list[Callable[[], Subject]] = [
            lambda: start_nginx(folder, direct.port),
            lambda: start_floor(folder, direct.port),
        ]
        if not chosen.without_parlance:
            starters.append(lambda: start_parlance(folder, direct.port))
        started = [_started(results, stack, starter, bodies, effort) for starter in starters]
        ground = [direct, *(subject for subject in started if subject is not None)]
        rows(results, direct, ground, bodies, effort)
        if not chosen.without_parlance:
            print("routing", file=sys.stderr)
            routing.measure(results)
        if not chosen.without_peers:
            for starter in peers.starters(folder, direct.port, results):
                with _alone(results, starter) as peer:
                    if peer is not None:
                        measures.warm(peer, bodies["mock", False])
                        rows(results, direct, [direct, peer], bodies, effort)
                        held(results, peer, bodies, effort)


def rows(results: Results, direct: Subject, subjects: list[Subject], bodies: Bodies, effort: Effort) -> None:
    """All rows that leave a server as it was; a failure is a sentence and costs its own cell only."""
    servers = [subject for subject in subjects if subject is not direct]
    block, burst, paced = bodies["mock", False], bodies["mock", True], bodies["mock-p20", True]
    for subject in servers:
        _take(results, "added", subject, partial(measures.added_latency, results, direct, subject, block), effort)
        _take(results, "get", subject, partial(measures.simple_get, results, subject), effort)
    _by_turns(results, "chat_cpu", servers, measures.cpu_per_chat, block, effort)
    _by_turns(results, "event_cpu", servers, measures.cpu_per_event, burst, effort)
    for subject in servers:
        _take(results, "paced_pace", subject, partial(measures.paced, results, direct, subject, paced), effort)


def held(results: Results, subject: Subject, bodies: Bodies, effort: Effort) -> None:
    """The row that some servers do not recover from: on a process that does nothing else afterwards."""
    _take(results, "held", subject, partial(measures.idle_streams, results, subject, bodies["mock-idle", True]), effort)


def _take(results: Results, key: str, subject: Subject, take: Callable[[Effort], None], effort: Effort) -> None:
    print(f"{subject.title}: {key}", file=sys.stderr)
    with _sentence(results, key, subject):
        take(effort)


def _by_turns(
    results: Results,
    key: str,
    subjects: list[Subject],
    cost: Callable[[Subject, Path, Effort], float],
    body: Path,
    effort: Effort,
) -> None:
    """Rounds by turns, so that a busy moment of the machine hits all alike; the median of each subject's rounds."""
    costs: dict[str, list[float]] = {}
    for number in range(effort.rounds + 1):  # the first one warms up
        for subject in subjects:
            print(f"{subject.title}: {key}, round {number}", file=sys.stderr)
            with _sentence(results, key, subject):
                if key in results.figures and results.figures[key].get(subject.name) is not None:
                    continue  # it failed before
                costs.setdefault(subject.name, []).append(cost(subject, body, effort))
    for name, values in costs.items():
        if name not in results.figures.get(key, {}):
            results.put(key, name, statistics.median(values[1:]))


@contextlib.contextmanager
def _sentence(results: Results, key: str, subject: Subject) -> Iterator[None]:
    """Turn a failed measurement into a sentence below the table and a dash in its cell."""
    try:
        yield
    except (Failed, OSError, ValueError, ZeroDivisionError, subprocess.SubprocessError) as error:
        results.put(key, subject.name, None)
        what = next(row.what for row in ROWS if row.key == key)
        results.sentences.append(f"{subject.title}, {what}: {error}.")


def _started(
    results: Results, stack: contextlib.ExitStack, starter: Callable[[], Subject], bodies: Bodies, effort: Effort
) -> Subject | None:
    """Start a server three times for its median time; the second holds idle streams, the last is kept for the rest."""
    times: list[float] = []
    for turn in range(STARTS):
        try:
            subject = starter()
        except (Missing, NotStarted) as reason:
            results.sentences.append(f"{reason}.".replace("..", "."))
            return None
        times.append(subject.started_in or 0.0)
        if turn == 1:
            held(results, subject, bodies, effort)
        if turn < STARTS - 1:
            subject.process.stop()
    stack.callback(subject.process.stop)
    results.put("start", subject.name, statistics.median(times))
    measures.idle_memory(results, subject)
    return subject


@contextlib.contextmanager
def _alone(results: Results, starter: Callable[[], Subject]) -> Iterator[Subject | None]:
    """A peer, started once (they take long) and stopped before the next one: they are large."""
    with contextlib.ExitStack() as stack:
        subject = None
        try:
            subject = starter()
        except (Missing, NotStarted) as reason:
            results.sentences.append(f"{reason}.".replace("..", "."))
        if subject is not None:
            stack.callback(subject.process.stop)
            results.put("start", subject.name, subject.started_in)
            measures.idle_memory(results, subject)
        yield subject


if __name__ == "__main__":
    sys.exit(main())
