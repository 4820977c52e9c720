"""What goes round by itself: nothing ends it but its stop, and its stop raises nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from parlance.core.rounds import Rounds
from parlance.ports.observing import NullLog
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault, Kind
from tests.unit.core.files.desk import Desk

PATIENCE = 20.0
LONG = 3600.0
AWAY = Fault(Kind.busy, "The database cannot be reached.")
DEFECT = ValueError("a row that cannot be read")


class Journal(NullLog):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def warning(self, event: str, /, **fields: Any) -> None:
        self.lines.append(event)


class Round:
    """Work that raises what it is given, one at a time, and then does well."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.done, self.last = 0, 0
        self.log, self.defects = Journal(), list[Exception]()

    async def work(self) -> None:
        self.done += 1
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error

    async def end(self) -> None:
        self.last += 1
        await self.work()

    def rounds(self, every: float = 0.0, **more: Any) -> Rounds:
        return Rounds(self.work, every, "not done", self.log, self.defects.append, last=self.end, **more)

    async def until(self, done: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.done < done:
                await asyncio.sleep(0)


async def test_a_defect_is_told_and_the_next_round_comes() -> None:
    round = Round(DEFECT, DEFECT)
    rounds = round.rounds()
    rounds.start()
    await round.until(3)
    await rounds.stop()
    assert round.defects == [DEFECT, DEFECT] and round.log.lines == [] and round.last == 1


@pytest.mark.parametrize("error", [AWAY, Conflict(), OSError("full")])
async def test_what_is_away_is_told_once_until_it_was_there_again(error: Exception) -> None:
    round = Round(error, error, None, error)
    rounds = round.rounds()
    rounds.start()
    await round.until(5)
    await rounds.stop()
    assert round.log.lines == ["not done"] * 2 and round.defects == []


@pytest.mark.parametrize("error", [AWAY, DEFECT])
async def test_a_stop_does_what_is_last_and_raises_nothing(error: Exception) -> None:
    """Also without a start, and twice."""
    round = Round(error)
    rounds = round.rounds()
    await rounds.stop()
    await rounds.stop()
    assert (round.done, round.last) == (2, 2)
    assert (round.defects, round.log.lines) == (([DEFECT], []) if error is DEFECT else ([], ["not done"]))


async def test_a_round_can_be_woken_and_waits_at_first_where_it_shall() -> None:
    round = Round()
    rounds = round.rounds(LONG, at_once=False)
    rounds.start()
    for _ in range(3):
        await asyncio.sleep(0)
    assert round.done == 0
    for n in (1, 2):
        rounds.wake()
        await round.until(n)
    await rounds.stop()
    assert (round.done, round.last) == (3, 1)


@pytest.mark.parametrize(("whole", "finished"), [(True, 2), (False, 1)])
async def test_a_round_under_way_is_cut_short_unless_it_is_to_be_whole(whole: bool, finished: int) -> None:
    begun, go, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def work() -> None:
        begun.set()
        await go.wait()
        done.append("round")

    async def last() -> None:
        done.append("last")

    rounds = Rounds(work, LONG, "not done", NullLog(), list[Exception]().append, last=last, whole=whole)
    rounds.start()
    await begun.wait()
    stopping = asyncio.create_task(rounds.stop())
    await asyncio.sleep(0)
    go.set()
    await stopping
    assert done == ["round", "last"][-finished:]


async def test_what_was_stopped_can_begin_again() -> None:
    round = Round()
    rounds = round.rounds(LONG)
    for n in (2, 4):
        rounds.start()
        await round.until(n - 1)
        await rounds.stop()
        assert round.done == n


async def test_a_row_that_no_code_of_ours_can_read_ends_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it did for the keeper of files: one such row, and nothing was looked after any more, without a word."""
    desk = Desk(tmp_path)
    await desk.open()

    async def broken(now: int) -> Any:
        raise DEFECT

    held = asyncio.Event()

    async def sound(now: int) -> Any:
        held.set()
        return []

    monkeypatch.setattr(desk.rows, "overdue", broken)
    desk.keeper.start()
    async with asyncio.timeout(PATIENCE):
        while not desk.defects:
            await asyncio.sleep(0)
    monkeypatch.setattr(desk.rows, "overdue", sound)
    desk.keeper._rounds.wake()
    async with asyncio.timeout(PATIENCE):
        await held.wait()
    await desk.keeper.stop()
    await desk.close()
    assert desk.defects == [DEFECT]
