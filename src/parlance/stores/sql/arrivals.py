"""Chats on their way in, in SQL: rows among the others, with the process that brings them in a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from parlance.ports.arrivals import Arriving
from parlance.ports.stores import ChangeSet, Database, Statement, Value
from parlance.stores.sql.chats import row_of, text_rows
from parlance.stores.sql.rows import insert, update
from parlance.values.chats import Chat


class SqlArrivals:
    """`Arrivals` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def all(self) -> Sequence[Arriving]:
        """Chats that are on their way in."""
        rows = await self._database.read(
            "SELECT id, arriving FROM chats WHERE tenant = :tenant AND arriving IS NOT NULL LIMIT 200",
            {"tenant": self._tenant},
        )
        return [Arriving(*cast(Any, row)) for row in rows]

    def expect(self, chat: Chat, process: str) -> ChangeSet:
        """This process brings a chat: without what could stand in another's way."""
        bare = msgspec.structs.replace(chat, title="", folder=None, client_id=None, head=None)
        return (insert("chats", {**row_of(bare), "arriving": process}),)

    def admit(self, chat: Chat, process: str) -> ChangeSet:
        """The chat is here."""
        values = {name: value for name, value in row_of(chat).items() if name not in ("tenant", "id")}
        guard = (" AND arriving = :process", {"process": process})
        there = update("chats", self._tenant, chat.id, {**values, "arriving": None}, guard)
        return there, *text_rows(self._tenant, chat.id, "", chat.user, chat.title, chat.created)

    def take(self, left: Arriving, process: str) -> Statement:
        """It is this process's from now on. The version makes the row another one where the process is the same."""
        return Statement(
            "UPDATE chats SET arriving = :process, version = version + 1"
            " WHERE tenant = :tenant AND id = :id AND arriving = :was",
            {"process": process, "tenant": self._tenant, "id": left.chat, "was": left.process},
        )

    def clear(self, chat: str, up_to: str) -> ChangeSet:
        """Its turns with ids up to this one go."""
        where: dict[str, Value] = {"tenant": self._tenant, "chat": chat, "last": up_to}
        texts = "DELETE FROM turn_texts WHERE tenant = :tenant AND chat = :chat AND turn <> '' AND turn <= :last"
        turns = "DELETE FROM turns WHERE tenant = :tenant AND chat = :chat AND id <= :last"
        return Statement(texts, where, None), Statement(turns, where, None)
