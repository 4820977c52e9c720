"""Turns in SQL: a row each, a tree by `parent`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.chats import Running
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.chats import COLUMNS as CHAT_COLUMNS
from parlance.stores.sql.chats import HERE, chat_of, stored, text_rows
from parlance.stores.sql.chats import NAMES as CHAT_NAMES
from parlance.stores.sql.contents import CODEC, packed, unpacked
from parlance.stores.sql.rows import listed
from parlance.stores.sql.trees import parents_first
from parlance.values.chats import Bone, Chat, PlacedTurn, Turn
from parlance.values.events import Failure, Usage
from parlance.values.messages import Message, text_of

MOST = 1_000_000
"""Turns that a chat may well have: no bound, only the word that there may be many."""
MOST_MARKS = 500
"""Ids in one statement: more are as soon read with the whole chat."""
_NAMES = (
    "id",
    "chat",
    "parent",
    "role",
    "state",
    "model",
    "content_codec",
    "content",
    "files",
    "spent",
    "failure",
    "run",
    "rating",
    "note",
    "client_id",
    "sent",
    "tokens",
    "prefix_hash",
    "created",
    "ended",
    "foreign_fields",
)
_COLUMNS = ", ".join(f"turns.{name}" for name in _NAMES)
_BONES = "id, parent, role, state, created, tokens, prefix_hash, run, model"
_usage = msgspec.json.Decoder(Usage)
_failure = msgspec.json.Decoder(Failure)
_files = msgspec.json.Decoder(tuple[str, ...])


def turn_of(row: Row) -> Turn:
    """The turn of a row of the columns above."""
    at = dict(zip(_NAMES, cast(Any, row), strict=True))
    return Turn(
        id=at["id"],
        chat=at["chat"],
        role=at["role"],
        state=at["state"],
        created=at["created"],
        parent=at["parent"],
        **unpacked(at["content_codec"], at["content"]).fields,
        model=at["model"],
        files=_files.decode(at["files"]) if at["files"] else (),
        usage=_usage.decode(at["spent"]) if at["spent"] else None,
        error=_failure.decode(at["failure"]) if at["failure"] else None,
        run=at["run"],
        rating=at["rating"],
        note=at["note"],
        client_id=at["client_id"],
        sent=at["sent"],
        tokens=at["tokens"],
        prefix_hash=at["prefix_hash"],
        ended=at["ended"],
        foreign=msgspec.json.decode(at["foreign_fields"]) if at["foreign_fields"] else None,
    )


def _values(turn: Turn) -> dict[str, Value]:
    """A turn as its row has it."""
    plain = ("id", "chat", "parent", "role", "state", "model", "run", "rating", "note", "client_id", "sent", "tokens")
    return {
        **{name: getattr(turn, name) for name in (*plain, "prefix_hash", "created", "ended")},
        **_changing(turn),
        "files": stored(turn.files) if turn.files else None,
        "foreign_fields": stored(turn.foreign),
    }


def _changing(turn: Turn) -> dict[str, Value]:
    """What an answer's row gets while it grows and when it ends."""
    return {
        "state": turn.state,
        "content_codec": CODEC,
        "content_key": None,
        "content": packed(turn),
        "spent": stored(turn.usage),
        "failure": stored(turn.error),
        "tokens": turn.tokens,
        "prefix_hash": turn.prefix_hash,
        "ended": turn.ended,
    }


def text(turn: Turn) -> str:
    """What search looks in: what people and models said, not what they thought or called."""
    return "\n".join(text_of(each.item.content) for each in turn.items if isinstance(each.item, Message))


