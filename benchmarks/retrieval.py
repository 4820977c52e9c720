"""What is found: `python -m benchmarks.retrieval [--write] [--set FOLDER]`, on the held-out half of the sets.

`python -m benchmarks.retrieval_set` and `benchmarks.notes_set` build the sets. BM25 alone, vectors alone
(all-MiniLM-L6-v2) and both together, as the product searches; nDCG@10 of each kind of query, and how often chance alone
would part them as far (paired bootstrap, two-sided); how many questions without an answer are refused. With `--set` a
folder in the form of BEIR is measured instead, with `--split` of its judgements.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from benchmarks.knowledge_page import write
from benchmarks.notes_set import HELD_OUT
from benchmarks.retrieval_set import FOLDER
from benchmarks.retrieval_vectors import MODEL, vectors
from parlance.cli.question_sets import passages, questions
from parlance.core.knowledge.measures import MEASURES, Compared, ndcg, paired_bootstrap
from parlance.core.knowledge.search.exams import Exams, Reading
from parlance.core.knowledge.search.fusion import Fused, fused, says_nothing
from parlance.core.knowledge.search.telling import looked_for
from parlance.ports.indexes import Found, IndexedChunk, Match
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.indexes import MemorySource
from parlance.values.evaluations import Question
from parlance.values.grounds import Grounds

POOL = 100
SEED = 9
KINDS = {"k": "known item", "p": "paraphrase", "t": "translated twin"}
TITLES = {"en": "English", "zh": "Chinese"}
NOTES = {
    "office": "notes of an office, English",
    "allotment": "notes of a garden club, English, nothing fitted on any of them",
    "haus-zh": "notes of a house, Chinese",
}
BASES = {"alone": "the notes alone", "among": "among the pages of `docs/howto`"}
Rankings = dict[str, dict[str, list[str]]]


@dataclass
class Searched:
    """What was found: by way and query the ids in order, by query the scores of both together, and the queries of which
    it was said that the embedder does not read them."""

    ways: Rankings = field(default_factory=dict)
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


def by_words(match: Match) -> tuple[float, str]:
    """The order of BM25."""
    return -match.words, match.chunk


def by_vector(match: Match) -> tuple[float, str]:
    """The order of the cosines."""
    return -(match.vector or 0.0), match.chunk


def rankings(found: Found, every: Sequence[Fused]) -> dict[str, list[str]]:
    """The ids in the order of each way to search."""
    words = sorted((match for match in found.matches if match.words > 0), key=by_words)[:POOL]
    near = sorted((match for match in found.matches if match.vector is not None), key=by_vector)[:POOL]
    return {
        "BM25": [match.chunk for match in words],
        "vectors": [match.chunk for match in near],
        "both": [each.match.chunk for each in every],
    }


async def searched(folder: Path, asked: Sequence[Question]) -> Searched:
    """Ask a set's questions."""
    source = MemorySource()
    rows = list(passages(folder))
    texts = [f"{title}\n{text}" if title else text for _, title, text in rows]
    for (id, _, _), text, vector in zip(rows, texts, await vectors(texts, folder), strict=True):
        source.put(id, [IndexedChunk(id, text, vector.tobytes())])
    every = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines()]
    made = await vectors([each["text"] for each in every], folder)
    known = {each["_id"]: vector.tolist() for each, vector in zip(every, made, strict=True)}
    index, exams, result = SegmentIndex(source, None), Exams(), Searched()

    async def embed(some: Sequence[str]) -> Sequence[Sequence[float]]:
        return [row.tolist() for row in await vectors(some, folder)]

    for each in asked:
        found = await looked_for(index, source.base(), each.query, known[each.id], POOL)
        reading = await exams.of((MODEL,), each.query, embed, 0.0)
        _noted(result, each.id, found, reading)
    await index.close()
    return result


def _noted(result: Searched, id: str, found: Found, reading: Reading) -> None:
    every = fused(found, reading=reading)
    for way, ids in rankings(found, every).items():
        result.ways.setdefault(way, {})[id] = ids
    result.scores[id] = {each.match.chunk: each.score for each in every}
    if says_nothing(found, reading):
        result.unread.add(id)


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


def nothing(folder: Path, split: str) -> list[Question]:
    """The questions of a set that nothing in it answers."""
    path = folder / "nothing.jsonl"
    halves = (
        {row["_id"]: row["half"] for row in map(json.loads, path.read_text().splitlines())} if path.exists() else {}
    )
    every = map(json.loads, (folder / "queries.jsonl").read_text().splitlines())
    return [Question(row["_id"], row["text"], {}) for row in every if halves.get(row["_id"]) == split]


def passing(asked: Sequence[Question], beside: Sequence[Question], found: Searched) -> str:
    """How many answers pass the least score of a chat, and how many questions without one are refused by it."""
    least = Grounds().threshold
    ten = {each.id: found.ways["both"][each.id][:10] for each in asked}
    there = [each for each in asked if not each.relevant.keys().isdisjoint(ten[each.id])]
    passed = sum(max(found.scores[q.id][id] for id in q.relevant if id in ten[q.id]) >= least for q in there)
    refused = sum(max(found.scores[q.id].values(), default=0.0) < least for q in beside)
    lines = [f"- of {len(there)} answers among the first ten {passed} have the {least} that a chat asks for"]
    if beside:
        lines.append(f"- of {len(beside)} questions that nothing there answers {refused} are refused by it")
    unread = len(found.unread.intersection(each.id for each in asked))
    return "\n".join([*lines, f"- of {len(asked)} it is said for {unread} that the embedder does not read them"])


def measured(folder: Path, split: str, kinds: Mapping[str, str]) -> str:
    """The figures of one set."""
    asked, beside = questions(folder, split), nothing(folder, split)
    found = asyncio.run(searched(folder, [*asked, *beside]))
    return f"{table(asked, found.ways, kinds)}\n{passing(asked, beside, found)}"


def of_notes(split: str) -> Iterator[str]:
    """The figures of notes and natural questions; of `dev` those that have a development half."""
    for (name, what), (kind, where) in product(NOTES.items(), BASES.items()):
        if split == "test" or name not in HELD_OUT:
            yield f"### {what[0].upper()}{what[1:]}: {where}"
            yield measured(FOLDER / f"{name}-{kind}", split, {})


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
    pieces = ["nDCG@10 on the halves of the sets that nothing was fitted on: manual pages of this machine, and notes."]
    for language, title in TITLES.items():
        pieces += [f"### {title}", measured(FOLDER / language, chosen.split, KINDS)]
    pieces += of_notes(chosen.split)
    print("\n\n".join(pieces))
    if chosen.write:
        write("quality", "\n\n".join(pieces))


if __name__ == "__main__":
    main()
