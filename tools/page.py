"""Build the page: `web/` to `src/parlance/page/`, with Node from this machine or from a wheel.

Run as `python tools/page.py [--lenient] [--tools]`. When nothing changed since the last build, it costs milliseconds.
`--lenient` tells what kept it from being built and leaves with success: the server works without the page. `--tools`
only fetches what builds and checks it.

The new page takes the place of the old one at once, so that a running server never hands out half of one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only what lies beside it

from tools.node import Node, NotBuilt, find

ROOT = Path(__file__).resolve().parent.parent
UNSEEN = frozenset({"node_modules", "tests", "README.md", "eslint.config.js", ".gitignore", ".npmrc"})
"""What lies in `web/` and changes nothing of what is built; nor does what begins with `.prettier`."""
LEFT = "The server works without it; `make setup` tries again."


@dataclass(frozen=True)
class Page:
    """The sources of the page and what is made of them, in one checkout."""

    root: Path = ROOT

    @property
    def web(self) -> Path:
        """The sources."""
        return self.root / "web"

    @property
    def out(self) -> Path:
        """What the server hands out."""
        return self.root / "src" / "parlance" / "page"

    @property
    def stamp(self) -> Path:
        """The digest of the sources that the page was built from; it goes wherever the page goes."""
        return self.out / ".built-from"

    def sources(self) -> Iterator[Path]:
        """Every file that the built page depends on, in a fixed order."""
        for top in sorted(self.web.iterdir()):
            if top.name in UNSEEN or top.name.startswith(".prettier"):
                continue
            yield from sorted(path for path in (top.rglob("*") if top.is_dir() else [top]) if path.is_file())

    def digest(self) -> str:
        """What the page depends on, as one hash."""
        total = hashlib.sha256()
        for path in self.sources():
            total.update(f"{path.relative_to(self.web).as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
        return total.hexdigest()

    def is_built(self) -> bool:
        """Whether the page is that of these sources; without sources, whatever came instead of them is taken."""
        if not (self.out / "index.html").is_file():
            return False
        if not (self.web / "package.json").is_file():
            return True
        return self.stamp.is_file() and self.stamp.read_text("utf-8") == self.digest()

    def has_tools(self) -> bool:
        """Whether `web/node_modules` holds what the lock names, as npm itself wrote down; what is for other machines
        only may lack."""
        kept = self.web / "node_modules" / ".package-lock.json"
        if not kept.is_file():
            return False
        there, wanted = _packages(kept), _packages(self.web / "package-lock.json")
        return there.keys() <= wanted.keys() and all(
            there[place]["version"] == package["version"] if place in there else package.get("optional", False)
            for place, package in wanted.items()
        )


def _packages(lock: Path) -> dict[str, dict[str, object]]:
    """What a lock of npm's lists, by place."""
    packages: dict[str, dict[str, object]] = json.loads(lock.read_text("utf-8"))["packages"]
    return {place: package for place, package in packages.items() if place}


def fetch_tools(page: Page, node: Node) -> None:
    """Install what the lock names, each checked against its hash; none of it gets to run code. Raises `NotBuilt`."""
    if page.has_tools():
        return
    print("Fetching what builds the page", flush=True)
    done = node.run(page.web, str(node.npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    if done.returncode != 0 or not page.has_tools():
        raise NotBuilt(f"What builds the page could not be fetched (npm ci): {_reason(done.stdout)}")


def build(page: Page, node: Node) -> None:
    """Build the page beside its place, pack its files, and put it there. Raises `NotBuilt` with what Vite said."""
    digest = page.digest()
    print("Building the page", flush=True)
    vite = str(page.web / "node_modules" / "vite" / "bin" / "vite.js")
    (page.root / ".cache").mkdir(exist_ok=True)
    # A folder of its own: somebody else may be building the same checkout.
    with TemporaryDirectory(prefix="page-", dir=page.root / ".cache") as beside:
        fresh = Path(beside) / "page"
        for call in ([vite, "build", "--outDir", str(fresh), "--emptyOutDir"], ["pack.js", str(fresh)]):
            done = node.run(page.web, *call)
            if done.returncode != 0 or not (fresh / "index.html").is_file():
                raise NotBuilt(f"The page could not be built:\n{done.stdout.strip()}")
        (fresh / page.stamp.name).write_text(digest, "utf-8")
        _replace(page.out, fresh)


def _replace(place: Path, fresh: Path) -> None:
    """Put a folder where another one may be, in two renames."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        place.rename(fresh.with_name("former"))
    try:
        fresh.rename(place)
    except OSError:
        if not (place / "index.html").is_file():  # else another build came between, and its page is as good
            raise


def _reason(said: str) -> str:
    """The first line with which npm says why, without its marks."""
    lines = [line.removeprefix("npm error").strip() for line in said.splitlines() if line.startswith("npm error")]
    worth = [line for line in lines if line and not line.startswith(("code ", "errno ", "syscall "))]
    return worth[0] if worth else "it did not say why."


def ensure(page: Page, *, only_tools: bool = False, seek: Callable[[Path], Node] = find) -> bool:
    """Bring the page, or only what builds it, up to the sources; True when there was something to do.

    `seek` finds a Node for a checkout. Raises `NotBuilt`.
    """
    if page.has_tools() if only_tools else page.is_built():
        return False
    node = seek(page.root)
    fetch_tools(page, node)
    if not only_tools:
        build(page, node)
    return True


def main(page: Page, arguments: Sequence[str], seek: Callable[[Path], Node] = find) -> int:
    """Build, and say what kept it from being built; gives the exit code."""
    try:
        ensure(page, only_tools="--tools" in arguments, seek=seek)
    except NotBuilt as why:
        lenient = "--lenient" in arguments
        print(f"{why}\n{LEFT}" if lenient else str(why), file=sys.stderr)
        return 0 if lenient else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Page(), sys.argv[1:]))
