"""Knowledge over HTTP, as a server has it: real parsers in processes of their own, an embedder behind a connection."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import pytest

from parlance.core.knowledge.ingest import MOVING
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import Behaviour, MockOpenAI, in_thread
from parlance.testing.upstreams.answers import Answer as Answered
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from tests.flows.callers import Answer, Caller, Json, connection_toml
from tests.flows.test_accounts import PASSWORD, Person, owner, person, told
from tests.unit.transports.small import Raw

PATIENCE = 60.0
PAGE = b"# Gardens\n\nTea is grown in Assam.\n\n## Coffee\n\nCoffee is grown in Kerala, in the shade of older trees.\n"
LONG = PAGE + b"\n## Cocoa\n\nCocoa is grown in the hills of Idukki.\n"
"""Of three passages: two tell which model embedded it."""


class Stage(NamedTuple):
    """A server with an admin and another user."""

    server: Server
    ada: Person
    bob: Person


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        flags = {"knowledge.tenant_quota_mb": 0.01}
        async with running(loaded(tmp_path, toml=toml, flags=flags)) as server:
            ada = await owner(server)
            yield Stage(server, ada, await person(server, ada, "Bob"))


async def upload(who: Person, base: str, data: bytes, name: str) -> Answer:
    """One upload."""
    client = await Raw.to(who.port)
    try:
        head = f"POST /parlance/v1/documents.upload?base={base}&name={quote(name)}"
        status, headers, body = await client.ask(head, data, **who.headers)
        return Answer(status, headers, body)
    finally:
        client.fin()


async def ended(who: Person, document: str) -> Json:
    """A document that is read, or could not be."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: Json = await who.native("documents.read", document=document)
        if found["state"] in ("ready", "failed"):
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def kept(who: Person, base: str, data: bytes = PAGE, name: str = "gardens.md") -> Json:
    """A document when it is read."""
    answer = await upload(who, base, data, name)
    assert answer.status == 201, answer.body
    return await ended(who, answer.json["id"])


async def test_a_page_becomes_passages_that_say_where_they_stand(stage: Stage) -> None:
    """Its bytes and its text are given back, whole or in part; pages that are open hear of it."""
    before = (await stage.ada.ask("GET /parlance/v1/feeds.read")).json["last"]
    base = (await stage.ada.native("bases.create", name="Gardens", options={"size": 60, "overlap": 0}))["id"]
    document = await kept(stage.ada, base)
    assert (document["state"], document["name"]) == ("ready", "gardens.md"), document
    path = f"GET /parlance/v1/documents/{document['id']}/content"
    text = (await stage.ada.ask(f"{path}?part=text")).body.decode()
    chunks = (await stage.ada.native("chunks.list", document=document["id"]))["chunks"]
    assert all(text[each["span"]["start"] : each["span"]["stop"]] == each["content"] for each in chunks)
    assert any("Kerala" in each["content"] and "Coffee" in each.get("context", "") for each in chunks)
    assert (await stage.ada.ask(path)).body == PAGE
    part = await stage.ada.ask(path, range="bytes=2-8")
    assert (part.status, part.body) == (206, b"Gardens")
    feed = (await stage.ada.ask(f"GET /parlance/v1/feeds.read?after={before}")).json["entries"]
    states = [each["state"] for each in feed if each.get("document") == document["id"]]
    assert states[0] == "waiting" and states[-1] == "ready"


async def test_what_is_no_document_says_so(stage: Stage) -> None:
    """And an address of this machine is never fetched."""
    base = (await stage.ada.native("bases.create", name="Gardens"))["id"]
    zeros = await kept(stage.ada, base, bytes(100), "zeros.txt")
    assert zeros["state"] == "failed" and zeros["problem"] and zeros["words"]
    made = await stage.ada.native("documents.add_address", base=base, address=f"{stage.server.url}/health")
    failed = await ended(stage.ada, made["id"])
    assert failed["state"] == "failed" and failed["words"], failed
    full = await upload(stage.ada, base, b"too much " * 2000, "full.txt")
    assert full.json["code"] == "no_room_for_documents", full.body
    assert (await told(stage.bob, "bases.read", base=base)).json["code"] == "base_not_found"


