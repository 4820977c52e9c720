"""What is being answered to somebody ends when their access does, here at once and elsewhere within a second (P22)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from parlance.core.accounts.operations import CreateKey, RevokeKey, SignedIn, SignOut, SignOutEverywhere
from parlance.core.accounts.people_operations import ChangeUser, CreateUser, DeleteUser
from parlance.core.accounts.presence import Presence
from parlance.core.accounts.watch import AccessWatch
from parlance.core.dispatch import Caller
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.ports.observing import NullLog
from parlance.ports.stores import Database
from parlance.testing.accounts import PASSWORD, Office
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind

SLOWEST = 4.0
"""Four times what is promised: a machine with other work is no defect."""


class Process:
    """One process: an office with its runs, callers and watch."""

    def __init__(self, rows: Database, clock: Office | None = None) -> None:
        self.office = Office(rows, clock.clock if clock else None)
        self.runs = Runs(self.office.clock)
        self.cut: list[str] = []
        self.defects: list[Exception] = []
        self.watch = AccessWatch(
            *(self.office.registered, self.office.presence, self.runs, self.office.room.of, NullLog()),
            on_defect=self.defects.append,
        )

    async def answering(self, token: str, name: str, *, detached: bool = False) -> Run:
        """A run of whoever shows this token, which goes on."""
        owner = await self.office.who(token)
        run = Run(name, owner, "model", 0, detached=detached)
        self.runs.add(run)
        if not detached:
            caller = Caller(self.office.dispatch, owner, "r", presence=self.office.presence)
            caller._runs.append(run)
            caller.stream(lambda: self.cut.append(f"line of {name}"))
        return run

    async def watching(self, token: str, name: str) -> Caller:
        """A stream of something that goes on by itself."""
        caller = Caller(self.office.dispatch, await self.office.who(token), "r", presence=self.office.presence)
        caller.stream(lambda: self.cut.append(name))
        return caller


@pytest.fixture
async def process(rows: Database) -> AsyncIterator[Process]:
    made = Process(rows)
    yield made
    await made.watch.stop()
    made.office.close()


@pytest.fixture
async def admin(process: Process) -> SignedIn:
    return await process.office.owner()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SLOWEST):
        while not holds():
            await asyncio.sleep(0.005)


async def test_what_a_session_holds_and_watches_ends_with_it_and_nothing_else(
    process: Process, admin: SignedIn
) -> None:
    office = process.office
    await office.do(CreateUser("Bob", PASSWORD), admin.token)
    bob, phone = await office.signed_in("Bob"), await office.signed_in("Bob")
    attached = await process.answering(bob.token, "attached")
    left = await process.answering(bob.token, "left", detached=True)
    other = await process.answering(phone.token, "other")
    admins = await process.answering(admin.token, "admins")
    await process.watching(bob.token, "bobs feed")
    await process.watching(admin.token, "admins feed")
    process.watch.start()
    await office.do(SignOut(), bob.token)
    await until(lambda: attached.ended is not None)
    await until(lambda: process.cut == ["bobs feed"])
    assert attached.ended is not None and attached.ended.error is not None
    assert (attached.ended.outcome, attached.ended.error.code) == ("stopped", "revoked")
    # What goes on by itself is the user's, who reads it in another session; and others notice nothing.
    assert (left.ended, other.ended, admins.ended) == (None, None, None)


@pytest.mark.parametrize("how", ["delete", "disable", "pending"])
async def test_of_a_user_who_may_no_more_everything_ends(process: Process, admin: SignedIn, how: str) -> None:
    office = process.office
    bob = await office.do(CreateUser("Bob", PASSWORD), admin.token)
    token = (await office.signed_in("Bob")).token
    runs = [await process.answering(token, "a"), await process.answering(token, "b", detached=True)]
    await process.watching(token, "feed")
    await process.watch.round()
    assert process.cut == []
    wish = {
        "delete": DeleteUser(bob.id),
        "disable": ChangeUser(bob.id, disabled=True),
        "pending": ChangeUser(bob.id, role="pending"),
    }[how]
    process.watch.start()
    await office.do(wish, admin.token)
    await until(lambda: all(run.ended is not None for run in runs) and process.cut == ["feed"])


async def test_a_demotion_that_takes_nothing_away_from_an_answer_ends_what_was_begun_with_more(
    process: Process, admin: SignedIn
) -> None:
    """A stream is judged by what it was begun with: whoever began it as an admin begins it anew."""
    office = process.office
    carol = await office.do(CreateUser("Carol", PASSWORD, role="admin"), admin.token)
    token = (await office.signed_in("Carol")).token
    await process.watching(token, "feed")
    await office.do(ChangeUser(carol.id, name="Caroline"), admin.token)
    await process.watch.round()
    assert process.cut == []
    await office.do(ChangeUser(carol.id, role="user"), admin.token)
    await process.watch.round()
    assert process.cut == ["feed"]


async def test_where_nobody_is_answered_a_change_costs_no_look_up(process: Process, admin: SignedIn) -> None:
    await process.watch.round()
    process.office.access.changed()
    await process.office.access.confirm()
    process.office.database.reads = 0
    await process.watch.round()
    assert process.office.database.reads == 1  # the version, and nobody's name


async def test_with_a_key_ends_all_that_was_begun_with_it(process: Process, admin: SignedIn) -> None:
    office = process.office
    one, two = [await office.do(CreateKey(name), admin.token) for name in ("one", "two")]
    runs = [await process.answering(one.key, "a"), await process.answering(one.key, "b", detached=True)]
    kept = await process.answering(two.key, "c", detached=True)
    await office.do(RevokeKey(one.about.id), admin.token)
    await process.watch.round()
    assert all(run.ended is not None for run in runs) and kept.ended is None


async def test_another_process_hears_of_it_within_a_second(rows: Database, process: Process, admin: SignedIn) -> None:
    elsewhere = Process(rows, process.office)
    run = await elsewhere.answering(admin.token, "elsewhere")
    await elsewhere.watching(admin.token, "feed elsewhere")
    elsewhere.watch.start()
    await process.office.do(SignOutEverywhere(), admin.token)
    await until(lambda: run.ended is not None and elsewhere.cut == ["feed elsewhere"])
    with pytest.raises(Fault):
        await elsewhere.office.who(admin.token)
    await elsewhere.watch.stop()
    elsewhere.office.close()


async def test_nobody_is_cut_off_while_the_database_cannot_be_reached(process: Process, admin: SignedIn) -> None:
    """An answer that runs does not depend on it; what changed meanwhile is seen when it is back."""
    office, told = process.office, []

    class Log(NullLog):
        def warning(self, event: str, /, **fields: Any) -> None:
            told.append(event)

    class Down:
        async def version(self, name: str) -> int:
            raise Fault(Kind.busy, "The database cannot be reached.")

    watch = AccessWatch(office.registered, office.presence, process.runs, office.room.of, Log(), process.defects.append)
    run = await process.answering(admin.token, "a")
    directory, office.access._directory = office.access._directory, Down()  # type: ignore[assignment]
    for _ in range(3):
        await watch.round()
    assert (run.ended, told) == (None, ["accounts not confirmed"])
    office.access._directory = directory
    await office.do(SignOut(), admin.token)
    await watch.round()
    assert run.ended is not None and len(told) == 1


def test_only_those_who_stand_in_the_database_are_kept_track_of(process: Process) -> None:
    """Nobody else's access can end while the server runs; the hot path of the others costs nothing."""
    presence = Presence()
    for stored in (True, False):
        who = Principal("default", "ada", stored=stored)
        caller = Caller(process.office.dispatch, who, "r", presence=presence)
        caller.stream(lambda: None)
        assert presence.principals() == ({who} if stored else set())
        caller.release()
        assert presence.principals() == set()


def test_a_request_that_is_over_is_not_revoked(process: Process) -> None:
    presence, cut = Presence(), []
    who = Principal("default", "ada", stored=True)
    caller = Caller(process.office.dispatch, who, "r", presence=presence)
    caller.stream(lambda: cut.append(1))
    assert presence.revoke({msgspec.structs.replace(who, user="bob")}) == 0
    assert presence.revoke({who}) == 1 and presence.revoke({who}) == 0
    assert cut == [1]
    Caller(process.office.dispatch, who, "r").release()
