"""Questions to documents over a running server: on the command line, in a chat, on a second reader, after a crash."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import Caller, Json, connection_toml, events
from tests.flows.test_chat_crashes import LONG, Place
from tests.flows.test_cli import printed, verb

TEA = "# Gardens\n\nTea is grown in Assam by three million people.\n\nCoffee is grown in Kerala on hills.\n"
QUESTION = "Where is tea grown?"
CITING = "mock-echo-p40"
"""It says what it was asked, word by word."""
SAID = "Tea is grown in Assam by three million people [1]. "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without any model but the built-in one, and a base of two documents."""
    folder = tmp_path_factory.mktemp("server")
    with as_process(folder) as running:
        papers = folder / "papers"
        papers.mkdir()
        (papers / "tea.md").write_text(TEA)
        (papers / "rice.md").write_text("# Fields\n\nRice is grown in Bihar where the rivers meet.\n")
        printed(running, "do", "bases.create", "name=Papers", "embedder=")
        assert verb(running, "index", str(papers), "--base", "Papers").returncode == 0
        yield running


def base_of(server: Server) -> str:
    """The id of the base."""
    [base] = [each for each in json.loads(printed(server, "do", "bases.list"))["bases"] if each["name"] == "Papers"]
    return str(base["id"])


def test_the_answer_comes_with_numbered_sources(server: Server) -> None:
    said = printed(server, "ask", "--model", "quote", "--base", "Papers", QUESTION)
    answer, _, sources = said.partition("\n\n[")
    assert "> Tea is grown in Assam by three million people. [" in answer
    assert "] tea.md\n" in f"[{sources}"
    assert "    “Tea is grown in Assam by three million people.”" in sources.splitlines()


def test_programs_get_one_object_whose_places_hold_the_words(server: Server) -> None:
    again = ("--base", base_of(server), "--base", "Papers")
    told = json.loads(printed(server, "ask", "--model", "quote", *again, "--json", QUESTION))
    assert told["sources"] and all(source["sure"] for source in told["sources"])
    for source in told["sources"]:
        assert source["quoted"] in TEA and source["sentence"].startswith("> ")
    assert {passage["number"] for passage in told["passages"]} >= {source["number"] for source in told["sources"]}


def test_what_is_not_there_is_said_and_a_base_that_is_not_there_has_an_exit_code(server: Server) -> None:
    said = verb(server, "ask", "--model", "quote", "--base", "Papers", "zebra quux")
    assert said.returncode == 0 and "not in your documents" in said.stdout
    missing = verb(server, "ask", "--model", "quote", "--base", "Nowhere", QUESTION)
    assert missing.returncode == 3 and "Nowhere" in missing.stderr


def test_an_operation_takes_a_base_by_its_name_too(server: Server) -> None:
    """And says where the names are, or how JSON is typed, where it cannot go on."""
    assert json.loads(printed(server, "do", "bases.read", "base=Papers"))["id"] == base_of(server)
    assert json.loads(printed(server, "do", "documents.list", "base=Papers"))["documents"]
    missing = verb(server, "do", "bases.read", "base=Nowhere")
    assert missing.returncode == 3 and "parlance do bases.list" in missing.stderr
    typed = verb(server, "do", "bases.change", "base=Papers", 'options={"vision": ""}')
    assert typed.returncode == 1 and "options:=" in typed.stderr


async def test_a_second_reader_and_a_reloaded_chat_see_what_the_first_one_saw(server: Server) -> None:
    caller = Caller(server.port)
    body = {"text": QUESTION, "models": ["quote"], "bases": [base_of(server)]}
    sent = (await caller.ask("POST /parlance/v1/chats.send", body)).json
    first, second = await asyncio.gather(*(_read(caller, sent["run"]) for _ in range(2)))
    assert first == second and [name for name, _ in first][-1] == "ended"
    names = [name for name, _ in first if name != "notice"]
    assert names.index("retrieved") < names.index("delta") < names.index("cited")
    turns = (await caller.ask(f"GET /parlance/v1/chats.read?chat={sent['chat']}")).json["turns"]
    question, answer = turns
    assert [base["name"] for base in question["footing"]["bases"]] == ["Papers"]
    [retrieved] = [data for name, data in first if name == "retrieved"]
    assert answer["evidence"]["passages"] == retrieved["passages"]
    told = [data for name, data in first if name == "cited"]
    assert [each["start"] for each in answer["evidence"]["cited"]] == [each.get("start", 0) for each in told]


async def test_a_document_may_go_while_its_words_stay_in_the_answer(server: Server) -> None:
    caller = Caller(server.port)
    base = (await caller.ask("POST /parlance/v1/bases.create", {"name": "Brief", "embedder": ""})).json["id"]
    added = await caller.ask("POST /parlance/v1/documents.add_text", {"base": base, "name": "a.txt", "text": TEA})
    document = added.json["id"]
    await _ready(caller, document)
    sent = (
        await caller.ask("POST /parlance/v1/chats.send", {"text": QUESTION, "models": ["quote"], "bases": [base]})
    ).json
    await _read(caller, sent["run"])
    assert (await caller.ask("POST /parlance/v1/documents.delete", {"document": document})).status == 204
    answer = (await caller.ask(f"GET /parlance/v1/chats.read?chat={sent['chat']}")).json["turns"][1]
    [passage, *_] = answer["evidence"]["passages"]
    assert "Tea is grown" in passage["content"]
    assert (await caller.ask(f"GET /parlance/v1/chunks.read?chunk={passage['chunk']}")).status == 404
    again = (await caller.ask("POST /parlance/v1/chats.regenerate", {"turn": sent["answer"]})).json
    told = await _read(caller, again["run"])
    said = "".join(data["text"] for name, data in told if name == "delta")
    assert "not in your documents" in said


