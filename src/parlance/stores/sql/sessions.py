"""The sessions of one tenant in SQL. What is over keeps its row until it would have expired, but not its credential."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.keys import credential
from parlance.stores.sql.rows import insert, update
from parlance.values.accounts import Session

_COLUMNS = "id, tenant, user_id, kind, created, expires, last_seen, agent, address, via"
_WIDE = 255
"""Characters of what a client says of itself that are kept."""


def _session_of(row: Row) -> Session:
    id, tenant, user, kind, created, expires, seen, agent, address, via = cast(Any, row)
    return Session(id, tenant, user, kind, created, expires, seen, agent, address, via)


class SqlSessions:
    """`Sessions` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def session(self, id: str) -> Session | None:
        """A session that goes on."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM sessions WHERE tenant = :tenant AND id = :id AND ended IS NULL",
            {"tenant": self._tenant, "id": id},
            most=1,
        )
        return _session_of(rows[0]) if rows else None

    async def list(self, user: str, now: int, after: str | None, limit: int) -> Sequence[Session]:
        """A user's sessions that go on, newest first."""
        parameters: dict[str, Value] = {"tenant": self._tenant, "of_user": user, "now": now, "limit": limit}
        further = ""
        if after is not None:
            further = " AND id < :after_id"
            parameters["after_id"] = after
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM sessions WHERE tenant = :tenant AND user_id = :of_user AND ended IS NULL"
            f" AND expires > :now{further} ORDER BY id DESC LIMIT :limit",
            parameters,
            most=limit,
        )
        return [_session_of(row) for row in rows]

    async def knows(self, user: str, address: str) -> bool:
        """Whether the user has signed in from this address lately."""
        rows = await self._database.read(
            "SELECT 1 FROM sessions WHERE tenant = :tenant AND user_id = :of_user AND address = :address LIMIT 1",
            {"tenant": self._tenant, "of_user": user, "address": address},
            most=1,
        )
        return bool(rows)

    def insert(self, session: Session, digest: str) -> ChangeSet:
        """A new session, found by its token's SHA-256."""
        row: dict[str, Value] = {
            "tenant": self._tenant,
            "id": session.id,
            "user_id": session.user,
            "kind": session.kind,
            "via": session.via,
            "created": session.created,
            "expires": session.expires,
            "last_seen": session.last_seen,
            "agent": session.agent[:_WIDE],
            "address": session.address[:_WIDE],
        }
        found = credential(self._tenant, session.user, "session", session.id, session.expires, digest)
        return insert("sessions", row), found

    def end(self, id: str, at: int) -> ChangeSet:
        """It is over."""
        where = {"tenant": self._tenant, "id": id}
        lost = Statement("DELETE FROM credentials WHERE tenant = :tenant AND thing = :id", where, None)
        return lost, update("sessions", self._tenant, id, {"ended": at}, ("AND ended IS NULL", {}), rows=None)

    def end_all(self, user: str, at: int, but: str | None = None) -> ChangeSet:
        """All sessions of a user are over, but perhaps one."""
        where: dict[str, Value] = {"tenant": self._tenant, "of_user": user, "kept": but or ""}
        return (
            Statement(
                "DELETE FROM credentials"
                " WHERE tenant = :tenant AND user_id = :of_user AND kind = 'session' AND thing <> :kept",
                where,
                None,
            ),
            Statement(
                "UPDATE sessions SET ended = :ended"
                " WHERE tenant = :tenant AND user_id = :of_user AND ended IS NULL AND id <> :kept",
                {**where, "ended": at},
                None,
            ),
        )

    def seen(self, id: str, at: int) -> Statement:
        """When it was last used; one that has been dropped meanwhile was not."""
        return update("sessions", self._tenant, id, {"last_seen": at}, rows=None)

    def forget(self, before: int) -> ChangeSet:
        """Drop what expired before a time."""
        where: dict[str, Value] = {"tenant": self._tenant, "before": before}
        return (
            Statement("DELETE FROM credentials WHERE tenant = :tenant AND expires < :before", where, None),
            Statement("DELETE FROM sessions WHERE tenant = :tenant AND expires < :before", where, None),
        )
