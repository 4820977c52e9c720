"""Links in SQL: what each shows, and the digest of its token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.library import Opened
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.contents import CODEC
from parlance.stores.sql.rows import insert
from parlance.values.chats import Share

_COLUMNS = "id, tenant, user_id, chat, title, created, expires"


def _share(row: Row) -> Share:
    return Share(*cast(Any, row))


class SqlShares:
    """`Shares` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def share(self, id: str) -> Share | None:
        """A link by its id."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM shares WHERE tenant = :tenant AND id = :id",
            {"tenant": self._tenant, "id": id},
            most=1,
        )
        return _share(rows[0]) if rows else None

    async def all(self, user: str, chat: str | None, before: str | None, limit: int) -> Sequence[Share]:
        """A user's links, newest first."""
        where, parameters = "", cast(dict[str, Value], {})
        for name, condition, value in (("chat", "chat = :chat", chat), ("before", "id < :before", before)):
            if value is not None:
                where += f" AND {condition}"
                parameters[name] = value
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM shares WHERE tenant = :tenant AND user_id = :user{where}"
            " ORDER BY id DESC LIMIT :limit",
            {"tenant": self._tenant, "user": user, "limit": limit, **parameters},
            most=limit,
        )
        return [_share(row) for row in rows]

    def insert(self, share: Share, digest: str, content: bytes) -> ChangeSet:
        """A new link to what is in `content`."""
        row: dict[str, Value] = {
            "tenant": self._tenant,
            "id": share.id,
            "user_id": share.user,
            "chat": share.chat,
            "digest": digest,
            "title": share.title,
            "content_codec": CODEC,
            "content_key": None,
            "content": content,
            "created": share.created,
            "expires": share.expires,
        }
        return (insert("shares", row),)

    def delete(self, share: Share) -> ChangeSet:
        """A link goes."""
        where = {"tenant": self._tenant, "id": share.id}
        return (Statement("DELETE FROM shares WHERE tenant = :tenant AND id = :id", where, None),)


async def opened(database: Database, digest: str) -> Opened | None:
    """What the link with a token of this digest shows, whose ever it is, unless they or their tenant are shut out."""
    rows = await database.read(
        f"SELECT {_COLUMNS}, content FROM shares WHERE digest = :digest"
        " AND NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = shares.tenant AND tenants.disabled = 1)"
        " AND NOT EXISTS (SELECT 1 FROM users WHERE users.tenant = shares.tenant AND users.id = shares.user_id"
        " AND users.disabled = 1)",
        {"digest": digest},
        most=1,
    )
    return Opened(_share(rows[0][:-1]), cast(bytes, rows[0][-1])) if rows else None