async def test_a_base_of_the_tenant_is_everybodys_to_read(stage: Stage) -> None:
    """And its maker's and the admins' to change."""
    base = (await stage.bob.native("bases.create", name="Bob's", access="tenant"))["id"]
    document = await kept(stage.bob, base)
    assert (await stage.ada.native("bases.change", base=base, name="Everybody's"))["name"] == "Everybody's"
    mine = (await stage.ada.native("bases.create", name="Ada's", access="tenant"))["id"]
    assert [each["writable"] for each in (await stage.bob.native("bases.list"))["bases"]] == [False, True]
    assert (await upload(stage.bob, mine, PAGE, "gardens.md")).status == 403
    assert (await stage.ada.native("documents.read", document=document["id"]))["state"] == "ready"


async def test_what_is_somebodys_alone_goes_with_them(stage: Stage) -> None:
    """Their bases with all that is in these; what they made for everybody stays."""
    alone = (await stage.bob.native("bases.create", name="Mine"))["id"]
    shared = (await stage.bob.native("bases.create", name="Ours", access="tenant"))["id"]
    await kept(stage.bob, alone)
    stays = await kept(stage.bob, shared, PAGE + b"Ours.\n")
    copy = (await stage.bob.ask("GET /parlance/v1/accounts.export")).json
    assert [each["name"] for each in copy["bases"]] == ["Mine"]
    await stage.bob.native("accounts.delete", password=PASSWORD)
    deadline = time.monotonic() + PATIENCE
    while (await _usage(stage, shared))["tenant"]["files"] != 1:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert (await stage.ada.native("documents.read", document=stays["id"]))["state"] == "ready"
    assert (await _usage(stage, shared))["tenant"]["used"] == len(PAGE) + 6


async def _usage(stage: Stage, base: str) -> Any:
    return (await stage.ada.ask(f"GET /parlance/v1/bases.usage?base={base}")).json


async def test_a_question_finds_the_passage_that_answers_it(stage: Stage) -> None:
    """By its words and by its meaning, also after a restart of what search has in memory; others find nothing."""
    base = (await stage.ada.native("bases.create", name="Gardens", options={"size": 60, "overlap": 0}))["id"]
    document = await kept(stage.ada, base)
    found = await stage.ada.native("bases.retrieve", base=base, query="Where is coffee grown?", most=3)
    best = found["passages"][0]
    assert "Kerala" in best["chunk"]["content"] and best["chunk"]["document"] == document["id"]
    assert best["chunk"]["context"] == "Gardens > Coffee" and best["scores"]["words"] > 0
    assert stage.server.house is not None
    await stage.server.house.knowledge.room.index.drop("default", base)
    again = await stage.ada.native("bases.retrieve", base=base, query="Where is coffee grown?", most=3)
    assert again["passages"] == found["passages"]
    answer = await stage.bob.ask("POST /parlance/v1/bases.retrieve", {"base": base, "query": "coffee"})
    assert (answer.status, answer.json["code"]) == (404, "base_not_found")


async def test_a_filter_with_a_slip_in_it_searches_nothing(stage: Stage) -> None:
    """It is refused with the fields that there are, in a search and where an answer is to rest on it."""
    base = (await stage.ada.native("bases.create", name="Gardens"))["id"]
    document = await kept(stage.ada, base)
    asked = {"base": base, "query": "Where is coffee grown?", "filter": {"document": [document["id"]]}}
    refused = await stage.ada.ask("POST /parlance/v1/bases.retrieve", asked)
    assert (refused.status, refused.json["field"]) == (422, "filter"), refused.body
    assert "no field document in it" in refused.json["detail"]
    assert "documents, metadata, sources" in refused.json["hint"]
    found = await stage.ada.native("bases.retrieve", **{**asked, "filter": {"documents": [document["id"]]}})
    assert found["passages"]
    said = {"text": "Where?", "bases": [base], "grounds": {"filter": {"source": ["upload"]}}}
    refused = await stage.ada.ask("POST /parlance/v1/chats.send", said)
    assert (refused.status, refused.json["field"]) == (422, "grounds.filter"), refused.body


