"""What a run put into its prompt, told to its owner alone: stateless and saved, cut and whole, after a restart too."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from parlance.core.chat.tokens import MESSAGE_TOKENS, PICTURE_TOKENS, text_tokens
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Answer, Caller, connection_toml, key_toml, until

ADA_KEY, PHONE_KEY, BOB_KEY = "sk-ada-00000000000000000", "sk-ada-11111111111111111", "sk-bob-00000000000000000"
FAR_KEY = "sk-far-00000000000000000"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)
CONTEXT = 300


class Stage(NamedTuple):
    """A server before an upstream, and its callers: Ada by two keys, an admin, and another tenant's Ada."""

    server: Server
    upstream: MockOpenAI
    ada: Caller
    phone: Caller
    bob: Caller
    far: Caller


def toml(url: str) -> str:
    """A model with prices, and one with a small context."""
    keys = key_toml(ADA_KEY, "ada-key", "ada") + key_toml(PHONE_KEY, "ada-phone", "ada")
    keys += key_toml(BOB_KEY, "bob-key", "bob", scopes=["all"]) + key_toml(FAR_KEY, "far-key", "ada", "faraway")
    cards = '[connections.cards."mock"]\nprompt_price = 1000000\ncompletion_price = 2000000\ncurrency = "EUR"\n'
    cards += f'[connections.cards."mock-small"]\ncontext = {CONTEXT}\n'
    return connection_toml(url, "mock", "mock", "mock-small") + cards + keys


@asynccontextmanager
async def serving(folder: Path, upstream: MockOpenAI) -> AsyncIterator[Stage]:
    """The server, which may be started again on the same folder."""
    async with running(loaded(folder, toml=toml(upstream.base_url))) as server:
        callers = (Caller(server.port, key) for key in (ADA_KEY, PHONE_KEY, BOB_KEY, FAR_KEY))
        yield Stage(server, upstream, *callers)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as stage:
        yield stage


async def ledger(caller: Caller, run: str) -> dict[str, Any]:
    """A ledger, which has to be there."""
    answer = await caller.ask(f"GET /parlance/v1/ledgers.read?run={run}")
    assert answer.status == 200, answer.body
    return dict(answer.json)


async def ended(caller: Caller, run: str) -> dict[str, Any]:
    """The ledger of a run, once that is over."""
    events = await caller.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
    assert events.status in (200, 204), events.body
    return await ledger(caller, run)


def sent_tokens(body: dict[str, Any]) -> int:
    """What the upstream was really sent, counted from the outside: its messages as they came over the wire."""
    total = 0
    for message in body["messages"]:
        content = message["content"]
        pieces = [{"type": "text", "text": content}] if isinstance(content, str) else content
        total += MESSAGE_TOKENS
        total += sum(text_tokens(p["text"]) if p["type"] == "text" else PICTURE_TOKENS for p in pieces)
    return total


def last_sent(stage: Stage) -> dict[str, Any]:
    """The body of the newest chat call to the upstream."""
    return stage.upstream.calls_to("/chat/completions")[-1].payload


async def stateless(stage: Stage, *messages: tuple[str, str], model: str = "mock", **more: Any) -> str:
    """The run of a native ask."""
    items = [{"type": "message", "role": role, "content": content} for role, content in messages]
    answer = await stage.ada.ask("POST /parlance/v1/messages.send", {"ask": {"model": model, "items": items}, **more})
    assert answer.status == 202, answer.body
    return str(answer.json["run"])


async def test_the_parts_of_a_ledger_add_up_to_the_prompt_that_was_sent(stage: Stage) -> None:
    """With the engine's own counts beside ours, and what it cost."""
    run = await stateless(
        stage, ("system", "Be brief."), ("user", "Grüße, 你好!"), ("assistant", "Hi."), ("user", "And?")
    )
    told = await ended(stage.ada, run)
    assert told["prompt_tokens"] == sum(part["tokens"] for part in told["parts"]) == sent_tokens(last_sent(stage))
    assert [(part["kind"], part["name"]) for part in told["parts"]] == [
        ("instructions", "system"),
        ("message", "user"),
        ("message", "assistant"),
        ("message", "user"),
    ]
    assert (told["outcome"], told["model"], told["connection"]) == ("complete", "mock", "mock")
    assert told["engine_prompt"] > 0 and told["engine_completion"] > 0
    assert (told["cost"], told["currency"]) == (told["engine_prompt"] + 2 * told["engine_completion"], "EUR")