async def test_bases_in_a_body_must_be_the_callers(server: Server) -> None:
    caller = Caller(server.port)
    gone = "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b"
    ask = {"model": "quote", "items": [{"type": "message", "role": "user", "content": QUESTION}]}
    for path, body in (
        ("chats.send", {"text": QUESTION, "models": ["quote"], "bases": [gone]}),
        ("messages.send", {"ask": ask, "bases": [base_of(server), gone]}),
    ):
        refused = await caller.ask(f"POST /parlance/v1/{path}", body)
        assert (refused.status, refused.json["code"]) == (404, "base_not_found")


@pytest.mark.slow
async def test_what_a_crash_breaks_off_keeps_its_passages_and_goes_on_from_them(tmp_path: Path) -> None:
    with in_thread(MockOpenAI()) as upstream:
        place = Place(tmp_path, connection_toml(upstream.base_url, "mock", LONG))
        try:
            await place.start()
            made = await place.caller.ask("POST /parlance/v1/bases.create", {"name": "Tea", "embedder": ""})
            text = {"base": made.json["id"], "name": "a.txt", "text": TEA}
            added = await place.caller.ask("POST /parlance/v1/documents.add_text", text)
            await _ready(place.caller, added.json["id"])
            body = {"text": QUESTION, "models": [LONG], "bases": [made.json["id"]]}
            sent = (await place.caller.ask("POST /parlance/v1/chats.send", body)).json
            async with asyncio.timeout(30):
                while not (await _answer(place.caller, sent["chat"]))["items"]:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(1.5)  # what a reader has seen is kept within a second
            await place.kill()
            await place.start()
            broken = await _answer(place.caller, sent["chat"])
            assert broken["state"] == "interrupted" and broken["evidence"]["passages"] and broken["items"]
            going = (await place.caller.ask("POST /parlance/v1/chats.continue", {"turn": sent["answer"]})).json
            async with asyncio.timeout(30):
                while (await _answer(place.caller, sent["chat"]))["items"] == broken["items"]:
                    await asyncio.sleep(0.05)
            await place.caller.ask("POST /parlance/v1/chats.stop", {"chat": sent["chat"]})
            again = await _answer(place.caller, sent["chat"])
            assert again["evidence"]["passages"] == broken["evidence"]["passages"] and going["answer"] == sent["answer"]
        finally:
            await place.stop()


@pytest.mark.slow
async def test_what_an_answer_cited_before_a_crash_leads_to_its_passages_afterwards(tmp_path: Path) -> None:
    """The answer is told as broken off, with all citations that a reader had for a second."""
    with in_thread(MockOpenAI()) as upstream:
        place = Place(tmp_path, connection_toml(upstream.base_url, "mock", CITING))
        try:
            await place.start()
            made = await place.caller.ask("POST /parlance/v1/bases.create", {"name": "Tea", "embedder": ""})
            added = {"base": made.json["id"], "name": "a.txt", "text": TEA}
            document = (await place.caller.ask("POST /parlance/v1/documents.add_text", added)).json["id"]
            await _ready(place.caller, document)
            body = {"text": SAID * 40, "models": [CITING], "bases": [made.json["id"]]}
            sent = (await place.caller.ask("POST /parlance/v1/chats.send", body)).json
            async with asyncio.timeout(60):
                while len(seen := (await _answer(place.caller, sent["chat"])).get("evidence", {}).get("cited", ())) < 2:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(1.5)  # what a reader has seen is kept within a second
            await place.kill()
            await place.start()
            broken = await _answer(place.caller, sent["chat"])
            assert broken["state"] == "interrupted" and broken["error"]["message"]
            told = await place.caller.ask(f"GET /parlance/v1/runs.read?run={sent['run']}", accept="text/event-stream")
            assert told.status == 404 or events(told.body)[-1]["outcome"] == "interrupted"
            cited = broken["evidence"]["cited"]
            assert cited[: len(seen)] == seen
            said = "".join(each["item"]["content"] for each in broken["items"])
            for each in cited:
                [citation] = each["citations"]
                chunk = (await place.caller.ask(f"GET /parlance/v1/chunks.read?chunk={citation['chunk']}")).json
                assert (citation["document"], chunk["document"], citation["sure"]) == (document, document, True)
                assert TEA[citation["start"] : citation["stop"]] == SAID.partition(" [")[0]
                assert "Assam" in said[each.get("start", 0) : each["stop"]]
        finally:
            await place.stop()


async def _answer(caller: Caller, chat: str) -> Json:
    found: Json = (await caller.ask(f"GET /parlance/v1/chats.read?chat={chat}")).json["turns"][1]
    return {"items": [], **found}


async def _ready(caller: Caller, document: str) -> None:
    async with asyncio.timeout(60):
        while (await caller.ask(f"GET /parlance/v1/documents.read?document={document}")).json["state"] != "ready":
            await asyncio.sleep(0.05)


async def _read(caller: Caller, run: str) -> list[tuple[str, Json]]:
    """The tags and data of all that a run says; notices are another matter."""
    whole = await caller.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
    return [(each["t"], each) for each in events(whole.body) if "n" in each]
