"""The audit log of one tenant in SQL. It grows, and only age takes away from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from parlance.ports.accounts import AuditFilter
from parlance.ports.stores import Database, Row, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values.accounts import AuditEntry

_COLUMNS = "id, happened, act, actor, via, subject_kind, subject, address, request, details"
_WIDE = 255
"""Characters of an address or a request id that are kept."""


def _entry_of(row: Row) -> AuditEntry:
    id, happened, act, actor, via, kind, subject, address, request, details = cast(Any, row)
    return AuditEntry(
        id, happened, act, actor, via, kind, subject, address, request, msgspec.json.decode(details, type=dict)
    )


class SqlAudit:
    """`Audit` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def list(self, which: AuditFilter, before: str | None, limit: int) -> Sequence[AuditEntry]:
        """Entries, newest first: each of the columns that may be asked for has an index that ends in the id."""
        asked: dict[str, Value] = {name: getattr(which, name) for name in ("act", "actor", "subject")}
        parameters = {name: value for name, value in asked.items() if value}
        conditions = [f"{name} = :{name}" for name in parameters]
        for name, value, condition in (
            ("since", which.since, "happened >= :since"),
            ("until", which.until, "happened < :until"),
            ("before", before, "id < :before"),
        ):
            if value:
                conditions.append(condition)
                parameters[name] = value
        where = "".join(f" AND {condition}" for condition in conditions)
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM audit_log WHERE tenant = :tenant{where} ORDER BY id DESC LIMIT :limit",
            {"tenant": self._tenant, **parameters, "limit": limit},
            most=limit,
        )
        return [_entry_of(row) for row in rows]

    def append(self, entry: AuditEntry) -> Statement:
        """One more."""
        return insert(
            "audit_log",
            {
                "tenant": self._tenant,
                "id": entry.id,
                "happened": entry.happened,
                "act": entry.act,
                "actor": entry.actor,
                "via": entry.via,
                "subject_kind": entry.subject_kind,
                "subject": entry.subject,
                "address": entry.address[:_WIDE],
                "request": entry.request[:_WIDE],
                "details": msgspec.json.encode(entry.details).decode(),
            },
        )

    def forget(self, before: int) -> Statement:
        """Drop what happened before a time."""
        return Statement(
            "DELETE FROM audit_log WHERE tenant = :tenant AND happened < :before",
            {"tenant": self._tenant, "before": before},
            None,
        )
