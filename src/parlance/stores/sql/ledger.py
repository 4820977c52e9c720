"""Ledgers in SQL: one row a run; its content is JSON with a version, named by its codec so that another may encrypt."""

from __future__ import annotations

from typing import cast

import msgspec

from parlance.ports.stores import Database, Statement, Value
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Kept, Ledger

CODEC = "json"
VERSION = 1


class _Content(msgspec.Struct, frozen=True):
    v: int
    ledger: Ledger


_decoder = msgspec.json.Decoder(_Content)


class SqlLedgers:
    """`Ledgers` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def find(self, run: str) -> Kept | None:
        """The ledger of a run."""
        sql = "SELECT user_id, scope, chat, content_codec, content FROM ledgers WHERE tenant = :tenant AND run = :run"
        found = await self._database.read(sql, {"tenant": self._tenant, "run": run}, most=1)
        if not found:
            return None
        user, scope, chat, codec, content = found[0]
        if codec != CODEC:
            raise Fault(
                Kind.internal, "This ledger was written by a newer version of the server.", code="unknown_codec"
            )
        ledger = _decoder.decode(cast(bytes, content)).ledger
        return Kept(self._tenant, str(user), str(scope), ledger, cast("str | None", chat))

    def keep(self, kept: Kept) -> Statement:
        """A new ledger, where its chat still is."""
        sql = (
            "INSERT INTO ledgers (tenant, run, user_id, scope, chat, content_codec, content_key, content, created)"
            " SELECT tenant, :run, user_id, :scope, id, :codec, NULL, :content, :created FROM chats"
            " WHERE tenant = :tenant AND id = :chat AND user_id = :user"
        )
        content = json_door.encode(_Content(VERSION, kept.ledger))
        ledger: dict[str, Value] = {"run": kept.ledger.run, "created": kept.ledger.created, "content": content}
        whose: dict[str, Value] = {"user": kept.user, "scope": kept.scope, "chat": kept.chat}
        return self._statement(sql, {**ledger, **whose, "codec": CODEC}, None)

    def forget_user(self, user: str) -> Statement:
        """All ledgers of a user."""
        return self._statement("DELETE FROM ledgers WHERE tenant = :tenant AND user_id = :user", {"user": user}, None)

    def _statement(self, sql: str, parameters: dict[str, Value], rows: int | None) -> Statement:
        return Statement(sql, {"tenant": self._tenant, **parameters}, rows)
