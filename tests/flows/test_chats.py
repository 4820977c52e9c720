"""Saved chats over sockets: what a page does, and what two official clients leave for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import ollama
import openai
import pytest

from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Answer, Caller, Json, connection_toml, events, key_toml, table
from tests.unit.transports.small import Raw

ADA, PHONE, BOB = "sk-ada-laptop-0123", "sk-ada-phone-0123", "sk-bob-0123"
SLOW = "mock-p20-n40"
MODELS = ("mock", "mock-echo", "mock-idle", SLOW)


class User(Caller):
    """One key's owner, with the native operations."""

    async def do(self, operation: str, /, **body: Any) -> Any:
        """The JSON of an operation that must go well."""
        answer = await self.post(operation, **body)
        assert answer.status in (200, 204), answer.body
        return answer.json if answer.body else None

    async def post(self, operation: str, /, **body: Any) -> Answer:
        """Whatever it answers."""
        return await self.ask(f"POST /parlance/v1/{operation}", body)

    async def get(self, path: str) -> Any:
        """The JSON of an operation that reads."""
        answer = await self.ask(f"GET /parlance/v1/{path}")
        assert answer.status == 200, answer.body
        return answer.json

    async def told(self, run: str, last: str = "") -> Answer:
        """A run's events to its end."""
        return await self.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream", last_event_id=last)

    async def send(self, text: str = "Hello", **more: Any) -> Json:
        """What was made, after its answers have ended."""
        sent: Json = await self.do("chats.send", text=text, **more)
        for answer in sent["answers"]:
            await self.told(answer["run"])
        return sent

    async def opened(self, id: str) -> Json:
        """A chat as it is opened."""
        found: Json = await self.get(f"chats.read?chat={id}")
        return found


def said(turn: Json) -> str:
    return "".join(each["item"].get("content", "") for each in turn["items"] if each["item"]["type"] == "message")


def texts(chat: Json) -> list[tuple[str, str]]:
    return [(turn["role"], said(turn)) for turn in chat["turns"]]


class Place:
    """A server with its upstream and three keys."""

    def __init__(self, server: Server, upstream: MockOpenAI) -> None:
        self.server, self.upstream = server, upstream
        self.ada, self.phone, self.bob = (User(server.port, key) for key in (ADA, PHONE, BOB))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with MockOpenAI() as upstream:
        keys = key_toml(ADA, "laptop", "ada") + key_toml(PHONE, "phone", "ada") + key_toml(BOB, "bob", "bob")
        toml = connection_toml(f"{upstream.base_url}", "mock", *MODELS) + keys
        async with running(loaded(tmp_path, toml=toml)) as server:
            yield Place(server, upstream)


def deltas(answer: Answer) -> str:
    return "".join(event["text"] for event in events(answer.body) if event["t"] == "delta")


async def test_an_answer_is_watched_left_and_come_back_to_on_another_device(place: Place) -> None:
    sent = await place.ada.do("chats.send", text="Hello", models=[SLOW])
    reading = await place.ada.raw(f"GET /parlance/v1/runs.read?run={sent['run']}", accept="text/event-stream")
    seen = b""
    while seen.count(b"event: delta") < 5:
        seen += await reading.until(b"\n\n")
    reading.rst()
    last = seen.rpartition(b"id: ")[2].partition(b"\n")[0].decode()
    rest = await place.phone.told(sent["run"], last)
    whole = await place.ada.told(sent["run"])
    assert rest.body.split(b"id: ")[1:] == whole.body.split(b"id: ")[-len(rest.body.split(b"id: ")) + 1 :]
    chat = await place.phone.opened(sent["chat"])
    assert texts(chat) == [("user", "Hello"), ("assistant", deltas(whole))]
    assert chat["turns"][1]["state"] == "complete" and chat["chat"]["title"] == "Hello"


async def test_a_page_that_is_closed_before_the_answer_to_its_send_loses_nothing(place: Place) -> None:
    body = {"text": "Hello", "client_id": "c1", "models": ["mock"]}
    connection = await place.ada.raw("POST /parlance/v1/chats.send", body)
    connection.rst()
    sent = await place.ada.do("chats.send", **body)
    await place.ada.told(sent["run"])
    assert [turn["state"] for turn in (await place.ada.opened(sent["chat"]))["turns"]] == ["complete", "complete"]
    assert len((await place.ada.get("chats.list"))["chats"]) == 1


