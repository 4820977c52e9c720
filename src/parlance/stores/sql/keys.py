"""The API keys of one tenant in SQL. Of a key only its SHA-256 is kept, in `credentials`, where it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert, update
from parlance.values.accounts import ApiKey

_NAMES = (
    *("id", "tenant", "user_id", "name", "prefix", "created", "scopes", "models", "expires", "last_used"),
    *("share_answers", "keep_chats", "requests_per_minute", "tokens_per_minute"),
)
COLUMNS = ", ".join(f"api_keys.{name}" for name in _NAMES)


def key_of(row: Row) -> ApiKey:
    """The key of a row of `COLUMNS`."""
    id, tenant, user, name, prefix, created, scopes, models, expires, used, share, keep, asks, tokens = cast(Any, row)
    return ApiKey(
        id=id,
        tenant=tenant,
        user=user,
        name=name,
        prefix=prefix,
        created=created,
        scopes=tuple(msgspec.json.decode(scopes)),
        models=tuple(msgspec.json.decode(models)),
        expires=expires,
        last_used=used,
        share_answers=None if share is None else bool(share),
        keep_chats=bool(keep),
        requests_per_minute=asks,
        tokens_per_minute=tokens,
    )


class SqlKeys:
    """`Keys` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def key(self, id: str) -> ApiKey | None:
        """A key by id."""
        found = await self._read("AND id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def list(self, user: str | None, after: str | None, limit: int) -> Sequence[ApiKey]:
        """Keys of a user, or of everybody, newest first."""
        where = "" if user is None else "AND user_id = :of_user"
        parameters: dict[str, Value] = {"limit": limit} if user is None else {"limit": limit, "of_user": user}
        if after is not None:
            where += " AND id < :after_id"
            parameters["after_id"] = after
        return await self._read(f"{where} ORDER BY id DESC LIMIT :limit", parameters, limit)

    async def _read(self, where: str, parameters: Mapping[str, Value], most: int) -> Sequence[ApiKey]:
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM api_keys WHERE tenant = :tenant {where}",
            {"tenant": self._tenant, **parameters},
            most=most,
        )
        return [key_of(row) for row in rows]

    def insert(self, key: ApiKey, digest: str) -> ChangeSet:
        """A new key, found by its SHA-256."""
        row: dict[str, Value] = {
            "tenant": self._tenant,
            "id": key.id,
            "user_id": key.user,
            "name": key.name,
            "prefix": key.prefix,
            "scopes": msgspec.json.encode(key.scopes).decode(),
            "models": msgspec.json.encode(key.models).decode(),
            "share_answers": None if key.share_answers is None else int(key.share_answers),
            "keep_chats": int(key.keep_chats),
            "requests_per_minute": key.requests_per_minute,
            "tokens_per_minute": key.tokens_per_minute,
            "created": key.created,
            "expires": key.expires,
        }
        return insert("api_keys", row), credential(self._tenant, key.user, "key", key.id, key.expires, digest)

    def revoke(self, id: str) -> ChangeSet:
        """The key is no key any more."""
        where = {"tenant": self._tenant, "id": id}
        found = Statement("DELETE FROM credentials WHERE tenant = :tenant AND thing = :id", where, None)
        return found, Statement("DELETE FROM api_keys WHERE tenant = :tenant AND id = :id", where)

    def used(self, id: str, at: int) -> Statement:
        """When it was last used; one that is revoked meanwhile was not."""
        return update("api_keys", self._tenant, id, {"last_used": at}, rows=None)


def credential(tenant: str, user: str, kind: str, thing: str, expires: int | None, digest: str) -> Statement:
    """What a token is found by."""
    return insert(
        "credentials",
        {"digest": digest, "tenant": tenant, "user_id": user, "kind": kind, "thing": thing, "expires": expires},
    )