async def test_a_ledger_is_its_owners_alone(stage: Stage) -> None:
    """For an admin, for another tenant and for another key of the same user it is like one that never was."""
    run = await stateless(stage, ("user", "Mine"))
    await ended(stage.ada, run)
    for stranger in (stage.bob, stage.far, stage.phone):
        answers = [await stranger.ask(f"GET /parlance/v1/ledgers.read?run={id}") for id in (run, run[:-4] + "0000")]
        assert [answer.status for answer in answers] == [404, 404]
        assert answers[0].json == {**answers[1].json} and answers[0].json["code"] == "ledger_not_found"


async def saved(caller: Caller, text: str, **more: Any) -> dict[str, Any]:
    """What sending something in a chat gave."""
    answer = await caller.ask("POST /parlance/v1/chats.send", {"text": text, "models": ["mock"], **more})
    assert answer.status in (200, 202), answer.body
    return dict(answer.json)


async def upload(caller: Caller, name: str, data: bytes) -> str:
    """The id of a file that was uploaded."""
    answer = await caller.ask(f"POST /parlance/v1/files.upload?name={quote(name)}", data)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def test_files_in_a_message_reach_the_model_and_stand_in_the_ledger(stage: Stage) -> None:
    """A picture as a picture, a text under its name; their parts add up with the rest."""
    picture = await upload(stage.ada, "cat.png", PNG)
    notes = await upload(stage.ada, "notes.txt", b"Milch kaufen\n")
    made = await saved(stage.ada, "What is this?", files=[picture, notes])
    told = await ended(stage.ada, made["run"])
    body = last_sent(stage)
    [question] = [message for message in body["messages"] if message["role"] == "user"]
    kinds = [piece["type"] for piece in question["content"]]
    assert kinds == ["text", "image_url", "text"]
    assert base64.b64encode(PNG).decode() in question["content"][1]["image_url"]["url"]
    assert "notes.txt" in question["content"][2]["text"] and "Milch kaufen" in question["content"][2]["text"]
    files = {part["id"]: part for part in told["parts"] if part["kind"] == "file"}
    assert files[picture] == {"kind": "file", "tokens": PICTURE_TOKENS, "id": picture, "name": "cat.png"}
    assert files[notes]["name"] == "notes.txt"
    assert told["prompt_tokens"] == sum(part["tokens"] for part in told["parts"]) == sent_tokens(body)
    assert {part["id"] for part in told["parts"] if part["kind"] == "message"} == {made["turn"]}


async def test_a_file_that_no_model_can_be_given_is_refused_before_anything_is_asked(stage: Stage) -> None:
    """With a clear word; nothing is kept of the attempt."""
    pdf = await upload(stage.ada, "book.pdf", b"%PDF-1.7")
    answer = await stage.ada.ask("POST /parlance/v1/chats.send", {"text": "Read", "models": ["mock"], "files": [pdf]})
    assert (answer.status, answer.json["code"]) == (422, "file_not_readable")
    assert not stage.upstream.calls_to("/chat/completions")


async def test_the_ledger_of_a_saved_chat_is_read_by_all_of_its_users_keys_and_after_a_restart(tmp_path: Path) -> None:
    """And by nobody else; it goes with its chat."""
    async with MockOpenAI() as upstream:
        async with serving(tmp_path, upstream) as stage:
            made = await saved(stage.ada, "Remember this")
            before = await ended(stage.ada, made["run"])
            assert await ledger(stage.phone, made["run"]) == before
        async with serving(tmp_path, upstream) as stage:
            assert await ledger(stage.ada, made["run"]) == before
            assert await ledger(stage.phone, made["run"]) == before
            for stranger in (stage.bob, stage.far):
                assert (await stranger.ask(f"GET /parlance/v1/ledgers.read?run={made['run']}")).status == 404
            await stage.ada.ask("POST /parlance/v1/chats.delete", {"chat": made["chat"]})
            assert (await stage.ada.ask(f"GET /parlance/v1/ledgers.read?run={made['run']}")).status == 404


LONG = [("user" if n % 2 == 0 else "assistant", f"Message {n} " + "word " * 40) for n in range(12)]