async def test_instructions_of_a_chat_go_behind_those_of_its_folder(place: Place) -> None:
    folder = await place.ada.do("folders.create", name="Tea", instructions="Speak of tea.")
    sent = await place.ada.send("Hello", folder=folder["id"], models=["mock"], instructions="In rhymes.")
    first = place.upstream.calls[-1].payload["messages"]
    assert first[0] == {"role": "system", "content": "Speak of tea.\n\nIn rhymes."}
    again = await place.ada.do("chats.regenerate", turn=sent["answer"], instructions="In prose.")
    await place.ada.told(again["run"])
    assert place.upstream.calls[-1].payload["messages"][0]["content"] == "Speak of tea.\n\nIn prose."
    await place.ada.send("Elsewhere", models=["mock"], instructions="Alone.")
    assert place.upstream.calls[-1].payload["messages"][0] == {"role": "system", "content": "Alone."}
    refused = await place.ada.post("chats.send", text="Hello", instructions="x" * 100_001)
    assert refused.status == 413 and refused.json["code"] == "too_long"


async def test_regenerate_with_another_model(place: Place) -> None:
    sent = await place.ada.send("Hello", models=["mock"])
    again = await place.ada.do("chats.regenerate", turn=sent["answer"], models=["mock-echo"])
    await place.ada.told(again["run"])
    chat = await place.ada.opened(sent["chat"])
    answers = [turn for turn in chat["turns"] if turn.get("parent") == sent["turn"]]
    assert [turn["model"] for turn in answers] == ["mock", "mock-echo"] and said(answers[1]) == "Hello"
    assert chat["chat"]["head"] == again["answer"]


async def test_edit_and_branch_and_choose_a_branch(place: Place) -> None:
    sent = await place.ada.send("Helo", models=["mock-echo"])
    edited = await place.ada.do("chats.edit", turn=sent["turn"], text="Hello")
    await place.ada.told(edited["run"])
    beside = await place.ada.send("Both?", parent=edited["answer"], models=["mock", "mock-echo"])
    chat = await place.ada.opened(sent["chat"])
    assert [said(t) for t in chat["turns"] if "parent" not in t] == ["Helo", "Hello"]
    assert len([t for t in chat["turns"] if t.get("parent") == beside["turn"]]) == 2
    assert place.upstream.calls[-1].payload["messages"][0]["content"] == "Hello"
    chosen = await place.ada.do("chats.update", chat=sent["chat"], head=sent["turn"])
    assert chosen["head"] == sent["answer"]
    await place.ada.do("turns.delete", turn=edited["turn"])
    assert texts(await place.ada.opened(sent["chat"])) == [("user", "Helo"), ("assistant", "Helo")]


async def test_stop_keeps_what_was_said_and_continue_goes_on_with_it(place: Place) -> None:
    sent = await place.ada.do("chats.send", text="Hello", models=[SLOW])
    reading = await place.ada.raw(f"GET /parlance/v1/runs.read?run={sent['run']}", accept="text/event-stream")
    await reading.until(b"event: delta")
    assert await place.phone.do("chats.stop", chat=sent["chat"]) is True
    [_, stopped] = (await place.ada.opened(sent["chat"]))["turns"]
    assert stopped["state"] == "stopped" and said(stopped)
    assert b'"outcome":"stopped"' in await reading.until(b'"outcome":"stopped"')
    reading.rst()
    going = await place.ada.do("chats.continue", turn=sent["answer"])
    whole = deltas(await place.ada.told(going["run"]))
    [_, turn] = (await place.ada.opened(sent["chat"]))["turns"]
    assert turn["state"] == "complete" and said(turn) == whole and whole.startswith(said(stopped))
    assert place.upstream.calls[-1].payload["messages"][-1] == {"role": "assistant", "content": said(stopped)}


