"""Short notes, asked about in other words: with the embedder that is built in, and through the whole server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.notes_set import NOTES, read
from parlance.engines.onnx import weights
from parlance.testing.servers import Server, as_process
from tests.flows.test_cli import printed, verb

pytestmark = pytest.mark.slow
AROUND = Path(__file__).parents[2] / "docs" / "decisions"
"""Long documents that are not rewritten."""
ASKED = {
    "how much may I spend on courses": "The training budget",
    "how do I drive into the garage": "The car park barrier",
    "where can we hold a conference with people abroad": "The meeting room Elbe",
    "in which month does somebody check the elevator": "The lift",
    "I cut my finger, where are bandages": "The first aid box",
    "what is the name of the janitor's pet": "The cat of the caretaker",
    "where do you keep the garbage liners": "Trash bags",
    "when can I get vaccinated": "Dr Okafor",
}
CHINESE = "忘带钥匙了怎么进屋"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing but what is built in, and two bases: notes, and notes among long documents."""
    fault = weights.lacking(weights.MINILM, weights.Places(str(tmp_path_factory.mktemp("models"))))
    if fault is not None:
        pytest.skip(fault.sentence())
    notes = tmp_path_factory.mktemp("notes")
    for place, (note, _) in enumerate(read(NOTES / "office.txt").notes):
        (notes / f"{place:02}.txt").write_text(note + "\n")
    with as_process(tmp_path_factory.mktemp("server")) as running:
        for base, folders in {"Notes": [notes], "Mixed": [notes, AROUND]}.items():
            for folder in folders:
                done = verb(running, "index", str(folder), "--base", base, "--create", "--json")
                assert done.returncode == 0, done.stdout + done.stderr
        yield running


def searched(server: Server, base: str, question: str, *options: str) -> Any:
    """What is found, and what is remarked."""
    return json.loads(printed(server, "search", base, question, *options, "--json"))


@pytest.mark.parametrize("base", ["Notes", "Mixed"])
def test_a_question_in_other_words_finds_its_note(server: Server, base: str) -> None:
    """Though other passages share its small words; most with what a chat asks for, and nobody is told that the model
    cannot read English."""
    scores = []
    for question, answer in ASKED.items():
        found = searched(server, base, question)
        assert found["passages"][0]["chunk"]["content"].startswith(answer), (question, found["passages"][0])
        assert "useless_vectors" not in found.get("remarks", ())
        scores.append(found["passages"][0]["score"])
    assert sorted(scores)[1] > 0.1, scores


def test_most_of_what_nothing_answers_is_refused(server: Server) -> None:
    """No passage has what a chat asks for; none of the others is as sure as an answer is."""
    beside = read(NOTES / "office.txt").beside
    scores = sorted(searched(server, "Mixed", question, "--most", "1")["passages"][0]["score"] for question in beside)
    assert scores[len(scores) // 2] < 0.05 and scores[-1] < 0.7, scores


def test_that_the_model_does_not_read_a_script_is_said(server: Server) -> None:
    """And what it takes to be near is not cited."""
    found = searched(server, "Notes", CHINESE)
    assert found["remarks"] == ["useless_vectors"] and found["passages"][0]["score"] < 0.05
    assert "does not seem to read" in verb(server, "search", "Notes", CHINESE).stderr
