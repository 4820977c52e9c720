"""What was used, in SQL: rows that are added to, a day at a time.

Which rows there are is remembered: an UPDATE is enough for these, and only what is new today is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.ledger import Counted, Counts, Spender, Subject, UsageSum
from parlance.values.time import SECOND

MARK = "usage"
"""What a mark is used for, in the table of what is used once."""
MARKED_FOR = 86_400 * SECOND
REMEMBERED = 50_000
"""Rows that are remembered; beyond it all are looked for anew."""
_Place = Mapping[str, Value]


class SqlUsage:
    """`Usage` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: set[tuple[Value, ...]] = set()

    async def counted(self, tenant: str, subject: Subject, name: str, currency: str, since: str) -> Counted:
        """What somebody used from a day on."""
        sql = (
            "SELECT SUM(requests), SUM(tokens), SUM(CASE WHEN currency = :currency THEN cost ELSE 0 END)"
            " FROM usage_counts"
            " WHERE tenant = :tenant AND subject = :subject AND subject_id = :name AND on_day >= :since"
        )
        whose: dict[str, Value] = {"tenant": tenant, "subject": subject, "name": name}
        found = await self._database.read(sql, {**whose, "currency": currency, "since": since}, most=1)
        return Counted(*(int(cast(Any, value) or 0) for value in found[0]))

    async def sums(self, tenant: str, user: str | None, since: str, most: int) -> Sequence[UsageSum]:
        """By day, user, model and currency."""
        whose = "" if user is None else " AND user_id = :user"
        sql = (
            "SELECT on_day, user_id, model, currency, SUM(requests), SUM(prompt), SUM(completion), SUM(cost)"
            f" FROM usage_records WHERE tenant = :tenant AND on_day >= :since{whose}"
            " GROUP BY on_day, user_id, model, currency ORDER BY on_day DESC, user_id, model, currency LIMIT :most"
        )
        parameters: dict[str, Value] = {"tenant": tenant, "since": since, "most": most}
        if user is not None:
            parameters["user"] = user
        return [_sum(row) for row in await self._database.read(sql, parameters, most=most)]

    async def add(
        self, used: Mapping[tuple[str, Spender], Sequence[int]], counts: Mapping[Counts, Counted]
    ) -> ChangeSet:
        """Every row in the order of its key, so that two processes do not wait for each other."""
        statements = []
        for table, place, added in sorted(
            _rows(used, counts), key=lambda row: (row[0], tuple(map(str, row[1].values())))
        ):
            statements.append(await self._added(table, place, added))
        return tuple(statements)

    def forget_before(self, day: str) -> ChangeSet:
        """What was used before a day, by every tenant."""
        self._known.clear()
        return tuple(
            Statement(
                f"DELETE FROM {table} WHERE on_day < :day AND tenant IN (SELECT id FROM tenants)", {"day": day}, None
            )
            for table in ("usage_records", "usage_counts")
        )

    def mark(self, batch: str, now: int) -> Statement:
        """A row that whoever forgets what is used once forgets, too."""
        row: dict[str, Value] = {"purpose": MARK, "tenant": DEFAULT_TENANT, "created": now, "expires": now + MARKED_FOR}
        return insert("one_time", {"digest": f"{MARK}/{batch}", **row})

    async def marked(self, batch: str) -> bool:
        """Whether its row is there."""
        sql = "SELECT 1 FROM one_time WHERE tenant = :tenant AND digest = :digest"
        where: dict[str, Value] = {"tenant": DEFAULT_TENANT, "digest": f"{MARK}/{batch}"}
        return bool(await self._database.read(sql, where, most=1))

    def forget_known(self) -> None:
        """Look for every row anew: another process was first with one."""
        self._known.clear()

    async def _added(self, table: str, place: _Place, added: Mapping[str, int]) -> Statement:
        key = (table, *place.values())
        where = " AND ".join(f"{name} = :{name}" for name in place)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known.add(key)
            if not await self._database.read(f"SELECT 1 FROM {table} WHERE {where}", place, most=1):
                return insert(table, {**place, **added})
        sets = ", ".join(f"{name} = {name} + :{name}" for name in added)
        return Statement(f"UPDATE {table} SET {sets} WHERE {where}", {**place, **added})


def _sum(row: Row) -> UsageSum:
    day, who, model, currency, *used = cast(Any, row)
    requests, prompt, completion, cost = (int(each) for each in used)  # a sum is a decimal in some databases
    return UsageSum(day, who, model, requests, prompt, completion, cost, currency or None)


def _rows(
    used: Mapping[tuple[str, Spender], Sequence[int]], counts: Mapping[Counts, Counted]
) -> Iterator[tuple[str, _Place, dict[str, int]]]:
    for (day, who), amounts in used.items():
        place: dict[str, Value] = {
            "tenant": who.tenant,
            "on_day": day,
            "user_id": who.user,
            "credential": who.credential,
            "connection_name": who.connection,
            "model": who.model,
            "currency": who.currency,
        }
        yield "usage_records", place, dict(zip(("requests", "prompt", "completion", "cost"), amounts, strict=True))
    for whose, count in counts.items():
        place = {
            "tenant": whose.tenant,
            "subject": whose.subject,
            "subject_id": whose.name,
            "on_day": whose.day,
            "currency": whose.currency,
        }
        yield "usage_counts", place, {"requests": count.requests, "tokens": count.tokens, "cost": count.cost}
