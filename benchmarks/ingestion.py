"""What embedding and taking in small files cost, beside what the same work costs by itself.

    python -m benchmarks.ingestion [--texts 2000] [--files 1000] [--write]

Embedding: texts of manual pages through `/v1/embeddings`, and the same texts through ONNX Runtime and nothing else, in
a process of its own with the same graph, tokenizer, threads and batches. Both take turns; the median of the rounds.

Small files: `parlance index` of so many, each a few hundred characters, into a base with the embedded embedder; beside
it the sum of what reading, cutting and embedding them takes by itself, one file after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmarks.folders import indexed
from benchmarks.knowledge_page import write
from benchmarks.manuals import pages
from parlance.core.knowledge.chunking.passages import chunked
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import PARSERS, targets
from parlance.testing.servers import Server, as_process
from parlance.values.knowledge import ChunkOptions, Parsed
from parlance.values.time import SystemClock

MODEL = "all-minilm-l6-v2"
TOGETHER = 128
"""Texts of one request, as a client that has many sends them."""
AT_ONCE = 2
ROUNDS = 3
CONTEXT = 256
"""Tokens that the model reads of a text."""
BARE = """
import json, sys, time
from pathlib import Path
import numpy
from tokenizers import Tokenizer
from parlance.engines.onnx.encoder import batches, session

folder, context = Path(sys.argv[1]), int(sys.argv[2])
texts = json.load(sys.stdin)
tokenizer, graph = Tokenizer.from_file(str(folder / "tokenizer.json")), session(folder / "model.onnx", None)
tokenizer.enable_truncation(context)
tokenizer.no_padding()

def embed(texts):
    rows = [each.ids for each in tokenizer.encode_batch_fast(texts)]
    for batch in batches([len(row) for row in rows]):
        shape = (len(batch), max(len(rows[at]) for at in batch))
        ids, mask = numpy.zeros(shape, numpy.int64), numpy.zeros(shape, numpy.int64)
        for line, at in enumerate(batch):
            ids[line, : len(rows[at])], mask[line, : len(rows[at])] = rows[at], 1
        graph.run(None, {"input_ids": ids, "attention_mask": mask})

embed(texts[:8])
began = time.perf_counter()
embed(texts)
print(time.perf_counter() - began)
"""


def passages(count: int) -> list[str]:
    """Paragraphs of manual pages, of a few hundred characters each."""
    found = (each[:900] for page in pages("en") for each in page.paragraphs if len(each) > 200)
    return list(islice(found, count))


def embedded(server: Server, texts: Sequence[str]) -> float:
    """The seconds in which the server has embedded all of them."""
    parts = [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        counts = list(pool.map(lambda part: _ask(server, part), parts))
    taken = time.perf_counter() - began
    assert sum(counts) == len(texts), "a text has no vector"
    return taken


def _ask(server: Server, texts: Sequence[str]) -> int:
    body = json.dumps({"model": MODEL, "input": list(texts), "encoding_format": "base64"}).encode()
    request = urllib.request.Request(f"{server.url}/v1/embeddings", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return len(json.load(answer)["data"])


def bare(folder: Path, texts: Sequence[str]) -> float:
    """The seconds that ONNX Runtime takes for them, without a server."""
    command = [sys.executable, "-c", BARE, str(folder), str(CONTEXT)]
    said = subprocess.run(command, input=json.dumps(list(texts)), text=True, capture_output=True, check=True)
    return float(said.stdout)


def embedding(server: Server, texts: Sequence[str]) -> tuple[str, float]:
    """A line of figures, and the seconds that a text takes by itself."""
    embedded(server, texts[:8])
    folder = next(server.folder.rglob("model.onnx")).parent
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(bare(folder, texts))
        ours.append(embedded(server, texts))
    mine, direct = (len(texts) / statistics.median(each) for each in (ours, theirs))
    letters = sum(map(len, texts)) / len(texts)
    line = (
        f"- Embedding {len(texts):,} texts of {letters:.0f} characters: {mine:.0f} a second through `/v1/embeddings`, "
        f"{direct:.0f} by ONNX Runtime alone with the same graph, threads and batches: **{mine / direct:.0%}** "
        "(wanted: at least 90 %)."
    )
    return line, 1 / direct


async def by_itself(paths: Sequence[Path], each: float) -> tuple[float, float, float]:
    """Seconds of reading, cutting and embedding files by themselves; `each` is what embedding a text takes."""
    parsing = Quarantine(targets(PARSERS), SystemClock(), environment=os.environ)
    try:
        await _read(parsing, paths[0])  # the child is there
        began = time.perf_counter()
        parsed = [await _read(parsing, path) for path in paths]
        reading = time.perf_counter() - began
    finally:
        await parsing.close()
    began = time.perf_counter()
    chunks = sum(len(chunked(one, ChunkOptions())) for one in parsed)
    return reading, time.perf_counter() - began, chunks * each


async def _read(parsing: Quarantine, path: Path) -> Parsed:
    return await parsing.parse(path, path.name, "", progress=lambda done, pages: None)


def small_files(folder: Path, texts: Sequence[str]) -> Iterator[Path]:
    """A file for each text."""
    folder.mkdir()
    for number, text in enumerate(texts):
        path = folder / f"{number:05}.txt"
        path.write_text(f"Note {number}\n\n{text}\n", encoding="utf-8")
        yield path


def main(texts: int, files: int, writing: bool) -> None:
    """Measure, print."""
    with tempfile.TemporaryDirectory() as place, as_process(Path(place) / "server") as server:
        line, each = embedding(server, passages(texts))
        paths = list(small_files(Path(place) / "small", passages(files)))
        reading, cutting, alone = asyncio.run(by_itself(paths, each))
        taken, told = indexed(server, paths[0].parent, "Small files")
    whole = reading + cutting + alone
    text = (
        f"{line}\n- `parlance index` of {len(paths):,} small files: {taken:.1f} s ({told}). By themselves reading them "
        f"takes {reading:.1f} s, cutting {cutting:.1f} s, embedding {alone:.1f} s, together {whole:.1f} s: the whole "
        f"is **{taken / whole:.2f} ×** the sum of these parts; the rest is hashing, HTTP, and change sets on the disk."
    )
    print(text)
    if writing:
        write("ingestion", text)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--texts", type=int, default=2000)
    arguments.add_argument("--files", type=int, default=1000)
    arguments.add_argument("--write", action="store_true", help="write its part of docs/benchmarks-knowledge.md")
    chosen = arguments.parse_args()
    main(chosen.texts, chosen.files, chosen.write)
