"""Whole folders into a base by `parlance index`: this project's documentation, and a tree of mixed documents.

    python -m benchmarks.folders [--documents 3000] [--write] [--tree FOLDER]

The documentation is embedded; the tree is found by its words only, so that it is not the embedder that is measured. The
tree is made of what is on the machine: manual pages, what packages say of themselves (/usr/share/doc), the texts of
Python's distributions, and office documents that are written here. It goes through a server of its own; then the same
verb runs again, where nothing is new. With `--tree` the tree is only made.
"""

from __future__ import annotations

import argparse
import gzip
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.knowledge_page import write
from parlance.testing.documents import office, pdf
from parlance.testing.servers import Server, as_process, environment

LARGEST = 400_000
"""Bytes of a file that is taken: one long change log is not to be the whole figure."""
OFFICE_SHARE = 20
"""Every twentieth document is one of an office program or a PDF."""
TEXTS = (".html", ".htm", ".md", ".txt", ".rst", ".csv", ".json", ".xml")


def made(folder: Path, count: int) -> Path:
    """A tree of so many documents, or as many as the machine has."""
    roots = [Path("/usr/share/man"), Path("/usr/share/doc"), Path(sysconfig.get_paths()["purelib"])]
    found = _mixed([_found(root) for root in roots])
    for number, (source, root) in zip(range(count), found, strict=False):
        if number % OFFICE_SHARE == 0:
            _office(folder / "office", number)
            continue
        name = source.relative_to(root.parent)
        target = folder / (name.with_suffix("") if name.suffix == ".gz" else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_bytes(source))
    return folder


def _found(root: Path) -> Iterator[tuple[Path, Path]]:
    for path in sorted(root.rglob("*")):
        wanted = path.suffix in TEXTS or path.suffix == ".gz" or path.name in ("copyright", "README", "METADATA")
        if wanted and path.is_file() and not path.is_symlink() and 200 < len(_bytes(path)) < LARGEST:
            yield path, root


def _mixed(sources: list[Iterator[tuple[Path, Path]]]) -> Iterator[tuple[Path, Path]]:
    """One of each in turn, until all are at their end."""
    while sources:
        for source in list(sources):
            try:
                yield next(source)
            except StopIteration:
                sources.remove(source)


def _bytes(path: Path) -> bytes:
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError):
        return b""


def _office(folder: Path, number: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    kind = number // OFFICE_SHARE % 3
    if kind == 0:
        return pdf.long(folder / f"{number}.pdf", 1 + number // OFFICE_SHARE % 30)
    if kind == 1:
        return office.xlsx(folder / f"{number}.xlsx", rows=number)
    text = "".join(office.paragraph(f"Report {number}, paragraph {each}: {office.words()}") for each in range(20))
    return office.zipped(folder / f"{number}.docx", office.body(text))


def _said(server: Server, *words: str) -> str:
    """What a verb prints."""
    typed, home = [sys.executable, "-m", "parlance", *words], environment(server.folder, None)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.run(typed, text=True, cwd=server.folder, env=home, check=False, **pipes).stdout


def indexed(server: Server, folder: Path, base: str) -> tuple[float, str]:
    """The seconds that it took, and the counts."""
    began = time.perf_counter()
    said = _said(server, "index", str(folder), "--base", base, "--create")
    return time.perf_counter() - began, said.splitlines()[0]


def kinds(folder: Path) -> str:
    """How many files of each kind a tree has, the commonest first."""
    names = (path.suffix.lower() or path.name for path in folder.rglob("*") if path.is_file())
    common = Counter(name if not name[1:2].isdigit() else "manual pages" for name in names).most_common(8)
    return ", ".join(f"{count} {name}" for name, count in common)


def rows(server: Server, folders: Iterable[tuple[str, Path]]) -> Iterator[str]:
    """A line of the table for each folder, and one for each second time."""
    for name, folder in folders:
        paths = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in paths) / 1e6
        for again in ("", ", again"):
            seconds, counts = indexed(server, folder, f"Base of {name}")
            rate = 60 * len(paths) / seconds
            yield f"| {name}{again} | {len(paths):,} | {size:.1f} | {seconds:.1f} | {rate:,.0f} | {counts} |"


def main(count: int, writing: bool) -> None:
    """Build, index twice, print."""
    with tempfile.TemporaryDirectory() as place, as_process(Path(place) / "server") as server:
        tree = made(Path(place) / "tree", count)
        _said(server, "do", "bases.create", "name=Base of tree", "embedder=")
        table = [
            "| folder | files | MB | s | files/min | what became of them |",
            "|---|---|---|---|---|---|",
            *rows(server, [("docs", Path("docs").resolve()), ("tree", tree)]),
        ]
        load = os.getloadavg()[0]
        text = "\n".join([*table, "", f"The tree: {kinds(tree)}. Load average {load:.1f} at the end."])
    print(text)
    if writing:
        write("folders", text)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--documents", type=int, default=3000)
    arguments.add_argument("--write", action="store_true", help="write its part of docs/benchmarks-knowledge.md")
    arguments.add_argument("--tree", type=Path, help="only make the tree there")
    chosen = arguments.parse_args()
    if chosen.tree is not None:
        made(chosen.tree, chosen.documents)
    else:
        main(chosen.documents, chosen.write)
