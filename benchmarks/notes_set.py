"""Builds sets of short notes and of questions in other words: `python -m benchmarks.notes_set`.

The notes stand in `benchmarks/notes`, one in a line; below each the questions it answers (`? …`), in words of which it
has few; behind a line `-` questions that no note answers. Of each file two bases are made, BEIR folders below
`.cache/benchmarks/retrieval`: the notes alone, and the same among the passages of `docs/howto`.

Queries are of two kinds, told by how their ids begin:

    n  natural question: its note is sought
    x  question that nothing here answers: it should be refused

Half of the notes of a file is for development, the other half is held out; of `allotment.txt` all are.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.retrieval_set import FOLDER, PASSAGE, Passage, Query, write

NOTES = Path(__file__).parent / "notes"
AROUND = Path(__file__).parents[1] / "docs" / "howto"
HELD_OUT = frozenset(["allotment"])
"""Files of which nothing may be fitted on."""


class Notes(msgspec.Struct, frozen=True):
    """What a file holds: the notes, each with its questions, and the questions without an answer."""

    notes: tuple[tuple[str, tuple[str, ...]], ...]
    beside: tuple[str, ...]


def read(path: Path) -> Notes:
    """The notes of a file."""
    above, _, below = path.read_text(encoding="utf-8").partition("\n-\n")
    notes: list[tuple[str, list[str]]] = []
    for line in above.splitlines():
        if line.startswith("? "):
            notes[-1][1].append(line[2:])
        else:
            notes.append((line, []))
    beside = tuple(line.removeprefix("? ") for line in below.splitlines())
    return Notes(tuple((note, tuple(asked)) for note, asked in notes), beside)


def half(name: str, text: str) -> str:
    """`dev` or `test`: which half of a file's notes a text belongs to."""
    return "test" if name in HELD_OUT else ("dev", "test")[hashlib.sha256(text.encode()).digest()[0] & 1]


def queries(name: str, notes: Notes) -> Iterator[Query]:
    """The questions of a file."""
    for place, (note, questions) in enumerate(notes.notes):
        for number, question in enumerate(questions):
            yield Query(f"n{place}-{number}", question, {f"note-{place}": 1}, half(name, note))
    for number, question in enumerate(notes.beside):
        yield Query(f"x{number}", question, {}, half(name, question))


def around(folder: Path) -> Iterator[Passage]:
    """The passages of long documents: paragraphs together, up to a length."""
    for path in sorted(folder.glob("*.md")):
        pieces: list[str] = []
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            if pieces and len(pieces[-1]) + len(paragraph) < PASSAGE["en"]:
                pieces[-1] += "\n" + paragraph
            else:
                pieces.append(paragraph[: PASSAGE["en"]])
        for place, piece in enumerate(pieces):
            yield Passage(f"{path.stem}-{place}", path.stem, piece)


def build(path: Path, folder: Path) -> str:
    """Make both bases of a file; gives a sentence about them."""
    name, notes = path.stem, read(path)
    own = [Passage(f"note-{place}", f"note-{place}", note) for place, (note, _) in enumerate(notes.notes)]
    others = list(around(AROUND))
    asked = list(queries(name, notes))
    for kind, passages in (("alone", own), ("among", [*own, *others])):
        write(folder / f"{name}-{kind}", passages, asked)
        rows = [msgspec.json.encode({"_id": q.id, "half": q.half}) + b"\n" for q in asked if not q.wanted]
        (folder / f"{name}-{kind}" / "nothing.jsonl").write_bytes(b"".join(rows))
    answered = sum(bool(query.wanted) for query in asked)
    counts = f"{answered} questions, {len(asked) - answered} that nothing answers"
    return f"{name}: {len(own)} notes, {counts}; {len(others)} passages around them"


def main() -> None:
    """Make all sets."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    for path in sorted(NOTES.glob("*.txt")):
        print(build(path, chosen.folder))


if __name__ == "__main__":
    main()
