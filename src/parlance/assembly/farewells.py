"""What goes with somebody whose account is deleted: chats, files and ledgers, in the change set that deletes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from parlance.core.accounts.room import Farewell, Leaving
from parlance.core.chat.room import ChatRoom
from parlance.core.files.cabinet import Cabinet
from parlance.ports.ledger import Ledgers
from parlance.ports.stores import Database
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.ledger import SqlLedgers
from parlance.values.files import File

PAGE = 200


def farewells(database: Database, chats: ChatRoom, files: Cabinet) -> list[Farewell]:
    """Every area's, in the order in which rows refer to each other."""
    return [partial(_ledgers, partial(SqlLedgers, database)), partial(_chats, database, chats), partial(_files, files)]


async def _ledgers(of: Callable[[str], Ledgers], tenant: str, user: str) -> Leaving:
    return Leaving((of(tenant).forget_user(user),))


async def _chats(database: Database, room: ChatRoom, tenant: str, user: str) -> Leaving:
    def dropped() -> None:
        room.saver.drop(room.saver.of_user(tenant, user))

    return Leaving(SqlChats(database, tenant).delete_all(user), (dropped,))


async def _files(cabinet: Cabinet, tenant: str, user: str) -> Leaving:
    store = cabinet.files(tenant)
    found: list[File] = []
    before = None
    while page := await store.page(user, before, PAGE):
        found += page
        before = page[-1].id
    discards = tuple(partial(cabinet.keeper.discard, file.blob) for file in found)
    return Leaving(store.delete_all(user, found), discards)
