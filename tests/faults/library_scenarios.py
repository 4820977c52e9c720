"""Folders, tags, links, search, transfer, files, budgets and what is looked after by itself."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from parlance.core.budgets.operations import DeleteBudget, ListBudgets, ListUsage, ReadBudgets, ReadUsage, SetBudget
from parlance.core.chat.chat_operations import ClearChats
from parlance.core.chat.retention import Retention
from parlance.core.chat.turn_operations import Sent
from parlance.core.files.operations import DeleteFile, FileView, ListFiles, ReadContent, ReadFileUsage, UploadFile
from parlance.core.library.folder_operations import (
    CreateFolder,
    DeleteFolder,
    ListFolders,
    ListTags,
    MoveFolder,
    TagChat,
    UpdateFolder,
)
from parlance.core.library.landing import TOKENS_TOGETHER
from parlance.core.library.search_operations import SearchChats
from parlance.core.library.share_operations import CreateShare, ListShares, OpenShare, RevokeShare
from parlance.core.library.transfer_operations import ExportChats, ImportChats, Imported
from parlance.ports.observing import NullLog
from parlance.ports.stores import Conflict
from parlance.values.ledger import Spent
from tests.faults.chat_scenarios import nothing, one_chat, sent
from tests.faults.runner import Scenario
from tests.faults.stage import ADA, ADMIN, Stage

TEXT = b"Tea is grown in Assam.\n" * 40


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    """A body in three pieces."""
    third = len(data) // 3
    for piece in (data[:third], data[third : 2 * third], data[2 * third :]):
        yield piece


async def uploaded(stage: Stage, *, announced: bool = True) -> FileView:
    """A file of text."""
    return await stage.do(UploadFile("tea.txt", pieces(TEXT), len(TEXT) if announced else None))


async def a_file(stage: Stage) -> Any:
    """A file, in a folder."""
    file = await uploaded(stage)
    return SimpleNamespace(file=file, folder=await stage.do(CreateFolder("Tea", files=(file.id,))))


async def folders(stage: Stage) -> Any:
    """A folder in a folder, with a chat in it."""
    upper = await stage.do(CreateFolder("Work"))
    lower = await stage.do(CreateFolder("Tea", parent=upper.id, instructions="Be brief."))
    return SimpleNamespace(upper=upper, lower=lower, sent=await sent(stage, folder=lower.id))


async def tagged(stage: Stage) -> Any:
    """A chat with a tag and a link."""
    given = await one_chat(stage)
    await stage.do(TagChat(given.sent.chat, add=("tea",)))
    given.share = await stage.do(CreateShare(given.sent.chat))
    return given


async def exported(stage: Stage) -> Any:
    """A file with two chats and a folder, which are gone here."""
    await folders(stage)
    await sent(stage, text="And coffee?")
    data = await _whole(stage, "json")
    await stage.do(ClearChats())
    return SimpleNamespace(data=data)


async def _whole(stage: Stage, format: Any) -> bytes:
    export = await stage.do(ExportChats(format=format))
    return b"".join([piece async for piece in export.pieces])


def export(format: str) -> Any:
    """Everything as a file."""

    async def act(stage: Stage, given: Any) -> None:
        assert len(await _whole(stage, format)) > 100

    return act


async def bring(stage: Stage, given: Any) -> Imported:
    done = await stage.do(ImportChats(given.data))
    assert not done.refused and done.imported + done.skipped == 2
    return done


async def a_long_chat(stage: Stage) -> Any:
    """A file with a chat that comes in three pieces, because of what its turns say, into a folder and with a tag."""
    words = "tea " * (TOKENS_TOGETHER + 1000)
    said = [{"type": "message", "role": "user", "content": f"{n} {words}"} for n in range(3)]
    turns = [
        {"id": f"t{n}", "parent": f"t{n - 1}" if n else None, "role": "user", "items": [{"id": "m", "item": each}]}
        for n, each in enumerate(said)
    ]
    chat = {"id": "long", "client_id": "long", "title": "Long", "folder": ["Far"], "tags": ["tea"], "turns": turns}
    return SimpleNamespace(data=json.dumps({"format": "parlance.chats", "version": 1, "chats": [chat]}).encode())


async def bring_long(stage: Stage, given: Any) -> Imported:
    done = await stage.do(ImportChats(given.data))
    assert not done.refused and done.imported + done.skipped == 1
    return done


async def limited(stage: Stage) -> Any:
    """A budget of everybody's, and one of the tenant."""
    mine = await stage.do(SetBudget("user", "tokens", "month", 100_000, name="*"), ADMIN)
    await stage.do(SetBudget("tenant", "money", "day", 50_000_000, currency="EUR"), ADMIN)
    return SimpleNamespace(budget=mine)


async def ask_within(stage: Stage, given: Any) -> Sent:
    return await sent(stage, client_id="within")


async def set_budget(stage: Stage, given: Any) -> Any:
    return await stage.do(SetBudget("user", "requests", "day", 5, name="ada"), ADMIN)


async def used(stage: Stage) -> Any:
    """Something was used under a budget."""
    given = await limited(stage)
    await sent(stage)
    return given


