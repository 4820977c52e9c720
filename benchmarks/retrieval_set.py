"""Builds sets to measure retrieval with, from the manual pages of this machine: `python -m benchmarks.retrieval_set`.

Two BEIR folders, English (`en`) and Chinese (`zh`), are written below `.cache/benchmarks/retrieval`; nothing of them is
kept in the repository. `sudo apt install manpages manpages-dev manpages-zh perl-doc` gives enough to read. The same
pages give the same set.

A passage is a piece of a page without its NAME section. Queries are of three kinds, told by how their ids begin:

    k  known item: some words of one sentence, in another order, as somebody remembers them; that passage is sought
    p  paraphrase: what the NAME line says of the page; its passages are sought, the first one most
    t  twin: what the English page's NAME line says; the passages of its Chinese translation are sought

Half of the pages are for development, the other half is held out: no page has queries in both.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.manuals import Page, pages

FOLDER = Path(".cache/benchmarks/retrieval")
SEED = 5
PASSAGE = {"en": 900, "zh": 350}
"""Characters of a passage at most: about 150 words, which the embedder reads whole."""
MOST_PASSAGES = {"en": 2, "zh": 4}
"""Of one page: its beginning says best what it is about."""
MOST_ALIKE = 8
"""Passages that one query may seek: of more nobody could say which one is meant."""
KNOWN, NAMED, TWINS = 900, 900, 300
STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can for from has have if in into is it its may must no not of on or that the then "
        "there these this to was when which will with you your",
    )
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Passage:
    """A piece of a page; the first one has the place 0."""

    id: str
    page: str
    text: str


@dataclass(frozen=True)
class Query:
    """What is asked, and what should be found with which grade."""

    id: str
    text: str
    wanted: dict[str, int]
    half: str


def half(page: str) -> str:
    """`dev` or `test`: which half a page belongs to. A translation belongs where its original does."""
    return ("dev", "test")[hashlib.sha256(page.encode()).digest()[0] & 1]


def passages(page: Page, language: str) -> list[Passage]:
    """The pieces of a page: paragraphs together, up to a length."""
    pieces: list[str] = []
    for paragraph in page.paragraphs:
        if pieces and len(pieces[-1]) + len(paragraph) < PASSAGE[language]:
            pieces[-1] += "\n" + paragraph
        else:
            pieces.append(paragraph[: PASSAGE[language]])
    enough = [piece for piece in pieces if len(piece) >= PASSAGE[language] // 6][: MOST_PASSAGES[language]]
    return [Passage(f"{page.name}-{place}", page.name, piece) for place, piece in enumerate(enough)]


def known(chance: random.Random, found: Sequence[Passage], language: str) -> Iterator[Query]:
    """Queries of what somebody remembers of one sentence."""
    remembered = _english if language == "en" else _chinese
    for number, passage in enumerate(chance.sample(found, len(found))):
        sentences = _SENTENCE.split(passage.text)
        words = remembered(chance, chance.choice(sentences))
        if words:
            yield Query(f"k{number}", words, {passage.id: 1}, half(passage.page))


def _english(chance: random.Random, sentence: str) -> str:
    words = [word for word in dict.fromkeys(_WORD.findall(sentence)) if word.lower() not in STOP]
    return " ".join(chance.sample(words, chance.randint(3, 5))).lower() if len(words) >= 6 else ""


def _chinese(chance: random.Random, sentence: str) -> str:
    runs = [run for run in _HAN.findall(sentence) if len(run) >= 4]
    if len("".join(runs)) < 12:
        return ""
    return " ".join(run[:10] for run in chance.sample(runs, min(2, len(runs))))


def named(found: Sequence[Passage], told: dict[str, str], prefix: str) -> Iterator[Query]:
    """Queries of what a NAME line says; pages that say the same are sought together."""
    wanted: dict[str, dict[str, int]] = {}
    halves: dict[str, str] = {}
    for passage in found:
        line = told.get(passage.page, "")
        if len(line) >= 6:
            wanted.setdefault(line, {})[passage.id] = 2 if passage.id.endswith("-0") else 1
            halves.setdefault(line, half(passage.page))
    for number, (line, grades) in enumerate(wanted.items()):
        if len(grades) <= MOST_ALIKE:
            yield Query(f"{prefix}{number}", line, grades, halves[line])


def write(folder: Path, found: Iterable[Passage], queries: Sequence[Query]) -> None:
    """A BEIR folder: `corpus.jsonl`, `queries.jsonl`, `qrels/dev.tsv` and `qrels/test.tsv`."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _lines(folder / "corpus.jsonl", ({"_id": each.id, "title": "", "text": each.text} for each in found))
    _lines(folder / "queries.jsonl", ({"_id": each.id, "text": each.text} for each in queries))
    for part in ("dev", "test"):
        rows = [f"{q.id}\t{id}\t{grade}\n" for q in queries if q.half == part for id, grade in q.wanted.items()]
        (folder / "qrels" / f"{part}.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(rows))


def _lines(path: Path, rows: Iterable[dict[str, str]]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def build(language: str, folder: Path) -> str:
    """Make one set; gives a sentence about it."""
    chance = random.Random(SEED)
    read = {page.name: page for page in pages(language)}
    found = [passage for page in read.values() for passage in passages(page, language)]
    kinds = [known(chance, found, language), named(found, {page.name: page.about for page in read.values()}, "p")]
    queries = [query for kind, most in zip(kinds, (KNOWN, NAMED), strict=True) for query in _some(chance, kind, most)]
    if language == "zh":
        english = {page.name: page.about for page in pages("en")}
        queries += _some(chance, named(found, english, "t"), TWINS)
    write(folder / language, found, queries)
    counts = ", ".join(f"{sum(q.id[0] == kind for q in queries)} of kind {kind}" for kind in "kpt")
    return f"{language}: {len(read):,} pages, {len(found):,} passages, {len(queries):,} queries ({counts})"


def _some(chance: random.Random, queries: Iterable[Query], most: int) -> list[Query]:
    every = list(queries)
    return chance.sample(every, min(most, len(every)))


def main() -> None:
    """Make both sets."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    for language in ("en", "zh"):
        print(build(language, chosen.folder))


if __name__ == "__main__":
    main()
