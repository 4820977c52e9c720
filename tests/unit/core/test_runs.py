"""Reading runs: pace, dropped readers, notices, and the register."""

from __future__ import annotations

import asyncio
import weakref

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.runs import registry as registry_module
from parlance.core.runs.flight import PAUSE_BEHIND, Flight
from parlance.core.runs.log import Log
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import DROP_BEHIND, Run
from parlance.ports.engines import Sink
from parlance.testing.clocks import HandClock
from parlance.testing.road import ScriptedEngine, ask, bench
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault
from parlance.values.events import Choice, Delta, Ended, Event, Started, Whole
from parlance.values.messages import Message
from parlance.values.notices import Loading, Notice, Progressed

ADA = Principal("default", "ada")
KIB = "x" * 1024


class Tap:
    """An upstream's tap that counts."""

    def __init__(self) -> None:
        self.turns: list[str] = []

    def pause(self) -> None:
        self.turns.append("pause")

    def resume(self) -> None:
        self.turns.append("resume")


def flying(*, detached: bool = False) -> tuple[Flight, Run, Tap]:
    """A flight that a test pushes into, and a run on it."""

    async def wait(flight: Flight) -> None:
        await asyncio.Event().wait()

    flight = Flight(HandClock(), wait, lambda _: None, lambda _: None)
    run = Run("run", ADA, "model", 0, detached=detached)
    run.board(flight)
    flight.start()
    tap = Tap()
    flight.tap(tap)
    return flight, run, tap


async def test_an_upstream_is_paused_while_its_only_reader_is_behind_and_let_go_when_it_is_near() -> None:
    flight, run, tap = flying()
    stream = run.batches()
    flight.push(Delta("first"))
    await anext(stream)
    for _ in range(PAUSE_BEHIND // 1024 + 70):
        flight.push(Delta(KIB))
    assert tap.turns == ["pause"]
    await anext(stream)
    assert tap.turns == ["pause", "resume"]
    await stream.aclose()
    run.let_go()


async def test_the_fastest_reader_sets_the_pace() -> None:
    flight, slow, tap = flying()
    fast = Run("fast", ADA, "model", 0)
    fast.board(flight)
    streams = slow.batches(), fast.batches()
    flight.push(Delta("first"))
    for stream in streams:
        await anext(stream)
    for _ in range(6):
        for _ in range(100):
            flight.push(Delta(KIB))
        await anext(streams[1])
    assert tap.turns == []
    for stream in streams:
        await stream.aclose()
    slow.let_go()
    fast.let_go()


async def test_a_detached_flight_is_never_paused() -> None:
    flight, run, tap = flying(detached=True)
    stream = run.batches()
    flight.push(Delta("first"))
    await anext(stream)
    for _ in range(1000):
        flight.push(Delta(KIB))
    assert tap.turns == []
    await stream.aclose()
    run.let_go()


async def test_a_reader_that_is_lost_is_dropped_and_may_resume_where_it_was() -> None:
    flight, run, _ = flying(detached=True)
    stream = run.batches()
    flight.push(Delta("first"))
    first, events, _ = await anext(stream)
    for _ in range(DROP_BEHIND // 1024 + 2):
        flight.push(Delta(KIB))
    with pytest.raises(Fault) as dropped:
        await anext(stream)
    assert dropped.value.code == "reader_dropped"
    n, rest, _ = await anext(run.batches(first + len(events) - 1))
    assert n == 2 and len(rest) == DROP_BEHIND // 1024 + 2
    run.let_go()


async def test_notices_reach_a_reader_at_most_four_times_a_second_and_the_latest_wins() -> None:
    flight, run, _ = flying()
    seen: list[Notice] = []

    async def read() -> None:
        async for _, _, notice in run.batches(notices=True):
            if notice is not None:
                seen.append(notice)

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    for done in range(200):
        flight.notice(Progressed("pulling", done))
        await asyncio.sleep(0.002)
    flight.notice(Loading(1.0))
    await asyncio.sleep(0.3)
    run.end(Ended("stopped"))
    await reading
    assert seen[0] == Progressed("pulling", 0)
    assert seen[-1] == Loading(1.0)
    assert len(seen) <= 5


async def test_a_reader_of_text_alone_is_not_woken_into_notices() -> None:
    flight, run, _ = flying()
    stream = run.batches()
    flight.notice(Loading())
    flight.push(Delta("a"))
    assert await anext(stream) == (1, [Delta("a")], None)
    await stream.aclose()
    run.let_go()


async def test_a_run_that_ends_alone_shows_its_own_end_and_the_others_the_flights() -> None:
    flight, one, _ = flying()
    other = Run("other", ADA, "model", 0)
    other.board(flight)
    flight.push(Delta("a"))
    one.end(Ended("stopped"))
    one.end(Ended("failed"))
    flight.push(Delta("b"))
    said: list[Event] = []
    async for _, events, _ in one.batches():
        said += events
    assert said[-1] == Ended("stopped")
    assert other.ended is None
    other.let_go()
    await asyncio.sleep(0.01)
    assert flight.ended == Ended("stopped")


async def test_an_answer_that_passes_the_bound_is_cut_and_what_was_said_is_kept() -> None:
    class Endless(ScriptedEngine):
        async def chat(self, ask: ChatAsk, sink: Sink) -> None:
            while True:
                sink.push(Delta(KIB * 64))

    b = bench(Endless())
    run = await b.caller()(SendMessage(ask(), detached=True))
    answer = await run.answer()
    assert run.ended is not None and run.ended.outcome == "cut"
    assert len(answer.text) > 4_000_000


async def test_finished_runs_that_take_too_much_room_go_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "KEEP_BYTES", 3 * registry_module.RUN_BYTES + 100)
    runs = Runs(HandClock())
    for number in range(5):
        run = Run(str(number), ADA, "model", 0, detached=True)
        run.board(Flight.landed(HandClock(), Log(HandClock())), hold=False)
        runs.add(run)
        runs.ended(run)
        runs.ended(run)
    assert [run.id for run in runs.all()] == ["4", "3", "2"]


async def test_what_a_finished_run_holds_besides_text_counts_towards_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "KEEP_BYTES", 100_000)
    runs = Runs(HandClock())
    for number in range(5):
        log = Log(HandClock())
        log.append(Delta("x", logprobs={"content": ["l" * 6000]}))
        log.append(Ended("complete"))
        run = Run(str(number), ADA, "model", 0, detached=True)
        runs.add(run)
        run.board(Flight.landed(HandClock(), log), hold=False)
    assert [run.id for run in runs.all()] == ["4", "3"]


