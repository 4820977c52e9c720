"""Search in a base of 10,000 and of 100,000 chunks: `python -m benchmarks.knowledge_search [--write]`.
With `--vectors-only` it measures what `knowledge_vectors` says instead.

The whole road of a search in a base on SQLite, ten chunks to a document, vectors of 384 dimensions: the words of the
query, both sides, fusion, the rows of the hits. Embedding the query is not part of it; it is
measured in `docs/howto/local-embeddings.md`. The processor's time holds the watcher of the loop and the making of the
queries, too. Chunks are made of 50,000 words, as often as words are in real texts
(Zipf), a hundred to a chunk; vectors lie around 2,000 centres. A filter to 1 % names its documents.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.knowledge_page import write
from parlance.core.knowledge.search.options import SearchOptions
from parlance.core.knowledge.search.retriever import Retriever
from parlance.stores.indexes.segments import SegmentIndex
from parlance.stores.sql.knowledge import SqlKnowledgeStores
from parlance.stores.sql.rows import insert
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.testing.knowledge import ADA, base, chunk, document, kept
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import Base, Chunk, Document, Filter

SIZES = (10_000, 100_000)
EACH = 10
DIMENSION, CENTRES = 384, 2000
WORDS, PER_CHUNK = 50_000, 100
QUERIES = 300
TOGETHER = 64
USER = {"tenant": DEFAULT_TENANT, "id": ADA, "name": ADA, "name_key": ADA, "role": "user", "owned_by": "file"}
TARGETS = {10_000: 10.0, 100_000: 40.0}
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"


class Made:
    """What a base is made of, and what it is asked; the same at each run."""

    def __init__(self, chunks: int, seed: int = 3) -> None:
        self.chance = random.Random(seed)
        self.count = chunks
        sizes = range(len(LETTERS), 0, -1)
        self.words = ["".join(self.chance.choices(LETTERS, sizes, k=2 + n % 9)) for n in range(WORDS)]
        self._often = list(itertools.accumulate(1 / (n + 3) for n in range(WORDS)))
        generator = np.random.default_rng(seed)
        self._centres = generator.standard_normal((CENTRES, DIMENSION), dtype=np.float32)
        self._generator = generator

    def vector(self) -> np.ndarray:
        """Near one of the centres."""
        near = self._centres[self._generator.integers(CENTRES)]
        made = near + 0.9 * self._generator.standard_normal(DIMENSION, dtype=np.float32)
        return np.asarray(made / np.linalg.norm(made), np.float32)

    def text(self, words: int = PER_CHUNK) -> str:
        """Words as often as they are in texts."""
        return " ".join(self.chance.choices(self.words, cum_weights=self._often, k=words))

    def query(self) -> str:
        """What people ask: some frequent words and one or two that are not."""
        rare = (self.words[self.chance.randrange(200, WORDS // 5)] for _ in range(2))
        return " ".join((self.text(5), *rare))

    def document(self, number: int) -> tuple[Document, list[Chunk], list[bytes]]:
        """A document, its chunks, and their vectors."""
        id = f"01932c07-209c-7a4e-{number:012}"
        chunks = [chunk(f"{id}-{place}", id, place, content=self.text()) for place in range(EACH)]
        return document(id), chunks, [self.vector().tobytes() for _ in chunks]


async def fill(database: Sqlite, made: Made, chunks: int) -> SqlKnowledgeStores:
    """A base in the database."""
    await migrated(database)
    await database.apply((insert("users", {**USER, "created": 0, "updated": 0}),))
    stores = SqlKnowledgeStores(database)
    await kept(database, stores, base(dimension=DIMENSION))
    for first in range(0, chunks // EACH, TOGETHER):
        several = range(first, min(first + TOGETHER, chunks // EACH))
        await asyncio.gather(*(put(database, stores, *made.document(number)) for number in several))
    return stores


async def put(
    database: Sqlite, stores: SqlKnowledgeStores, one: Document, chunks: list[Chunk], vectors: list[bytes]
) -> None:
    """A document that is ready."""
    documents, rows = stores.documents(one.tenant), stores.chunks(one.tenant)
    changed = {"state": "ready", "chunks": len(chunks), "generation": 0}
    await database.apply(
        (
            *documents.insert(one, one.sha256),
            stores.bases(one.tenant).raise_revision(one.base, generation=0, dimension=DIMENSION),
            documents.change(one.id, changed, 2),
            documents.found_anew(one.id),
            *rows.insert(chunks),
            *rows.embed(chunks, 0, vectors),
        )
    )


async def measure(chunks: int, folder: Path) -> list[str]:
    """The lines of the table for a base of this size."""
    made, database = Made(chunks), Sqlite(folder / "knowledge.db")
    stores = await fill(database, made, chunks)
    of = await stores.bases(DEFAULT_TENANT).base("b1")
    assert of is not None
    index = SegmentIndex(stores.source, folder / "indexes")
    began = time.perf_counter()
    await index.find(of, "nothing", None, 1)
    built = time.perf_counter() - began
    await index.close()
    gc.collect()
    index = SegmentIndex(stores.source, folder / "indexes")
    before, own, began = memory("Rss"), memory("Anonymous"), time.perf_counter()
    await index.find(of, made.query(), made.vector().tolist(), 10)
    opened = time.perf_counter() - began
    calm = await resting()
    lines = await searched(made, index, stores, of)
    lines.append(
        f"- {chunks:,} chunks: taken up from SQLite in {built:.0f} s ({chunks / built:,.0f} a second); opened from the "
        f"disk in {opened:.2f} s; {index.nbytes / 2**20:.0f} MiB of files. After {2 * QUERIES} searches "
        f"{memory('Rss') - before:.0f} MiB more are resident, of which {memory('Anonymous') - own:.0f} MiB are memory "
        "of the process; the others are pages of the files, which the system takes back when it needs them. Without "
        f"any search the event loop of this machine was held for {calm:.1f} ms (p99) just before."
    )
    await index.close()
    await database.close()
    return lines


async def searched(made: Made, index: SegmentIndex, stores: SqlKnowledgeStores, of: Base) -> list[str]:
    """The rows of a size: all, and filtered."""

    async def vector(base: Base, text: str, query: bool) -> Sequence[float]:
        return made.vector().tolist()

    retriever, chunks = Retriever(index, stores, vector), made.count
    numbers = made.chance.sample(range(chunks // EACH), chunks // EACH // 100)
    some = tuple(f"01932c07-209c-7a4e-{number:012}" for number in numbers)
    lines = []
    for name, options in (("all", SearchOptions()), ("1 %", SearchOptions(filter=Filter(documents=some)))):
        began = time.process_time()
        times, gaps = await timed(partial(retriever.find, of, options=options), made)
        used = (time.process_time() - began) * 1000 / QUERIES
        middle, most = times[len(times) // 2], times[int(len(times) * 0.99)]
        lines.append(
            f"| {chunks:,} | {name} | {middle:.1f} | {most:.1f} | < {TARGETS.get(chunks, 40):g} | {used:.1f} "
            f"| {gaps[int(len(gaps) * 0.99)]:.1f} |"
        )
    return lines


async def timed(search: Callable[..., Awaitable[object]], made: Made) -> tuple[list[float], list[float]]:
    """Milliseconds of each search, and how long the event loop was held meanwhile, both ascending."""
    gaps: list[float] = []
    times: list[float] = []
    watching = asyncio.ensure_future(_watch(gaps))
    for _ in range(QUERIES):
        query = made.query()
        began = time.perf_counter()
        await search(query=query)
        times.append((time.perf_counter() - began) * 1000)
    watching.cancel()
    return sorted(times[10:]), sorted(gaps)


async def resting() -> float:
    """For how many milliseconds (p99) the loop is held by nothing of ours: what the machine's other work costs it."""
    gaps: list[float] = []
    watching = asyncio.ensure_future(_watch(gaps))
    await asyncio.sleep(3)
    watching.cancel()
    return sorted(gaps)[int(len(gaps) * 0.99)]