class Replaced(MockOpenAI):
    """An engine whose embedder can become another model under the same name, with vectors of `length` numbers, or as
    long ones of a model that is called so; what says `slow` is embedded when somebody lets it."""

    length, called, slow = 8, "", ""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.let = threading.Event()

    async def answer(self, call: Call, script: Script) -> Answered:
        """As always, for the model that it is now."""
        if call.path.endswith("/embeddings"):
            said = [self.called + text for text in call.payload["input"]]
            call.body = msgspec.json.encode({**call.payload, "input": said, "dimensions": self.length})
            if self.slow and any(self.slow in text for text in call.payload["input"]):
                await asyncio.to_thread(self.let.wait, PATIENCE)
        return await super().answer(call, script)


async def test_what_is_tried_again_waits_until_its_base_has_been_embedded_anew(tmp_path: Path) -> None:
    """With the embedder that was chosen anew; it does not fail once more for what is being mended."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = await ada.native("bases.create", name="Gardens")
            first = await kept(ada, base["id"], LONG)
            upstream.length = 6
            failed = await kept(ada, base["id"], b"Rice is grown in Bengal.", "rice.md")
            assert (first["state"], failed["problem"]) == ("ready", "embedder_dimension")
            told = await ada.native("bases.read", base=base["id"])
            assert told["problem"] == "embedder_dimension" and "embedder of the base anew" in told["words"]
            upstream.slow = "Cocoa"
            moving = await ada.native("bases.change", base=base["id"], embedder=base["embedder"])
            assert moving["coming"] == base["embedder"]
            await ada.native("documents.retry", document=failed["id"])
            waiting = await _waits(ada, failed["id"])
            assert (waiting["state"], waiting["words"]) == ("embedding", MOVING)
            upstream.let.set()
            ready = await ended(ada, failed["id"])
            assert (ready["state"], ready.get("problem", "")) == ("ready", "")
            found = await ada.native("bases.retrieve", base=base["id"], query="Where is rice grown?", most=5)
    scores = {each["chunk"]["document"]: each["scores"] for each in found["passages"]}
    assert scores.keys() == {first["id"], failed["id"]} and all("vector" in each for each in scores.values())


async def test_an_embedder_that_became_another_is_told_and_chosen_anew(tmp_path: Path) -> None:
    """A search that meets it has the base say so, and say so no more where it fits again. Chosen anew, it embeds all
    once more, also where every document is ready; words are searched meanwhile."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = await ada.native("bases.create", name="Gardens")
            await kept(ada, base["id"], LONG)
            same = {"base": base["id"], "embedder": base["embedder"]}
            assert "coming" not in await ada.native("bases.change", **same)
            upstream.length = 6
            assert await _met(ada, base["id"]) == ("embedder_dimension", ["no_vectors"], "embedder_dimension")
            upstream.length = 8
            assert await _met(ada, base["id"]) == ("", [], "")
            upstream.length = 6
            await _met(ada, base["id"])
            upstream.slow = "Cocoa"
            moving = await ada.native("bases.change", **same)
            assert (moving["coming"], moving.get("problem", "")) == (base["embedder"], "")
            problem, remarks, said = await _met(ada, base["id"])
            assert (problem, remarks, said) == ("embedder_dimension", ["no_vectors"], "")
            upstream.let.set()
            await _settled(ada, base["id"])
            assert await _met(ada, base["id"]) == ("", [], "")
            upstream.length = 5  # which nobody has met yet
            assert (await ada.native("bases.change", **same))["coming"] == base["embedder"]


