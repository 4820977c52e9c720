"""How many instructions a chat takes: what a busy machine cannot blur. The server under valgrind's callgrind.

Run as `python -m benchmarks.instructions [block|stream] [chats]`. Counted is the event loop's thread, from after the
first chats on; the kernel's share is not in it. What goes by time (a writer's batch, a timer) is counted too, and more
of it the slower the machine: compare figures that were taken one after the other.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measures import CONNECTIONS, Failed
from benchmarks.processes import NotStarted
from benchmarks.programs import Missing, load_command, run_load, written_bodies
from benchmarks.subjects import Subject, start_floor, start_mock, start_parlance

FIRST = 100
"""Chats that load what is loaded on the first ones, and teach the interpreter."""
PATIENCE = 120.0
"""Seconds that a start may take: valgrind is fifty times slower."""
_TOTAL = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)


def main(words: list[str]) -> int:
    """Print what a chat takes through the plain relay and through Parlance."""
    kind = next((word for word in words if not word.isdecimal()), "block")
    chats = next((int(word) for word in words if word.isdecimal()), 300)
    for start in (start_floor, start_parlance):
        with tempfile.TemporaryDirectory(prefix="parlance-count-") as folder:
            try:
                print(counted(start, kind == "stream", chats, Path(folder)))
            except (Missing, NotStarted, Failed, subprocess.SubprocessError) as reason:
                print(reason, file=sys.stderr)
                return 1
    return 0


def counted(start: Callable[..., Subject], streamed: bool, chats: int, folder: Path) -> str:
    """One subject's figures. Raises `Missing` without valgrind, `Failed` when not all chats were answered."""
    if shutil.which("callgrind_control") is None:
        raise Missing("valgrind is not installed. On Debian or Ubuntu: sudo apt install valgrind")
    body = written_bodies(folder)["mock", streamed]
    under = ("valgrind", "-q", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/count")
    mock = start_mock(folder)
    try:
        subject = start(folder, mock.port, under=under, within=PATIENCE)
        try:
            _load(subject, body, FIRST)
            _control(subject, "--zero")
            events = _load(subject, body, chats)
            _control(subject, "--dump")
        finally:
            subject.process.stop()
    finally:
        mock.process.stop()
    total = int(_TOTAL.findall((folder / "count.1-01").read_text())[-1])
    each = f", {total / events:,.0f} an event" if events else ""
    return f"{subject.title}: {total / chats:,.0f} instructions a chat{each}"


def _load(subject: Subject, body: Path, chats: int) -> int:
    """Ask for so many chats; gives the events that came."""
    command = load_command(subject.port, subject.chat_path, subject.headers, body, CONNECTIONS, 0, 0)
    seen = run_load([*command, "-n", str(chats)], PATIENCE)
    if seen.ok < chats:
        raise Failed(f"{seen.ok} of {chats} chats were answered in time: ask for fewer")
    return seen.events


def _control(subject: Subject, what: str) -> None:
    subprocess.run(["callgrind_control", what, str(subject.process.pid)], check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
