"""What is kept for WeKnora's clients, in SQL. Keys are sealed before they come here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.ports.weknora import MOST_MODELS, StoredModel, StoredNote
from parlance.stores.sql.rows import insert, update
from parlance.values.accounts import Tenant
from parlance.values.weknora import Engine, ModelPlan, TenantModel, TenantNote

_NOTE = "tenant, description, business, engines, key_thing, version, key_codec, key_id, key_sealed"
_MODEL = "id, tenant, status, problem, details, created, updated, version, key_codec, key_id, key_sealed"
_VERSION = "weknora_models"
_BUMP = Statement("UPDATE versions SET number = number + 1 WHERE name = :name", {"name": _VERSION})


class SqlWeknora:
    """`WeknoraStore` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- tenants ------------------------------------------------------------------------------------------------------

    async def numbered(self, number: int) -> Tenant | None:
        """A tenant by its number."""
        sql = "SELECT id, name, number, created, updated, disabled FROM tenants WHERE number = :number"
        rows = await self._database.read(sql, {"number": number}, most=1)
        if not rows:
            return None
        id, name, found, created, updated, disabled = cast(Any, rows[0])
        return Tenant(id, name, found, created, updated, bool(disabled))

    def renumber(self, tenant: Tenant, number: int) -> Statement:
        """Another number, if it still has the one that was read."""
        sql = "UPDATE tenants SET number = :number WHERE id = :id AND number = :was"
        return Statement(sql, {"number": number, "id": tenant.id, "was": tenant.number})

    async def owner(self, tenant: str) -> str | None:
        """The first admin."""
        rows = await self._database.read(
            "SELECT id FROM users WHERE tenant = :tenant AND role = 'admin' AND disabled = 0"
            " ORDER BY created, id LIMIT 1",
            {"tenant": tenant},
            most=1,
        )
        return cast(str, rows[0][0]) if rows else None

    async def note(self, tenant: str) -> StoredNote | None:
        """What is noted of a tenant."""
        sql = f"SELECT {_NOTE} FROM weknora_tenants WHERE tenant = :tenant"
        rows = await self._database.read(sql, {"tenant": tenant}, most=1)
        return _noted(rows[0]) if rows else None

    def put_note(self, before: StoredNote | None, after: StoredNote) -> Statement:
        """Note it, if it is still as it was read."""
        note = after.note
        values: dict[str, Value] = {
            "description": note.description,
            "business": note.business,
            "engines": msgspec.json.encode(note.engines).decode(),
            "key_thing": note.key,
            "version": note.version,
            **_sealed(after.key),
        }
        if before is None:
            return insert("weknora_tenants", {"tenant": note.tenant, **values})
        sets = ", ".join(f"{name} = :{name}" for name in values)
        return Statement(
            f"UPDATE weknora_tenants SET {sets} WHERE tenant = :of_tenant AND version = :was",
            {**values, "of_tenant": note.tenant, "was": before.note.version},
        )

    # -- models -------------------------------------------------------------------------------------------------------

    async def models_version(self) -> int:
        """The number that grows with every change."""
        sql = "SELECT number FROM versions WHERE name = :name"
        found = await self._database.read(sql, {"name": _VERSION}, most=1)
        return cast(int, found[0][0]) if found else 0

    async def models(self, tenant: str) -> Sequence[StoredModel]:
        """A tenant's models, oldest first: ids grow with time."""
        sql = f"SELECT {_MODEL} FROM weknora_models WHERE tenant = :tenant ORDER BY id LIMIT {MOST_MODELS}"
        return [_stored(row) for row in await self._database.read(sql, {"tenant": tenant}, most=MOST_MODELS)]

    async def model(self, tenant: str, id: str) -> StoredModel | None:
        """One of them."""
        sql = f"SELECT {_MODEL} FROM weknora_models WHERE tenant = :tenant AND id = :id"
        found = await self._database.read(sql, {"tenant": tenant, "id": id}, most=1)
        return _stored(found[0]) if found else None

    def insert_model(self, stored: StoredModel) -> ChangeSet:
        """A new one."""
        model = stored.model
        own: dict[str, Value] = {"tenant": model.tenant, "id": model.id, "created": model.created}
        return insert("weknora_models", {**own, **_values(stored)}), _BUMP

    def change_model(self, before: StoredModel, after: StoredModel) -> ChangeSet:
        """Another in its place, if it is still as it was read."""
        was = before.model
        guard = ("AND version = :was_version", {"was_version": was.version})
        return update("weknora_models", was.tenant, was.id, _values(after), guard), _BUMP

    def delete_model(self, model: TenantModel) -> ChangeSet:
        """It goes."""
        where: dict[str, Value] = {"tenant": model.tenant, "id": model.id}
        return Statement("DELETE FROM weknora_models WHERE tenant = :tenant AND id = :id", where), _BUMP


def _sealed(key: Sealed | None) -> dict[str, Value]:
    return {
        "key_codec": None if key is None else key.codec,
        "key_id": None if key is None else key.key_id,
        "key_sealed": None if key is None else key.content,
    }


def _opened(codec: str, key_id: str, content: bytes | None) -> Sealed | None:
    return None if content is None else Sealed(codec, key_id, bytes(content))


def _noted(row: Row) -> StoredNote:
    tenant, description, business, engines, key, version, *sealed = cast(Any, row)
    found = msgspec.json.decode(engines, type=tuple[Engine, ...])
    return StoredNote(TenantNote(tenant, description, business, found, key, version), _opened(*sealed))


def _values(stored: StoredModel) -> dict[str, Value]:
    model = stored.model
    return {
        "status": model.status,
        "problem": model.problem,
        "details": msgspec.json.encode(model.plan).decode(),
        "version": model.version,
        "updated": model.updated,
        **_sealed(stored.key),
    }


def _stored(row: Row) -> StoredModel:
    id, tenant, status, problem, details, created, updated, version, *sealed = cast(Any, row)
    plan, key = msgspec.json.decode(details, type=ModelPlan), _opened(*sealed)
    return StoredModel(TenantModel(id, tenant, plan, status, created, updated, version, key is not None, problem), key)
