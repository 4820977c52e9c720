"""Jobs in SQL: enqueued with what they are about, claimed by whoever comes first.

A claim is one statement. PostgreSQL and MySQL pass over rows that another worker is claiming; SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.jobs import NO_SEAT, JobCount
from parlance.ports.stores import ChangeSet, Database, DatabaseKind, Row, Statement, Value
from parlance.stores.sql.rows import listed
from parlance.values import json_door
from parlance.values.knowledge import Job

MICROS = 1_000_000
NOW: Mapping[DatabaseKind, str] = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)",
    "postgres": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "mysql": "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS SIGNED)",
}
"""The database's own time in microseconds: workers of several hosts need no clocks that agree."""
_COLUMNS = "id, tenant, kind, subject, created, not_before, attempts, lease, leased_until, payload, lane"
_SETS = "lease = :lease, leased_until = {now} + :lasting, attempts = attempts + 1, not_before = {now}"
"""A job that ends its worker is next when all have had their turn that were there before: it keeps nobody waiting."""
_FIRST = (
    "SELECT id FROM jobs WHERE tenant = :tenant AND state = 'open' AND not_before <= {now} AND leased_until <= {now}"
    " AND {which} ORDER BY not_before, id LIMIT 1"
)
_CLAIMS: Mapping[DatabaseKind, str] = {
    "sqlite": f"UPDATE jobs SET {_SETS} WHERE tenant = :tenant AND id IN ({_FIRST})",
    "postgres": f"WITH due AS MATERIALIZED ({_FIRST} FOR UPDATE SKIP LOCKED)"
    f" UPDATE jobs SET {_SETS} WHERE tenant = :tenant AND id IN (SELECT id FROM due)",
    "mysql": f"UPDATE jobs JOIN ({_FIRST} FOR UPDATE SKIP LOCKED) AS due ON due.id = jobs.id SET {_SETS}"
    " WHERE jobs.tenant = :tenant",
}


