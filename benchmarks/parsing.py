"""Documents and pages per minute by format, parsed as the server does it: in its children, one file after the other.

    python -m benchmarks.parsing [--seconds 5] [--without-ocr] [--write]

Every document is made here and holds the same facts; a figure counts only where all of them came back. Time is that of
the wall, so that a busy machine shows; `cpu` is the child's own work for one document, which it changes less.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.knowledge_page import write
from parlance.core.knowledge.chunking.passages import chunked
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import PARSERS, targets
from parlance.testing.documents import office, old_office, pdf, pictures
from parlance.testing.documents.facts import FACTS, PARAGRAPHS, ROWS, lacking
from parlance.values.knowledge import ChunkOptions, Parsed
from parlance.values.time import SystemClock

PARTS = 200
"""How often the paragraphs are repeated in the long documents."""
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Sample(NamedTuple):
    """A document to read: how to make it, and how many of the facts it holds."""

    name: str
    make: Callable[[Path], Path]
    facts: bool = True


class Figure(NamedTuple):
    """What reading one document over and over came to."""

    documents: float
    pages: float
    megabytes: float
    cpu: float
    resident: int
    lost: list[str]


def samples(ocr: bool) -> list[Sample]:
    """Short documents of every format, and long ones of those that are long in life."""
    prose = "\n\n".join(PARAGRAPHS)
    rows = "\n".join(",".join(row) for row in ROWS)
    found = [
        Sample("handbook.pdf", pdf.handbook),
        Sample("200 pages.pdf", lambda path: pdf.long(path, 200), facts=False),
        Sample("short.docx", office.docx),
        Sample("long.docx", _long_docx),
        Sample("short.doc", old_office.doc),
        Sample("short.pptx", office.pptx),
        Sample("short.xlsx", office.xlsx),
        Sample("20000 rows.xlsx", lambda path: office.xlsx(path, rows=20_000)),
        Sample("short.xls", old_office.xls),
        Sample("20000 rows.csv", lambda path: _text(path, rows + "\nNorth,120,135.5" * 20_000), facts=False),
        Sample("long.html", lambda path: _text(path, office.page("t", office.words() * PARTS))),
        Sample("long.md", lambda path: _text(path, f"# A\n\n{prose}\n\n" * PARTS), facts=False),
        Sample("long.txt", lambda path: _text(path, f"{prose}\n\n" * PARTS), facts=False),
        Sample("short.epub", office.epub),
        Sample("mail.eml", office.eml),
    ]
    return [
        *found,
        *([Sample("scan.png", pictures.scan, False), Sample("scan.pdf", pictures.scan, False)] if ocr else []),
    ]


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _long_docx(path: Path) -> Path:
    office.docx(path)
    more = "".join(office.paragraph(one) for one in PARAGRAPHS) * PARTS
    table = "".join(office.paragraph(" | ".join(row)) for row in ROWS)
    return office.zipped(path, office.body(more + table))


async def measured(parsing: Quarantine, path: Path, sample: Sample, seconds: float) -> Figure:
    """Read a file until the time is over, at least once."""

    def hear(done: int, pages: int) -> None:
        pass  # nobody waits for it here

    async def read() -> Parsed:
        return await parsing.parse(path, path.name, "", progress=hear)

    parsed = await read()
    before, began, times = _worked(parsing), time.perf_counter(), 0
    while times == 0 or time.perf_counter() - began < seconds:
        await read()
        times += 1
    taken = time.perf_counter() - began
    pages = max(1, len(parsed.pages))
    lost = lacking(parsed.text) if sample.facts else []
    each = (_worked(parsing) - before) / times
    speed = _size(path) * times / taken
    return Figure(60 * times / taken, 60 * times * pages / taken, speed, each, parsing.resident, lost)


def _size(path: Path) -> float:
    return path.stat().st_size / 1e6


def _worked(parsing: Quarantine) -> float:
    """Seconds of work that the children have had, from /proc; 0 where there is none."""
    total = 0.0
    for child in parsing.children:
        try:
            fields = Path(f"/proc/{child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def chunking() -> str:
    """Megabytes of text a second of work that are cut into passages."""
    text = "\n\n".join([*PARAGRAPHS] * 4000)
    began = time.process_time()
    count = len(chunked(Parsed(text), ChunkOptions()))
    speed = len(text.encode()) / 1e6 / (time.process_time() - began)
    return f"cutting: {speed:.1f} MB of text a second of work ({count} passages)"


async def main(seconds: float, ocr: bool, writing: bool) -> int:
    """Print the table; the number of formats that lost a fact."""
    table = [
        f"| document | documents/min | pages/min | MB/s | CPU each, ms | MiB | lost of {len(FACTS)} facts |",
        "|---|---|---|---|---|---|---|",
    ]
    print(table[0])
    losses = 0
    with tempfile.TemporaryDirectory() as folder:
        for sample in samples(ocr):
            parsing = Quarantine(targets(PARSERS), SystemClock(), environment=os.environ)
            try:
                one = await measured(parsing, sample.make(Path(folder) / sample.name), sample, seconds)
            finally:
                await parsing.close()
            losses += bool(one.lost)
            shown = f"{one.documents:,.0f} | {one.pages:,.0f} | {one.megabytes:.2f} | {one.cpu * 1000:.1f}"
            table.append(f"| {sample.name} | {shown} | {one.resident / 2**20:.0f} | {', '.join(one.lost) or 'none'} |")
            print(table[-1])
    table += ["", f"- {chunking()}"]
    print(table[-1])
    if writing:
        write("parsing", "\n".join(table))
    return losses


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--seconds", type=float, default=5.0, help="how long each document is read over and over")
    arguments.add_argument("--without-ocr", action="store_true", help="leave out what takes seconds a page")
    arguments.add_argument("--write", action="store_true", help="write its part of docs/benchmarks-knowledge.md")
    chosen = arguments.parse_args()
    raise SystemExit(asyncio.run(main(chosen.seconds, not chosen.without_ocr, chosen.write)))
