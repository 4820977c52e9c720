"""How each figure is taken. Everything is bounded in time, and stays on 127.0.0.1."""

from __future__ import annotations

import json
import select
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Results
from benchmarks.processes import MIB
from benchmarks.programs import EVENTS, Load, load_command, run_load
from benchmarks.subjects import Subject

PACED_STREAMS = 256
PACED_MS = 20
CONNECTIONS = 32


@dataclass(frozen=True)
class Effort:
    """How long to measure."""

    seconds: float = 2.0
    rounds: int = 3
    paced_seconds: float = 6.0
    streams: int = 5000


class Failed(RuntimeError):
    """A measurement gave no figure. The message is one sentence for the table."""


def chat(subject: Subject, body: Path, connections: int, seconds: float, warm: float = 0.3) -> Load:
    """Load the chat route. Raises `Failed` when most answers were errors."""
    command = load_command(subject.port, subject.chat_path, subject.headers, body, connections, seconds, warm)
    try:
        seen = run_load(command, seconds + warm)
    except subprocess.SubprocessError as error:
        raise Failed(f"the load generator did not end ({type(error).__name__})") from error
    if not seen.ok:
        raise Failed(f"no answer was whole within {seconds} s ({seen.failed} failed)")
    if seen.failed > seen.ok / 100:
        raise Failed(f"{seen.failed} of {seen.ok + seen.failed} requests failed")
    return seen


def warm(subject: Subject, body: Path) -> None:
    """Let a server load what it loads on its first chats; whatever comes of it shows in the rows."""
    run_load(load_command(subject.port, subject.chat_path, subject.headers, body, 4, 3.0, 0), 3.0)


def added_latency(results: Results, direct: Subject, subject: Subject, body: Path, effort: Effort) -> None:
    """p50 over the direct way's, by turns, so that a busy moment hits both alike; the median of the differences."""
    added, direct_p50 = [], []
    for _ in range(effort.rounds):
        direct_p50.append(chat(direct, body, 1, effort.seconds / 2).p50)
        added.append(chat(subject, body, 1, effort.seconds / 2).p50 - direct_p50[-1])
    results.put("added", subject.name, statistics.median(added) / 1000)
    results.put("added", direct.name, statistics.median(direct_p50) / 1000, "p50 itself")


def cpu_per_chat(subject: Subject, body: Path, effort: Effort) -> float:
    """CPU time of the server's processes over the chats they answered, in µs; one round."""
    before = subject.process.cpu_seconds()
    seen = chat(subject, body, CONNECTIONS, effort.seconds, warm=0)
    return (subject.process.cpu_seconds() - before) / seen.ok * 1e6


def cpu_per_event(subject: Subject, body: Path, effort: Effort) -> float:
    """The same over the events of streams that come in bursts."""
    before = subject.process.cpu_seconds()
    seen = chat(subject, body, CONNECTIONS, effort.seconds, warm=0)
    if seen.events < seen.ok * EVENTS:
        raise Failed(f"{seen.events} events came in {seen.ok} streams of {EVENTS}")
    return (subject.process.cpu_seconds() - before) / seen.events * 1e6


def paced(results: Results, direct: Subject, subject: Subject, body: Path, effort: Effort) -> None:
    """Whether streams at a model's pace keep it, how late the first event comes, and what that costs."""
    base = chat(direct, body, PACED_STREAMS, effort.paced_seconds, warm=1.5)
    before = subject.process.cpu_seconds()
    began = time.perf_counter()
    seen = chat(subject, body, PACED_STREAMS, effort.paced_seconds, warm=1.5)
    took = time.perf_counter() - began
    results.put("paced_cpu", subject.name, (subject.process.cpu_seconds() - before) / took * 100)
    results.put("paced_pace", subject.name, seen.events_per_second / base.events_per_second * 100)
    results.put("paced_first", subject.name, (seen.first_event_p50 - base.first_event_p50) / 1000)


def simple_get(results: Results, subject: Subject, effort: Effort) -> None:
    """p50 of a small authenticated read at one connection."""
    command = load_command(subject.port, subject.get_path, subject.headers, None, 1, effort.seconds / 2, 0.3)
    seen = run_load(command, effort.seconds)
    if seen.failed or not seen.ok:
        raise Failed(f"{subject.get_path} answered with errors")
    results.put("get", subject.name, seen.p50 / 1000)


def idle_memory(results: Results, subject: Subject) -> None:
    """Memory a second after the start, before any chat."""
    time.sleep(1.0)
    memory = subject.process.memory()
    results.put("idle", subject.name, memory.rss / MIB)
    results.put("idle_pss", subject.name, memory.pss / MIB)


def idle_streams(results: Results, subject: Subject, body: Path, effort: Effort) -> None:
    """Memory that each of many open streams takes, once all have had their first event."""
    run_load(load_command(subject.port, subject.get_path, subject.headers, None, 1, 0.3, 0), 1)  # loads what is lazy
    before = subject.process.memory().rss
    command = load_command(subject.port, subject.chat_path, subject.headers, body, effort.streams, 90, 0)
    holder = subprocess.Popen([*command, "-h", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        held = _held(holder, within=60)
        time.sleep(1.0)
        grown = subject.process.memory().rss - before
    finally:
        holder.kill()
        holder.communicate()
    if held < effort.streams:
        raise Failed(f"it did not hold {effort.streams} streams within 60 s")
    results.put("held", subject.name, grown / held / 1024)


def _held(holder: subprocess.Popen[bytes], within: float) -> int:
    """How many streams the generator reports open, 0 when it does not within the time."""
    assert holder.stdout is not None
    readable, _, _ = select.select([holder.stdout], [], [], within)
    line = holder.stdout.readline() if readable else b""
    return int(json.loads(line).get("held", 0)) if line else 0
