"""`parlance evaluate` against a running server: sets in each form, two settings, and a BEIR folder with its corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_cli import printed, verb
from tests.naming import fresh

CROPS = {"tea": "Assam", "coffee": "Kerala", "rice": "Bihar", "cocoa": "Ghana", "vanilla": "Madagascar", "hops": "Kent"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as people start it."""
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        with as_process(tmp_path_factory.mktemp("server"), toml=toml) as running:
            yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set in the form of BEIR, with one text twice under two ids."""
    made = tmp_path / "crops"
    (made / "qrels").mkdir(parents=True)
    rows = [{"_id": f"c-{crop}", "title": crop, "text": f"It is grown in {place}."} for crop, place in CROPS.items()]
    rows.append({**rows[0], "_id": "c-twin"})
    (made / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [{"_id": f"q-{crop}", "text": f"{crop} in {place}"} for crop, place in CROPS.items()]
    (made / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    judged = ["query-id\tcorpus-id\tscore", *(f"q-{crop}\tc-{crop}\t1" for crop in list(CROPS)[1:]), "q-tea\tc-twin\t2"]
    (made / "qrels" / "test.tsv").write_text("\n".join(judged) + "\n")
    return made


def evaluated(server: Server, *words: str) -> Any:
    """What is told of an evaluation."""
    return json.loads(printed(server, "evaluate", *words, "--json"))


def test_a_folder_of_beir_runs_unchanged(server: Server, folder: Path) -> None:
    """Its texts come in once, each id finds its text, and two ways to search are compared."""
    called, before = fresh("Crops"), len(json.loads(printed(server, "do", "bases.list"))["bases"])
    printed(server, "do", "bases.create", f"name={called}", "embedder=")
    unput = verb(server, "evaluate", called, "--set", str(folder))
    assert unput.returncode == 1 and "by --index" in unput.stderr
    settings = ("--with", "vectors=no", "--against", "vectors=no,threshold=1,loosen=no")
    told = evaluated(server, called, "--set", str(folder), "--index", *settings)
    assert (told["state"], told["done"], told["outcome"].get("unknown", 0)) == ("done", 6, 0)
    assert [means["ndcg@10"] for means in told["outcome"]["means"]] == [1.0, 0.0]
    assert told["outcome"]["differences"]["ndcg@10"]["p"] < 0.05
    again = verb(server, "evaluate", called, "--set", str(folder), "--index", *settings, "--worst", "1")
    assert again.returncode == 0, again.stderr
    assert "-1.0000" in again.stdout and "sure" in again.stdout and "c-" in again.stdout.splitlines()[-1]
    _, found = again.stdout.splitlines()[-1].rpartition(": ")[2].split(" wanted, ")
    assert {each.strip() for each in found.removesuffix(" found").split(",")} <= {f"c-{crop}" for crop in CROPS}, found
    bases = json.loads(printed(server, "do", "bases.list"))["bases"]
    assert len([each for each in bases if each["name"] == called]) == 1 and len(bases) == before + 1
    documents = json.loads(printed(server, "do", "documents.list", f"base={told['base']}"))["documents"]
    assert len(documents) == len(CROPS)
    taken = evaluated(server, called, "--again", told["id"])
    assert taken["total"] == 6 and taken["outcome"]["means"][0]["mrr"] == 1.0


def test_a_set_of_ones_own_names_documents_by_their_paths(server: Server, tmp_path: Path) -> None:
    """And what is not in the base is counted."""
    called = fresh("Papers")
    papers = tmp_path / "papers"
    papers.mkdir()
    for crop, place in CROPS.items():
        (papers / f"{crop}.md").write_text(f"# {crop}\n\nIt is grown in {place}.\n")
    printed(server, "index", str(papers), "--base", called, "--create")
    made = tmp_path / "set.jsonl"
    made.write_text(
        '{"query": "Kerala", "relevant": ["coffee.md"]}\n{"query": "Kent", "relevant": {"hops.md": 2, "x": 1}}\n'
    )
    told = evaluated(server, called, "--set", str(made), "--limit", "2")
    assert told["outcome"]["unknown"] == 1 and told["outcome"]["means"][0]["mrr"] == 1.0
    shown = printed(server, "evaluate", called, "--set", str(made))
    assert "2 of 2 questions measured" in shown and "is not in the base, such as x" in shown


def test_answers_are_compared_with_those_of_the_set(server: Server, tmp_path: Path) -> None:
    """Of a model that answers from what is found; `quote` says the sentence itself."""
    called = fresh("Answered")
    papers = tmp_path / "answered"
    papers.mkdir()
    (papers / "tea.txt").write_text("Tea is grown in Assam, where it rains for half of the year.\n")
    printed(server, "index", str(papers), "--base", called, "--create")
    made = tmp_path / "set.jsonl"
    wanted = {"query": "Where is tea grown?", "relevant": ["tea.txt"], "answer": "Tea is grown in Assam."}
    made.write_text(json.dumps(wanted) + "\n")
    told = evaluated(server, called, "--set", str(made), "--model", "quote")
    means = told["outcome"]["means"][0]
    assert told["outcome"]["answered"] == 1 and 0 < means["bleu-1"] <= 1 and means["rouge-1"] > 0.1
    assert verb(server, "evaluate", called, "--set", str(made), "--model", "nobody").returncode == 3


def test_what_cannot_be_measured_says_why(server: Server, tmp_path: Path) -> None:
    """With an exit code for each reason."""
    called = fresh("Empty")
    printed(server, "do", "bases.create", f"name={called}", "embedder=")
    made = tmp_path / "set.jsonl"
    made.write_text('{"query": "Kerala", "relevant": ["coffee.md"]}\n')
    nothing = verb(server, "evaluate", called, "--set", str(made))
    assert nothing.returncode == 1 and "Nothing that should be found is in this base" in nothing.stderr
    assert verb(server, "evaluate", "Gone", "--set", str(made)).returncode == 3
    assert verb(server, "evaluate", "Gone", "--set", str(made), "--create").returncode == 2
    for words in ((), ("--set", str(made), "--index"), ("--set", str(made), "--with", "colour=red")):
        assert verb(server, "evaluate", called, *words).returncode == 2
    made.write_text("[]\n")
    broken = verb(server, "evaluate", called, "--set", str(made))
    assert broken.returncode == 2 and "Line 1 is not a JSON object" in broken.stderr


def test_a_base_is_made_for_the_texts_of_a_set(server: Server, folder: Path) -> None:
    """Where that is said, and by its name: without, it is said how."""
    called = fresh("Made")
    missing = verb(server, "evaluate", called, "--set", str(folder), "--index")
    assert missing.returncode == 3 and "--create" in missing.stderr
    told = evaluated(server, called, "--set", str(folder), "--index", "--create", "--with", "vectors=no")
    assert told["outcome"]["means"][0]["ndcg@10"] == 1.0
