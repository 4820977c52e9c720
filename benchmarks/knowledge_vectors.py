"""Search by vectors alone, exactly and by HNSW: `python -m benchmarks.knowledge_search --vectors-only --chunks N`.

There is no database and no word: what is measured is the index of a base, with vectors as in `knowledge_search`, from
which as many are asked for as a search hands to the fusion.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import numpy as np

from benchmarks.knowledge_search import CENTRES, DIMENSION, EACH, memory
from parlance.ports.indexes import ChangedDocument, IndexedChunk, Mark
from parlance.ports.observing import NullLog
from parlance.stores.indexes.nets import Nets
from parlance.stores.indexes.segments import SegmentIndex
from parlance.values.knowledge import Base
from parlance.values.time import SystemClock

QUERIES, POOL, FIRST = 300, 100, 10
FILTERS = (0.01, 0.3)
HEAD = (
    "| vectors | how | searched | p50, ms | p99, ms | CPU each, ms | recall@10 | recall@100 |",
    "|---|---|---|---|---|---|---|---|",
)
Asked = tuple[np.ndarray, AbstractSet[str] | None]


class Vectors:
    """The source of a base of so many chunks, which are vectors around some centres; the same at each run."""

    def __init__(self, chunks: int, seed: int = 3) -> None:
        self.documents = chunks // EACH
        self.base = Base("b1", "t", "u", "b1", 0, 0, revision=self.documents)
        self._centres = np.random.default_rng(seed).standard_normal((CENTRES, DIMENSION), dtype=np.float32)

    def some(self, seed: int, number: int) -> np.ndarray:
        """Vectors, a row each."""
        chance = np.random.default_rng(seed)
        near = self._centres[chance.integers(CENTRES, size=number)]
        made = near + 0.9 * chance.standard_normal((number, DIMENSION), dtype=np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

    async def changes(
        self, tenant: str, base: str, generation: int, after: Mark, most: int
    ) -> Sequence[ChangedDocument]:
        """As the port says."""
        last = min(after.revision + most // EACH, self.documents)
        return [self._document(number) for number in range(after.revision + 1, last + 1)]

    def _document(self, number: int) -> ChangedDocument:
        rows = enumerate(self.some(number, EACH))
        chunks = tuple(IndexedChunk(f"{number:08}-{place}", "", row.tobytes()) for place, row in rows)
        return ChangedDocument(f"{number:08}", number, chunks)


async def measure(chunks: int, folder: Path) -> list[str]:
    """The lines for a base of this size."""
    source = Vectors(chunks)
    began = time.perf_counter()
    await settled(source, folder)
    lines = [f"- {chunks:,} vectors: taken up and merged in {time.perf_counter() - began:.0f} s."]
    asked = {share: questions(source, share) for share in (1.0, *FILTERS)}
    exact = {share: await searched(source, folder, None, some) for share, some in asked.items()}
    lines.append(await woven(source, folder, chunks))
    nets = {share: await searched(source, folder, bound(folder, chunks), some) for share, some in asked.items()}
    for share in asked:
        part = "all" if share == 1 else f"{share:.0%}"
        lines.append(row(chunks, "exactly", part, exact[share], exact[share]))
        lines.append(row(chunks, "HNSW", part, nets[share], exact[share]))
    for name, found in (("exactly", exact[1.0]), ("HNSW", nets[1.0])):
        lines.append(
            f"- {chunks:,} vectors, {name}: after {QUERIES} searches of all {found.resident:.0f} MiB more are "
            f"resident, of which {found.own:.0f} MiB are memory of the process, not of files."
        )
    return lines


async def settled(source: Vectors, folder: Path) -> None:
    """Take up everything, and merge until nothing is left to merge."""
    before: set[str] = set()
    while True:
        index = SegmentIndex(source, folder)
        await index.find(source.base, "", None, 1)
        await index.close()
        there = set(files(folder, "*.segment"))
        if there == before:
            return
        before = there


async def woven(source: Vectors, folder: Path, chunks: int) -> str:
    """Make the nets."""
    nets = bound(folder, chunks)
    index = SegmentIndex(source, folder, nets=nets)
    own, began, used = memory("Anonymous"), time.perf_counter(), time.process_time()
    await index.find(source.base, "", source.some(1, 1)[0].tolist(), 1)
    most = 0.0
    while waiting := asyncio.ensure_future(nets.rest()):
        while not (await asyncio.wait([waiting], timeout=0.5))[0]:
            most = max(most, memory("Anonymous") - own)
        if not waiting.result():
            break
        await index.find(source.base, "", source.some(1, 1)[0].tolist(), 1)
    took, used = time.perf_counter() - began, time.process_time() - used
    await index.close()
    there = files(folder, "*.net")
    size = sum(there.values()) / 2**20
    return (
        f"- {chunks:,} vectors: {len(there)} nets made in {took:.0f} s ({used:.0f} s of one core's time), "
        f"{size:.0f} MiB of files, at most {most:.0f} MiB more of the process's memory meanwhile."
    )


def bound(folder: Path, chunks: int) -> Nets:
    """Nets for all but the small segments of a base of this size."""
    return Nets(folder, chunks // 4, NullLog(), SystemClock())


def files(folder: Path, pattern: str) -> dict[str, int]:
    """The files of a kind, and their bytes."""
    return {path.name: path.stat().st_size for path in folder.rglob(pattern)}


def questions(source: Vectors, share: float) -> list[Asked]:
    """Queries, each with its filter."""
    chance = np.random.default_rng(5)
    count = int(source.documents * share)
    found: list[Asked] = []
    only = None
    for place, vector in enumerate(source.some(0, QUERIES)):
        if share < 1 and place % 50 == 0:
            only = frozenset(f"{n + 1:08}" for n in chance.choice(source.documents, count, replace=False))
        found.append((vector, only))
    return found


class Searched:
    """What a round of searches found and cost: milliseconds, MiB."""

    def __init__(self, times: list[float], used: float, chunks: list[list[str]], resident: float, own: float) -> None:
        self.times, self.used, self.chunks = sorted(times[10:]), used, chunks
        self.resident, self.own = resident, own

    def recall(self, exact: Searched, most: int) -> float:
        """The share of the best that was found."""
        pairs = zip(self.chunks, exact.chunks, strict=True)
        return sum(len({*a[:most]} & {*b[:most]}) for a, b in pairs) / sum(len(b[:most]) for b in exact.chunks)


async def searched(source: Vectors, folder: Path, nets: Nets | None, asked: Sequence[Asked]) -> Searched:
    """Ask everything of an index that was just opened, once its nets are."""
    gc.collect()
    resident, own = memory("Rss"), memory("Anonymous")
    index = SegmentIndex(source, folder, nets=nets)
    await index.find(source.base, "", asked[0][0].tolist(), POOL)
    while nets is not None and await nets.rest():
        await index.find(source.base, "", asked[0][0].tolist(), POOL)
    times, chunks, used = [], [], time.process_time()
    for vector, only in asked:
        query, began = vector.tolist(), time.perf_counter()
        found = await index.find(source.base, "", query, POOL, only)
        times.append((time.perf_counter() - began) * 1000)
        chunks.append([m.chunk for m in sorted(found.matches, key=lambda match: (-(match.vector or 0), match.chunk))])
    used = (time.process_time() - used) * 1000 / len(asked)
    result = Searched(times, used, chunks, memory("Rss") - resident, memory("Anonymous") - own)
    await index.close()
    return result


def row(vectors: int, how: str, part: str, found: Searched, exact: Searched) -> str:
    """A line of the table."""
    middle, most = found.times[len(found.times) // 2], found.times[int(len(found.times) * 0.99)]
    return (
        f"| {vectors:,} | {how} | {part} | {middle:.1f} | {most:.1f} | {found.used:.1f} "
        f"| {found.recall(exact, FIRST):.4f} | {found.recall(exact, POOL):.4f} |"
    )


def table(lines: Sequence[str]) -> str:
    """The table, and what is said about it."""
    rows = [line for line in lines if line.startswith("|")]
    return "\n".join([*HEAD, *rows, "", *(line for line in lines if not line.startswith("|"))])


def run(sizes: Sequence[int], folder: Path) -> list[str]:
    """Measure some sizes, each in a folder of its own."""
    lines: list[str] = []
    for size in sizes:
        os.mkdir(folder / str(size))
        lines += (found := asyncio.run(measure(size, folder / str(size))))
        print("\n".join(found), flush=True)
    return lines
