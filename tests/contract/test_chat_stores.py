"""What every store of chats and turns must do, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.stores import Conflict, Database, Statement
from parlance.stores.sql.chat_stores import SqlChatStores
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.turns import SqlTurns
from parlance.stores.sql.words import words_of
from parlance.testing.chats import add_users
from parlance.values.chats import Chat, ChatFilter, Turn, TurnItem
from parlance.values.events import Failure, Usage
from parlance.values.messages import Image, Message, Reasoning, Text, ToolCall, ToolResult

TENANT = "default"
Stores = tuple[SqlChats, SqlTurns]
EVERYTHING = (
    TurnItem("reasoning-1", Reasoning("hm")),
    TurnItem("message-1", Message("assistant", (Text("see "), Image(b"\x00\xff", "image/png")))),
    TurnItem("call-1", ToolCall("c1", "find", '{"a": 1}')),
    TurnItem("result-1", ToolResult("c1", "found"), "partial"),
)


@pytest.fixture
async def stores(database: Database) -> Stores:
    """Two users of the default tenant."""
    await add_users(database, TENANT, "ada", "bob")
    return SqlChats(database, TENANT), SqlTurns(database, TENANT)


def chat(id: str, user: str = "ada", at: int = 1, **more: object) -> Chat:
    return msgspec.structs.replace(Chat(id, TENANT, user, at, at), **more)


def turn(id: str, chat: str, parent: str | None = None, **more: object) -> Turn:
    made = Turn(
        id, chat, "user", "complete", 5, parent, (TurnItem("message-1", Message("user", f"say {id}")),), sent=id
    )
    return msgspec.structs.replace(made, **more)


async def test_a_chat_reads_back_as_it_was_written(database: Database, stores: Stores) -> None:
    chats, _ = stores
    whole = chat(
        "c1", title="Ünïcode 你好", titled_by="user", pinned=True, client_id="mine", kept_by="key", foreign={"a": [1]}
    )
    await database.apply(chats.insert(whole))
    assert await chats.chat("c1") == whole
    assert await chats.chat_of("ada", "mine") == whole
    assert await chats.chat_of("bob", "mine") is None
    assert await chats.chat("c2") is None
    assert await SqlChats(database, "other").chat("c1") is None


async def test_a_turn_reads_back_as_it_was_written(database: Database, stores: Stores) -> None:
    chats, turns = stores
    await database.apply(chats.insert(chat("c1")))
    first = turn("t1", "c1", client_id="m1", files=("f1", "f2"), tokens=7, prefix_hash="ab", foreign={"x": None})
    answer = turn(
        "t2",
        "c1",
        "t1",
        role="assistant",
        state="failed",
        items=EVERYTHING,
        model="mock",
        usage=Usage(3, 4),
        error=Failure("upstream", "It broke.", status=502),
        run="r1",
        rating=-1,
        note="bad",
        ended=9,
    )
    await database.apply((*turns.insert(first, "ada"), *turns.insert(answer, "ada")))
    assert await turns.all("c1") == (first, answer)
    placed = await turns.turn("t2")
    assert placed is not None and placed.turn == answer and placed.chat.id == "c1"
    by_run = await turns.of_run("r1")
    assert by_run is not None and by_run.turn == answer
    assert await turns.these("c1", ["t1", "nobody"]) == {"t1": first}
    assert [bone.id for bone in await turns.bones("c1")] == ["t1", "t2"]
    assert await SqlTurns(database, "other").turn("t2") is None


async def test_a_client_id_is_there_once_in_its_chat(database: Database, stores: Stores) -> None:
    chats, turns = stores
    await database.apply((*chats.insert(chat("c1")), *chats.insert(chat("c2"))))
    await database.apply(turns.insert(turn("t1", "c1", client_id="m"), "ada"))
    with pytest.raises(Conflict):
        await database.apply(turns.insert(turn("t2", "c1", client_id="m"), "ada"))
    await database.apply(turns.insert(turn("t3", "c2", client_id="m"), "ada"))
    with pytest.raises(Conflict):
        await database.apply((*chats.insert(chat("c3", client_id="x")), *chats.insert(chat("c4", client_id="x"))))


async def test_what_was_sent_together_is_found_by_its_client_id(database: Database, stores: Stores) -> None:
    chats, turns = stores
    await database.apply(chats.insert(chat("c1")))
    question = turn("t2", "c1", client_id="m", sent="s")
    answers = [turn("t1", "c1", role="assistant", sent="s"), turn("t3", "c1", "t2", role="assistant", sent="s")]
    for each in (question, *answers, turn("t4", "c1", "t2", role="assistant", sent="other")):
        await database.apply(turns.insert(each, "ada"))
    assert [each.id for each in await turns.sent("c1", "m")] == ["t2", "t1", "t3"]
    assert await turns.sent("c1", "unknown") == ()


async def test_nothing_is_put_under_a_turn_that_is_gone(database: Database, stores: Stores) -> None:
    chats, turns = stores
    await database.apply(chats.insert(chat("c1")))
    with pytest.raises(Conflict):
        await database.apply(turns.insert(turn("t2", "c1", "t1"), "ada"))
    assert await turns.all("c1") == ()


async def test_pages_of_chats_hold_each_once_with_the_pinned_first(database: Database, stores: Stores) -> None:
    chats, _ = stores
    for n in range(9):
        await database.apply(chats.insert(chat(f"c{n}", at=n // 2, pinned=n in (0, 4))))
    await database.apply((*chats.insert(chat("x", "bob", 50)), *chats.insert(chat("y", at=60, archived=True))))
    seen: list[str] = []
    place = None
    while page := await chats.list("ada", ChatFilter(), place, 2):
        seen += [each.id for _, each in page]
        place = page[-1][0]
    assert seen == ["c4", "c0", "c8", "c7", "c6", "c5", "c3", "c2", "c1"]
    assert [c.id for _, c in await chats.list("ada", ChatFilter(archived=True), None, 9)] == ["y"]
    assert [c.id for _, c in await chats.list("ada", ChatFilter(pinned=True), None, 9)] == ["c4", "c0"]


async def test_a_list_takes_a_folder_or_what_is_in_none_or_a_tag(database: Database, stores: Stores) -> None:
    chats, _ = stores
    where = {"tenant": TENANT, "user": "ada"}
    folder = "INSERT INTO folders (tenant, id, user_id, name, name_key, instructions, created, updated, version)"
    tag = "INSERT INTO chat_tags (tenant, chat, tag_key, tag, user_id) VALUES (:tenant, 'c1', 'red', 'Red', :user)"
    await database.apply(
        (
            Statement(f"{folder} VALUES (:tenant, 'f', :user, 'F', 'f', '', 0, 0, 1)", where),
            *chats.insert(chat("c1", folder="f")),
            *chats.insert(chat("c2")),
            Statement(tag, where),
        )
    )
    for which, expected in (
        (ChatFilter(folder="f"), ["c1"]),
        (ChatFilter(folder=""), ["c2"]),
        (ChatFilter(tag="red"), ["c1"]),
        (ChatFilter(tag="blue"), []),
    ):
        assert [c.id for _, c in await chats.list("ada", which, None, 9)] == expected


async def test_looking_after_a_chat_keeps_its_time_and_saying_something_does_not(
    database: Database, stores: Stores
) -> None:
    chats, _ = stores
    one = chat("c1", at=10)
    await database.apply((*chats.insert(one), *chats.insert(chat("c2", at=20))))
    await database.apply(chats.change(one, {"pinned": True, "title": "T", "titled_by": "user"}, 99))
    changed = await chats.chat("c1")
    assert changed is not None
    assert (changed.updated, changed.pinned, changed.title, changed.version) == (10, True, "T", 2)
    assert [c.id for _, c in await chats.list("ada", ChatFilter(), None, 9)] == ["c1", "c2"]
    await database.apply(chats.change(changed, {"pinned": False}, 99))
    assert [c.id for _, c in await chats.list("ada", ChatFilter(), None, 9)] == ["c2", "c1"]
    await database.apply((chats.touch("c1", "t9", 30),))
    touched = await chats.chat("c1")
    assert touched is not None and (touched.updated, touched.head) == (30, "t9")
    assert [c.id for _, c in await chats.list("ada", ChatFilter(), None, 9)] == ["c1", "c2"]


async def test_a_change_for_a_version_that_is_gone_is_a_conflict(database: Database, stores: Stores) -> None:
    chats, _ = stores
    one = chat("c1")
    await database.apply(chats.insert(one))
    await database.apply(chats.change(one, {"archived": True}, 2, version=1))
    with pytest.raises(Conflict):
        await database.apply(chats.change(one, {"archived": False}, 2, version=1))
    with pytest.raises(Conflict):
        await database.apply(chats.change(chat("nobody"), {"archived": True}, 2))


async def test_a_model_names_a_chat_unless_its_user_has(database: Database, stores: Stores) -> None:
    chats, _ = stores
    mine, text = chat("c1", title="Mine", titled_by="user"), chat("c2", title="From the text", titled_by="text")
    await database.apply((*chats.insert(mine), *chats.insert(text)))
    for each in (mine, text, chat("gone")):
        await database.apply(chats.name(each, "By a model", 5))
    assert [c.title for id in ("c1", "c2") if (c := await chats.chat(id))] == ["Mine", "By a model"]
    assert await texts(database) == {("c1", ""): ["qzmine"], ("c2", ""): ["qzby", "qza", "qzmodel"]}


async def texts(database: Database) -> dict[tuple[object, object], object]:
    rows = await database.read("SELECT chat, turn, words FROM turn_texts", {})
    return {(row[0], row[1]): str(row[2]).split()[2:] for row in rows}


async def test_a_running_turn_grows_ends_and_is_found_then(database: Database, stores: Stores) -> None:
    chats, turns = stores
    await database.apply((*chats.insert(chat("c1")), *turns.insert(turn("t1", "c1"), "ada")))
    running = turn("t2", "c1", "t1", role="assistant", state="running", items=(), run="r1")
    await database.apply(turns.insert(running, "ada", "p1"))
    assert [(each.turn, each.process) for each in await turns.running()] == [("t2", "p1")]
    grown = msgspec.structs.replace(running, items=(TurnItem("message-1", Message("assistant", "Hel"), "partial"),))
    await database.apply((turns.checkpoint(grown, "p1"),))
    await database.apply((turns.checkpoint(running, "another"),))
    assert (await turns.these("c1", ["t2"]))["t2"] == grown
    done = msgspec.structs.replace(
        grown, state="complete", items=(TurnItem("message-1", Message("assistant", "Hello 世界人")),), ended=8, tokens=4
    )
    await database.apply(turns.finish(done, "ada", "p1"))
    await database.apply((*turns.finish(grown, "ada", "p1"), turns.checkpoint(grown, "p1")))
    assert (await turns.these("c1", ["t2"]))["t2"] == done
    assert await turns.running() == []
    assert (await texts(database))[("c1", "t2")] == words_of("hello 世界人").split()


async def test_an_unfinished_turn_is_restarted_once(database: Database, stores: Stores) -> None:
    chats, turns = stores
    stopped = turn("t1", "c1", role="assistant", state="stopped", error=Failure("busy", "x"), ended=3)
    await database.apply((*chats.insert(chat("c1")), *turns.insert(stopped, "ada")))
    await database.apply((turns.restart(stopped, "r2", "p1"),))
    with pytest.raises(Conflict):
        await database.apply((turns.restart(stopped, "r3", "p1"),))
    again = (await turns.these("c1", ["t1"]))["t1"]
    assert (again.state, again.run, again.error, again.ended, again.items) == (
        "running",
        "r2",
        None,
        None,
        stopped.items,
    )


async def test_deleting_turns_takes_their_texts_and_moves_the_head(database: Database, stores: Stores) -> None:
    chats, turns = stores
    one = chat("c1", head="t2")
    await database.apply((*chats.insert(one), *turns.insert(turn("t1", "c1"), "ada")))
    await database.apply(turns.insert(turn("t2", "c1", "t1"), "ada"))
    await database.apply(turns.delete(one, ["t2"], "t1"))
    with pytest.raises(Conflict):
        await database.apply(turns.delete(one, ["t1"], None))
    left = await chats.chat("c1")
    assert left is not None and left.head == "t1"
    assert [each.id for each in await turns.all("c1")] == ["t1"]
    assert set(await texts(database)) == {("c1", "t1")}


async def test_deleting_a_chat_or_all_of_a_user_leaves_nothing_of_it(database: Database, stores: Stores) -> None:
    chats, turns = stores
    for id, user in (("c1", "ada"), ("c2", "ada"), ("c3", "bob")):
        await database.apply((*chats.insert(chat(id, user, title="T")), *turns.insert(turn(f"t-{id}", id), user)))
    await database.apply(chats.delete("c1"))
    assert await chats.chat("c1") is None and await turns.all("c1") == ()
    await database.apply(chats.delete("c1"))
    await database.apply(chats.delete_all("ada"))
    assert await chats.chat("c2") is None
    assert await chats.chat("c3") is not None
    assert set(await texts(database)) == {("c3", ""), ("c3", "t-c3")}


async def test_the_longest_known_prefix_finds_its_turn_for_the_same_user_and_key_only(
    database: Database, stores: Stores
) -> None:
    chats, turns = stores
    for id, user, key in (("c1", "ada", "k"), ("c2", "ada", "k"), ("c3", "bob", "k"), ("c4", "ada", "j")):
        await database.apply(chats.insert(chat(id, user, kept_by=key)))
        await database.apply(turns.insert(turn(f"t{id}", id, prefix_hash="p"), user))
    await database.apply(turns.insert(turn("longer", "c1", prefix_hash="q"), "ada"))
    for prefixes, expected in ((["p"], "tc2"), (["p", "q", "r"], "longer"), (["q", "p"], "tc2")):
        found = await turns.continuing("ada", "k", prefixes)
        assert found is not None and found.turn.id == expected
    assert await turns.continuing("ada", "k", ["r"]) is None
    assert await turns.continuing("ada", "k", []) is None


async def test_processes_are_there_until_they_are_forgotten(database: Database) -> None:
    stores = SqlChatStores(database)
    await database.apply((stores.arrived("p1", 10), stores.arrived("p2", 20)))
    assert await stores.living(15) == {"p2"}
    await database.apply((stores.seen("p1", 30), stores.gone(25, "p3")))
    assert await stores.living(0) == {"p1"}
    with pytest.raises(Conflict):
        await database.apply((stores.seen("p2", 30),))
    assert "default" in await stores.tenants()


async def test_a_rating_stays_with_its_turn(database: Database, stores: Stores) -> None:
    chats, turns = stores
    one = turn("t1", "c1")
    await database.apply((*chats.insert(chat("c1")), *turns.insert(one, "ada")))
    await database.apply((turns.rate(one, 1, "good"),))
    rated = (await turns.these("c1", ["t1"]))["t1"]
    assert (rated.rating, rated.note) == (1, "good")


async def test_old_chats_come_oldest_first(database: Database, stores: Stores) -> None:
    chats, _ = stores
    for n in (3, 1, 2):
        await database.apply(chats.insert(chat(f"c{n}", at=n)))
    assert [each.id for each in await chats.older(3, 9)] == ["c1", "c2"]


async def test_chats_are_counted_and_come_by_their_beginning(database: Database, stores: Stores) -> None:
    """Those of one user that were not put away, the newest first, from any place on."""
    chats, _ = stores
    for n, more in enumerate(({}, {"updated": 99}, {"archived": True}, {"user": "bob"}, {}), 1):
        await database.apply(chats.insert(chat(f"c{n}", at=n, **more)))  # type: ignore[arg-type]
    assert await chats.count("ada") == 3
    assert [each.id for each in await chats.newest("ada", 0, 9)] == ["c5", "c2", "c1"]
    assert [each.id for each in await chats.newest("ada", 1, 1)] == ["c2"]


async def test_what_hangs_under_a_turn_can_hang_elsewhere(database: Database, stores: Stores) -> None:
    """Under another turn, or under none."""
    chats, turns = stores
    await database.apply((*chats.insert(chat("c1")), *turns.insert(turn("t1", "c1"), "ada")))
    await database.apply(turns.insert(turn("t2", "c1", "t1"), "ada"))
    await database.apply(turns.insert(turn("t3", "c1", "t2"), "ada"))
    await database.apply((turns.hang("c1", "t2", "t1"),))
    assert {bone.id: bone.parent for bone in await turns.bones("c1")} == {"t1": None, "t2": "t1", "t3": "t1"}
    await database.apply((turns.hang("c1", "t1", None), turns.hang("c9", "t1", None)))
    assert {bone.parent for bone in await turns.bones("c1")} == {None}