async def test_an_embedder_that_became_another_with_vectors_as_long_mixes_nothing(tmp_path: Path) -> None:
    """After a restart it is asked for a passage that is kept: documents fail with what to do and the base is searched
    by its words; chosen anew, all is embedded by the other."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = await ada.native("bases.create", name="Gardens")
            first = await kept(ada, base["id"])
            assert await _met(ada, base["id"]) == ("", [], "")
        upstream.called = "another model: "
        async with running(loaded(tmp_path, toml=toml)) as server:
            signed = await told(Caller(server.port), "accounts.sign_in", account="Ada", password=PASSWORD)
            ada = Person(server.port, signed.json)
            assert await _met(ada, base["id"]) == ("embedder_changed", ["no_vectors"], "embedder_changed")
            failed = await kept(ada, base["id"], b"Rice is grown in Bengal.", "rice.md")
            assert (failed["state"], failed["problem"]) == ("failed", "embedder_changed")
            moving = await ada.native("bases.change", base=base["id"], embedder=base["embedder"])
            assert moving["coming"] == base["embedder"]
            await _settled(ada, base["id"])
            await ada.native("documents.retry", document=failed["id"])
            assert (await ended(ada, failed["id"]))["state"] == "ready"
            assert await _met(ada, base["id"]) == ("", [], "")
            found = await ada.native("bases.retrieve", base=base["id"], query="Where is rice grown?", most=5)
    scores = {each["chunk"]["document"]: each["scores"] for each in found["passages"]}
    assert scores.keys() == {first["id"], failed["id"]} and all("vector" in each for each in scores.values())


async def test_embedding_all_once_more_tells_how_far_it_is_and_can_be_broken_off(tmp_path: Path) -> None:
    """The base is as it was then: its words are searched, and it says why; begun again, it is done."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = await ada.native("bases.create", name="Gardens")
            first = await kept(ada, base["id"], LONG)
            second = await kept(ada, base["id"], b"Rice is grown in Bengal.", "rice.md")
            same, passages = {"base": base["id"], "embedder": base["embedder"]}, first["chunks"] + second["chunks"]
            upstream.length, upstream.slow = 6, "Cocoa"
            await ada.native("bases.change", **same)
            await _embedded(ada, base["id"], (second["chunks"], passages))
            stopped = await ada.native("bases.stop_embedding", base=base["id"])
            upstream.let.set()  # what is given from now on comes too late
            assert ("coming" in stopped, stopped["problem"]) == (False, "embedder_dimension")
            assert await _met(ada, base["id"]) == ("embedder_dimension", ["no_vectors"], "embedder_dimension")
            await _embedded(ada, base["id"], (0, 0))
            assert (await ada.native("bases.change", **same))["coming"] == base["embedder"]
            await _settled(ada, base["id"])
            assert await _met(ada, base["id"]) == ("", [], "")


async def _embedded(who: Person, base: str, wanted: tuple[int, int]) -> None:
    """Wait until so many passages of so many are embedded anew."""
    deadline = time.monotonic() + PATIENCE
    while (found := await _anew(who, base)) != wanted:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def _anew(who: Person, base: str) -> tuple[int, int]:
    usage = (await who.ask(f"GET /parlance/v1/bases.usage?base={base}")).json
    return usage.get("embedded", 0), usage.get("to_embed", 0)


