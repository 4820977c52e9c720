"""What the store of the chatbot app must do, on every database."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from parlance.ports.stores import Conflict, Database
from parlance.stores.sql.chatbot import SqlChatbot
from parlance.stores.sql.directory import SqlDirectory
from parlance.values.accounts import DEFAULT_TENANT, Tenant
from parlance.values.chatbot import ChatbotUser, KeptSet, Room, SetEntry

ADA = ChatbotUser("Ada_1", "$2b$12$hash", 7, "Premium", b"\x00\xff" * 8)


async def test_people_are_known_by_name_in_their_tenant(database: Database) -> None:
    """To the letter; a name is taken once in a tenant, and read back as it was written."""
    await database.apply((SqlDirectory(database).insert_tenant(Tenant("other", "Other", 10001, 5, 5)),))
    mine, theirs = SqlChatbot(database, DEFAULT_TENANT), SqlChatbot(database, "other")
    await database.apply(mine.insert_user(ADA))
    assert await mine.user("Ada_1") == ADA and ADA.premium
    assert await mine.user("ada_1") is None and await theirs.user("Ada_1") is None
    with pytest.raises(Conflict):
        await database.apply(mine.insert_user(ADA))
    bob = ChatbotUser("bob", "h", 8)
    await database.apply((*theirs.insert_user(ADA), *mine.insert_user(bob)))
    assert await mine.users("", 10) == [ADA, bob]
    assert await mine.users("Ada_1", 10) == [bob] and await mine.users("", 1) == [ADA]
    assert await theirs.users("", 10) == [ADA] and not bob.premium


async def test_a_salt_is_made_once(database: Database) -> None:
    """A second one would make another key, and what the first had sealed would be lost."""
    store = SqlChatbot(database, DEFAULT_TENANT)
    bob = ChatbotUser("bob", "h", 8)
    await database.apply(store.insert_user(bob))
    await database.apply(store.salt(bob, b"first"))
    with pytest.raises(Conflict):
        await database.apply(store.salt(bob, b"second"))
    found = await store.user("bob")
    assert found is not None and found.salt == b"first"


async def test_a_set_is_read_as_it_was_written_and_changed_from_its_version_only(database: Database) -> None:
    """Bytes are kept to the byte; who read an older version changes nothing."""
    store = SqlChatbot(database, DEFAULT_TENANT)
    await database.apply(store.insert_user(ADA))
    kept = KeptSet("My set-1", 9, True, b"gAAAAA\xff", None, b"")
    await database.apply(store.insert_set("Ada_1", kept))
    found = await store.set("Ada_1", "My set-1")
    assert found == msgspec.structs.replace(kept, version=1)
    assert await store.set("Ada_1", "my set-1") is None and await store.set("bob", "My set-1") is None
    with pytest.raises(Conflict):
        await database.apply(store.insert_set("Ada_1", kept))
    with pytest.raises(Conflict):
        await database.apply(store.insert_set("nobody", kept))
    await database.apply(store.replace_set("Ada_1", msgspec.structs.replace(found, memory=None, prompt=b"p")))
    with pytest.raises(Conflict):
        await database.apply(store.replace_set("Ada_1", found))
    again = await store.set("Ada_1", "My set-1")
    assert again is not None and (again.memory, again.prompt, again.history, again.version) == (None, b"p", b"", 2)
    assert await store.sets("Ada_1") == [SetEntry("My set-1", 9, True)] and await store.sets("bob") == []
    await database.apply(store.delete_set("Ada_1", "My set-1"))
    with pytest.raises(Conflict):
        await database.apply(store.delete_set("Ada_1", "My set-1"))


async def test_of_writers_at_the_same_time_one_wins(database: Database) -> None:
    """The others hear of it, and nothing of theirs is in the row."""
    store = SqlChatbot(database, DEFAULT_TENANT)
    await database.apply(store.insert_user(ADA))
    await database.apply(store.insert_set("Ada_1", KeptSet("s", 1, True)))
    found = await store.set("Ada_1", "s")
    assert found is not None

    async def write(text: bytes) -> bytes | None:
        try:
            await database.apply(store.replace_set("Ada_1", msgspec.structs.replace(found, memory=text)))
        except Conflict:
            return None
        return text

    written = [each for each in await asyncio.gather(*(write(b"%d" % at) for at in range(8))) if each is not None]
    last = await store.set("Ada_1", "s")
    assert last is not None and written == [last.memory] and last.version == 2


async def test_the_room_that_somebody_takes_is_counted(database: Database) -> None:
    """In sets, and in bytes of whatever lies in them."""
    store = SqlChatbot(database, DEFAULT_TENANT)
    await database.apply(store.insert_user(ADA))
    await database.apply(store.insert_user(ChatbotUser("bob", "h", 8)))
    assert await store.room("Ada_1") == Room(0, 0)
    await database.apply(store.insert_set("Ada_1", KeptSet("a", 1, True, b"\xff" * 10, None, "ä".encode())))
    await database.apply(store.insert_set("Ada_1", KeptSet("b", 1, True)))
    assert await store.room("Ada_1") == Room(2, 12) and await store.room("bob") == Room(0, 0)