class SqlTurns:
    """`Turns` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def all(self, chat: str) -> tuple[Turn, ...]:
        """All turns of a chat, in the order of their ids, which grow with time."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM turns WHERE tenant = :tenant AND chat = :chat ORDER BY id",
            {"tenant": self._tenant, "chat": chat},
            most=MOST,
        )
        return tuple(parents_first([turn_of(row) for row in rows]))

    async def bones(self, chat: str) -> tuple[Bone, ...]:
        """The same without what they say."""
        rows = await self._database.read(
            f"SELECT {_BONES} FROM turns WHERE tenant = :tenant AND chat = :chat ORDER BY id",
            {"tenant": self._tenant, "chat": chat},
            most=MOST,
        )
        return tuple(parents_first([Bone(*cast(Any, row)) for row in rows]))

    async def these(self, chat: str, ids: Sequence[str]) -> dict[str, Turn]:
        """Some turns of a chat by their ids."""
        if not ids:
            return {}
        if len(ids) > MOST_MARKS:
            wanted = set(ids)
            return {turn.id: turn for turn in await self.all(chat) if turn.id in wanted}
        marks = {f"id{n}": id for n, id in enumerate(ids)}
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM turns WHERE tenant = :tenant AND chat = :chat"
            f" AND id IN ({', '.join(f':{mark}' for mark in marks)})",
            {"tenant": self._tenant, "chat": chat, **marks},
            most=len(ids),
        )
        return {turn.id: turn for turn in map(turn_of, rows)}

    async def turn(self, id: str) -> PlacedTurn | None:
        """A turn by its id, with its chat."""
        return await self._placed("turns.id = :id", {"id": id})

    async def of_run(self, run: str) -> PlacedTurn | None:
        """The turn that a run answered (last)."""
        return await self._placed("turns.run = :run", {"run": run})

    async def continuing(self, user: str, kept_by: str, prefixes: Sequence[str]) -> PlacedTurn | None:
        """The newest turn up to which the longest of these prefixes was said."""
        if not prefixes:
            return None
        marks = {f"prefix{n}": prefix for n, prefix in enumerate(prefixes)}
        rows = await self._database.read(
            "SELECT turns.id, turns.prefix_hash FROM turns"
            " JOIN chats ON chats.tenant = turns.tenant AND chats.id = turns.chat"
            f" WHERE turns.tenant = :tenant AND chats.user_id = :user AND chats.kept_by = :kept_by AND {HERE}"
            f" AND turns.prefix_hash IN ({', '.join(f':{mark}' for mark in marks)})",
            {"tenant": self._tenant, "user": user, "kept_by": kept_by, **marks},
        )
        order = {prefix: n for n, prefix in enumerate(prefixes)}
        longest = max(((order[cast(str, prefix)], cast(str, id)) for id, prefix in rows), default=None)
        return None if longest is None else await self.turn(longest[1])

    async def _placed(self, where: str, parameters: dict[str, Value]) -> PlacedTurn | None:
        rows = await self._database.read(
            f"SELECT {CHAT_COLUMNS}, {_COLUMNS} FROM turns"
            " JOIN chats ON chats.tenant = turns.tenant AND chats.id = turns.chat"
            f" WHERE turns.tenant = :tenant AND {where} AND {HERE} ORDER BY turns.id DESC LIMIT 1",
            {"tenant": self._tenant, **parameters},
            most=1,
        )
        if not rows:
            return None
        split = len(CHAT_NAMES)
        return PlacedTurn(chat_of(rows[0][:split]), turn_of(rows[0][split:]))

    async def sent(self, chat: str, client_id: str) -> tuple[Turn, ...]:
        """What one operation made, by the id that its client gave it."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM turns WHERE tenant = :tenant AND chat = :chat AND sent IN"
            " (SELECT sent FROM turns WHERE tenant = :tenant AND chat = :chat AND client_id = :client)"
            " ORDER BY id",
            {"tenant": self._tenant, "chat": chat, "client": client_id},
        )
        return tuple(sorted(map(turn_of, rows), key=lambda turn: turn.client_id != client_id))

    async def running(self) -> Sequence[Running]:
        """Turns that are marked as running."""
        rows = await self._database.read(
            "SELECT id, process FROM turns WHERE tenant = :tenant AND process IS NOT NULL LIMIT 200",
            {"tenant": self._tenant},
        )
        return [Running(*cast(Any, row)) for row in rows]

    # -- changing ---------------------------------------------------------------------------------------------------

    def insert(self, turn: Turn, user: str, process: str | None = None) -> ChangeSet:
        """A new turn. That its parent is there is looked up by the statement itself: it may be deleted meanwhile."""
        values = {"tenant": self._tenant, **_values(turn), "process": process}
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO turns ({names}) VALUES ({marks})"
        if turn.parent is not None:
            sql = f"INSERT INTO turns ({names}) SELECT {marks} FROM turns{_ABOVE}"
        made = Statement(sql, values)
        if turn.state == "running":
            return (made,)
        return made, *text_rows(self._tenant, turn.chat, turn.id, user, text(turn), turn.created)

    def restart(self, turn: Turn, run: str, process: str) -> Statement:
        """An unfinished answer goes on with another run."""
        return Statement(
            "UPDATE turns SET state = 'running', run = :run, process = :process, failure = NULL, ended = NULL"
            " WHERE tenant = :tenant AND chat = :chat AND id = :id AND state = :state",
            {"run": run, "process": process, **self._key(turn), "state": turn.state},
        )

    def checkpoint(self, turn: Turn, process: str) -> Statement:
        """What a running turn says so far."""
        return Statement(
            f"UPDATE turns SET content = :content, content_codec = :codec, tokens = :tokens WHERE {_MINE}",
            {"content": packed(turn), "codec": CODEC, "tokens": turn.tokens, **self._key(turn), "mine": process},
            None,
        )

    def finish(self, turn: Turn, user: str, process: str) -> ChangeSet:
        """How a running turn ended. Its text comes first, while it can be seen that the turn is still ours."""
        values, where = _changing(turn), {**self._key(turn), "mine": process}
        ended = f"UPDATE turns SET {', '.join(f'{name} = :{name}' for name in values)}, process = NULL WHERE {_MINE}"
        guard = (f" AND EXISTS (SELECT 1 FROM turns WHERE {_MINE})", {"id": turn.id, "mine": process})
        texts = text_rows(self._tenant, turn.chat, turn.id, user, text(turn), turn.created, guard)
        return *texts, Statement(ended, {**values, **where}, None)

    def delete(self, chat: Chat, ids: Iterable[str], head: str | None) -> ChangeSet:
        """Turns of a chat, and the branch that is shown then."""
        held = Statement(
            "UPDATE chats SET head_turn = :head, version = version + 1"
            " WHERE tenant = :tenant AND id = :chat AND version = :seen",
            {"head": head, "tenant": self._tenant, "chat": chat.id, "seen": chat.version},
        )
        changes, gone = [held], list(ids)
        for at in range(0, len(gone), MOST_MARKS):  # one by one, each costs the index of words a flush
            marks, values = listed("id", gone[at : at + MOST_MARKS])
            values |= {"tenant": self._tenant, "chat": chat.id}
            for table, name in (("turn_texts", "turn"), ("turns", "id")):
                where = f"tenant = :tenant AND chat = :chat AND {name} IN {marks}"
                changes.append(Statement(f"DELETE FROM {table} WHERE {where}", values, None))
        return tuple(changes)

    def hang(self, chat: str, below: str, onto: str | None) -> Statement:
        """What hangs under one turn hangs elsewhere."""
        return Statement(
            "UPDATE turns SET parent = :onto WHERE tenant = :tenant AND chat = :chat AND parent = :below",
            {"tenant": self._tenant, "chat": chat, "below": below, "onto": onto},
            None,
        )

    def rate(self, turn: Turn, rating: int, note: str | None) -> Statement:
        """What the user thinks of an answer."""
        return Statement(
            "UPDATE turns SET rating = :rating, note = :note WHERE tenant = :tenant AND chat = :chat AND id = :id",
            {"rating": rating, "note": note, **self._key(turn)},
        )

    def _key(self, turn: Turn) -> dict[str, Value]:
        return {"tenant": self._tenant, "chat": turn.chat, "id": turn.id}


_ABOVE = " WHERE tenant = :tenant AND chat = :chat AND id = :parent"
_MINE = (
    "turns.tenant = :tenant AND turns.chat = :chat AND turns.id = :id"
    " AND turns.state = 'running' AND turns.process = :mine"
)
