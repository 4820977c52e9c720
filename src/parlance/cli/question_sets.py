"""Sets of questions to measure a search with: JSONL, CSV, or a folder in the form of BEIR.

JSONL   {"id": "q1", "query": "…", "relevant": ["d1"] or {"d1": 2}, "answer": "…"} in each line; `id` and `answer`
        may be left out, and `_id`, `text`, `question`, `expected` are other names of the same
CSV     columns query, relevant (names with spaces between, or with `;` where a name has a space in it; `d1:2` has the
        grade 2), and perhaps id and answer; between columns a comma, a tab or, as some spreadsheets write it, `;`
BEIR    queries.jsonl (_id, text) and qrels/<split>.tsv (query-id, corpus-id, score, with a head); a question that
        nothing is relevant to is left out
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from parlance.cli.exits import Exit, Failure
from parlance.values.evaluations import Question

MOST_BYTES = 256 * 1024 * 1024
"""Of one file, but a corpus, which is read line by line."""
_GRADE = re.compile(r"-?[0-9]{1,9}")
"""As judgements have it: a larger one says nothing more, and `int` refuses what is larger still."""


def questions(path: Path, split: str = "test") -> list[Question]:
    """Read a set. Raises `Failure` with the line that cannot be used."""
    if path.is_dir():
        return _beir(path, split)
    text = _text(path)
    rows = _csv(text) if path.suffix.lower() in (".csv", ".tsv") else _jsonl(text)
    found = [_question(row, number) for number, row in rows]
    if not found:
        raise _bad("The set holds no question.")
    return found


def passages(folder: Path) -> Iterator[tuple[str, str, str]]:
    """The ids, titles and texts of a BEIR folder's `corpus.jsonl`. Raises as `questions` does."""
    try:
        with (folder / "corpus.jsonl").open(encoding="utf-8-sig") as lines:
            for number, row in _rows(lines):
                if not {"_id", "text"} <= row.keys():
                    raise _bad(f"Line {number} of the corpus has no _id or no text.")
                yield str(row["_id"]), str(row.get("title") or ""), str(row["text"])
    except (OSError, UnicodeDecodeError) as error:
        raise _unread("corpus.jsonl", error) from None


def _beir(folder: Path, split: str) -> list[Question]:
    judged: dict[str, dict[str, int]] = {}
    lines = _text(folder / "qrels" / f"{split}.tsv").splitlines()
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != 3 or _GRADE.fullmatch(fields[2].strip()) is None:
            raise _bad(f"Line {number} of the judgements is not query, document, grade.")
        judged.setdefault(fields[0], {})[fields[1]] = int(fields[2])
    texts = {str(row.get("_id")): str(row.get("text")) for _, row in _jsonl(_text(folder / "queries.jsonl"))}
    sought = {id: grades for id, grades in judged.items() if id in texts and max(grades.values()) > 0}
    found = [Question(id, texts[id], grades) for id, grades in sought.items()]
    if not found:
        raise _bad("No question has judgements.")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _bad(f"{path.name} is too large.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unread(path.name, error) from None


def _jsonl(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    return _rows(text.split("\n"))


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, RecursionError):
                raise _bad(f"Line {number} is not a JSON object.") from None


def _csv(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    head = text.partition("\n")[0]
    mark = next((each for each in "\t,;" if each in head), ",")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for row in reader:
            yield reader.line_num, {str(name).strip().lower(): value for name, value in row.items() if name is not None}
    except csv.Error as error:  # such as a cell with more letters than the module reads
        raise _bad(f"Line {reader.line_num + 1} cannot be read as CSV: {error}.") from None


def _question(row: Mapping[str, Any], number: int) -> Question:
    query = _first(row, "query", "question", "text")
    relevant = _first(row, "relevant", "expected")
    if not isinstance(query, str) or not query.strip():
        raise _bad(f"Line {number} has no query.")
    answer = row.get("answer")
    id = _first(row, "id", "_id")
    return Question(str(id) if id else str(number), query, _grades(relevant, number), answer if answer else "")


def _first(row: Mapping[str, Any], *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _grades(value: Any, number: int) -> dict[str, int]:
    if isinstance(value, str):
        pairs = (each.rpartition(":") if _is_graded(each) else (each, "", "1") for each in _names(value))
        return {id: int(grade) for id, _, grade in pairs}
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        return {str(each): 1 for each in value}
    if isinstance(value, dict) and all(isinstance(grade, int) for grade in value.values()):
        return {str(id): grade for id, grade in value.items()}
    raise _bad(f"Line {number} does not say which documents are relevant.")


def _names(value: str) -> list[str]:
    """What a cell names: `a b` are two, `a b;` is one."""
    return [each for one in value.split(";") if (each := one.strip())] if ";" in value else value.split()


def _is_graded(each: str) -> bool:
    id, _, grade = each.rpartition(":")
    return bool(id) and not grade.startswith("-") and _GRADE.fullmatch(grade) is not None


def _unread(name: str, error: OSError | UnicodeDecodeError) -> Failure:
    """A set is not guessed at: one whose letters came out otherwise would measure something else."""
    if isinstance(error, UnicodeDecodeError):
        return _bad(f"{name} is not UTF-8. Save it so (spreadsheets call it CSV UTF-8), and run this again.")
    return _bad(f"There is no readable text in {name}.")


def _bad(sentence: str) -> Failure:
    return Failure(sentence, Exit.USAGE)