async def test_chats_are_listed_in_pages_renamed_pinned_archived_and_deleted(place: Place) -> None:
    made = [(await place.ada.do("chats.create", title=f"chat {n}"))["id"] for n in range(5)]
    await place.ada.do("chats.update", chat=made[0], pinned=True, title="First of all")
    await place.ada.do("chats.update", chat=made[1], archived=True)
    await place.ada.do("chats.delete", chat=made[2])
    page = await place.ada.get("chats.list?limit=2")
    rest = await place.ada.get(f"chats.list?limit=2&cursor={page['cursor']}")
    assert [c["id"] for c in page["chats"] + rest["chats"]] == [made[0], made[4], made[3]]
    assert page["chats"][0]["title"] == "First of all" and "cursor" not in rest
    assert [c["id"] for c in (await place.ada.get("chats.list?archived=true"))["chats"]] == [made[1]]
    wrong = await place.ada.ask(f"GET /parlance/v1/chats.list?archived=true&cursor={page['cursor']}")
    assert (wrong.status, wrong.json["code"]) == (400, "bad_cursor")
    assert (await place.bob.get("chats.list"))["chats"] == []


async def test_what_belongs_to_somebody_else_or_to_another_chat_is_missing(place: Place) -> None:
    mine, other = await place.ada.send("Hello", models=["mock"]), await place.ada.send("Other", models=["mock"])
    his = await place.bob.send("His", models=["mock"])
    for operation, body in (
        ("chats.send", {"text": "x", "chat": mine["chat"]}),
        ("chats.send", {"text": "x", "parent": mine["answer"]}),
        ("chats.send", {"text": "x", "chat": his["chat"], "parent": mine["answer"]}),
        ("chats.regenerate", {"turn": mine["answer"]}),
        ("chats.edit", {"turn": mine["turn"], "text": "x"}),
        ("chats.continue", {"turn": mine["answer"]}),
        ("chats.stop", {"chat": mine["chat"]}),
        ("chats.stop", {"chat": his["chat"], "turn": mine["answer"]}),
        ("chats.update", {"chat": mine["chat"], "title": "x"}),
        ("chats.update", {"chat": his["chat"], "head": mine["turn"]}),
        ("chats.move", {"chat": mine["chat"]}),
        ("chats.delete", {"chat": mine["chat"]}),
        ("turns.delete", {"turn": mine["turn"]}),
        ("turns.rate", {"turn": mine["answer"], "rating": 1}),
    ):
        unknown = await place.bob.post(operation, **_unknown(body, his["chat"]))
        refused = await place.bob.post(operation, **body)
        assert refused.status == unknown.status == 404 and refused.json == unknown.json, operation
    for path in (f"chats.read?chat={mine['chat']}", f"runs.read?run={mine['run']}"):
        assert (await place.bob.ask(f"GET /parlance/v1/{path}")).status == 404
    for body in (
        {"text": "x", "chat": mine["chat"], "parent": other["answer"]},
        {"chat": mine["chat"], "head": other["turn"]},
    ):
        refused = await place.ada.post("chats.update" if "head" in body else "chats.send", **body)
        assert (refused.status, refused.json["code"]) == (404, "turn_not_found")
    assert texts(await place.ada.opened(mine["chat"]))[0] == ("user", "Hello")
    assert len(place.upstream.calls) == 3 + _listings(place.upstream)


def _unknown(body: Json, own: str) -> Json:
    """The same with ids that nobody has, but for his own."""
    nobodys = dict.fromkeys(("chat", "parent", "turn", "head"), "01932c07-209c-7a4e-9b6d-000000000000")
    return {name: value if value == own else nobodys.get(name, value) for name, value in body.items()}


def _listings(upstream: MockOpenAI) -> int:
    return sum(call.path.endswith("/models") for call in upstream.calls)


