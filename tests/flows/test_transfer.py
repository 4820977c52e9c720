"""Chats that leave as files and come in again: ours, ChatGPT's and Open WebUI's."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import time
import zipfile
from typing import Any

import pytest

from tests.flows.callers import Answer, measured
from tests.flows.foreign_chats import GPT, WEB, chatgpt_file, openwebui_file
from tests.flows.test_chats import User
from tests.flows.test_library import Shelf, place, search

__all__ = ["place"]


async def bring(user: User, content: bytes, query: str = "") -> Any:
    answer = await sent(user, content, query)
    assert answer.status == 200, answer.body
    return answer.json


async def sent(user: User, content: bytes, query: str = "") -> Answer:
    return await user.ask(f"POST /parlance/v1/chats.import{query}", content)


async def exported(user: User, query: str = "") -> Any:
    """Our own file, without the ids and what they make different."""
    answer = await user.ask(f"GET /parlance/v1/chats.export{query}")
    assert answer.status == 200 and answer.headers["content-disposition"].startswith("attachment")
    return json.loads(answer.body)


def bare(file: Any) -> Any:
    """A file of chats with its ids as places, and without what is only told of where a chat came from."""
    found = copy.deepcopy(file)
    for chat in found["chats"]:
        places = {turn["id"]: n for n, turn in enumerate(chat.get("turns", ()))}
        for turn in chat.get("turns", ()):
            for name in ("id", "parent", "sent"):
                if turn.get(name):
                    turn[name] = places[turn[name]]
        chat["head"] = places.get(chat.get("head", ""))
        for name in ("id", "client_id"):
            chat.pop(name, None)
    return found


async def test_what_is_exported_and_imported_is_equal(place: Shelf) -> None:
    """Branches, several models, ratings, tags, folders, pins: all of it, in another account."""
    folder = await place.ada.do("folders.create", name="Top", instructions="Be brief.")
    low = await place.ada.do("folders.create", name="Low", parent=folder["id"])
    first = await place.ada.send("你好 world", folder=low["id"], models=["mock", "mock-echo"], client_id="mine")
    await place.ada.send("And then?", chat=first["chat"])
    again = await place.ada.do("chats.edit", turn=first["turn"], text="Otherwise", models=["mock"])
    await place.ada.told(again["run"])
    await place.ada.do("turns.rate", turn=first["answer"], rating=-1, note="no")
    await place.ada.do("chats.tag", chat=first["chat"], add=["Tea"])
    await place.ada.do("chats.update", chat=first["chat"], pinned=True, title="Named")
    other = await place.ada.send("Second")
    await place.ada.do("chats.update", chat=other["chat"], archived=True)
    file = await exported(place.ada)
    assert len(file["chats"]) == 2 and sum(len(chat["turns"]) for chat in file["chats"]) == 9
    report = await bring(place.bob, json.dumps(file).encode())
    assert (report["imported"], report["skipped"], report["refused"]) == (2, 0, [])
    theirs = await exported(place.bob)
    assert bare(theirs) == bare(file)
    ids = {turn["id"] for chat in file["chats"] for turn in chat["turns"]}
    assert not ids & {turn["id"] for chat in theirs["chats"] for turn in chat["turns"]}
    assert await search(place.bob, "你好") != []


async def test_what_was_imported_is_not_imported_again(place: Shelf) -> None:
    """Nor what never left; a file may also hold a chat twice."""
    await place.ada.send("Hello")
    file = json.dumps(await exported(place.ada)).encode()
    assert (await bring(place.ada, file))["skipped"] == 1
    for content in (file, chatgpt_file(GPT, GPT), openwebui_file()):
        before = await bring(place.bob, content)
        after = await bring(place.bob, content)
        assert before["imported"] == 1 and after["imported"] == 0
        assert after["skipped"] == before["imported"] + before["skipped"]
    assert len((await exported(place.bob))["chats"]) == 3
    again = json.dumps(await exported(place.bob)).encode()
    assert (await bring(place.bob, again))["imported"] == 0


async def test_a_chatgpt_export_comes_in_as_the_tree_that_it_is(place: Shelf) -> None:
    """Regenerated answers are siblings; what was called stands in its answer's turn, and the branch is the same."""
    report = await bring(place.ada, chatgpt_file())
    chat = await place.ada.opened(report["chats"][0])
    assert chat["chat"]["title"] == "Tea 茶" and chat["chat"]["created"] == 1700000000500000
    assert [turn["role"] for turn in chat["turns"]] == ["user", "assistant", "assistant"]
    question, first, second = chat["turns"]
    assert first["parent"] == second["parent"] == question["id"] and chat["chat"]["head"] == second["id"]
    assert (first["model"], second["model"]) == ("gpt-4o", "o3")
    assert [each["item"]["type"] for each in second["items"]] == ["message", "opaque", "opaque", "message"]
    assert [said["chat"] for said in (await place.ada.get("chats.search?query=%E8%8C%B6"))["hits"]] == report["chats"]
    file = await exported(place.ada)
    await bring(place.bob, json.dumps(file).encode())
    assert bare(await exported(place.bob)) == bare(file)
    await place.ada.send("And green?", chat=report["chats"][0], models=["mock"])
    asked = json.loads(place.upstream.calls[-1].body)["messages"]
    assert [each["role"] for each in asked] == ["user", "assistant", "assistant", "user"]


