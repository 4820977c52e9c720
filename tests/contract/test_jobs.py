"""The contract of `ports/jobs.py`: work is done by one at a time, whoever dies, and by the database's clock."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parlance.ports.jobs import NO_SEAT, Jobs
from parlance.ports.stores import Conflict, Database, Statement
from parlance.stores.sql.jobs import SqlJobs
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import Job
from tests.unit.core.files.desk import people

KINDS = ("ingest", "clear")
MINUTE = 60.0


@pytest.fixture
async def jobs(database: Database) -> Jobs:
    await people(database)
    return SqlJobs(database)


def job(id: str = "j1", subject: str = "", kind: str = "ingest", tenant: str = DEFAULT_TENANT, **more: Any) -> Job:
    return Job(id, tenant, kind, subject or f"of-{id}", 0, 0, payload=more)


async def expire(database: Database) -> None:
    """All leases ended a second ago, and nothing has to wait."""
    sql = "UPDATE jobs SET leased_until = CASE WHEN leased_until > 0 THEN 1 ELSE 0 END, not_before = 1"
    await database.apply((Statement(sql, {}, None),))


async def claimed(jobs: Jobs, lease: str = "l1", kinds: Any = KINDS) -> Job:
    found = await jobs.claim(kinds, lease, MINUTE)
    assert found is not None
    return found


async def test_a_job_is_claimed_once_and_is_gone_when_it_is_done(database: Database, jobs: Jobs) -> None:
    """With what it was given; nobody else gets it meanwhile."""
    assert await jobs.claim(KINDS, "l0", MINUTE) is None and await jobs.due_in(KINDS) is None
    await database.apply(jobs.enqueue(job(pages=[1, "ä"])))
    found = await claimed(jobs)
    assert (found.id, found.subject, found.attempts, found.payload) == ("j1", "of-j1", 1, {"pages": [1, "ä"]})
    assert found.lease == "l1" and found.leased_until is not None and found.leased_until - found.not_before > 50e6
    assert await jobs.claim(KINDS, "l2", MINUTE) is None
    due = await jobs.due_in(KINDS)
    assert due is not None and 0 < due <= MINUTE
    await database.apply((jobs.finish(found),))
    assert await jobs.count() == 0 and await jobs.find(DEFAULT_TENANT, "ingest", "of-j1") is None


async def test_many_workers_share_what_there_is_to_do(database: Database, jobs: Jobs) -> None:
    """Nobody gets what another has."""
    for n in range(12):
        await database.apply(jobs.enqueue(job(f"j{n}")))
    got: list[str] = []

    async def work(worker: int) -> None:
        turn = 0
        while (found := await jobs.claim(KINDS, f"{worker}-{turn}", MINUTE)) is not None:
            got.append(found.id)
            turn += 1

    await asyncio.gather(*(work(worker) for worker in range(6)))
    while (left := await jobs.claim(KINDS, f"last-{len(got)}", MINUTE)) is not None:
        got.append(left.id)
    assert sorted(got) == sorted(f"j{n}" for n in range(12))


async def test_the_job_of_a_worker_that_died_is_taken_over(database: Database, jobs: Jobs) -> None:
    """And whoever was only slow can write nothing more for it."""
    await database.apply(jobs.enqueue(job()))
    slow = await claimed(jobs)
    await expire(database)
    other = await claimed(jobs, "l2")
    assert (other.id, other.attempts) == ("j1", 2)
    late = (jobs.hold(slow, 1), jobs.finish(slow), jobs.postpone(slow, 1, "p", "w"), jobs.give_up(slow, "p", "w"))
    for write in late:
        with pytest.raises(Conflict):
            await database.apply((write,))
    await database.apply((jobs.hold(other, 3600),))
    due = await jobs.due_in(KINDS)
    assert due is not None and due > 3000
    await database.apply((jobs.finish(other),))


async def test_a_job_that_ended_its_worker_keeps_nobody_waiting(database: Database, jobs: Jobs) -> None:
    """What was there before it is taken up again has its turn first."""
    await database.apply(jobs.enqueue(job("j1")))
    await database.apply(jobs.enqueue(job("j2")))
    earlier = "UPDATE jobs SET not_before = not_before - 1000000"  # a clock may count in milliseconds
    await database.apply((Statement(earlier, {}, None),))
    first = await claimed(jobs)
    await database.apply((jobs.release_all(),))
    second = await claimed(jobs, "l2")
    assert {first.id, second.id} == {"j1", "j2"}
    assert (await claimed(jobs, "l3")).id == first.id


async def test_a_job_that_was_turned_away_is_due_when_it_is_called(database: Database, jobs: Jobs) -> None:
    """Before those that came later, and whoever has it keeps it; nobody who can call is left when all are released."""
    for id in ("j1", "j2", "j3"):
        await database.apply(jobs.enqueue(job(id)))
    away, other = await claimed(jobs, "l1"), await claimed(jobs, "l2")
    said = (NO_SEAT, "Others are asked before it.")
    await database.apply((jobs.postpone(away, 3600, *said, counts=False), jobs.postpone(other, 3600, *said)))
    await database.apply((jobs.call(away), jobs.call(msgspec.structs.replace(away, id="gone"))))
    again = await claimed(jobs, "l3")
    assert (again.id, again.attempts) == (away.id, 1)
    await database.apply((jobs.call(away), jobs.hold(again, 60)))
    third = await claimed(jobs, "l4")
    assert third.id not in (away.id, other.id) and await jobs.claim(KINDS, "l5", 60) is None
    await database.apply((jobs.release_all(),))
    assert other.id in {(await claimed(jobs, f"m{n}")).id for n in range(3)}


async def test_there_is_one_open_job_of_a_kind_for_a_subject(database: Database, jobs: Jobs) -> None:
    """One that was given up gives way to a new one."""
    await database.apply(jobs.enqueue(job("j1", "s")))
    with pytest.raises(Conflict):
        await database.apply(jobs.enqueue(job("j2", "s")))
    await database.apply(jobs.enqueue(job("j3", "s", "clear")))
    await database.apply(jobs.enqueue(job("j4", "s", tenant="elsewhere")))
    found = await claimed(jobs, kinds=("ingest",))
    while found.tenant != DEFAULT_TENANT:
        found = await claimed(jobs, f"{found.lease}+", ("ingest",))
    await database.apply((jobs.give_up(found, "gone_wrong", "Try again."),))
    assert await jobs.find(DEFAULT_TENANT, "ingest", "s") is None
    await database.apply(jobs.enqueue(job("j5", "s")))
    again = await jobs.find(DEFAULT_TENANT, "ingest", "s")
    assert again is not None and again.id == "j5"


async def test_a_job_that_was_postponed_waits(database: Database, jobs: Jobs) -> None:
    """For as long as was said; its attempts stay counted."""
    await database.apply(jobs.enqueue(job()))
    await database.apply((jobs.postpone(await claimed(jobs), MINUTE, "busy", "Later."),))
    assert await jobs.claim(KINDS, "l2", MINUTE) is None
    due = await jobs.due_in(KINDS)
    assert due is not None and 40 < due <= MINUTE
    await expire(database)
    found = await claimed(jobs, "l3")
    assert found.attempts == 2
    for count, more in ((2, {"counts": False}), (1, {"anew": True})):
        await database.apply((jobs.postpone(found, MINUTE, "busy", "Later.", **more),))
        await expire(database)
        found = await claimed(jobs, f"after {count}")
        assert found.attempts == count


async def test_a_job_that_was_given_back_is_as_it_was_before(database: Database, jobs: Jobs) -> None:
    """Whoever stops in good order has made no attempt; a process that is alone ends all leases when it begins."""
    await database.apply(jobs.enqueue(job()))
    await database.apply((jobs.give_back(await claimed(jobs)),))
    assert (await claimed(jobs, "l2")).attempts == 1
    await database.apply((jobs.release_all(),))
    assert (await claimed(jobs, "l3")).attempts == 2


async def test_a_job_that_was_dropped_is_done_by_nobody(database: Database, jobs: Jobs) -> None:
    """Whoever is about to write for it meets a conflict."""
    await database.apply(jobs.enqueue(job()))
    found = await claimed(jobs)
    await database.apply((jobs.drop(DEFAULT_TENANT, "ingest", "of-j1"),))
    with pytest.raises(Conflict):
        await database.apply((jobs.hold(found, 5),))
    await database.apply((jobs.drop(DEFAULT_TENANT, "ingest", "of-j1"),))


async def test_tenants_take_turns(database: Database, jobs: Jobs) -> None:
    """One that brings a thousand documents does not make the others wait for them; other kinds are left alone."""
    for n in range(5):
        await database.apply(jobs.enqueue(job(f"j{n}")))
    await database.apply(jobs.enqueue(job("k1", tenant="elsewhere")))
    await database.apply(jobs.enqueue(job("o1", kind="other")))
    found = [await claimed(jobs, f"l{n}") for n in range(2)]
    assert {each.tenant for each in found} == {DEFAULT_TENANT, "elsewhere"}
    assert await jobs.claim(("nothing",), "l9", MINUTE) is None and await jobs.count() == 7


async def test_what_is_noted_of_a_job_is_found_by_whoever_takes_it_over(database: Database, jobs: Jobs) -> None:
    """In place of what it was given; nobody else notes anything."""
    await database.apply(jobs.enqueue(job(pages=1)))
    slow = await claimed(jobs)
    await database.apply((jobs.note(slow, {"before": "d7"}),))
    await expire(database)
    other = await claimed(jobs, "l2")
    assert other.payload == {"before": "d7"}
    with pytest.raises(Conflict):
        await database.apply((jobs.note(slow, {}),))


async def test_each_lane_has_its_own_jobs(database: Database, jobs: Jobs) -> None:
    """What is moved to another is due there at once, as if it had not been claimed; who works for all has all."""
    await database.apply(jobs.enqueue(job("j1")))
    await database.apply(jobs.enqueue(msgspec.structs.replace(job("j2"), lane="models")))
    assert await jobs.due_in(KINDS, "nothing") is None and await jobs.claim(KINDS, "l0", MINUTE, "nothing") is None
    first = await jobs.claim(KINDS, "l1", MINUTE, "")
    assert first is not None and (first.id, first.lane) == ("j1", "")
    assert await jobs.claim(KINDS, "l2", MINUTE, "") is None
    await database.apply((jobs.move(first, "models"),))
    with pytest.raises(Conflict):
        await database.apply((jobs.move(first, "models"),))
    assert await jobs.claim(KINDS, "l3", MINUTE, "") is None and await jobs.due_in(KINDS, "") is None
    due = await jobs.due_in(KINDS, "models")
    assert due is not None and due <= 0
    found = [await jobs.claim(KINDS, f"m{n}", MINUTE, lane) for n, lane in enumerate(("models", None))]
    assert {(each.id, each.lane, each.attempts) for each in found if each} == {("j1", "models", 1), ("j2", "models", 1)}


async def test_jobs_are_counted_by_kind_and_by_how_they_stand(database: Database, jobs: Jobs) -> None:
    """Those that wait for another attempt wait, too, but are not due; what was given up stays."""
    assert list(await jobs.standing()) == []
    for made in (job("j1"), job("j2"), job("j3"), job("j4"), job("k1", kind="clear")):
        await database.apply(jobs.enqueue(made))
    await claimed(jobs, "l1", ("ingest",))
    await database.apply((jobs.postpone(await claimed(jobs, "l2", ("ingest",)), MINUTE, "away", "It is away."),))
    await database.apply((jobs.give_up(await claimed(jobs, "l3", ("ingest",)), "bad", "It is bad."),))
    found = {each.kind: each for each in await jobs.standing()}
    assert [(each.waiting, each.running, each.failed) for each in (found["ingest"], found["clear"])] == [
        (2, 1, 1),
        (1, 0, 0),
    ]
    assert 0 <= found["ingest"].oldest < MINUTE
    sql = "UPDATE jobs SET not_before = not_before - 90000000 WHERE tenant = :tenant AND kind = 'clear'"
    await database.apply((Statement(sql, {"tenant": DEFAULT_TENANT}, None),))
    [clear] = [each for each in await jobs.standing() if each.kind == "clear"]
    assert 90 <= clear.oldest < 90 + MINUTE
