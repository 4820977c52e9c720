"""Chats in SQL. How turns lie beside them is in `turns.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.chats import Place
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert, listed
from parlance.stores.sql.words import indexed
from parlance.values import json_door
from parlance.values.chats import Chat, ChatFilter

PIN = 1 << 61
"""What is added to a pinned chat's `sort_at`: later than any time."""
NAMES = (
    "id",
    "tenant",
    "user_id",
    "folder",
    "title",
    "titled_by",
    "pinned",
    "archived",
    "head_turn",
    "client_id",
    "kept_by",
    "created",
    "updated",
    "version",
    "foreign_fields",
)
COLUMNS = ", ".join(f"chats.{name}" for name in NAMES)
HERE = "chats.arriving IS NULL"
"""Said by whatever reads chats: of one that is on its way in nobody knows."""
_FIELDS = {"head": "head_turn", "foreign": "foreign_fields"}
"""Columns that are not called as their fields are."""


def chat_of(row: Row) -> Chat:
    """The chat of a row of `COLUMNS`."""
    at: dict[str, Any] = dict(zip(NAMES, row, strict=True))
    more = at["foreign_fields"]
    return Chat(
        id=at["id"],
        tenant=at["tenant"],
        user=at["user_id"],
        created=at["created"],
        updated=at["updated"],
        title=at["title"],
        titled_by=at["titled_by"],
        folder=at["folder"],
        pinned=bool(at["pinned"]),
        archived=bool(at["archived"]),
        head=at["head_turn"],
        client_id=at["client_id"],
        kept_by=at["kept_by"],
        version=at["version"],
        foreign=None if more is None else msgspec.json.decode(more),
    )


def stored(value: Any) -> Value:
    """A value as a column has it: truths as 0 and 1, structures as JSON."""
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int):
        return value
    return json_door.encode(value).decode()


def row_of(chat: Chat) -> dict[str, Value]:
    """A chat as its row has it."""
    values = {_FIELDS.get(name, name): stored(value) for name, value in msgspec.structs.asdict(chat).items()}
    values["user_id"] = values.pop("user")
    values["sort_at"] = chat.updated + PIN * chat.pinned
    return values


def text_rows(
    tenant: str, chat: str, turn: str, user: str, text: str, now: int, guard: tuple[str, Mapping[str, Value]] = ("", {})
) -> ChangeSet:
    """Statements that make a turn's text (of the title: with an empty `turn`) what search finds, where the chat is.

    `guard` is one more condition, with its parameters.
    """
    where = {"tenant": tenant, "chat": chat, "turn": turn, **guard[1]}
    gone = Statement(
        f"DELETE FROM turn_texts WHERE tenant = :tenant AND chat = :chat AND turn = :turn{guard[0]}", where, None
    )
    words = indexed(tenant, user, chat, text)
    if not words:
        return (gone,)
    there = Statement(
        "INSERT INTO turn_texts (tenant, chat, turn, user_id, words, created)"
        " SELECT tenant, id, :turn, user_id, :words, :now FROM chats"
        f" WHERE tenant = :tenant AND id = :chat AND user_id = :user{guard[0]}",
        {**where, "words": words, "now": now, "user": user},
        None,
    )
    return gone, there


