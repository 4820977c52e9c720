"""Tags of chats in SQL: a row for each tag of each chat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from parlance.ports.library import Tagged
from parlance.ports.stores import ChangeSet, Database, Statement, Value
from parlance.stores.sql.rows import insert, listed
from parlance.values.chats import Chat
from parlance.values.texts import folded

MOST = 10_000
"""Different tags of one user, and tags of a page of chats."""


class SqlTags:
    """`Tags` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def all(self, user: str) -> Sequence[Tagged]:
        """A user's tags, by name."""
        rows = await self._database.read(
            "SELECT MAX(tag), COUNT(*) FROM chat_tags WHERE tenant = :tenant AND user_id = :user"
            " GROUP BY tag_key ORDER BY tag_key LIMIT :most",
            {"tenant": self._tenant, "user": user, "most": MOST},
            most=MOST,
        )
        return [Tagged(cast(str, tag), cast(int, count)) for tag, count in rows]

    async def of(self, chats: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The tags of chats, by the chats' ids."""
        if not chats:
            return {}
        marks, parameters = listed("chat", chats)
        rows = await self._database.read(
            f"SELECT chat, tag FROM chat_tags WHERE tenant = :tenant AND chat IN {marks} ORDER BY chat, tag_key",
            {"tenant": self._tenant, **parameters},
            most=MOST,
        )
        found: dict[str, tuple[str, ...]] = {}
        for chat, tag in cast(Sequence[Any], rows):
            found[chat] = (*found.get(chat, ()), tag)
        return found

    def set(self, chat: Chat, tags: Iterable[str]) -> ChangeSet:
        """A chat has these tags and no others. The row of the chat comes first: it makes others wait."""
        where: dict[str, Value] = {"tenant": self._tenant, "chat": chat.id}
        by_name = {folded(tag): tag for tag in tags}
        rows = ({**where, "tag_key": name, "tag": tag, "user_id": chat.user} for name, tag in sorted(by_name.items()))
        return (
            Statement("UPDATE chats SET version = version + 1 WHERE tenant = :tenant AND id = :chat", where),
            Statement("DELETE FROM chat_tags WHERE tenant = :tenant AND chat = :chat", where, None),
            *(insert("chat_tags", row) for row in rows),
        )
