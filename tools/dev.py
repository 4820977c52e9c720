"""Starts the server again whenever a source file changes, and builds the page anew when one of its own does: what
`make dev` runs.

Run as `python tools/dev.py [arguments of parlance serve]`. Looks at the files' times twice a second; no library watches
a few hundred files more cheaply than one walk does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only what lies beside it

from tools import page

SOURCE = Path(__file__).parent.parent / "src"
LOOK_SECONDS = 0.5
WATCHED = {".py", ".html", ".js", ".css"}


def stamps(paths: Iterable[Path]) -> dict[Path, float]:
    """Each file's time of change; one that went meanwhile has none."""
    found: dict[Path, float] = {}
    for path in paths:
        try:
            found[path] = path.stat().st_mtime
        except FileNotFoundError:
            continue
    return found


def files(folder: Path = SOURCE) -> Iterator[Path]:
    """The files that are watched: the server's, without the page that is built into its folder."""
    built = folder / "parlance" / "page"
    return (path for path in folder.rglob("*") if path.suffix in WATCHED and built not in path.parents)


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
    web = page.Page()
    drawn = stamps(web.sources())
    while True:
        before = stamps(files())
        server = subprocess.Popen([sys.executable, "-m", "parlance", "serve", *arguments])
        try:
            while not (news := changed(before, stamps(files()))):
                time.sleep(LOOK_SECONDS)
                if drawn != (now := stamps(web.sources())):
                    drawn = now
                    page.main(web, [])  # the server reads it from the disk: nothing needs to start again
        except KeyboardInterrupt:
            stop(server)
            return 0
        print(f"{news[0].name} changed: starting again.", file=sys.stderr)
        stop(server)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