@pytest.mark.slow
async def test_a_whole_answer_beyond_the_bound_is_cut_where_a_streamed_one_is() -> None:
    """What fits is kept; nobody loses an answer because it came at once."""
    b = bench(ScriptedEngine([Whole((Choice((Message("assistant", "x" * 5_000_000),)),))]))
    run = await b.caller()(SendMessage(ask(stream=False)))
    answer = await run.answer()
    assert run.ended is not None and run.ended.outcome == "cut"
    assert 4_000_000 < len(answer.text) <= 4 * 1024 * 1024


async def test_draining_waits_for_answers_that_are_nearly_there() -> None:
    b = bench()
    b.engine.gate.clear()
    run = await b.caller()(SendMessage(ask()))
    asyncio.get_running_loop().call_later(0.06, b.engine.gate.set)

    async def pass_time() -> None:
        while run.ended is None:
            await asyncio.sleep(0.01)
            b.clock.move(0.01)

    assert (await asyncio.gather(b.road.runs.drain(10.0), pass_time()))[0] == 0
    assert run.ended == Ended("complete")


async def test_the_first_word_is_told_once_so_that_the_question_can_be_forgotten() -> None:
    told: list[int] = []

    async def work(_: Flight) -> None: ...

    flight = Flight(HandClock(), work, lambda _: None, lambda _: None, on_first=lambda: told.append(1))
    flight.push(Started("m"))
    assert told == []
    flight.say(["a", "b"])
    flight.push(Delta("c"))
    assert told == [1] and len(flight.log) == 4


async def test_nothing_that_ended_leads_from_a_flight_back_to_itself() -> None:
    """The collector never has to find it: what a chat leaves goes at once."""
    flight, run, _ = flying()
    kept = weakref.ref(flight._work)
    flight.cancel(Ended("stopped"))
    await asyncio.sleep(0)
    assert flight.runs == [] and flight.ended is not None and run.ended == Ended("stopped")
    assert kept() is None


async def test_patience_ends_though_its_timer_fires_a_moment_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of a loop may be rounded, as that of uvloop is: whoever compares it afterwards waits for ever."""
    loop = asyncio.get_running_loop()
    _, run, _ = flying()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "call_later", lambda _, told, *words: loop.call_soon(told, *words))
        waiting = asyncio.ensure_future(run.begun(1000.0))
        for _ in range(10):
            await asyncio.sleep(0)
    assert waiting.done() and waiting.result() is False