async def test_an_open_webui_export_comes_in_as_the_tree_that_it_is(place: Shelf) -> None:
    """With its pictures, ratings, tags, and answers that failed."""
    report = await bring(place.ada, openwebui_file())
    chat = await place.ada.opened(report["chats"][0])
    assert chat["chat"]["pinned"] and chat["chat"]["archived"]
    question, no, failed = chat["turns"]
    assert [part["type"] for part in question["items"][0]["item"]["content"]] == ["text", "image"]
    assert (no["rating"], no["note"], no["model"]) == (-1, "rude", "llama3.1:8b")
    assert failed["state"] == "failed" and failed["error"]["message"] == "It broke."
    assert (await place.ada.get("tags.list"))["tags"] == [{"tag": "drinks", "chats": 1}]
    file = await exported(place.ada)
    await bring(place.bob, json.dumps(file).encode())
    assert bare(await exported(place.bob)) == bare(file)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"[1, 2]",
        b'{"a": 1}',
        b"[" * 5000,
        b'{"format": "parlance.chats", "chats": {}}',
        b"[]",
        b"\xff",
    ],
)
async def test_what_is_no_file_of_chats_is_refused(place: Shelf, content: bytes) -> None:
    answer = await sent(place.ada, content)
    assert answer.status == 400 and answer.json["code"] == "strange_file"


async def test_a_bad_chat_spoils_no_other(place: Shelf) -> None:
    """Rings, lost parents, text that cannot be kept, wrong types: said by their place, and the rest comes in."""
    ring = {
        **GPT,
        "conversation_id": "ring",
        "mapping": {"a": {"parent": "b", "children": ["b"]}, "b": {"parent": "a"}},
    }
    bad = [
        {**GPT, "mapping": 5},
        {**GPT, "title": "\ud800 \x00", "conversation_id": "half"},
        {**GPT, "conversation_id": None},
    ]
    deep: Any = "x"
    for _ in range(80):
        deep = [deep]
    bad.append({**GPT, "conversation_id": "deep", "mapping": {"a": {"message": {"content": {"parts": deep}}}}})
    report = await bring(place.ada, chatgpt_file(GPT, *bad, ring))
    assert report["imported"] == 3 and sorted(each["place"] for each in report["refused"]) == [2, 4, 5]
    assert [each["title"] for each in report["refused"]] == ["Tea 茶"] * 3
    own = {
        "format": "parlance.chats",
        "version": 1,
        "chats": [{"id": "x", "turns": [{"id": "a", "role": "user", "parent": "b"}]}],
    }
    assert len((await bring(place.ada, json.dumps(own).encode()))["refused"]) == 1
    newer = await sent(place.ada, json.dumps({**own, "version": 99}).encode())
    assert newer.json["code"] == "newer_file"