async def test_a_stateless_ask_that_is_to_be_trimmed_says_what_was_left_out(stage: Stage) -> None:
    """By its first event, by its ledger, and in the prompt that was sent: the oldest go, the newest stays."""
    run = await stateless(
        stage, ("system", "Be brief."), *LONG, ("user", "The last one"), model="mock-small", trim=True
    )
    told = await ended(stage.ada, run)
    body = last_sent(stage)
    assert body["messages"][0]["content"] == "Be brief." and body["messages"][-1]["content"] == "The last one"
    assert 2 <= len(body["messages"]) < len(LONG)
    assert told["prompt_tokens"] == sent_tokens(body) <= CONTEXT
    assert len(told["cuts"]) == len(LONG) + 2 - len(body["messages"])
    assert all(cut["why"] and cut["tokens"] > 0 for cut in told["cuts"])
    events = (await stage.ada.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")).body.decode()
    first = json.loads(events.split("data: ")[1].split("\n")[0])
    assert (first["t"], first["tokens"]) == ("trimmed", sum(cut["tokens"] for cut in told["cuts"]))
    assert (first["reason"], first["count"]) == ("context", len(told["cuts"]))
    assert {cut["reason"] for cut in told["cuts"]} == {"context"}


async def test_the_openai_and_ollama_dialects_tell_it_by_a_header(stage: Stage) -> None:
    """Where the client wants it cut; otherwise nothing is cut and nothing is said."""
    said = [{"role": role, "content": content} for role, content in LONG]

    async def responses(**more: Any) -> Answer:
        return await stage.ada.ask("POST /v1/responses", {"model": "mock-small", "input": said, **more})

    async def ollama(**more: Any) -> Answer:
        return await stage.ada.ask("POST /api/chat", {"model": "mock-small", "messages": said, **more})

    for ask in (responses(truncation="auto"), responses(truncation="auto", stream=True)):
        answer = await ask
        assert answer.status == 200
        assert (
            answer.headers["x-parlance-trimmed"].startswith("the ")
            and "tokens=" in answer.headers["x-parlance-trimmed"]
        )
    for ask in (ollama(stream=False), ollama()):
        answer = await ask
        assert answer.status == 200 and "oldest messages; tokens=" in answer.headers["x-parlance-trimmed"]
    assert len(last_sent(stage)["messages"]) < len(LONG)
    chat = await stage.ada.ask("POST /v1/chat/completions", {"model": "mock-small", "messages": said})
    for answer in (await responses(), await ollama(truncate=False), chat):
        assert answer.status == 200 and "x-parlance-trimmed" not in answer.headers
        assert len(last_sent(stage)["messages"]) == len(LONG)


async def test_what_another_dialect_says_into_a_chat_has_the_ledger_of_that_chat(tmp_path: Path) -> None:
    """Also where its prompt was cut: it stays one chat, and the ledger tells what was left out."""
    async with MockOpenAI() as upstream:
        text = toml(upstream.base_url).replace('user = "ada"', 'user = "ada"\nkeep_chats = true', 1)
        async with running(loaded(tmp_path, toml=text)) as server:
            keeping, phone = Caller(server.port, ADA_KEY), Caller(server.port, PHONE_KEY)
            said = [{"role": role, "content": content} for role, content in LONG]
            for count in (9, 11):
                body = {"model": "mock-small", "messages": said[:count]}
                answer = await keeping.ask("POST /api/chat", {**body, "stream": False})
                assert answer.status == 200 and "x-parlance-trimmed" in answer.headers
                said[count] = {"role": "assistant", "content": answer.json["message"]["content"]}
            [chat] = (await phone.ask("GET /parlance/v1/chats.list")).json["chats"]
            branch = (await phone.ask(f"GET /parlance/v1/chats.read?chat={chat['id']}")).json
            runs = [turn["run"] for turn in branch["turns"] if turn.get("run")]
            assert len(runs) == 2
            for run in runs:
                told = await ledger(phone, run)
                assert told["cuts"] and told["prompt_tokens"] <= CONTEXT


async def test_fields_that_nobody_understood_are_told(stage: Stage) -> None:
    """Those of an Ollama client, since the upstream speaks another wire."""
    said = [{"role": "user", "content": "Hello"}]
    answer = await stage.ada.ask(
        "POST /api/chat", {"model": "mock", "messages": said, "stream": False, "shields": "up", "raw_speed": 9}
    )
    assert answer.status == 200
    recent = stage.server.house.road.ledgers  # type: ignore[union-attr]
    [entry] = recent._recent.values()
    assert entry.ignored == ("raw_speed", "shields")
    await until(lambda: entry.outcome == "complete")
