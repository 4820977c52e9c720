"""What people do with their chats, each story told over HTTP and by the verbs of the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import ollama
import openai
import pytest

from parlance.testing.servers import Server, as_process, loaded
from parlance.testing.servers import in_thread as serving
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.values.time import SECOND
from tests.flows.callers import Caller, connection_toml, key_toml, until
from tests.flows.foreign_chats import chatgpt_file, openwebui_file
from tests.flows.test_ledgers import sent_tokens
from tests.flows.test_library import Shifted
from tests.flows.test_mirrored_chats import files
from tests.flows.test_transfer import bare
from tests.flows.voices import VOICES, Voice, said

MOST = 48
"""Stories that may be told: each in two voices, and once more where it fails at first."""
LONG = "mock-p10-n200"
"""An answer of two seconds."""


class Place:
    """A server, what stands behind it, its clock, and two people whom no other story knows, talking in one way."""

    def __init__(self, house: House, way: str, number: int) -> None:
        self.server, self.upstream, self.clock, self.folder = house
        self.voice = VOICES[way]
        self.name = f"ada-{number}"
        self.ada, self.bob = self._voice(self.name), self._voice(f"bob-{number}")
        self.sdk, self.root = key_of(f"sdk-{number}"), self._voice("root")
        self.stranger = Caller(self.server.port)

    def _voice(self, user: str) -> Voice:
        return self.voice(self.server.url, key_of(user))


class House(NamedTuple):
    """What all stories share."""

    server: Server
    upstream: MockOpenAI
    clock: Shifted
    folder: Path


def key_of(user: str) -> str:
    """The key of somebody in these stories."""
    return f"sk-{user}-of-the-stories"


def people(number: int) -> str:
    """The keys of one story's people; one of them keeps what a program says."""
    ada, bob, sdk = (f"{name}-{number}" for name in ("ada", "bob", "sdk"))
    return (
        key_toml(key_of(ada), ada, ada)
        + key_toml(key_of(bob), bob, bob)
        + key_toml(key_of(sdk), sdk, ada, keep_chats=True)
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One server for all, on a thread of its own."""
    folder, clock, users = tmp_path_factory.mktemp("stories"), Shifted(), json.dumps([f"ada-{n}" for n in range(MOST)])
    mirror = f'[chats]\nmirror_folder = "{folder / "mirror"}"\nmirror_users = {users}\n'
    keys = "".join(people(number) for number in range(MOST)) + key_toml(key_of("root"), "root", "root", scopes=["all"])
    with in_thread(MockOpenAI()) as upstream:
        toml = mirror + connection_toml(upstream.base_url, "mock", "mock", "mock-echo") + keys
        with serving(loaded(folder, toml=toml), clock=clock) as server:
            yield House(server, upstream, clock, folder)


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Of the stories, as they are told."""
    return iter(range(MOST))


@pytest.fixture(params=VOICES)
def place(house: House, numbers: Iterator[int], request: pytest.FixtureRequest) -> Place:
    """One story's."""
    return Place(house, request.param, next(numbers))


async def test_regenerate_with_another_model(place: Place) -> None:
    """Both answers stay, side by side, and the newer one is shown."""
    sent = await place.ada.do("chats.send", text="Hello", models=["mock"])
    again = await place.ada.do("chats.regenerate", turn=sent["answer"], models=["mock-echo"])
    chat = await place.ada.do("chats.read", chat=sent["chat"])
    answers = [turn for turn in chat["turns"] if turn.get("parent") == sent["turn"]]
    assert [turn["model"] for turn in answers] == ["mock", "mock-echo"] and said(answers[1]) == "Hello"
    assert chat["chat"]["head"] == again["answer"]


async def test_edit_and_branch(place: Place) -> None:
    """The first wording stays as a branch that can be chosen again, and the model hears of the second only."""
    sent = await place.ada.do("chats.send", text="Helo", models=["mock-echo"])
    edited = await place.ada.do("chats.edit", turn=sent["turn"], text="Hello")
    more = await place.ada.do("chats.send", text="And?", chat=sent["chat"])
    assert [each["content"] for each in place.upstream.calls[-1].payload["messages"]] == ["Hello", "Hello", "And?"]
    chat = await place.ada.do("chats.read", chat=sent["chat"])
    parents = {turn["id"]: turn.get("parent") for turn in chat["turns"]}
    assert parents[sent["turn"]] is parents[edited["turn"]] is None
    assert chat["chat"]["head"] == more["answer"] and parents[more["turn"]] == edited["answer"]
    chosen = await place.ada.do("chats.update", chat=sent["chat"], head=sent["turn"])
    assert chosen["head"] == sent["answer"]


async def test_a_two_character_chinese_word_is_found(place: Place) -> None:
    """With the turn in which it stands; nobody else finds it."""
    sent = await place.ada.do("chats.send", text="我们昨天在北京讨论了设计")
    found = (await place.ada.do("chats.search", query="北京"))["hits"]
    assert {(hit["chat"], hit.get("turn")) for hit in found} == {(sent["chat"], None), (sent["chat"], sent["turn"])}
    assert (await place.bob.do("chats.search", query="北京"))["hits"] == []


async def test_a_link_ends_when_it_is_over_or_revoked(place: Place) -> None:
    """Others go on meanwhile."""
    chat = (await place.ada.do("chats.create", title="Tea"))["id"]
    in_an_hour = place.clock.now() + 3600 * SECOND
    timed = await place.ada.do("shares.create", chat=chat, expires=in_an_hour)
    first, second = [await place.ada.do("shares.create", chat=chat) for _ in range(2)]
    links = [f"GET {each['path']}" for each in (timed, first, second)]
    assert [(await place.stranger.ask(link)).status for link in links] == [200, 200, 200]
    await place.ada.do("shares.revoke", share=first["share"]["id"])
    assert [(await place.stranger.ask(link)).status for link in links] == [200, 404, 200]
    place.clock.ahead += 3601 * SECOND
    assert [(await place.stranger.ask(link)).status for link in links] == [404, 404, 200]
    assert (await place.bob.refused("shares.revoke", share=second["share"]["id"])).code == place.bob.missing


@pytest.mark.parametrize("file", [chatgpt_file, openwebui_file])
async def test_what_came_from_elsewhere_goes_out_and_comes_in_equal(place: Place, file: Any) -> None:
    """ChatGPT's and Open WebUI's exports."""
    assert (await place.ada.bring(file()))["imported"] == 1
    taken = await place.ada.taken()
    assert len(taken["chats"]) == 1 and len(taken["chats"][0]["turns"]) == 3
    assert (await place.bob.bring(json.dumps(taken).encode()))["imported"] == 1
    assert bare(await place.bob.taken()) == bare(taken)


async def test_the_mirror_follows_an_edit_a_move_and_a_deletion(place: Place) -> None:
    """A file says what was asked anew and in which folder it is, and goes with its chat."""
    folder = place.folder / "mirror" / place.name

    def text() -> str:
        return "".join(files(folder).values())

    sent = await place.ada.do("chats.send", text="Is tea good?", models=["mock-echo"])
    await until(lambda: "## Assistant (mock-echo)\n\nIs tea good?" in text())
    await place.ada.do("chats.edit", turn=sent["turn"], text="Is coffee good?", models=["mock-echo"])
    await until(lambda: "## Assistant (mock-echo)\n\nIs coffee good?" in text())
    assert "Is tea good?" not in text().partition("## You")[2]
    home = await place.ada.do("folders.create", name="Drinks")
    await place.ada.do("chats.move", chat=sent["chat"], folder=home["id"])
    await until(lambda: 'folder: "Drinks"' in text())
    await place.ada.do("folders.update", folder=home["id"], name="Hot drinks")
    await until(lambda: 'folder: "Hot drinks"' in text())
    await place.ada.do("chats.update", chat=sent["chat"], title="Coffee, or tea")
    await until(lambda: any("Coffee, or tea" in each.name for each in folder.glob("*.md")))
    assert len(list(folder.glob("*.md"))) == 1
    await place.ada.do("chats.delete", chat=sent["chat"])
    await until(lambda: not list(folder.glob("*.md")))


async def test_a_ledger_adds_up_to_what_the_upstream_was_sent(place: Place) -> None:
    """Counted from outside, at the upstream: instructions of the folder, the history, and the question."""
    folder = await place.ada.do("folders.create", name="Verse", instructions="Answer in verse, 请.")
    first = await place.ada.do("chats.send", text="Grüße, 你好!", models=["mock"], folder=folder["id"])
    second = await place.ada.do("chats.send", text="And then?", chat=first["chat"])
    ledger = await place.ada.do("ledgers.read", run=second["run"])
    sent = place.upstream.calls_to("/chat/completions")[-1].payload
    assert len(sent["messages"]) == 4
    assert ledger["prompt_tokens"] == sum(part["tokens"] for part in ledger["parts"]) == sent_tokens(sent)
    assert (await place.bob.refused("ledgers.read", run=second["run"])).code == place.bob.missing


async def test_chats_begun_by_the_sdks_of_openai_and_ollama_are_opened_natively(place: Place) -> None:
    """Each as a chat of its own, which goes on here."""
    asked: Any = [{"role": "user", "content": "What is a tree?"}]
    async with openai.AsyncOpenAI(api_key=place.sdk, base_url=f"{place.server.url}/v1") as client:
        await client.chat.completions.create(model="mock-echo", messages=asked)
    other = ollama.AsyncClient(host=place.server.url, headers={"authorization": f"Bearer {place.sdk}"})
    await other.chat(model="mock-echo", messages=[{"role": "user", "content": "What is a leaf?"}])
    await other._client.aclose()
    chats = (await place.ada.do("chats.list"))["chats"]
    assert {chat["title"] for chat in chats} == {"What is a tree?", "What is a leaf?"}
    for chat in chats:
        opened = await place.ada.do("chats.read", chat=chat["id"])
        assert [said(turn) for turn in opened["turns"]] == [chat["title"], chat["title"]]
        await place.ada.do("chats.send", text="Go on", chat=chat["id"])
        assert len(place.upstream.calls[-1].payload["messages"]) == 3
    assert (await place.bob.do("chats.list"))["chats"] == []


async def test_a_budget_is_shown_and_its_refusal_says_when_it_resets(place: Place) -> None:
    """To whom it binds, and to nobody else."""
    budget: dict[str, Any] = {"subject": "user", "name": place.name, "unit": "requests", "period": "day"}
    await place.root.do("budgets.set", **budget, limit=1)
    sent = await place.ada.do("chats.send", text="Hello", models=["mock"])
    [standing] = await place.ada.do("budgets.read")
    assert (standing["used"], standing["budget"]["limit"]) == (1, 1)
    refusal = await place.ada.refused("chats.send", text="More", chat=sent["chat"])
    assert "1 requests a day for this user" in refusal.words and "It resets at 20" in refusal.words
    await place.bob.do("chats.send", text="Hello", models=["mock"])
    denied = await place.ada.refused(
        "budgets.set", subject="user", name=place.name, unit="requests", period="day", limit=9
    )
    assert denied.code == place.ada.forbidden


def written(folder: Path, turn: str) -> bytes:
    """What of a turn is in the database."""
    with contextlib.closing(sqlite3.connect(folder / "data" / "parlance.db")) as database:
        [content] = database.execute("SELECT content FROM turns WHERE id = ?", (turn,)).fetchone()
    return bytes(content or b"")


@pytest.mark.slow
async def test_answers_that_a_crash_broke_off_are_continued(tmp_path: Path) -> None:
    """What was said stays, is shown as interrupted, and is what the model goes on from."""
    with in_thread(MockOpenAI()) as upstream:
        toml = connection_toml(upstream.base_url, "mock", LONG)
        with as_process(tmp_path, toml=toml) as server:
            caller, body = Caller(server.port), {"text": "Tell me", "models": [LONG]}
            begun = {way: (await caller.ask("POST /parlance/v1/chats.send", body)).json for way in VOICES}
            await until(lambda: all(b"tok" in written(tmp_path, sent["answer"]) for sent in begun.values()))
            assert server.process is not None
            server.process.kill()
        with as_process(tmp_path, toml=toml) as server:
            voices = {way: VOICES[way](server.url, server.console_token) for way in begun}
            await asyncio.gather(*(continued(voices[way], sent, upstream) for way, sent in begun.items()))


async def continued(voice: Voice, sent: Any, upstream: MockOpenAI) -> None:
    """One chat after the crash."""
    [_, broken] = (await voice.do("chats.read", chat=sent["chat"]))["turns"]
    assert broken["state"] == "interrupted" and said(broken)
    going = await voice.do("chats.continue", turn=sent["answer"])
    [_, whole] = (await voice.do("chats.read", chat=sent["chat"]))["turns"]
    assert going["answer"] == whole["id"] == broken["id"] and whole["state"] == "complete"
    assert said(whole).startswith(said(broken)) and len(said(whole)) > len(said(broken))
    asked = [call.payload["messages"][-1] for call in upstream.calls if call.body]
    assert {"role": "assistant", "content": said(broken)} in asked