async def test_no_id_in_a_file_is_believed(place: Shelf) -> None:
    """Not that of another's chat, turn, run or file."""
    theirs = await place.ada.send("Secret")
    file = (await place.ada.ask("POST /parlance/v1/files.upload?name=a.txt", b"secret")).json["id"]
    item = {"id": "message-1", "item": {"type": "message", "role": "user", "content": "Mine"}}
    turn = {"id": theirs["turn"], "role": "user", "items": [item], "files": [file], "sent": theirs["turn"]}
    turn |= {"run": theirs["run"], "chat": theirs["chat"], "state": "running", "created": 1 << 60}
    chat = {
        "id": theirs["chat"],
        "user": "ada",
        "tenant": "x",
        "title": "Mine",
        "turns": [turn],
        "head": theirs["turn"],
    }
    own = {"format": "parlance.chats", "version": 1, "chats": [chat]}
    report = await bring(place.bob, json.dumps(own).encode())
    assert report["imported"] == 1 and report["chats"] != [theirs["chat"]]
    mine = await place.bob.opened(report["chats"][0])
    [kept] = mine["turns"]
    assert kept["id"] != theirs["turn"] and not kept.get("files") and not kept.get("run")
    assert kept["state"] == "interrupted" and kept["created"] <= place.clock.now()
    assert len((await place.ada.opened(theirs["chat"]))["turns"]) == 2


async def test_all_chats_are_a_zip_of_markdown_and_one_is_a_file(place: Shelf) -> None:
    """Under names that every file system takes; another's chat is missing."""
    one = await place.ada.send("What is <b>tea</b>?\n\n- a leaf", models=["mock-echo"])
    await place.ada.do("chats.update", chat=one["chat"], title='../../etc/"pass:wd" 茶 ')
    two = await place.ada.do("chats.create", title="")
    answer = await place.ada.ask("GET /parlance/v1/chats.export?format=markdown")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert len(texts) == 2 and not any("/" in name or ":" in name or ".." in name.split(" ")[1] for name in texts)
    [text] = [text for text in texts.values() if one["chat"] in text]
    assert text.startswith("---\n") and "## You\n\nWhat is <b>tea</b>?\n\n- a leaf" in text
    assert one["turn"] in text and two["id"] in "".join(texts.values())
    single = await place.ada.ask(f"GET /parlance/v1/chats.export?format=markdown&chat={one['chat']}")
    assert single.body.decode() == text and single.headers["content-type"].startswith("text/markdown")
    foreign = await place.bob.ask(f"GET /parlance/v1/chats.export?chat={one['chat']}")
    assert (foreign.status, foreign.json["code"]) == (404, "chat_not_found")
    assert (await exported(place.bob))["chats"] == []


async def test_a_large_file_comes_in_while_others_are_served(place: Shelf) -> None:
    """In several change sets, each chat whole."""
    chats = [{**WEB, "id": f"web-{n}", "title": f"Coffee {n}"} for n in range(350)]
    report = await bring(place.ada, openwebui_file(*chats))
    assert report["imported"] == 350 and len(report["chats"]) == 350
    assert sum(len(chat["turns"]) for chat in (await exported(place.ada))["chats"]) == 1050


def large_chat(turns: int, name: str = "large") -> bytes:
    """Our own file with one long chat."""
    said = [
        {
            "id": f"t{n}",
            "parent": f"t{n - 1}" if n else None,
            "role": "assistant" if n % 2 else "user",
            "state": "complete",
            "created": 1,
            "items": [{"id": "message-1", "item": {"type": "message", "role": "user", "content": f"turn {n} " * 20}}],
        }
        for n in range(turns)
    ]
    chat = {"id": name, "client_id": name, "title": "Large", "turns": said}
    return json.dumps({"format": "parlance.chats", "version": 1, "chats": [chat]}).encode()


async def test_a_long_chat_on_its_way_in_holds_nobody_else_up(place: Shelf) -> None:
    """The server answers others meanwhile; the longest chat that is taken is made ready in pieces."""
    waits: list[float] = []
    coming = asyncio.ensure_future(bring(place.ada, large_chat(20_000)))
    while not coming.done():
        began = time.monotonic()
        assert (await place.stranger.ask("GET /health")).status == 200
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    assert (await coming)["imported"] == 1
    waits.sort()
    measured("import of 20,000 turns, /health", p99=f"{waits[len(waits) * 99 // 100] * 1000:.0f} ms", n=len(waits))
    assert waits[len(waits) * 99 // 100] < 0.25 * 4


async def test_one_user_brings_two_files_at_once(place: Shelf) -> None:
    """And again when they are done; another user's are apart."""
    answers = await asyncio.gather(*(sent(place.ada, large_chat(2000, f"c{n}")) for n in range(6)))
    refused = [answer for answer in answers if answer.status != 200]
    assert refused and all((each.status, each.json["code"]) == (503, "importing") for each in refused)
    assert (await bring(place.ada, large_chat(3, "later")))["imported"] == 1
