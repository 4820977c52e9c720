"""Sets of questions are read in each form, and one that cannot be used says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.cli.exits import Failure
from parlance.cli.question_sets import passages, questions
from parlance.values.evaluations import Question


def test_sets_are_read_in_each_form(tmp_path: Path) -> None:
    """With the same questions."""
    expected = [Question("q1", "tea?", {"d1": 2, "d:2": 1}, ""), Question("q2", "milk?", {"d3": 1}, "White.")]
    (tmp_path / "set.jsonl").write_text(
        '{"id": "q1", "query": "tea?", "relevant": {"d1": 2, "d:2": 1}}\n\n'
        '{"_id": "q2", "text": "milk?", "relevant": ["d3"], "answer": "White."}\n'
    )
    (tmp_path / "set.csv").write_text('id,query,relevant,answer\nq1,tea?,d1:2 d:2:1,\nq2,milk?,d3,"White."\n')
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td:2\t1\nq2\td3\t1\n")
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "tea?"}\n{"_id": "q2", "text": "milk?"}\n')
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "title": "Tea", "text": "Leaves."}\n')
    assert questions(tmp_path / "set.jsonl") == questions(tmp_path / "set.csv") == expected
    assert [each.relevant for each in questions(tmp_path)] == [each.relevant for each in expected]
    assert list(passages(tmp_path)) == [("d1", "Tea", "Leaves.")]


def test_a_name_with_a_space_in_it_ends_at_a_semicolon(tmp_path: Path) -> None:
    """Without one, spaces stand between names."""
    (tmp_path / "set.csv").write_text("query,relevant\ntea?,my tea.pdf;\nmilk?,my milk.pdf:2; b.md\nrice?,a b\n")
    found = [each.relevant for each in questions(tmp_path / "set.csv")]
    assert found == [{"my tea.pdf": 1}, {"my milk.pdf": 2, "b.md": 1}, {"a": 1, "b": 1}]


def test_columns_may_stand_between_semicolons(tmp_path: Path) -> None:
    """As spreadsheets write them where a comma is a decimal point; a cell in quotes may still hold several names."""
    (tmp_path / "set.csv").write_text('id;query;relevant\nq1;"tea; how?";"my tea.pdf; b.md:2"\nq2;milk, cold?;c.md\n')
    assert questions(tmp_path / "set.csv") == [
        Question("q1", "tea; how?", {"my tea.pdf": 1, "b.md": 2}, ""),
        Question("q2", "milk, cold?", {"c.md": 1}, ""),
    ]


def test_a_set_in_another_encoding_is_told_to_be_saved_anew(tmp_path: Path) -> None:
    """As spreadsheets in China save it; which letters were meant is not guessed."""
    (tmp_path / "set.csv").write_bytes("query,relevant\n茶是什么？,茶.md\n".encode("gb18030"))
    with pytest.raises(Failure, match=r"set\.csv is not UTF-8"):
        questions(tmp_path / "set.csv")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("s.jsonl", "", "no question"),
        ("s.jsonl", '{"query": "a", "relevant": ["d"]}\n[1]\n', "Line 2 is not a JSON object"),
        ("s.jsonl", '{"query": "", "relevant": ["d"]}', "Line 1 has no query"),
        ("s.jsonl", '{"query": "a"}', "does not say which documents"),
        ("s.csv", "query,relevant\n,d1\n", "has no query"),
        ("s.csv", f"query,relevant\n{'a' * 140_000},d1\n", "Line 2 cannot be read as CSV"),
        ("none/s.csv", None, "no readable text"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\n", "Line 2 of the judgements"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t--1\n", "Line 2 of the judgements"),
        ("qrels/test.tsv", f"query-id\tcorpus-id\tscore\nq1\td1\t{'9' * 5000}\n", "Line 2 of the judgements"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t0\n", "No question has judgements"),
    ],
)
def test_a_set_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str | None, told: str) -> None:
    """With the line."""
    if text is not None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "tea?"}\n')
    with pytest.raises(Failure) as caught:
        questions(tmp_path if "qrels" in name else tmp_path / name)
    assert told in caught.value.message


@pytest.mark.parametrize("corpus", ["", '{"_id": "d1"}\n', "[]\n"])
def test_a_corpus_that_cannot_be_used_says_why(tmp_path: Path, corpus: str) -> None:
    """As a set does."""
    if corpus:
        (tmp_path / "corpus.jsonl").write_text(corpus)
    with pytest.raises(Failure):
        list(passages(tmp_path))