async def test_a_document_that_is_cut_anew_meets_that_its_embedder_became_another(tmp_path: Path) -> None:
    """It stays as it is, and the base says what to do."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = (await ada.native("bases.create", name="Gardens"))["id"]
            document = await kept(ada, base)
            await ada.native("bases.change", base=base, options={"size": 60, "overlap": 0})
            upstream.length = 6
            await ada.native("documents.recut", document=document["id"])
            deadline = time.monotonic() + PATIENCE
            while not (told := await ada.native("bases.read", base=base)).get("problem"):
                assert time.monotonic() < deadline, told
                await asyncio.sleep(0.05)
            assert told["problem"] == "embedder_dimension" and "embedder of the base anew" in told["words"]
            assert (await ada.native("documents.read", document=document["id"]))["state"] == "ready"


async def test_a_choice_by_a_note_that_is_not_true_any_more_takes_it_back(tmp_path: Path) -> None:
    """Nothing is embedded anew by a model that fits; one that is away is judged by what was met."""
    with in_thread(Replaced(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = await ada.native("bases.create", name="Gardens")
            await kept(ada, base["id"])
            same = {"base": base["id"], "embedder": base["embedder"]}
            upstream.length = 6
            await _met(ada, base["id"])
            upstream.length = 8
            after = await ada.native("bases.change", **same)
            assert "coming" not in after and "problem" not in after
            assert "problem" not in await ada.native("bases.read", base=base["id"])
            upstream.length = 6
            await _met(ada, base["id"])
            upstream.behaviour = Behaviour.INTERNAL_ERROR
            assert (await ada.native("bases.change", **same))["coming"] == base["embedder"]


async def _met(who: Person, base: str) -> tuple[str, list[str], str]:
    """The problem and the remarks of a search that finds something, and the problem that the base tells then."""
    found = await who.native("bases.retrieve", base=base, query="Where is coffee grown?", most=5)
    assert found["passages"]
    told = await who.native("bases.read", base=base)
    assert ("embedder of the base anew" in told.get("words", "")) == bool(told.get("problem"))
    return found.get("problem", ""), found.get("remarks", []), told.get("problem", "")


async def _settled(who: Person, base: str) -> None:
    """Wait until a base has gone over to its embedder."""
    deadline = time.monotonic() + PATIENCE
    while (found := await who.native("bases.read", base=base)).get("coming") is not None:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def _waits(who: Person, document: str) -> Json:
    """A document when it says why it waits, or has ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: Json = await who.native("documents.read", document=document)
        if found.get("words") or found["state"] == "ready":
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def test_documents_are_cut_anew_when_their_base_wants_other_chunks(stage: Stage) -> None:
    """One alone, or all that are ready: each is found all the while, and its pieces say where they stand."""
    base = (await stage.ada.native("bases.create", name="Gardens", options={"size": 60, "overlap": 0}))["id"]
    documents = [await kept(stage.ada, base), await kept(stage.ada, base, PAGE + b"More.\n", "more.md")]
    await stage.ada.native("bases.change", base=base, options={"size": 500, "overlap": 0, "headings": False})
    assert (await stage.ada.native("documents.recut", document=documents[0]["id"]))["state"] == "ready"
    await _recut(stage.ada, documents[0])
    assert (await stage.ada.native("bases.recut", base=base))["id"] == base
    await _recut(stage.ada, documents[1])
    found = await stage.ada.native("bases.retrieve", base=base, query="Where is coffee grown?", most=5)
    assert {each["chunk"]["document"] for each in found["passages"]} == {each["id"] for each in documents}
    refused = await stage.bob.ask("POST /parlance/v1/documents.recut", {"document": documents[0]["id"]})
    assert (refused.status, refused.json["code"]) == (404, "document_not_found")


async def _recut(who: Person, document: Json) -> None:
    """Wait until there is one chunk of it, which is its whole text, and no remark."""
    deadline = time.monotonic() + PATIENCE
    while True:
        now: Json = await who.native("documents.read", document=document["id"])
        chunks = (await who.native("chunks.list", document=document["id"]))["chunks"]
        assert now["state"] == "ready" and chunks
        if len(chunks) == 1 and not now.get("remarks"):
            break
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.05)
    text = (await who.ask(f"GET /parlance/v1/documents/{document['id']}/content?part=text")).body.decode()
    assert text.strip() == chunks[0]["content"] and document["chunks"] > 1
