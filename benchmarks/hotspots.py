"""Where Parlance's own time goes: the server under cProfile while it answers chats in one block, then in streams.

Run as `python -m benchmarks.hotspots [block|stream|paced]`. cProfile slows every Python call down, so shares mislead
for tiny functions; what it says about which functions run at all, and how often per chat, is exact.
"""

from __future__ import annotations

import io
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import measures
from benchmarks.measures import CONNECTIONS, PACED_STREAMS, Failed
from benchmarks.processes import NotStarted, allow_many_files
from benchmarks.programs import Missing, written_bodies
from benchmarks.subjects import start_mock, start_parlance

KINDS = {
    "block": ("mock", False, CONNECTIONS),
    "stream": ("mock", True, CONNECTIONS),
    "paced": ("mock-p20", True, PACED_STREAMS),
}
SECONDS = 4.0
SHOWN = 45


def main(names: list[str]) -> int:
    """Print one profile for each kind named, by default for all."""
    allow_many_files()
    for name in names or list(KINDS):
        if name not in KINDS:
            print(f"There is no load named {name!r}; there are {', '.join(KINDS)}.", file=sys.stderr)
            return 2
        with tempfile.TemporaryDirectory(prefix="parlance-profile-") as folder:
            try:
                print(profiled(name, Path(folder)))
            except (Missing, NotStarted, Failed, subprocess.SubprocessError) as reason:
                print(reason, file=sys.stderr)
                return 1
    return 0


def profiled(kind: str, folder: Path) -> str:
    """The functions that took most time by themselves, with calls per chat."""
    model, streamed, connections = KINDS[kind]
    body = written_bodies(folder)[model, streamed]
    written = folder / "profile"
    mock = start_mock(folder)
    try:
        parlance = start_parlance(folder, mock.port, before=("-m", "cProfile", "-o", str(written)))
        try:
            seen = measures.chat(parlance, body, connections, SECONDS)
        finally:
            parlance.process.stop()
    finally:
        mock.process.stop()
    text = io.StringIO()
    pstats.Stats(str(written), stream=text).sort_stats("tottime").print_stats(SHOWN)
    return f"{kind}: {seen.ok} chats, {seen.events} events\n{text.getvalue()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
