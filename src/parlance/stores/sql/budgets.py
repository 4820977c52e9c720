"""Budgets in SQL, and whom they can be for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.values.ledger import Budget, Subject
from parlance.values.texts import folded

VERSIONS = ("access", "budgets")
"""What grows when budgets, or who is in which group, change."""
MOST = 100_000
"""Budgets of a server, and members of a tenant's groups: beyond any that people keep by hand."""
_COLUMNS = "id, tenant, subject, subject_id, unit, period, most, currency, created"
_BUMP = Statement("UPDATE versions SET number = number + 1 WHERE name = 'budgets'", {})


def _budget(row: Row) -> Budget:
    *known, currency, created = cast(Any, row)
    values: Any = (*known, currency or None, created)
    return Budget(*values)


class SqlBudgets:
    """`Budgets` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def version(self) -> int:
        """The sum of the versions that matter: it grows when one of them does."""
        sql = "SELECT number FROM versions WHERE name IN ('access', 'budgets')"
        found = await self._database.read(sql, {}, most=len(VERSIONS))
        return sum(cast(int, row[0]) for row in found)

    async def all(self) -> Sequence[Budget]:
        """Every budget of every tenant."""
        sql = f"SELECT {_COLUMNS} FROM budgets ORDER BY tenant, id"
        return [_budget(row) for row in await self._database.read(sql, {}, most=MOST)]

    async def find(self, tenant: str, id: str) -> Budget | None:
        """One budget."""
        sql = f"SELECT {_COLUMNS} FROM budgets WHERE tenant = :tenant AND id = :id"
        found = await self._database.read(sql, {"tenant": tenant, "id": id}, most=1)
        return _budget(found[0]) if found else None

    async def members(self, tenant: str) -> Mapping[str, frozenset[str]]:
        """The groups of each user."""
        sql = "SELECT user_id, group_id FROM group_members WHERE tenant = :tenant"
        groups: dict[str, set[str]] = {}
        for user, group in await self._database.read(sql, {"tenant": tenant}, most=MOST):
            groups.setdefault(str(user), set()).add(str(group))
        return {user: frozenset(of) for user, of in groups.items()}

    async def named(self, tenant: str, subject: Subject, name: str) -> str | None:
        """The id of a user, group or key."""
        table = {"user": "users", "group": "user_groups", "key": "api_keys"}.get(subject)
        if table is None:
            return name if name == tenant else None
        called = " OR name_key = :called" if subject == "group" else ""
        parameters: dict[str, Value] = {"tenant": tenant, "id": name}
        if called:
            parameters["called"] = folded(name)
        sql = f"SELECT id FROM {table} WHERE tenant = :tenant AND (id = :id{called}) ORDER BY id"
        found = await self._database.read(sql, parameters, most=2)
        return str(found[0][0]) if found else None

    def insert(self, budget: Budget) -> ChangeSet:
        """A new budget."""
        sql = (
            "INSERT INTO budgets (tenant, id, subject, subject_id, unit, period, currency, most, created)"
            " VALUES (:tenant, :id, :subject, :name, :unit, :period, :currency, :most, :created)"
        )
        whose: dict[str, Value] = {"id": budget.id, "subject": budget.subject, "name": budget.name}
        what: dict[str, Value] = {"unit": budget.unit, "period": budget.period, "currency": budget.currency or ""}
        row = {"tenant": budget.tenant, **whose, **what, "most": budget.limit, "created": budget.created}
        return Statement(sql, row), _BUMP

    def change(self, budget: Budget, limit: int) -> ChangeSet:
        """Another limit."""
        sql = "UPDATE budgets SET most = :most WHERE tenant = :tenant AND id = :id"
        return Statement(sql, {"tenant": budget.tenant, "id": budget.id, "most": limit}), _BUMP

    def delete(self, budget: Budget) -> ChangeSet:
        """No such budget any more."""
        sql = "DELETE FROM budgets WHERE tenant = :tenant AND id = :id"
        return Statement(sql, {"tenant": budget.tenant, "id": budget.id}), _BUMP