class SqlChats:
    """`Chats` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def chat(self, id: str) -> Chat | None:
        """A chat by its id."""
        return await self._one("id = :id", {"id": id})

    async def chat_of(self, user: str, client_id: str) -> Chat | None:
        """A user's chat by the id that its client made."""
        return await self._one("user_id = :user AND client_id = :client", {"user": user, "client": client_id})

    async def _one(self, where: str, parameters: dict[str, Value]) -> Chat | None:
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM chats WHERE tenant = :tenant AND {where} AND {HERE}",
            {"tenant": self._tenant, **parameters},
            most=1,
        )
        return chat_of(rows[0]) if rows else None

    async def list(self, user: str, which: ChatFilter, after: Place | None, limit: int) -> Sequence[tuple[Place, Chat]]:
        """A user's chats with their places, in one range of one index."""
        where, parameters = _condition(which, after)
        rows = await self._database.read(
            f"SELECT sort_at, {COLUMNS} FROM chats WHERE tenant = :tenant AND user_id = :user AND {HERE} {where}"
            " ORDER BY sort_at DESC, id DESC LIMIT :limit",
            {"tenant": self._tenant, "user": user, "limit": limit, **parameters},
            most=limit,
        )
        return [((cast(int, row[0]), cast(str, row[1])), chat_of(row[1:])) for row in rows]

    async def newest(self, user: str, skip: int, limit: int) -> Sequence[Chat]:
        """A user's chats by when they began, the newest first."""
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM chats WHERE {_SHOWN} AND {HERE}"
            " ORDER BY created DESC, id DESC LIMIT :limit OFFSET :skip",
            {"tenant": self._tenant, "user": user, "limit": limit, "skip": skip},
        )
        return [chat_of(row) for row in rows]

    async def count(self, user: str) -> int:
        """How many those are."""
        rows = await self._database.read(
            f"SELECT COUNT(*) FROM chats WHERE {_SHOWN} AND {HERE}", {"tenant": self._tenant, "user": user}
        )
        return cast(int, rows[0][0])

    async def older(self, than: int, limit: int) -> Sequence[Chat]:
        """Chats that have not changed since a time, oldest first."""
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM chats WHERE tenant = :tenant AND updated < :than AND {HERE}"
            " ORDER BY updated LIMIT :limit",
            {"tenant": self._tenant, "than": than, "limit": limit},
            most=limit,
        )
        return [chat_of(row) for row in rows]

    # -- changing ---------------------------------------------------------------------------------------------------

    def insert(self, chat: Chat) -> ChangeSet:
        """A new chat."""
        return insert("chats", row_of(chat)), *text_rows(self._tenant, chat.id, "", chat.user, chat.title, chat.created)

    def change(self, chat: Chat, fields: Mapping[str, Any], now: int, version: int | None = None) -> ChangeSet:
        """New values of some fields. What was only looked after (pinned, filed) keeps its time."""
        values = {_FIELDS.get(name, name): stored(value) for name, value in fields.items()}
        sets = [f"{name} = :{name}" for name in values] + ["version = version + 1"]
        if "pinned" in fields:
            sets.append("sort_at = updated + :pin")
            values["pin"] = PIN * bool(fields["pinned"])
        guard = ""
        if version is not None:
            guard, values["seen"] = " AND version = :seen", version
        changed = Statement(
            f"UPDATE chats SET {', '.join(sets)} WHERE tenant = :tenant AND id = :id{guard}",
            {**values, "tenant": self._tenant, "id": chat.id},
        )
        if "title" not in fields:
            return (changed,)
        return changed, *text_rows(self._tenant, chat.id, "", chat.user, fields["title"], now)

    def touch(self, chat: str, head: str, now: int) -> Statement:
        """Something was said."""
        return Statement(
            "UPDATE chats SET head_turn = :head, updated = :now, sort_at = :now + pinned * :pin, version = version + 1"
            " WHERE tenant = :tenant AND id = :chat",
            {"head": head, "now": now, "pin": PIN, "tenant": self._tenant, "chat": chat},
        )

    def name(self, chat: Chat, title: str, now: int) -> ChangeSet:
        """A title by a model, unless the user has given one."""
        named = Statement(
            "UPDATE chats SET title = :title, titled_by = 'model', version = version + 1"
            " WHERE tenant = :tenant AND id = :chat AND titled_by <> 'user'",
            {"tenant": self._tenant, "chat": chat.id, "title": title},
            None,
        )
        guard: tuple[str, dict[str, Value]] = (_NOT_BY_USER, {})
        return named, *text_rows(self._tenant, chat.id, "", chat.user, title, now, guard)

    def delete(self, chat: str) -> ChangeSet:
        """A chat with all that hangs on it. The row of the chat comes first: it makes others wait."""
        where = {"tenant": self._tenant, "chat": chat}
        held = Statement("UPDATE chats SET version = version + 1 WHERE tenant = :tenant AND id = :chat", where, None)
        parts = [
            Statement(f"DELETE FROM {table} WHERE tenant = :tenant AND chat = :chat", where, None) for table in PARTS
        ]
        return held, *parts, Statement("DELETE FROM chats WHERE tenant = :tenant AND id = :chat", where, None)

    def delete_all(self, user: str) -> ChangeSet:
        """Every chat, folder, tag and share of a user."""
        where = {"tenant": self._tenant, "user": user}
        mine = "tenant = :tenant AND user_id = :user"
        held = Statement(f"UPDATE chats SET version = version + 1 WHERE {mine}", where, None)
        chats = f"chat IN (SELECT id FROM chats WHERE {mine})"
        parts = [Statement(f"DELETE FROM {table} WHERE tenant = :tenant AND {chats}", where, None) for table in PARTS]
        folders = f"folder IN (SELECT id FROM folders WHERE {mine})"
        rest = (
            f"DELETE FROM chats WHERE {mine}",
            f"DELETE FROM folder_files WHERE tenant = :tenant AND {folders}",
            f"DELETE FROM folders WHERE {mine}",
        )
        return held, *parts, *(Statement(sql, where, None) for sql in rest)


_SHOWN = "tenant = :tenant AND user_id = :user AND archived = 0"
_NOT_BY_USER = (
    " AND EXISTS (SELECT 1 FROM chats WHERE chats.tenant = :tenant AND chats.id = :chat AND chats.titled_by <> 'user')"
)
PARTS = ("turn_texts", "chat_tags", "shares", "ledgers", "turns")
"""Tables whose rows belong to a chat."""


def _condition(which: ChatFilter, after: Place | None) -> tuple[str, dict[str, Value]]:
    """What a list asks of its chats, as SQL and its parameters."""
    where, parameters = cast(list[str], []), cast(dict[str, Value], {})
    if which.archived is not None:
        where.append("AND archived = :archived")
        parameters["archived"] = int(which.archived)
    if which.folders is not None:
        marks, more = listed("within", which.folders)
        where.append(f"AND folder IN {marks}")
        parameters.update(more)
    if which.folder == "":
        where.append("AND folder IS NULL")
    elif which.folder is not None:
        where.append("AND folder = :folder")
        parameters["folder"] = which.folder
    if which.pinned is not None:
        where.append("AND pinned = :pinned")
        parameters["pinned"] = int(which.pinned)
    if which.tag is not None:
        where.append(
            "AND EXISTS (SELECT 1 FROM chat_tags WHERE chat_tags.tenant = :tenant AND chat_tags.chat = chats.id"
            " AND tag_key = :tag)"
        )
        parameters["tag"] = which.tag
    if after is not None:
        # The first half says again what follows from the second: it is what makes it a range of the index.
        where.append("AND sort_at <= :place AND (sort_at < :place OR id < :last)")
        parameters["place"], parameters["last"] = after
    return " ".join(where), parameters