class SqlJobs:
    """`Jobs` over any of the databases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = NOW[database.kind]
        self._given_back = f"lease = NULL, leased_until = 0, not_before = {self._now}, attempts = attempts - 1"

    # -- statements for change sets ---------------------------------------------------------------------------------

    def enqueue(self, job: Job) -> ChangeSet:
        """In place of a dead one."""
        place: dict[str, Value] = {"tenant": job.tenant, "kind": job.kind, "subject": job.subject}
        payload = json_door.encode(job.payload).decode()
        dead = "DELETE FROM jobs WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND state = 'dead'"
        sql = (
            "INSERT INTO jobs (tenant, id, kind, subject, state, payload, created, not_before, attempts, leased_until,"
            " problem, words, lane) VALUES (:tenant, :id, :kind, :subject, 'open', :payload,"
            f" {self._now}, {self._now}, 0, 0, '', '', :lane)"
        )
        said: dict[str, Value] = {"id": job.id, "payload": payload, "lane": job.lane}
        return Statement(dead, place, None), Statement(sql, {**place, **said})

    def drop(self, tenant: str, kind: str, subject: str) -> Statement:
        """Whether there is one or not."""
        sql = "DELETE FROM jobs WHERE tenant = :tenant AND kind = :kind AND subject = :subject"
        return Statement(sql, {"tenant": tenant, "kind": kind, "subject": subject}, None)

    def hold(self, job: Job, seconds: float) -> Statement:
        """From now on, so long."""
        return self._held(job, f"leased_until = {self._now} + :lasting", {"lasting": int(seconds * MICROS)})

    def note(self, job: Job, payload: Mapping[str, Any]) -> Statement:
        """In place of the one that it had."""
        return self._held(job, "payload = :payload", {"payload": json_door.encode(payload).decode()})

    def finish(self, job: Job) -> Statement:
        """It goes."""
        sql = "DELETE FROM jobs WHERE tenant = :tenant AND id = :id AND lease = :lease"
        return Statement(sql, {"tenant": job.tenant, "id": job.id, "lease": job.lease})

    def postpone(
        self, job: Job, seconds: float, problem: str, words: str, *, counts: bool = True, anew: bool = False
    ) -> Statement:
        """Free for others, but not yet."""
        said: dict[str, Value] = {"lasting": int(seconds * MICROS), "problem": problem, "words": words}
        sets = f"lease = NULL, leased_until = 0, not_before = {self._now} + :lasting, problem = :problem"
        uncounted = ", attempts = 0" if anew else "" if counts else ", attempts = attempts - 1"
        return self._held(job, f"{sets}, words = :words{uncounted}", said)

    def give_back(self, job: Job) -> Statement:
        """As if it had not been claimed."""
        return self._held(job, self._given_back, {})

    def call(self, job: Job) -> Statement:
        """If it is there."""
        sql = (
            "UPDATE jobs SET not_before = created WHERE tenant = :tenant AND id = :id AND state = 'open'"
            " AND lease IS NULL"
        )
        return Statement(sql, {"tenant": job.tenant, "id": job.id}, None)

    def move(self, job: Job, lane: str) -> Statement:
        """The same, for another lane."""
        return self._held(job, f"{self._given_back}, lane = :lane", {"lane": lane})

    def release_all(self) -> Statement:
        """Of every tenant; attempts stay counted."""
        sql = (
            "UPDATE jobs SET lease = NULL, leased_until = 0,"
            " not_before = CASE WHEN problem = :problem THEN created ELSE not_before END"
            " WHERE tenant IN (SELECT id FROM tenants)"
        )
        return Statement(sql, {"problem": NO_SEAT}, None)

    def give_up(self, job: Job, problem: str, words: str) -> Statement:
        """It stays as evidence."""
        sets = "lease = NULL, leased_until = 0, state = 'dead', problem = :problem, words = :words"
        return self._held(job, sets, {"problem": problem, "words": words})

    def _held(self, job: Job, sets: str, values: dict[str, Value]) -> Statement:
        sql = f"UPDATE jobs SET {sets} WHERE tenant = :tenant AND id = :id AND lease = :lease"
        return Statement(sql, {"tenant": job.tenant, "id": job.id, "lease": job.lease, **values})

    # -- what workers ask -------------------------------------------------------------------------------------------

    async def claim(self, kinds: Sequence[str], lease: str, seconds: float, lane: str | None = None) -> Job | None:
        """Of the tenants in turn, by how much is being done for each."""
        which, names = _which(kinds, lane)
        for tenant in await self._waiting(which, names):
            sql = _CLAIMS[self._database.kind].format(now=self._now, which=which)
            where: dict[str, Value] = {"tenant": tenant, "lease": lease, "lasting": int(seconds * MICROS)}
            await self._database.apply((Statement(sql, {**where, **names}, None),))
            found = await self._read("tenant = :tenant AND lease = :lease", {"tenant": tenant, "lease": lease})
            if found:
                return found[0]
        return None

    async def find(self, tenant: str, kind: str, subject: str) -> Job | None:
        """An open one."""
        where: dict[str, Value] = {"tenant": tenant, "kind": kind, "subject": subject}
        found = await self._read("tenant = :tenant AND kind = :kind AND subject = :subject AND state = 'open'", where)
        return found[0] if found else None

    async def due_in(self, kinds: Sequence[str], lane: str | None = None) -> float | None:
        """Seconds until there is something to do."""
        which, names = _which(kinds, lane)
        sql = (
            "SELECT MIN(CASE WHEN leased_until > not_before THEN leased_until ELSE not_before END) -"
            f" {self._now} FROM jobs WHERE tenant IN (SELECT id FROM tenants) AND state = 'open' AND {which}"
        )
        rows = await self._database.read(sql, names, most=1)
        soonest = cast(Any, rows[0][0])
        return None if soonest is None else int(soonest) / MICROS

    async def standing(self) -> Sequence[JobCount]:
        """One pass over the rows."""
        waits = f"state = 'open' AND leased_until <= {self._now}"
        sql = (
            f"SELECT kind, SUM(CASE WHEN {waits} THEN 1 ELSE 0 END),"
            f" SUM(CASE WHEN state = 'open' AND leased_until > {self._now} THEN 1 ELSE 0 END),"
            " SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END),"
            f" {self._now} - MIN(CASE WHEN {waits} AND not_before <= {self._now} THEN not_before END)"
            " FROM jobs WHERE tenant IN (SELECT id FROM tenants) GROUP BY kind"
        )
        rows = cast(Any, await self._database.read(sql, {}, most=1000))
        return [
            JobCount(str(kind), int(waiting), int(running), int(failed), max(0, int(oldest or 0)) / MICROS)
            for kind, waiting, running, failed, oldest in rows
        ]

    async def count(self) -> int:
        """Open ones."""
        sql = "SELECT COUNT(*) FROM jobs WHERE tenant IN (SELECT id FROM tenants) AND state = 'open'"
        return int(cast(Any, (await self._database.read(sql, {}, most=1))[0][0]))

    async def _waiting(self, which: str, names: Mapping[str, Value]) -> list[str]:
        """Tenants for which something is due: first those for which least is being done."""
        sql = (
            f"SELECT tenant, SUM(CASE WHEN leased_until > {self._now} THEN 1 ELSE 0 END),"
            f" SUM(CASE WHEN leased_until <= {self._now} AND not_before <= {self._now} THEN 1 ELSE 0 END)"
            f" FROM jobs WHERE tenant IN (SELECT id FROM tenants) AND state = 'open' AND {which} GROUP BY tenant"
        )
        rows = cast(Any, await self._database.read(sql, names, most=1000))
        due = sorted((int(busy), str(tenant)) for tenant, busy, waiting in rows if int(waiting))
        return [tenant for _, tenant in due]

    async def _read(self, which: str, parameters: dict[str, Value]) -> list[Job]:
        sql = f"SELECT {_COLUMNS} FROM jobs WHERE {which}"
        return [_job(row) for row in await self._database.read(sql, parameters, most=1)]


def _which(kinds: Sequence[str], lane: str | None) -> tuple[str, Mapping[str, Value]]:
    """The condition that a job is of these kinds and of this lane."""
    some, names = listed("kind", kinds)
    return (f"kind IN {some}", names) if lane is None else (f"kind IN {some} AND lane = :lane", {**names, "lane": lane})


def _job(row: Row) -> Job:
    *known, payload, lane = cast(Any, row)
    values: Any = (*known, msgspec.json.decode(payload), lane)
    return Job(*values)
