"""Chats on their way out: what is in which file, and what goes or changes while it is made."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from parlance.core.library import export as module
from parlance.core.library.export import Taking, export_chats
from parlance.core.library.folder_operations import TagChat
from parlance.core.library.folders import tag_chat
from parlance.core.library.transfer_operations import Export, ExportChats
from parlance.values.errors import Fault
from tests.unit.core.library.shelves import ADA, BOB, GUEST, NOW, Shelf, turn


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def exported(shelf: Shelf, subject: Any = None, format: Any = "json", who: Any = ADA) -> tuple[Export, bytes]:
    op = ExportChats(None if subject is None else subject.id, format)
    made: Export = await shelf.do(export_chats, op, who, subject)
    return made, await whole(made.pieces)


async def test_nothing_is_a_file_without_chats(shelf: Shelf) -> None:
    """One that can be brought in again, and a zip that opens."""
    made, data = await exported(shelf)
    assert (made.name, made.media_type) == ("chats.json", "application/json")
    assert json.loads(data) == {"format": "parlance.chats", "version": 1, "folders": [], "chats": []}
    made, data = await exported(shelf, format="markdown")
    assert (made.name, made.media_type) == ("chats.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [] and archive.testzip() is None


async def test_one_chat_takes_along_its_own_folder_and_no_other(shelf: Shelf) -> None:
    await shelf.folder("top", "Top", instructions="Brief.")
    await shelf.folder("low", "Low", "top")
    await shelf.folder("other", "Other", instructions="Secret.")
    chat = await shelf.chat("c1", turn("t1", "c1", "Hello"), folder="low", title="A/B")
    await shelf.do(tag_chat, TagChat("c1", add=("Tea",)), subject=chat)
    made, data = await exported(shelf, chat)
    assert made.name == "2023-11-14 A B c1.json"
    file = json.loads(data)
    assert file["folders"] == [{"path": ["Top", "Low"]}] and b"Secret" not in data
    assert [(each["id"], each["folder"], each["tags"]) for each in file["chats"]] == [("c1", ["Top", "Low"], ["Tea"])]
    made, data = await exported(shelf, chat, "markdown")
    assert (made.name, made.media_type) == ("2023-11-14 A B c1.md", "text/markdown; charset=utf-8")
    assert b'folder: "Top/Low"' in data and b"Hello" in data


async def test_what_goes_while_the_file_is_made_is_left_out_and_what_changes_is_as_it_is_then(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also over more than one page of the list."""
    monkeypatch.setattr(module, "PAGE", 2)
    chats = shelf.room.chats.chats("default")
    for n in range(5):
        await shelf.chat(f"c{n}", turn(f"t{n}", f"c{n}", f"Say {n}"), updated=NOW + n, archived=n == 3, title=str(n))
    names: list[str] = []
    async for chat in Taking(shelf.room, ADA).every(None):
        if not names:
            await shelf.database.apply(chats.delete("c2"))
            await shelf.database.apply(chats.change(chat, {"title": "late"}, NOW))
            changed = await chats.chat("c4")
            assert changed is not None
            await shelf.database.apply(chats.change(changed, {"title": "New"}, NOW))
        names.append(chat.title)
    assert names == ["0", "1", "3", "New"], "oldest change first"


async def test_a_chat_that_is_anothers_by_then_is_left_out(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an id leads to when its turn comes, only one's own leaves."""
    chat = await shelf.chat("c1", turn("t1", "c1", "Hello"))
    taking = Taking(shelf.room, ADA)
    chats = shelf.room.chats.chats("default")

    class Moved:
        list = chats.list

        async def chat(self, id: str) -> Any:
            return msgspec.structs.replace(chat, user="bob")

    monkeypatch.setattr(taking, "_chats", Moved())
    assert [each async for each in taking.every(None)] == []


async def test_nobody_elses_chats_leave(shelf: Shelf) -> None:
    await shelf.chat("c1", turn("t1", "c1", "Mine"))
    await shelf.folder("top", "Top", instructions="Mine.")
    assert b"Mine" not in (await exported(shelf, who=BOB))[1]
    with pytest.raises(Fault) as refused:
        await exported(shelf, who=GUEST)
    assert refused.value.code == "guests_keep_nothing"


async def test_a_zip_has_what_no_zip_can_say(shelf: Shelf) -> None:
    """Times before 1980, and halves of characters that some database gave back."""
    await shelf.chat("c1", turn("t1", "c1", "Old"), created=0, updated=0)
    _, data = await exported(shelf, format="markdown")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        [entry] = archive.infolist()
        assert entry.date_time == (1980, 1, 1, 0, 0, 0) and entry.filename.startswith("1970-01-01 Untitled")
        assert b"Old" in archive.read(entry)
