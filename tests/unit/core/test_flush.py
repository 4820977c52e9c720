"""Detached runs reach the mirror; attached ones and their silence do not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.runs import flush as flush_module
from parlance.core.runs.flush import FLUSH_SECONDS, LIFE_ROUNDS, LONGEST_PAUSE, Flusher
from parlance.core.runs.housekeeping import Housekeeping
from parlance.core.runs.registry import LIVE_SECONDS
from parlance.ports.mirror import GONE_SECONDS, Published
from parlance.ports.observing import NullLog
from parlance.stores.volatile.mirror import MemoryMirror
from parlance.testing.mirrors import told
from parlance.testing.road import Bench, ask, bench
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended


class Unreachable(MemoryMirror):
    """A mirror that cannot be reached the first time."""

    tries = 0

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        self.tries += 1
        if self.tries == 1:
            raise Fault(Kind.upstream, "The mirror cannot be reached.")
        return await super().publish(batches)


def flusher(b: Bench, mirror: MemoryMirror) -> Flusher:
    return Flusher(b.road.runs, mirror, "process-1", b.clock, NullLog(), b.defects.append)


async def test_a_detached_run_can_be_followed_in_the_mirror_to_its_end() -> None:
    b = bench()
    mirror = MemoryMirror(b.clock)
    flush = flusher(b, mirror)
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask(), detached=True))
    await b.caller()(SendMessage(ask()))
    await flush.flush()
    b.engine.gate.set()
    await run.answer()
    await flush.flush()
    await flush.flush()
    said = await told(mirror, run.owner.scope_key, run.id)
    assert "".join(e.text for e in said if isinstance(e, Delta)) == "Hello"
    assert said[-1] == Ended("complete")


class HeardLog(NullLog):
    """A journal that remembers its warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, event: str, /, **fields: Any) -> None:
        self.warnings.append(event)


class Gone(MemoryMirror):
    """A mirror that cannot be reached for now."""

    there = False
    tries = 0

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        self.tries += 1
        if not self.there:
            raise Fault(Kind.busy, "The mirror cannot be reached.")
        return await super().publish(batches)


async def test_a_mirror_that_stays_away_is_told_of_once() -> None:
    """And once more when it was back in between."""
    b, log = bench(), HeardLog()
    mirror = Gone(b.clock)
    flush = Flusher(b.road.runs, mirror, "process-1", b.clock, log, b.defects.append)
    await (await b.caller()(SendMessage(ask(), detached=True))).answer()
    for there in (False, False, False, True, False):
        mirror.there = there
        if log.warnings and not there:
            await (await b.caller()(SendMessage(ask(), detached=True))).answer()
        await flush.flush()
        b.clock.move(LONGEST_PAUSE)
    assert log.warnings == ["mirror not reached"] * 2


async def test_a_mirror_that_stays_away_is_tried_less_and_less_often() -> None:
    """And as soon as it is back a run that says nothing is shown to be alive, before others take it for gone."""
    b = bench()
    b.engine.gate.clear()
    mirror = Gone(b.clock)
    flush = flusher(b, mirror)
    run = await b.caller()(SendMessage(ask(), detached=True))
    tried = []
    for _ in range(4 * 60):
        before = mirror.tries
        await flush.flush()
        tried += [b.clock.monotonic() - 1000.0] * (mirror.tries - before)
        b.clock.move(FLUSH_SECONDS)
    assert tried[:6] == [0.0, 0.5, 1.5, 3.5, 5.5, 7.5] and len(tried) < 60 / LONGEST_PAUSE + 3
    mirror.there = True
    b.clock.move(LONGEST_PAUSE)
    await flush.flush()
    mirror.there, tries = False, mirror.tries
    for _ in range(LIFE_ROUNDS):
        await flush.flush()
    assert mirror.tries == tries + 1
    mirror.there = True
    b.clock.move(GONE_SECONDS + 1)
    await flush.flush()
    heard = await mirror.read(run.owner.scope_key, run.id, 0)
    assert heard is not None and not heard.gone
    assert b.defects == []


async def test_the_last_flush_waits_for_no_pause() -> None:
    """A mirror that has just come back has the ends of all runs, although it was to be left alone."""
    b = bench()
    mirror = Gone(b.clock)
    flush = flusher(b, mirror)
    run = await b.caller()(SendMessage(ask(), detached=True))
    await run.answer()
    await flush.flush()
    mirror.there = True
    await flush.flush()
    assert mirror.tries == 1
    await flush.stop()
    assert (await told(mirror, run.owner.scope_key, run.id))[-1] == Ended("complete") and b.defects == []


async def test_what_a_lost_flush_held_comes_with_the_next() -> None:
    b = bench()
    mirror = Unreachable(b.clock)
    flush = flusher(b, mirror)
    run = await b.caller()(SendMessage(ask(), detached=True))
    await run.answer()
    await flush.flush()
    assert await mirror.read(run.owner.scope_key, run.id, 0) is None
    b.clock.move(LONGEST_PAUSE)
    await flush.flush()
    assert (await told(mirror, run.owner.scope_key, run.id))[-1] == Ended("complete")


async def test_the_last_flush_comes_with_the_stop() -> None:
    b = bench()
    mirror = MemoryMirror(b.clock)
    flush = flusher(b, mirror)
    flush.start()
    run = await b.caller()(SendMessage(ask(), detached=True))
    await run.answer()
    await flush.stop()
    assert (await told(mirror, run.owner.scope_key, run.id))[-1] == Ended("complete")


class Slow(MemoryMirror):
    """A mirror that takes its time, and some more to be called off."""

    publishing = most = 0

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        self.publishing += 1
        self.most = max(self.most, self.publishing)
        try:
            await asyncio.sleep(0.01)
        finally:
            await asyncio.sleep(0.01)
            self.publishing -= 1
        return await super().publish(batches)


async def test_the_last_flush_waits_for_the_round_that_it_cuts_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_module, "FLUSH_SECONDS", 0.0)
    b = bench()
    mirror = Slow(b.clock)
    flush = flusher(b, mirror)
    run = await b.caller()(SendMessage(ask(), detached=True))
    await run.answer()
    flush.start()
    while not mirror.publishing:
        await asyncio.sleep(0)
    await flush.stop()
    assert (mirror.most, mirror.publishing) == (1, 0)
    assert (await told(mirror, run.owner.scope_key, run.id))[-1] == Ended("complete")


async def test_a_detached_run_that_nobody_ends_is_ended_by_housekeeping() -> None:
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask(), detached=True))
    house = Housekeeping(b.road.runs, b.clock)
    house.start()
    house.tidy()
    assert run.ended is None
    b.clock.move(LIVE_SECONDS + 1)
    house.tidy()
    house.stop()
    house.stop()
    await asyncio.sleep(0)
    assert run.ended is not None and run.ended.outcome == "failed"
    assert run.at(run.length) == b.clock.now()
