"""What belongs to the server and not to one tenant, in SQL: whom names and tokens stand for, tenants, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.directory import ACCESS, AccessState, NamePlace, OneTime
from parlance.ports.secrets import Sealed
from parlance.ports.stores import Database, Row, Statement, Value
from parlance.stores.sql import keys, people
from parlance.stores.sql.rows import further, insert, listed
from parlance.values.accounts import Credentials, Known, Tenant
from parlance.values.texts import folded

_KNOWN = (
    f"SELECT credentials.kind, credentials.thing, credentials.expires, {people.COLUMNS}, {keys.COLUMNS}"
    " FROM credentials"
    " JOIN tenants ON tenants.id = credentials.tenant AND tenants.disabled = 0"
    " JOIN users ON users.tenant = credentials.tenant AND users.id = credentials.user_id AND users.disabled = 0"
    " LEFT JOIN api_keys ON api_keys.tenant = credentials.tenant AND api_keys.id = credentials.thing"
)
_OWN = 3
"""Columns before the user's."""
_TENANT = "SELECT id, name, number, created, updated, disabled FROM tenants"
_INHABITED = "SELECT tenant FROM users WHERE owned_by = 'database' LIMIT 1"
_KEYED = "SELECT tenant FROM api_keys LIMIT 1"


def _known_of(row: Row) -> Known:
    kind, thing, expires = cast(Any, row[:_OWN])
    user, rest = people.user_of(row[_OWN : _OWN + people.WIDTH]), row[_OWN + people.WIDTH :]
    if kind == "key":
        return Known(user, expires, key=keys.key_of(rest))
    return Known(user, expires, session=thing)


def _tenant_of(row: Row) -> Tenant:
    id, name, number, created, updated, disabled = cast(Any, row)
    return Tenant(id, name, number, created, updated, bool(disabled))