async def retain(stage: Stage, given: Any) -> None:
    """What is too old is deleted."""
    stage.hand.move(10 * 86_400)
    for _ in range(2):
        with contextlib.suppress(Conflict):  # its own loop goes on, too
            await Retention(stage.chats.room, stage.database, 5, NullLog(), stage.observer.defect).round()


async def write_usage(stage: Stage, given: Any) -> None:
    """What was used is written while it goes on."""
    await sent(stage, client_id="used")
    await stage.books._writer._rounds.tried(stage.books._writer.flush)


async def count_usage(stage: Stage, given: Any) -> None:
    """What was used is written once, however often that is tried."""
    if not stage.books._writer._tally.holds and not stage.begun:
        stage.begun = True
        principal, model = ADA, await stage.road.models.find(ADA, "model")
        stage.books.purse.settle(principal, Spent(1, 10, 5, 20, "EUR"), (), model[1])
    await stage.books._writer._write_usage()


async def tidy(stage: Stage, given: Any) -> None:
    await stage.files.room.keeper.tidy()
    await stage.files.room.keeper.sweep()


def by_ada(make: Any) -> Any:
    """One operation of hers."""

    async def act(stage: Stage, given: Any) -> Any:
        return await stage.do(make(given))

    return act


def by_admin(make: Any) -> Any:
    """One operation of the admin's."""

    async def act(stage: Stage, given: Any) -> Any:
        return await stage.do(make(given), ADMIN)

    return act


async def read_range(stage: Stage, given: Any) -> None:
    content = await stage.do(ReadContent(given.file.id))
    assert b"".join([piece async for piece in content.read(10, 100)]) == TEXT[10:100]


async def open_link(stage: Stage, given: Any) -> None:
    assert (await stage.arrive(OpenShare(given.share.token))).turns


async def found(stage: Stage, given: Any) -> None:
    assert len((await stage.do(SearchChats("tea tag:tea"))).hits) >= 1


SCENARIOS = (
    Scenario("a folder is made", nothing, by_ada(lambda g: CreateFolder("Work")), once=False),
    Scenario("a folder is changed", folders, by_ada(lambda g: UpdateFolder(g.lower.id, instructions="Be long."))),
    Scenario("a folder gets a file", a_file, by_ada(lambda g: UpdateFolder(g.folder.id, files=()))),
    Scenario("a folder is moved", folders, by_ada(lambda g: MoveFolder(g.lower.id))),
    Scenario("a folder is deleted", folders, by_ada(lambda g: DeleteFolder(g.lower.id))),
    Scenario("folders are listed", folders, by_ada(lambda g: ListFolders())),
    Scenario("a chat gets tags", one_chat, by_ada(lambda g: TagChat(g.sent.chat, add=("tea", "green")))),
    Scenario("a chat loses a tag", tagged, by_ada(lambda g: TagChat(g.sent.chat, remove=("tea",)))),
    Scenario("tags are listed", tagged, by_ada(lambda g: ListTags())),
    Scenario("a link is made", one_chat, by_ada(lambda g: CreateShare(g.sent.chat)), once=False),
    Scenario("a link is opened", tagged, open_link),
    Scenario("a link is revoked", tagged, by_ada(lambda g: RevokeShare(g.share.share.id))),
    Scenario("links are listed", tagged, by_ada(lambda g: ListShares())),
    Scenario("words are searched", tagged, found),
    Scenario("chats are exported", folders, export("json")),
    Scenario("chats are exported as Markdown", folders, export("markdown")),
    Scenario("chats are imported", exported, bring, atomic=False),
    Scenario("a long chat is imported", a_long_chat, bring_long),
    Scenario("a file is uploaded", nothing, lambda s, g: uploaded(s), once=False),
    Scenario("a file of unknown length is uploaded", nothing, lambda s, g: uploaded(s, announced=False), once=False),
    Scenario("a range of a file is read", a_file, read_range),
    Scenario("a file is deleted", a_file, by_ada(lambda g: DeleteFile(g.file.id))),
    Scenario("files are listed", a_file, by_ada(lambda g: ListFiles())),
    Scenario("the room of files is told", a_file, by_admin(lambda g: ReadFileUsage())),
    Scenario("files are looked after", a_file, tidy),
    Scenario("a budget is set", nothing, set_budget),
    Scenario("a budget is changed", limited, by_admin(lambda g: SetBudget("user", "tokens", "month", 9, name="*"))),
    Scenario("a budget is removed", limited, by_admin(lambda g: DeleteBudget(g.budget.id))),
    Scenario("budgets are listed", used, by_admin(lambda g: ListBudgets())),
    Scenario("one's budgets are told", used, by_ada(lambda g: ReadBudgets())),
    Scenario("a model is asked within budgets", limited, ask_within, asks=True),
    Scenario("usage is written", limited, write_usage, asks=True),
    Scenario("usage is counted once", used, count_usage),
    Scenario("one's usage is told", used, by_ada(lambda g: ReadUsage())),
    Scenario("everybody's usage is told", used, by_admin(lambda g: ListUsage())),
    Scenario("old chats are deleted", one_chat, retain),
)
