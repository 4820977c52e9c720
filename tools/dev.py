"""Starts the server again whenever a source file changes: what `make dev` runs.

Run as `python tools/dev.py [arguments of parlance serve]`. Looks at the files' times twice a second; no library watches
a few hundred files more cheaply than one walk does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"
LOOK_SECONDS = 0.5
WATCHED = {".py", ".html", ".js", ".css"}


def stamps(folder: Path = SOURCE) -> dict[Path, float]:
    """Each watched file's time of change."""
    return {path: path.stat().st_mtime for path in files(folder)}


def files(folder: Path) -> Iterator[Path]:
    """The files that are watched."""
    return (path for path in folder.rglob("*") if path.suffix in WATCHED and path.is_file())


def changed(before: dict[Path, float], after: dict[Path, float]) -> list[Path]:
    """What was added, removed or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server, at once rather than after a drain: nobody but its developer is talking to it."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=1)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main(arguments: list[str]) -> int:
    """Serve, and serve again."""
    while True:
        before = stamps()
        server = subprocess.Popen([sys.executable, "-m", "parlance", "serve", *arguments])
        try:
            while not (news := changed(before, stamps())):
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            stop(server)
            return 0
        print(f"{news[0].name} changed: starting again.", file=sys.stderr)
        stop(server)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