class SqlDirectory:
    """`Directory` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- who is meant -------------------------------------------------------------------------------------------------

    async def by_handle(self, handle: str) -> Credentials | None:
        """Who signs in with this (folded) name or address."""
        rows = await self._database.read(
            f"{people.CREDENTIALS} FROM handles"
            " JOIN users ON users.tenant = handles.tenant AND users.id = handles.user_id"
            " JOIN tenants ON tenants.id = handles.tenant WHERE handles.handle = :handle",
            {"handle": handle},
            most=1,
        )
        return people.credentials_of(rows[0]) if rows else None

    async def by_digest(self, digest: str) -> Known | None:
        """For whom a token with this SHA-256 stands."""
        rows = await self._database.read(f"{_KNOWN} WHERE credentials.digest = :digest", {"digest": digest}, most=1)
        return _known_of(rows[0]) if rows else None

    async def by_things(self, tenant: str, things: Sequence[str]) -> Mapping[str, Known]:
        """For whom sessions and keys stand, a hundred with each statement."""
        found: dict[str, Known] = {}
        for start in range(0, len(things), 100):
            places, parameters = listed("thing", things[start : start + 100])
            rows = await self._database.read(
                f"{_KNOWN} WHERE credentials.tenant = :tenant AND credentials.thing IN {places}",
                {"tenant": tenant, **parameters},
                most=100,
            )
            found |= {cast(str, row[1]): _known_of(row) for row in rows}
        return found

    # -- versions and facts -------------------------------------------------------------------------------------------

    async def version(self, name: str) -> int:
        """The number of a version."""
        rows = await self._database.read("SELECT number FROM versions WHERE name = :name", {"name": name}, most=1)
        return cast(int, rows[0][0]) if rows else 0

    async def access(self) -> AccessState:
        """The version first: what changes after it was read makes it grow, and is read again then."""
        version = await self.version(ACCESS)
        for sql in (_INHABITED, _KEYED):
            if await self._database.read(sql, {}, most=1):
                return AccessState(version, True)
        return AccessState(version, False)

    def bump(self, name: str, seen: int | None = None) -> Statement:
        """Let a version grow."""
        sql = "UPDATE versions SET number = number + 1 WHERE name = :name"
        if seen is None:
            return Statement(sql, {"name": name})
        return Statement(f"{sql} AND number = :seen", {"name": name, "seen": seen})

    async def fact(self, name: str) -> Sealed | None:
        """Something that the server must remember of itself."""
        rows = await self._database.read(
            "SELECT codec, key_id, content FROM server_facts WHERE name = :name", {"name": name}, most=1
        )
        return Sealed(*cast(Any, rows[0])) if rows else None

    def put_fact(self, name: str, fact: Sealed, at: int, before: Sealed | None) -> Statement:
        """Remember it."""
        row: dict[str, Value] = {"codec": fact.codec, "key_id": fact.key_id, "content": fact.content}
        if before is None:
            return insert("server_facts", {"name": name, **row, "created": at})
        return Statement(
            "UPDATE server_facts SET codec = :codec, key_id = :key_id, content = :content"
            " WHERE name = :name AND key_id = :was_key",
            {**row, "name": name, "was_key": before.key_id},
        )

    # -- tenants ------------------------------------------------------------------------------------------------------

    async def tenant(self, id: str) -> Tenant | None:
        """A tenant by its id."""
        rows = await self._database.read(f"{_TENANT} WHERE id = :id", {"id": id}, most=1)
        return _tenant_of(rows[0]) if rows else None

    async def tenants(self, after: NamePlace | None, limit: int) -> Sequence[Tenant]:
        """All tenants by name."""
        where, parameters = further(after)
        rows = await self._database.read(
            f"{_TENANT} WHERE 1 = 1 {where} ORDER BY name_key, id LIMIT :limit",
            {**parameters, "limit": limit},
            most=limit,
        )
        return [_tenant_of(row) for row in rows]

    async def last_number(self) -> int:
        """The highest number that a tenant has."""
        rows = await self._database.read("SELECT MAX(number) FROM tenants", {}, most=1)
        return cast(int, rows[0][0])

    def insert_tenant(self, tenant: Tenant) -> Statement:
        """A new tenant."""
        row: dict[str, Value] = {"id": tenant.id, "number": tenant.number, "created": tenant.created}
        return insert("tenants", {**row, **_tenant_columns(tenant)})

    def change_tenant(self, before: Tenant, after: Tenant) -> Statement:
        """What differs."""
        values = _tenant_columns(after)
        sets = ", ".join(f"{name} = :{name}" for name in values)
        return Statement(
            f"UPDATE tenants SET {sets} WHERE id = :id AND updated = :was_updated",
            {**values, "id": before.id, "was_updated": before.updated},
        )

    # -- what is used once --------------------------------------------------------------------------------------------

    async def one_time(self, digest: str, purpose: str, now: int) -> OneTime | None:
        """What may still be used once."""
        return await self._one_time(digest, purpose, "used IS NULL AND expires > :now", {"now": now})

    async def spent_one_time(self, digest: str, purpose: str) -> OneTime | None:
        """What has been used."""
        return await self._one_time(digest, purpose, "used IS NOT NULL", {})

    async def _one_time(self, digest: str, purpose: str, where: str, parameters: Mapping[str, Value]) -> OneTime | None:
        rows = await self._database.read(
            "SELECT purpose, tenant, created, expires, user_id, details, used FROM one_time"
            f" WHERE digest = :digest AND purpose = :purpose AND {where}",
            {"digest": digest, "purpose": purpose, **parameters},
            most=1,
        )
        if not rows:
            return None
        kind, tenant, created, expires, user, details, used = cast(Any, rows[0])
        return OneTime(kind, tenant, created, expires, user, msgspec.json.decode(details, type=dict[str, str]), used)

    def insert_one_time(self, digest: str, one: OneTime) -> Statement:
        """What may be used once from now on."""
        row: dict[str, Value] = {
            "digest": digest,
            "purpose": one.purpose,
            "tenant": one.tenant,
            "user_id": one.user,
            "created": one.created,
            "expires": one.expires,
            "details": msgspec.json.encode(one.details).decode(),
        }
        return insert("one_time", row)

    def use_one_time(self, digest: str, at: int) -> Statement:
        """Use it."""
        return Statement(
            "UPDATE one_time SET used = :used WHERE digest = :digest AND used IS NULL AND expires > :used",
            {"digest": digest, "used": at},
        )

    def drop_one_time(self, purpose: str, tenant: str, user: str) -> Statement:
        """What a user has for this purpose can be used no more."""
        return Statement(
            "DELETE FROM one_time WHERE tenant = :tenant AND user_id = :of_user AND purpose = :purpose",
            {"tenant": tenant, "of_user": user, "purpose": purpose},
            None,
        )

    def forget_one_time(self, before: int) -> Statement:
        """Drop what was over before a time."""
        return Statement("DELETE FROM one_time WHERE expires < :before", {"before": before}, None)


def _tenant_columns(tenant: Tenant) -> dict[str, Value]:
    return {
        "name": tenant.name,
        "name_key": folded(tenant.name)[:255],
        "disabled": int(tenant.disabled),
        "updated": tenant.updated,
    }
