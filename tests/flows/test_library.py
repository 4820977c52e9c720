"""What orders saved chats, finds them and gives them away, over sockets and with another user beside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from parlance.core.library.shares import VIEWS
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from parlance.values.time import SECOND, SystemClock
from tests.flows.callers import Caller, connection_toml, key_toml
from tests.flows.test_chats import ADA, BOB, Place, User


class Shifted(SystemClock):
    """The time of today, which a test can move on."""

    ahead = 0

    def now(self) -> int:
        """Microseconds."""
        return super().now() + self.ahead


class Shelf(Place):
    """A server with two users, a clock, and somebody whom nobody knows."""

    clock: Shifted

    @property
    def stranger(self) -> Caller:
        """Without any key."""
        return Caller(self.server.port)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Shelf]:
    clock = Shifted()
    async with MockOpenAI() as upstream:
        keys = [key_toml(ADA, "laptop", "ada"), key_toml(BOB, "bob", "bob")]
        toml = "".join([connection_toml(upstream.base_url, "mock", "mock", "mock-echo"), *keys])
        async with running(loaded(tmp_path, toml=toml), clock=clock) as server:
            made = Shelf(server, upstream)
            made.clock = clock
            yield made


async def search(user: User, query: str, **more: object) -> list[tuple[str, str | None]]:
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    found = await user.get(f"chats.search?query={quote(query)}{rest}")
    return [(hit["chat"], hit.get("turn")) for hit in found["hits"]]


async def test_a_two_character_chinese_word_is_found_in_ones_own_chats(place: Shelf) -> None:
    """The turn in which it stands, with the text around it; nobody else finds it."""
    sent = await place.ada.send("我们昨天在北京讨论了设计")
    await place.bob.send("我们昨天在北京讨论了设计")
    found = await place.ada.get(f"chats.search?query={quote('北京')}")
    mine = {(hit["chat"], hit.get("turn")) for hit in found["hits"]}
    assert mine == {(sent["chat"], None), (sent["chat"], sent["turn"])}
    assert all("北京" in hit["excerpt"] for hit in found["hits"])
    assert await search(place.ada, "上海") == []


async def test_search_answers_whatever_is_typed(place: Shelf) -> None:
    """Operators are text, filters narrow, pages follow each other, and a cursor belongs to its search."""
    for text in ("tea time", "tea with milk", "coffee"):
        await place.ada.send(text)
    for query in ('"', "* OR -", "tea AND", "(tea", "tea*", "folder:", 'tag:"x', "NEAR(tea)", "%", "pinned:perhaps"):
        await search(place.ada, query)
    assert len(await search(place.ada, "tea")) == len(await search(place.ada, "te")) > 0
    assert await search(place.ada, '"milk tea"') == [] and await search(place.ada, "milk tea") != []
    first = await place.ada.get("chats.search?query=tea&limit=1")
    second = await place.ada.get(f"chats.search?query=tea&limit=1&cursor={first['cursor']}")
    assert first["hits"] != second["hits"]
    answer = await place.ada.ask(f"GET /parlance/v1/chats.search?query=milk&limit=1&cursor={first['cursor']}")
    assert (answer.status, answer.json["code"]) == (400, "bad_cursor")
    assert (await place.ada.ask(f"GET /parlance/v1/chats.search?query={'x' * 501}")).status == 400


async def test_a_search_is_narrowed_by_filters(place: Shelf) -> None:
    """By folder and what is under it, by tag, pin and archive; filters alone give the chats."""
    work = await place.ada.do("folders.create", name="My Work")
    under = await place.ada.do("folders.create", name="Deep", parent=work["id"])
    filed = await place.ada.send("common words", folder=under["id"])
    tagged, pinned, gone = [await place.ada.send("common words") for _ in range(3)]
    await place.ada.do("chats.tag", chat=tagged["chat"], add=["Tea Time"])
    await place.ada.do("chats.update", chat=pinned["chat"], pinned=True)
    await place.ada.do("chats.update", chat=gone["chat"], archived=True)

    async def chats(query: str) -> set[str]:
        return {chat for chat, _ in await search(place.ada, query)}

    assert await chats("common") == {each["chat"] for each in (filed, tagged, pinned)}
    for words in ("common ", ""):
        assert await chats(f'{words}folder:"my work"') == {filed["chat"]}
        assert await chats(f'{words}tag:"tea time"') == {tagged["chat"]}
        assert await chats(f"{words}pinned:yes") == {pinned["chat"]}
        assert await chats(f"{words}archived:yes") == {gone["chat"]}
    assert len(await chats("common archived:all")) == 4
    assert await chats("common folder:nowhere") == set()


async def test_a_renamed_chat_is_found_by_its_new_title_at_once(place: Shelf) -> None:
    chat = await place.ada.do("chats.create", title="Zebra")
    assert await search(place.ada, "zebra") == [(chat["id"], None)]
    await place.ada.do("chats.update", chat=chat["id"], title="Giraffe")
    assert await search(place.ada, "zebra") == []
    assert await search(place.ada, "giraffe") == [(chat["id"], None)]


async def test_a_folders_instructions_go_before_its_chats_prompts(place: Shelf) -> None:
    """And those of the folders above it, and its files; not in chats elsewhere."""
    file = await place.ada.ask("POST /parlance/v1/files.upload?name=facts.txt", b"The tea is green.")
    top = await place.ada.do("folders.create", name="Top", instructions="Answer in verse.")
    low = await place.ada.do("folders.create", name="Low", parent=top["id"], files=[file.json["id"]])
    await place.ada.send("How is the tea?", folder=low["id"])
    first, *rest = json.loads(place.upstream.calls[-1].body)["messages"]
    assert first["role"] == "system" and [each["role"] for each in rest] == ["user"]
    assert first["content"].index("Answer in verse.") < first["content"].index("The tea is green.")
    await place.ada.send("And here?")
    assert [each["role"] for each in json.loads(place.upstream.calls[-1].body)["messages"]] == ["user"]


async def test_folders_are_a_tree_that_loses_no_chat(place: Shelf) -> None:
    """What was in a folder that goes is in the one above; none is within itself."""
    top = await place.ada.do("folders.create", name="Top")
    low = await place.ada.do("folders.create", name="Low", parent=top["id"])
    chat = await place.ada.do("chats.create", title="Kept", folder=low["id"])
    ring = await place.ada.post("folders.move", folder=top["id"], parent=low["id"])
    assert (ring.status, ring.json["code"]) == (400, "folder_within_itself")
    await place.ada.do("folders.update", folder=low["id"], name="Lower", instructions="Be brief.")
    await place.ada.do("folders.delete", folder=low["id"])
    assert (await place.ada.opened(chat["id"]))["chat"]["folder"] == top["id"]
    await place.ada.do("chats.move", chat=chat["id"], folder=None)
    await place.ada.do("folders.delete", folder=top["id"])
    assert await place.ada.get("folders.list") == []
    assert "folder" not in (await place.ada.opened(chat["id"]))["chat"]


async def test_anothers_folders_tags_and_links_are_as_good_as_missing(place: Shelf) -> None:
    """By every operation, in every field."""
    folder = await place.ada.do("folders.create", name="Mine")
    chat = await place.ada.do("chats.create", title="Mine", folder=folder["id"])
    made = await place.ada.do("shares.create", chat=chat["id"])
    own = await place.bob.do("folders.create", name="Own")
    file = (await place.ada.ask("POST /parlance/v1/files.upload?name=a.txt", b"secret")).json["id"]
    for operation, body in (
        ("folders.update", {"folder": folder["id"], "name": "x"}),
        ("folders.move", {"folder": folder["id"]}),
        ("folders.move", {"folder": own["id"], "parent": folder["id"]}),
        ("folders.delete", {"folder": folder["id"]}),
        ("folders.create", {"name": "x", "parent": folder["id"]}),
        ("folders.create", {"name": "x", "files": [file]}),
        ("folders.update", {"folder": own["id"], "files": [file]}),
        ("chats.create", {"folder": folder["id"]}),
        ("chats.tag", {"chat": chat["id"], "add": ["x"]}),
        ("shares.create", {"chat": chat["id"]}),
        ("shares.revoke", {"share": made["share"]["id"]}),
    ):
        theirs = await place.bob.post(operation, **body)
        nobodys = await place.bob.post(operation, **{k: v if v == own["id"] else _unknown(v) for k, v in body.items()})
        assert theirs.status == nobodys.status == 404 and theirs.json["code"] == nobodys.json["code"], operation
    assert [each["name"] for each in await place.bob.get("folders.list")] == ["Own"]
    assert (await place.bob.get("tags.list"))["tags"] == []
    assert (await place.bob.get("shares.list"))["shares"] == []
    assert (await place.bob.ask(f"GET /parlance/v1/shares.list?chat={chat['id']}")).status == 404
    assert (await place.bob.ask(f"GET /parlance/v1/tags.list?chat={chat['id']}")).status == 404
    assert (await place.stranger.ask("GET /parlance/v1/chats.search?query=mine")).status == 401


def _unknown(value: object) -> object:
    looks_like_id = isinstance(value, str) and len(value) == 36
    if isinstance(value, list):
        return [_unknown(each) for each in value]
    return "00000000-0000-7000-8000-000000000000" if looks_like_id else value


async def test_tags_are_given_and_taken(place: Shelf) -> None:
    chat = await place.ada.do("chats.create", title="Tea")
    assert await place.ada.do("chats.tag", chat=chat["id"], add=["Tea", "tea", "Work"]) == ["tea", "Work"]
    assert await place.ada.do("chats.tag", chat=chat["id"], add=["new"], remove=["TEA"]) == ["new", "Work"]
    every = (await place.ada.get("tags.list"))["tags"]
    assert every == [{"tag": "new", "chats": 1}, {"tag": "Work", "chats": 1}]
    assert (await place.ada.get(f"tags.list?chat={chat['id']}"))["tags"] == every
    listed = await place.ada.get("chats.list?tag=work")
    assert [each["id"] for each in listed["chats"]] == [chat["id"]]
    assert (await place.ada.post("chats.tag", chat=chat["id"], add=[" "])).status == 400


async def test_a_link_shows_the_branch_as_it_was_to_anybody(place: Shelf) -> None:
    """And nothing of its owner, of what the system was told, or of what was said later."""
    folder = await place.ada.do("folders.create", name="Top", instructions="A secret instruction.")
    sent = await place.ada.send("Is tea good?", folder=folder["id"], models=["mock-echo"])
    made = await place.ada.do("shares.create", chat=sent["chat"])
    assert made["path"] == f"/parlance/share/{made['token']}"
    await place.ada.send("A later question", chat=sent["chat"])
    shown = await place.stranger.ask(f"GET {made['path']}")
    assert shown.status == 200
    assert [turn["role"] for turn in shown.json["turns"]] == ["user", "assistant"]
    assert shown.json["turns"][0]["text"] == "Is tea good?" and shown.json["title"] == "Is tea good?"
    for hidden in ("ada", "secret instruction", "later question", sent["chat"], sent["turn"], folder["id"]):
        assert hidden not in shown.body.decode()
    assert "noindex" in shown.headers["x-robots-tag"] and "no-store" in shown.headers["cache-control"]
    listed = (await place.ada.get("shares.list"))["shares"]
    assert [each["id"] for each in listed] == [made["share"]["id"]]
    assert made["token"] not in str(listed)


async def test_a_link_ends_when_it_is_revoked_or_over(place: Shelf) -> None:
    """Or its chat goes; it is then like one that never was."""
    chat = await place.ada.do("chats.create", title="Tea")
    never = await place.stranger.ask("GET /parlance/share/sh_nothing")
    first, second = [await place.ada.do("shares.create", chat=chat["id"]) for _ in range(2)]
    await place.ada.do("shares.revoke", share=first["share"]["id"])
    in_an_hour = place.clock.now() + 3600 * SECOND
    timed = await place.ada.do("shares.create", chat=chat["id"], expires=in_an_hour)
    assert (await place.stranger.ask(f"GET {timed['path']}")).status == 200
    place.clock.ahead = 3601 * SECOND
    assert (await place.stranger.ask(f"GET {second['path']}")).status == 200
    await place.ada.do("chats.delete", chat=chat["id"])
    for link in (first, second, timed):
        gone = await place.stranger.ask(f"GET {link['path']}")
        assert (gone.status, gone.json["code"]) == (never.status, never.json["code"]) == (404, "share_not_found")
    late = await place.ada.post("shares.create", chat=chat["id"], expires=1)
    assert late.status == 404


async def test_opening_links_is_limited_by_address(place: Shelf) -> None:
    """Whoever guesses tokens, or fetches one for ever, waits."""
    answers = [await place.stranger.ask("GET /parlance/share/sh_guess") for _ in range(VIEWS + 1)]
    assert [each.status for each in answers] == [404] * VIEWS + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