async def test_a_feed_tells_of_chats_and_answers_and_is_resumed(place: Place) -> None:
    reading = await place.ada.raw("GET /parlance/v1/feeds.read", accept="text/event-stream")
    await reading.until(b"\r\n\r\n")
    sent = await place.ada.send("Hello", models=["mock"])
    told = await _blocks(reading, 3)
    assert [(e["t"], e.get("change") or e.get("state")) for e in told] == [
        ("chat", "created"),
        ("answer_begun", None),
        ("answer_ended", "complete"),
    ]
    assert {e["chat"] for e in told} == {sent["chat"]} and told[1]["run"] == sent["run"]
    reading.rst()
    await place.phone.do("chats.update", chat=sent["chat"], title="Mine")
    missed = await place.ada.get(f"feeds.read?after={told[-1]['n']}")
    assert [(e["t"], e["title"]) for e in missed["entries"]] == [("chat", "Mine")]
    again = await place.ada.raw(
        "GET /parlance/v1/feeds.read", accept="text/event-stream", last_event_id=f"feed:{told[-1]['n']}"
    )
    assert [e["title"] for e in await _blocks(again, 1)] == ["Mine"]
    again.rst()
    assert (await place.bob.get("feeds.read?after=1"))["entries"] == [{"t": "missed"}]
    assert (await place.ada.ask("GET /parlance/v1/feeds.read?after=x")).status == 400


async def _blocks(reading: Raw, count: int) -> list[Json]:
    """The next entries of a feed."""
    found = b""
    while found.count(b"\ndata: ") < count:
        found += await reading.until(b"\n\n")
    return [json.loads(line[6:]) for line in found.split(b"\n") if line.startswith(b"data: ")]


async def test_a_chat_begun_by_one_sdk_and_gone_on_with_by_another_opens_as_one(tmp_path: Path) -> None:
    keeping = key_toml(ADA, "laptop", "ada", keep_chats=True) + key_toml(PHONE, "phone", "ada")
    async with MockOpenAI() as upstream:
        toml = connection_toml(f"{upstream.base_url}", "mock", *MODELS) + keeping
        async with running(loaded(tmp_path, toml=toml)) as server:
            await _two_sdks(server)


async def _two_sdks(server: Server) -> None:
    talk: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a tree?"}]
    async with openai.AsyncOpenAI(api_key=ADA, base_url=f"{server.url}/v1") as first:
        answer = await first.chat.completions.create(model="mock", messages=talk)
        talk.append({"role": "assistant", "content": answer.choices[0].message.content})
        talk.append({"role": "user", "content": "And a leaf?"})
        pieces = []
        async with aclosing(await first.chat.completions.create(model="mock", messages=talk, stream=True)) as stream:
            async for chunk in stream:
                pieces.append(chunk.choices[0].delta.content or "" if chunk.choices else "")
    talk += [{"role": "assistant", "content": "".join(pieces)}, {"role": "user", "content": "Thanks"}]
    second = ollama.AsyncClient(host=server.url, headers={"authorization": f"Bearer {ADA}"})
    last = await second.chat(model="mock-echo", messages=talk)
    await second._client.aclose()
    talk.append({"role": "assistant", "content": last.message.content})
    page = User(server.port, PHONE)
    [chat] = (await page.get("chats.list"))["chats"]
    opened = await settled(page, chat["id"])
    assert texts(opened) == [(each["role"], each["content"]) for each in talk]
    assert chat["title"] == "What is a tree?" and opened["turns"][-1]["model"] == "mock-echo"


async def test_a_door_may_keep_what_the_machines_owner_says_without_a_key(tmp_path: Path) -> None:
    async with MockOpenAI() as upstream:
        door = table("doors", {"name": "default", "keep_chats": True})
        toml = connection_toml(upstream.base_url, "mock", "mock") + door
        async with running(loaded(tmp_path, toml=toml)) as server:
            page = User(server.port)
            for _ in range(2):
                assert (await page.chat("Hello")).status == 200
            [chat] = (await page.get("chats.list"))["chats"]
            assert [role for role, _ in texts(await settled(page, chat["id"]))] == ["user", "assistant", "assistant"]


async def settled(page: User, chat: str) -> Json:
    """A chat once nothing runs in it."""
    found: Json = await until(
        lambda: page.opened(chat), lambda opened: all(t["state"] != "running" for t in opened["turns"])
    )
    return found


async def until(look: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:
    """What is seen once it is as it should be."""
    async with asyncio.timeout(20):
        while not fits(seen := await look()):
            await asyncio.sleep(0.02)
    return seen
