"""Sets to measure retrieval with are what they say: built of pages alone, the same each time, halves apart."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from benchmarks import manuals, notes_set, retrieval_set
from benchmarks.knowledge_page import write
from benchmarks.retrieval import Rankings, Searched, nothing, passing, table
from parlance.cli.question_sets import passages, questions
from parlance.values.evaluations import Question

PAGE = r"""
.TH BREW 1
.SH NAME
brew \- make tea from leaves
.SH SYNOPSIS
.B brew
.RI [ options ]
.SH DESCRIPTION
.B brew
pours water of the right temperature over leaves, waits until the flavour is there, and takes the leaves out
again; see
.BR kettle (1).
.PP
Green leaves want less heat than black ones\(em\fIninety degrees\fR burn them. The number of minutes is read from the
configuration of each sort, which the owner of the kettle writes.
.SH "SEE ALSO"
nothing
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some pages, one of them twice, and one that only points to another."""
    folder = tmp_path / "man1"
    folder.mkdir()
    for name, text in (("brew", PAGE), ("twin", PAGE), ("link", ".so man1/brew.1"), ("gcloud_x", PAGE)):
        (folder / f"{name}.1.gz").write_bytes(gzip.compress(text.encode()))
    for number in range(20):
        text = PAGE.replace("brew", f"brew{number}").replace("tea", f"tea of sort {number}")
        (folder / f"brew{number}.1.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.setitem(manuals.ROOTS, "en", tmp_path)
    return tmp_path


def test_a_page_is_read_without_its_escapes(root: Path) -> None:
    """Its NAME line apart from its text, fonts and macros gone, without the sections that say nothing."""
    page = manuals.read(root / "man1/brew.1.gz")
    assert page is not None and page.name == "brew.1" and page.about == "make tea from leaves"
    assert page.paragraphs[0].startswith("brew pours water") and page.paragraphs[0].endswith("see kettle(1).")
    assert "ones-ninety degrees burn them" in page.paragraphs[1]
    assert not any("options" in paragraph or "nothing" in paragraph for paragraph in page.paragraphs)
    assert manuals.read(root / "man1/link.1.gz") is None


def test_pages_that_say_the_same_count_once(root: Path) -> None:
    """And those of templates do not count."""
    names = [page.name for page in manuals.pages("en")]
    assert "brew.1" in names and "twin.1" not in names and "gcloud_x.1" not in names


def test_a_set_is_the_same_each_time_and_its_halves_share_no_page(root: Path, tmp_path: Path) -> None:
    """In the form of BEIR, with the NAME line in no passage."""
    told = retrieval_set.build("en", tmp_path / "one")
    assert "21 pages" in told and told == retrieval_set.build("en", tmp_path / "two")
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/dev.tsv", "qrels/test.tsv"):
        assert (tmp_path / "one/en" / name).read_bytes() == (tmp_path / "two/en" / name).read_bytes()
    folder = tmp_path / "one/en"
    halves = [{id for each in questions(folder, half) for id in each.relevant} for half in ("dev", "test")]
    pages = [{id.rpartition("-")[0] for id in half} for half in halves]
    assert pages[0] and pages[1] and not pages[0] & pages[1]
    texts = {id: text for id, _, text in passages(folder)}
    assert all("make tea" not in text for text in texts.values())
    assert halves[0] | halves[1] <= set(texts)


def test_what_is_remembered_is_some_words_of_one_sentence(root: Path) -> None:
    """Of the passage that is sought."""
    found = [each for page in manuals.pages("en") for each in retrieval_set.passages(page, "en")]
    texts = {each.id: each.text.lower() for each in found}
    for query in retrieval_set.known(random.Random(1), found, "en"):
        (wanted,) = query.wanted
        assert 3 <= len(query.text.split()) <= 5 and all(word in texts[wanted] for word in query.text.split())


def test_the_table_tells_each_kind_and_how_sure_it_is() -> None:
    """Both together found all, one side half of it."""
    asked = [Question(f"{kind}{n}", "q", {f"d{n}": 1}) for n in range(20) for kind in "kp"]
    found: Rankings = {
        "BM25": {each.id: list(each.relevant) if each.id[0] == "k" else [] for each in asked},
        "vectors": {each.id: [] for each in asked},
        "both": {each.id: list(each.relevant) for each in asked},
    }
    text = table(asked, found, {"k": "known item", "p": "paraphrase"})
    assert "| known item | 20 | 1.000 | 0.000 | 1.000 |" in text and "| all | 40 | 0.500 | 0.000 | 1.000 |" in text
    assert "both against BM25: +0.5000 nDCG@10, p = 0.0001" in text


def test_each_script_writes_its_own_part_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves the other's."""
    monkeypatch.setattr("benchmarks.knowledge_page.PAGE", tmp_path / "page.md")
    write("quality", "first")
    write("speed", "fast")
    write("quality", "second")
    text = (tmp_path / "page.md").read_text()
    assert "second" in text and "fast" in text and "first" not in text
    assert text.count("## What is found") == text.count("## What it costs") == 1


def test_sets_of_notes_are_what_their_files_say(tmp_path: Path) -> None:
    """Every question seeks its note in both bases, halves are apart, and what nothing answers seeks nothing."""
    told = notes_set.build(notes_set.NOTES / "office.txt", tmp_path)
    assert told.startswith("office: 40 notes, 55 questions, 20 that nothing answers")
    notes = notes_set.read(notes_set.NOTES / "office.txt")
    for kind in ("alone", "among"):
        folder = tmp_path / f"office-{kind}"
        held_out = {id: text for id, _, text in passages(folder)}
        sought = {split: {id for q in questions(folder, split) for id in q.relevant} for split in ("dev", "test")}
        assert not sought["dev"] & sought["test"] and len(sought["dev"] | sought["test"]) == len(notes.notes)
        assert {held_out[id] for id in sought["test"]} <= {note for note, _ in notes.notes}
        beside = [each.query for split in ("dev", "test") for each in nothing(folder, split)]
        assert sorted(beside) == sorted(notes.beside)
    assert len(list(passages(tmp_path / "office-among"))) > 4 * len(notes.notes)
    notes_set.build(notes_set.NOTES / "allotment.txt", tmp_path)
    assert (
        not nothing(tmp_path / "allotment-alone", "dev") and len(questions(tmp_path / "allotment-alone", "test")) == 33
    )


def test_passing_and_refusing_are_counted() -> None:
    """Of what is found among ten; what is said of the embedder counts for questions with an answer only."""
    asked = [Question("n0", "?", {"a": 1}), Question("n1", "?", {"b": 1}), Question("n2", "?", {"gone": 1})]
    beside = [Question("x0", "?", {}), Question("x1", "?", {})]
    scores = {"n0": {"a": 0.9}, "n1": {"b": 0.01, "a": 0.9}, "n2": {"a": 0.9}, "x0": {"a": 0.01}, "x1": {"a": 0.2}}
    found = Searched({"both": {id: list(each) for id, each in scores.items()}}, scores, {"n1", "x0"})
    assert passing(asked, beside, found).splitlines() == [
        "- of 2 answers among the first ten 1 have the 0.05 that a chat asks for",
        "- of 2 questions that nothing there answers 1 are refused by it",
        "- of 3 it is said for 1 that the embedder does not read them",
    ]
