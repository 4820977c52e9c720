"""What goes with somebody whose account is deleted: chats, files and ledgers, in the change set that deletes them; and
what somebody takes along who exports the account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

from parlance.core.accounts.departure import listed
from parlance.core.accounts.room import AccountRoom, Belonging, Farewell, Leaving
from parlance.core.chat.room import ChatRoom
from parlance.core.files.cabinet import Cabinet
from parlance.core.knowledge.bases import base_view, leaving_base
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.library.export import Taking
from parlance.core.library.room import LibraryRoom
from parlance.ports.ledger import Ledgers
from parlance.ports.stores import Database
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.identities import SqlIdentities
from parlance.stores.sql.ledger import SqlLedgers
from parlance.values import json_door
from parlance.values.accounts import Principal
from parlance.values.files import File

PAGE = 200


def departures(
    room: AccountRoom,
    database: Database,
    chats: ChatRoom,
    files: Cabinet,
    library: LibraryRoom,
    knowledge: KnowledgeRoom,
) -> None:
    """Tell the accounts what there is beside them."""
    room.farewells.extend(farewells(database, chats, files, knowledge))
    room.belongings.update(belongings(database, library, files, knowledge))


def farewells(database: Database, chats: ChatRoom, files: Cabinet, knowledge: KnowledgeRoom) -> list[Farewell]:
    """Every area's, in the order in which rows refer to each other."""
    return [
        partial(_ledgers, partial(SqlLedgers, database)),
        partial(_chats, database, chats),
        partial(_files, files),
        partial(_bases, knowledge),
    ]


def belongings(
    database: Database, library: LibraryRoom, files: Cabinet, knowledge: KnowledgeRoom
) -> dict[str, Belonging]:
    """What each area keeps of somebody, by the name in the file."""

    async def identities(who: Principal) -> AsyncIterator[bytes]:
        yield json_door.encode(tuple(await SqlIdentities(database, who.tenant).of(who.user)))

    def kept(who: Principal) -> AsyncIterator[bytes]:
        return listed(lambda before: files.files(who.tenant).page(who.user, before, PAGE))

    async def bases(who: Principal) -> AsyncIterator[bytes]:
        own = await knowledge.stores.bases(who.tenant).own(who.user)
        yield json_door.encode(tuple(base_view(knowledge, who, base) for base in own))

    def chats(who: Principal) -> AsyncIterator[bytes]:
        return Taking(library, who).json(None)

    return {"identities": identities, "files": kept, "bases": bases, "chats": chats}


async def _ledgers(of: Callable[[str], Ledgers], tenant: str, user: str) -> Leaving:
    return Leaving((of(tenant).forget_user(user),))


async def _chats(database: Database, room: ChatRoom, tenant: str, user: str) -> Leaving:
    def dropped() -> None:
        room.saver.drop(room.saver.of_user(tenant, user))

    return Leaving(SqlChats(database, tenant).delete_all(user), (dropped,))


async def _bases(room: KnowledgeRoom, tenant: str, user: str) -> Leaving:
    """Those that are theirs alone; what they made for the whole tenant stays with it."""
    own = await room.stores.bases(tenant).own(user)
    changes = tuple(each for base in own for each in leaving_base(room, base))
    return Leaving(changes, (room.wake,) if own else ())


async def _files(cabinet: Cabinet, tenant: str, user: str) -> Leaving:
    store = cabinet.files(tenant)
    found: list[File] = []
    before = None
    while page := await store.page(user, before, PAGE):
        found += page
        before = page[-1].id
    discards = tuple(partial(cabinet.keeper.discard, file.blob) for file in found)
    return Leaving(store.delete_all(user, found), discards)