async def _watch(gaps: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        gaps.append((time.perf_counter() - began) * 1000 - 1)


def memory(what: str) -> float:
    """MiB of this process: `Rss` with what is mapped from files, or `Anonymous` without."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def vectors_only(sizes: Sequence[int], writing: bool) -> None:
    """Another measurement, of bases that are too large to be made in a database here."""
    from benchmarks import knowledge_vectors

    with tempfile.TemporaryDirectory(prefix="parlance-knowledge-") as folder:
        lines = knowledge_vectors.run(sizes, Path(folder))
    if writing:
        write("vectors", knowledge_vectors.table(lines))


def main() -> None:
    """Measure in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-knowledge.md")
    parser.add_argument("--sizes", "--chunks", type=int, nargs="*", default=SIZES)
    parser.add_argument("--vectors-only", action="store_true", help="no words: exactly, and with the extra `hnsw`")
    chosen = parser.parse_args()
    if chosen.vectors_only:
        vectors_only(chosen.sizes, chosen.write)
        return
    rows: list[str] = []
    for size in chosen.sizes:
        with contextlib.ExitStack() as life:
            folder = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="parlance-knowledge-")))
            rows += asyncio.run(measure(size, folder))
            print("\n".join(rows[-3:]), flush=True)
    head = [
        "| chunks | searched | p50, ms | p99, ms | target for p50 | CPU each, ms | event loop held, p99, ms |",
        "|---|---|---|---|---|---|---|",
    ]
    tables = [row for row in rows if row.startswith("|")]
    text = "\n".join([*head, *tables, "", *(row for row in rows if not row.startswith("|"))])
    if chosen.write:
        write("speed", text)


if __name__ == "__main__":
    main()
