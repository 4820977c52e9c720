"""What is found: `python -m benchmarks.retrieval [--write] [--set FOLDER]`, on the held-out half of the sets.

`python -m benchmarks.retrieval_set` builds the sets. BM25 alone, vectors alone (all-MiniLM-L6-v2) and both together, as
the product searches; nDCG@10 of each kind of query, and how often chance alone would part them as far (paired
bootstrap, two-sided). With `--set` a folder in the form of BEIR is measured instead, with `--split` of its judgements.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.knowledge_page import write
from benchmarks.retrieval_set import FOLDER
from benchmarks.retrieval_vectors import vectors
from parlance.cli.question_sets import passages, questions
from parlance.core.knowledge.measures import MEASURES, Compared, ndcg, paired_bootstrap
from parlance.core.knowledge.search.fusion import fused
from parlance.ports.indexes import Found, IndexedChunk, Match
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.indexes import MemorySource
from parlance.values.evaluations import Question

POOL = 100
SEED = 9
KINDS = {"k": "known item", "p": "paraphrase", "t": "translated twin"}
TITLES = {"en": "English", "zh": "Chinese"}
Rankings = dict[str, dict[str, list[str]]]


def by_words(match: Match) -> tuple[float, str]:
    """The order of BM25."""
    return -match.words, match.chunk


def by_vector(match: Match) -> tuple[float, str]:
    """The order of the cosines."""
    return -(match.vector or 0.0), match.chunk


def rankings(found: Found) -> dict[str, list[str]]:
    """The ids in the order of each way to search."""
    words = sorted((match for match in found.matches if match.words > 0), key=by_words)[:POOL]
    near = sorted((match for match in found.matches if match.vector is not None), key=by_vector)[:POOL]
    return {
        "BM25": [match.chunk for match in words],
        "vectors": [match.chunk for match in near],
        "both": [each.match.chunk for each in fused(found)],
    }


async def searched(folder: Path, asked: Sequence[Question]) -> Rankings:
    """By way and query, the ids that were found."""
    rows = list(passages(folder))
    texts = [f"{title}\n{text}" if title else text for _, title, text in rows]
    source = MemorySource()
    for (id, _, _), text, vector in zip(rows, texts, await vectors(texts, folder), strict=True):
        source.put(id, [IndexedChunk(id, text, vector.tobytes())])
    found: Rankings = {}
    every = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines()]
    made = await vectors([each["text"] for each in every], folder)
    known = {each["_id"]: vector for each, vector in zip(every, made, strict=True)}
    index = SegmentIndex(source, None)
    for each in asked:
        result = await index.find(source.base(), each.query, known[each.id].tolist(), POOL)
        for way, ids in rankings(result).items():
            found.setdefault(way, {})[each.id] = ids
    await index.close()
    return found


def compared(asked: Sequence[Question], found: Rankings) -> dict[str, Compared]:
    """Both together against each alone, over all queries."""
    figures = {way: [ndcg(ids[each.id], each.relevant) for each in asked] for way, ids in found.items()}
    alone = [way for way in found if way != "both"]
    return {way: paired_bootstrap(figures["both"], figures[way], random.Random(SEED)) for way in alone}


def table(asked: Sequence[Question], found: Rankings, kinds: Mapping[str, str]) -> str:
    """A row for each kind of query, and for all."""
    lines = ["| queries | number | BM25 | vectors | both |", "|---|---|---|---|---|"]
    for prefix, name in (*kinds.items(), ("", "all")):
        some = [each for each in asked if each.id.startswith(prefix)]
        if some:
            means = (sum(ndcg(found[way][q.id], q.relevant) for q in some) / len(some) for way in found)
            lines.append(f"| {name} | {len(some)} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    lines.append("")
    for name, measure in MEASURES.items():
        means = (sum(measure(found[way][q.id], q.relevant) for q in asked) / len(asked) for way in found)
        lines.append(f"- {name}: " + ", ".join(f"{way} {mean:.3f}" for way, mean in zip(found, means, strict=True)))
    for way, each in compared(asked, found).items():
        lines.append(f"- both against {way}: {each.one - each.other:+.4f} nDCG@10, p = {each.p:.4f}")
    return "\n".join(lines)


def measured(folder: Path, split: str, kinds: Mapping[str, str]) -> str:
    """The figures of one set."""
    asked = questions(folder, split)
    return table(asked, asyncio.run(searched(folder, asked)), kinds)


def main() -> None:
    """Measure and print; write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-knowledge.md")
    parser.add_argument("--set", type=Path, help="a folder in the form of BEIR")
    parser.add_argument("--split", default="test")
    chosen = parser.parse_args()
    if chosen.set is not None:
        print(measured(chosen.set, chosen.split, {}))
        return
    pieces = ["nDCG@10 on the half of the manual pages of this machine that nothing was fitted on."]
    for language, title in TITLES.items():
        pieces += [f"### {title}", measured(FOLDER / language, chosen.split, KINDS)]
    print("\n\n".join(pieces))
    if chosen.write:
        write("quality", "\n\n".join(pieces))


if __name__ == "__main__":
    main()
