"""Files of sound in a base, over HTTP: a model behind a connection hears them, and their passages know their time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parlance.testing.documents.sounds import silence
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI, Script, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_accounts import Person, owner, person, told
from tests.flows.test_knowledge import kept, upload

TEXT = "Green tea is grown in Uji. Coffee is grown in Kerala."


class Stage(NamedTuple):
    """Somebody at a server, somebody else, and the engine behind it."""

    ada: Person
    bob: Person
    upstream: MockOpenAI


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    models = ("mock", "mock-embed", "mock-whisper", "mock-plain-whisper", "mock-whisper-d60000")
    with in_thread(MockOpenAI(models=models, script=Script(text=TEXT))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", *models)
        async with running(loaded(tmp_path, toml=toml, flags={"knowledge.tenant_quota_mb": 0.05})) as server:
            ada = await owner(server)
            yield Stage(ada, await person(server, ada, "Bob"), upstream)


async def test_what_is_said_is_cited_with_its_time(stage: Stage) -> None:
    """The name counts for nothing, the model is told what the bytes are, and its base is its owner's alone."""
    base = (await stage.ada.native("bases.create", name="Talks"))["id"]
    document = await kept(stage.ada, base, silence(), "talk.mp3")
    assert document["state"] == "ready" and "remarks" not in document, document
    assert document["metadata"] == {"words": "speech", "transcriber": "mock-whisper", "seconds": "3"}
    [call] = stage.upstream.calls_to("/audio/transcriptions")
    assert call.form["file"] == silence() and b'filename="sound.wav"' in call.body and b"talk.mp3" not in call.body
    found = await stage.ada.native("bases.retrieve", base=base, query="who grows coffee in Kerala", most=1)
    [passage] = found["passages"]
    span = passage["chunk"]["span"]
    text = (await stage.ada.ask(f"GET /parlance/v1/documents/{document['id']}/content?part=text")).body.decode()
    assert text[span["start"] : span["stop"]] == f"0:00:00 \u2013 0:00:03\n\n{TEXT}" == passage["chunk"]["content"]
    assert (await stage.bob.ask(f"GET /parlance/v1/documents/{document['id']}/content?part=text")).status == 404
    assert (await upload(stage.bob, base, silence(), "talk.wav")).status == 404


async def test_a_base_names_its_model_which_may_tell_no_times(stage: Stage) -> None:
    """Its text is there all the same, and a remark says what lacks. What is no such model cannot be named."""
    options = {"transcriber": "mock-plain-whisper"}
    base = (await stage.ada.native("bases.create", name="Talks", options=options))["id"]
    document = await kept(stage.ada, base, silence(), "talk.wav")
    assert document["remarks"] == ["The model that wrote it down told no times."] and document["chunks"] == 1
    for model, code in (("mock", "not_a_transcriber"), ("gone", "model_not_found")):
        wrong = await told(stage.ada, "bases.change", base=base, options={"transcriber": model})
        assert (wrong.status, wrong.json["code"]) == (400 if model == "mock" else 404, code), wrong.body


async def test_what_is_no_sound_or_no_more_than_a_name_says_so(stage: Stage) -> None:
    """Without a word to any engine."""
    base = (await stage.ada.native("bases.create", name="Talks"))["id"]
    wrong = "wrong_content"
    for data, problem in ((b"These are words.", wrong), (b"\x00\x01\x02" * 99, wrong), (b"", "empty_file")):
        document = await kept(stage.ada, base, data, "talk.mp3")
        assert (document["state"], document["problem"]) == ("failed", problem), document
    full = await upload(stage.ada, base, silence(9.0), "long.wav")
    assert (full.status, full.json["code"]) == (429, "no_room_for_documents"), full.body
    assert not stage.upstream.calls_to("/audio/transcriptions")


async def test_a_document_that_is_deleted_is_listened_to_no_longer(stage: Stage) -> None:
    """The engine sees its caller leave, and nothing is left."""
    slow = "mock-whisper-d60000"
    base = (await stage.ada.native("bases.create", name="Talks", options={"transcriber": slow}))["id"]
    sent = await upload(stage.ada, base, silence(), "talk.wav")
    await stage.upstream.until(lambda one: len(one.calls_to("/audio/transcriptions")) == 1, within=20.0)
    assert (await stage.ada.native("documents.read", document=sent.json["id"]))["state"] == "parsing"
    await stage.ada.native("documents.delete", document=sent.json["id"])
    await stage.upstream.until(lambda one: len(one.closed_early) == 1, within=20.0)


async def test_without_an_engine_that_hears_the_reason_says_how_to_add_one(tmp_path: Path) -> None:
    """The document fails, not the server; it is tried again once there is one."""
    with in_thread(MockOpenAI(models=("mock",), script=Script(text=TEXT))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock")
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            base = (await ada.native("bases.create", name="Talks"))["id"]
            document = await kept(ada, base, silence(), "talk.wav")
            assert (document["state"], document["problem"]) == ("failed", "no_transcriber"), document
            assert "whisper" in document["words"]
