"""A run of another process is read, followed and stopped like one's own, by those only who may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.runs import relays as relays_module
from parlance.core.runs.flush import Flusher
from parlance.core.runs.operations import ReadRun, StopRun
from parlance.core.runs.relays import Relayed, Relays
from parlance.core.runs.run import Run
from parlance.ports.observing import NullLog
from parlance.stores.volatile.mirror import MemoryMirror
from parlance.stores.volatile.signals import Hub, MemorySignals
from parlance.testing.road import Bench, ask, bench
from parlance.values.accounts import Principal
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.events import Ended, Event

ADA = Principal("default", "ada")


class Away(MemoryMirror):
    """A mirror that can be taken away; `patient`: it takes nobody for gone, `forgetful`: it has lost all events."""

    away = patient = forgetful = False

    async def read(self, scope: str, run: str, after: int) -> Any:
        if self.away:
            raise Fault(Kind.busy, "The mirror cannot be reached.", code="mirror_away")
        heard = await super().read(scope, run, after)
        if heard is not None and self.forgetful:
            return msgspec.structs.replace(heard, events=())
        return msgspec.structs.replace(heard, gone=False) if heard is not None and self.patient else heard


class Town:
    """Two processes over one mirror: runs fly in `there` and are read `here`."""

    def __init__(self) -> None:
        self.there, self.here = bench(), bench()
        self.clock = self.here.clock
        self.mirror = Away(self.clock)
        hub = Hub()
        self.signals = [MemorySignals(hub, name) for name in ("there", "here")]
        self.flushers = [self.flusher(self.there, "there"), self.flusher(self.here, "here")]
        self.relays = [self.relay(self.there, 0), self.relay(self.here, 1)]

        async def past(principal: Principal, id: str) -> Run | None:
            return None

        loaders = {"run": self.relays[1].before(past)}
        self.dispatch = Dispatch(handlers(Rooms(self.here.road)), loaders, self.here.road.gate, None)

    def flusher(self, b: Bench, name: str) -> Flusher:
        return Flusher(b.road.runs, self.mirror, name, self.clock, NullLog(), b.defects.append)

    def relay(self, b: Bench, n: int) -> Relays:
        return Relays(b.road.runs, self.mirror, self.signals[n], self.flushers[n], self.clock)

    def caller(self, principal: Principal = ADA) -> Caller:
        return Caller(self.dispatch, principal, "request-1")

    async def close(self) -> None:
        await self.relays[1].stop_following()


async def all_of(run: Run, after: int = 0) -> list[tuple[int, int | None, Event]]:
    told: list[tuple[int, int | None, Event]] = []
    async for first, events, _ in run.batches(after):
        told += [(n, run.at(n), event) for n, event in enumerate(events, first)]
    return told


@pytest.fixture
async def town(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(relays_module, "LOOK_SECONDS", 0.005)
    made = Town()
    yield made
    await made.close()


async def flown(town: Town, *, detached: bool = True) -> Run:
    """A run that is under way in the other process, and waits for its engine."""
    town.there.engine.gate.clear()
    return await town.there.caller()(SendMessage(ask(stream=True), detached=detached))


@pytest.mark.parametrize("detached", [True, False])
async def test_a_run_of_another_process_is_followed_to_its_end(town: Town, detached: bool) -> None:
    """Every event has the number and the time that it has there, whether the mirror knew of the run or not."""
    there = await flown(town, detached=detached)
    here = await town.caller()(ReadRun(there.id))
    assert here is not there and here.model == there.model and here.created == there.created
    reading = asyncio.ensure_future(all_of(here))
    town.there.engine.gate.set()
    await there.answer()
    await town.flushers[0].flush()
    told = await reading
    assert told == await all_of(there) if detached else told[-1][2] == Ended("complete")
    again = await town.caller()(ReadRun(there.id))
    assert await all_of(again, 1) == told[1:]


async def test_nobody_else_sees_it_or_stops_it(town: Town) -> None:
    """Neither with what the mirror knows nor by asking around."""
    there = await flown(town)
    for _ in range(2):
        for who in (Principal("default", "bob"), Principal("other", "ada"), Principal("default", "ada", guest=True)):
            for operation in (ReadRun(there.id), StopRun(there.id)):
                with pytest.raises(Fault) as caught:
                    await town.caller(who)(operation)
                assert caught.value.code == "run_not_found"
        await town.caller()(ReadRun(there.id))
    assert there.ended is None


async def test_a_stop_reaches_it_once(town: Town) -> None:
    there = await flown(town)
    assert not await town.caller()(StopRun(there.id, waiting_only=True))
    assert await town.caller()(StopRun(there.id))
    assert there.ended == Ended("stopped")
    here = await town.caller()(ReadRun(there.id))
    assert here.ended == Ended("stopped") and not await town.caller()(StopRun(there.id))


async def test_a_run_of_a_chat_is_seen_with_any_key_of_its_user(town: Town) -> None:
    there = await flown(town)
    there.kept = True
    assert (await town.caller(Principal("default", "ada", key="k"))(ReadRun(there.id))).id == there.id
    with pytest.raises(Fault):
        await town.caller(Principal("default", "bob", key="k"))(ReadRun(there.id))


async def test_a_run_whose_process_is_gone_ends_as_interrupted(town: Town) -> None:
    there = await flown(town)
    here = await town.caller()(ReadRun(there.id))
    reading = asyncio.ensure_future(all_of(here))
    town.clock.move(60)
    [*_, (_, _, last)] = await reading
    assert isinstance(last, Ended) and last.outcome == "interrupted"
    with pytest.raises(Fault) as caught:
        town.signals[0]._own.clear()
        await town.caller()(ReadRun("never-was"))
    assert caught.value.code == "run_not_found"


async def test_a_run_whose_end_is_stored_and_was_never_mirrored_is_told_as_it_is_stored(town: Town) -> None:
    """Its process wrote the end and died: that is no interruption, neither to who reads on nor to who comes then."""
    there, stored = await flown(town), Run("stored", ADA, "model", 0)
    over = asyncio.Event()

    async def past(principal: Principal, id: str) -> Run | None:
        return stored if over.is_set() and id == there.id else None

    find = town.relays[1].before(past)
    here = await find(ADA, there.id)
    assert here is not None
    reading = asyncio.ensure_future(all_of(here))
    await asyncio.sleep(0)
    over.set()
    town.signals[0]._own.clear()
    town.clock.move(60)
    with pytest.raises(Fault) as caught:
        await reading
    assert caught.value.kind is Kind.cancelled and here.ended is None
    assert await find(ADA, there.id) is stored


async def test_a_mirror_that_has_an_end_without_its_events_is_left_for_what_is_stored(town: Town) -> None:
    there, stored = await flown(town), Run("stored", ADA, "model", 0)

    async def past(principal: Principal, id: str) -> Run | None:
        return stored

    find = town.relays[1].before(past)
    town.there.engine.gate.set()
    await there.answer()
    await town.flushers[0].flush()
    assert isinstance(await find(ADA, there.id), Relayed)
    town.mirror.forgetful = True
    assert await find(ADA, there.id) is stored


async def gone_after(town: Town, then: Callable[[], Awaitable[None]]) -> str | None:
    """Why a reader is let go, who may come back and finds all."""
    there = await flown(town)
    here = await town.caller()(ReadRun(there.id))
    reading = asyncio.ensure_future(all_of(here))
    await asyncio.sleep(0)
    await then()
    with pytest.raises(Fault) as caught:
        await reading
    town.mirror.away = False
    await town.relays[1].stop_following()
    again = asyncio.ensure_future(all_of(await town.caller()(ReadRun(there.id))))
    town.there.engine.gate.set()
    await there.answer()
    await town.flushers[0].flush()
    assert await again == await all_of(there)
    return caught.value.code


async def test_a_reader_is_let_go_when_the_mirror_stays_away(town: Town) -> None:
    async def away() -> None:
        town.mirror.away = True
        await asyncio.sleep(0.05)
        town.clock.move(relays_module.LOST_SECONDS - 1)
        await asyncio.sleep(0.05)
        town.clock.move(2)
        town.mirror.patient = True

    assert await gone_after(town, away) == "mirror_away"


async def test_a_reader_is_let_go_when_this_server_shuts_down(town: Town) -> None:
    async def dismissed() -> None:
        town.relays[1].dismiss()

    assert await gone_after(town, dismissed) == DRAINING


async def test_nobody_is_followed_for_nobody(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays_module, "IDLE_LOOKS", 2)
    there = await flown(town)
    await town.caller()(ReadRun(there.id))
    async with asyncio.timeout(20):
        while town.relays[1]._following:
            await asyncio.sleep(0.005)
    assert not town.relays[1]._relayed


async def test_without_the_mirror_a_run_elsewhere_is_not_found_and_a_dead_flier_is_told_of(town: Town) -> None:
    there = await flown(town)
    here = await town.caller()(ReadRun(there.id))
    town.signals[0]._own.clear()
    with pytest.raises(Fault) as caught:
        await town.relays[1].stop(here, False)  # type: ignore[arg-type]
    assert caught.value.code == "flier_away"
    town.mirror.away = True
    with pytest.raises(Fault) as caught:
        await town.caller()(ReadRun(there.id))
    assert caught.value.code == "run_not_found"


async def test_a_mirror_that_lost_everything_gets_it_again(town: Town) -> None:
    there = await flown(town)
    here = await town.caller()(ReadRun(there.id))
    reading = asyncio.ensure_future(all_of(here))
    town.mirror._runs.clear()
    town.there.engine.gate.set()
    await there.answer()
    for _ in range(3):
        await town.flushers[0].flush()
    assert await reading == await all_of(there)
    town.mirror._runs.clear()
    assert await all_of(await town.caller()(ReadRun(there.id))) == await all_of(there)
