"""A supervised child process, tried with one that can misbehave in every way."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.processes import pipe
from parlance.processes.child import LARGE, ChildProcess, Limits, python, resident, trimmed
from parlance.processes.life import LATE
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("answering_child.py")))
SOON = 10.0
HELLO = pipe.Call(1, "hello")
LIMITS = Limits()


class Timers:
    """Timers that fire when a test says so."""

    def __init__(self) -> None:
        self.pending: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, callback: Callable[[], None]) -> Timers.Handle:
        entry = (seconds, callback)
        self.pending.append(entry)
        return Timers.Handle(self, entry)

    def fire(self, seconds: float) -> None:
        """Fire the ones set for exactly so many seconds."""
        due = [entry for entry in self.pending if entry[0] == seconds]
        self.pending = [entry for entry in self.pending if entry[0] != seconds]
        for _, callback in due:
            callback()

    def set_for(self) -> list[float]:
        return sorted(seconds for seconds, _ in self.pending)

    class Handle:
        def __init__(self, timers: Timers, entry: tuple[float, Callable[[], None]]) -> None:
            self._timers, self._entry = timers, entry

        def cancel(self) -> None:
            if self._entry in self._timers.pending:
                self._timers.pending.remove(self._entry)


class HandClock(SystemClock):
    """Time that passes when a test says so."""

    at = 100.0

    def monotonic(self) -> float:
        return self.at


@asynccontextmanager
async def child(
    limits: Limits = LIMITS, hello: pipe.Call = HELLO, command: tuple[str, ...] = COMMAND, **more: Any
) -> AsyncIterator[ChildProcess]:
    more.setdefault("clock", SystemClock())
    made = ChildProcess("test process", command, hello, trimmed(os.environ), limits=limits, **more)
    try:
        yield made
    finally:
        await made.close()


async def gone(pid: int) -> bool:
    """Whether a process ends within a generous time."""
    async with asyncio.timeout(SOON):
        while alive(pid):
            await asyncio.sleep(0.01)
    return True


def pid_of(made: ChildProcess) -> int:
    assert made.pid is not None
    return made.pid


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_nothing_runs_before_the_first_call_and_one_process_serves_all_after_it() -> None:
    async with child() as made:
        assert made.pid is None and made.resident == 0 and not made.loading
        pids = [(await made.call("pid", {})).answer.fields["pid"] for _ in range(3)]
        assert pids == [made.pid] * 3
        assert made.resident > 0 or sys.platform != "linux"


async def test_calls_at_once_get_their_own_answers_from_one_process() -> None:
    async with child() as made:
        replies = await asyncio.gather(*(made.call("echo", {"n": n}) for n in range(50)))
        assert [reply.answer.fields["n"] for reply in replies] == list(range(50))


async def test_the_child_sees_no_secret_of_the_server() -> None:
    environment = trimmed({"PATH": "/bin", "OPENAI_API_KEY": "sk-1", "PARLANCE_X": "y", "https_proxy": "z"})
    assert environment == {"PATH": "/bin"}
    os.environ["PARLANCE_TEST_SECRET"] = "s"
    try:
        async with child() as made:
            names = (await made.call("environment", {})).answer.fields["names"]
    finally:
        del os.environ["PARLANCE_TEST_SECRET"]
    assert "PATH" in names and "PARLANCE_TEST_SECRET" not in names


async def test_a_call_in_flight_when_it_dies_fails_typed_and_the_next_one_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with child() as made:
        with pytest.raises(Fault) as caught:
            await made.call("die", {"times": 1000})
        assert caught.value.kind is Kind.upstream
        assert "the last words" in caplog.text and "\nthe last words" not in caplog.text
        assert (await made.call("echo", {"n": 1})).answer.fields == {"n": 1}


async def test_every_call_in_flight_fails_when_it_dies_not_only_the_guilty_one() -> None:
    async with child() as made:
        first = asyncio.create_task(made.call("sleep", {"seconds": 0.05}))
        results = await asyncio.gather(first, made.call("die", {}), made.call("echo", {}), return_exceptions=True)
        assert isinstance(results[1], Fault)
        assert all(isinstance(result, Fault | pipe.Reply) for result in results)


async def test_a_child_killed_from_outside_is_replaced() -> None:
    async with child() as made:
        await made.call("echo", {})
        pid = pid_of(made)
        os.kill(pid, 9)
        assert await gone(pid)
        async with asyncio.timeout(SOON):
            while made.pid is not None:
                await asyncio.sleep(0.01)
        await made.call("echo", {})
        assert made.pid not in (None, pid)


async def test_it_ends_when_idle_and_a_call_takes_that_back() -> None:
    timers = Timers()
    async with child(Limits(rest=300), later=timers) as made:
        await made.call("echo", {})
        assert made.expires is not None
        assert 300 in timers.set_for()
        call = asyncio.create_task(made.call("sleep", {"seconds": 0.05}))
        await asyncio.sleep(0)
        assert 300 not in timers.set_for() and made.expires is None
        await call
        pid = pid_of(made)
        timers.fire(300)
        assert await gone(pid)
        assert made.pid is None and made.expires is None
        await made.call("echo", {})
        assert made.pid not in (None, pid)


async def test_a_call_may_set_another_idle_time_or_none() -> None:
    timers = Timers()
    async with child(Limits(rest=300), later=timers) as made:
        await made.call("echo", {}, rest=7)
        assert 7 in timers.set_for()
        await made.call("echo", {}, rest=-1)
        assert not {7, 300, -1} & set(timers.set_for()) and made.expires is None
        await made.call("echo", {}, rest=0)
        pid = pid_of(made)
        timers.fire(0)
        assert await gone(pid)


async def test_ended_by_hand_it_starts_again_when_needed() -> None:
    async with child() as made:
        await made.end()
        await made.call("echo", {})
        pid = pid_of(made)
        await made.end()
        assert not alive(pid) and made.pid is None
        await made.call("echo", {})


async def test_closed_it_leaves_no_process_and_refuses_calls() -> None:
    async with child() as made:
        await made.call("echo", {})
        pid = pid_of(made)
        working = asyncio.create_task(made.call("sleep", {"seconds": 0.05}))
        await asyncio.sleep(0.01)
        await made.close()
        assert not alive(pid)
        assert isinstance((await asyncio.gather(working, return_exceptions=True))[0], Fault | pipe.Reply)
        with pytest.raises(Fault) as caught:
            await made.call("echo", {})
        assert caught.value.kind is Kind.busy and caught.value.retry_after


async def test_closing_while_it_starts_leaves_no_process() -> None:
    hello = pipe.Call(1, "sleep", {"seconds": 30})
    async with child(Limits(grace=0.05), hello) as made:
        call = asyncio.create_task(made.call("echo", {}))
        await asyncio.sleep(0)
        await made.close()
        assert isinstance((await asyncio.gather(call, return_exceptions=True))[0], Fault)
        assert made.pid is None and not made.loading


async def test_one_that_does_not_end_by_itself_is_killed_after_its_grace() -> None:
    async with child(Limits(grace=0.05)) as made:
        call = asyncio.create_task(made.call("stay", {}))
        async with asyncio.timeout(SOON):
            while made.pid is None:
                await asyncio.sleep(0.01)
        pid = made.pid
        await made.end()
        assert not alive(pid)
        with pytest.raises(Fault):
            await call


async def test_an_answer_that_takes_too_long_is_a_fault_and_the_end_of_the_child() -> None:
    async with child(Limits(answer=0.2)) as made:
        await made.call("echo", {})
        pid = pid_of(made)
        with pytest.raises(Fault) as caught:
            await made.call("sleep", {"seconds": 30})
        assert caught.value.kind is Kind.timed_out
        assert await gone(pid)
        await made.call("echo", {})


@pytest.mark.parametrize("verb", ["babble", "mumble"])
async def test_nonsense_in_the_pipe_is_a_fault_and_the_end_of_the_child(verb: str) -> None:
    async with child() as made:
        with pytest.raises(Fault) as caught:
            await made.call(verb, {})
        assert caught.value.kind is Kind.upstream
        await made.call("echo", {})


async def test_an_answer_nobody_waits_for_is_dropped() -> None:
    async with child() as made:
        assert (await made.call("late", {})).answer.id == 2
        call = asyncio.create_task(made.call("sleep", {"seconds": 0.05}))
        await asyncio.sleep(0.01)
        call.cancel()
        assert (await made.call("echo", {"n": 5})).answer.fields == {"n": 5}


async def test_a_refusal_of_the_child_keeps_its_kind_and_sentences() -> None:
    async with child() as made:
        with pytest.raises(Fault) as caught:
            await made.call("refuse", {"kind": "context_full"})
        assert (caught.value.kind, caught.value.sentence()) == (Kind.context_full, "No. Yes.")
        assert caught.value.field == "input"
        with pytest.raises(Fault) as caught:
            await made.call("refuse", {"kind": "unheard-of"})
        assert caught.value.kind is Kind.internal


async def test_a_call_too_large_for_the_pipe_is_refused_and_harms_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    async with child(hint="Say less.") as made:
        await made.call("echo", {})
        monkeypatch.setattr(pipe, "MOST", 4096)
        with pytest.raises(Fault) as caught:
            await made.call("echo", {"text": "x" * 5000})
        assert caught.value.kind is Kind.too_large
        assert (caught.value.message, caught.value.hint) == ("This is too large for the test process.", "Say less.")
        await made.call("echo", {})


async def test_one_that_grows_beyond_its_limit_is_killed_in_mid_call() -> None:
    sizes: dict[int, int] = {}
    async with child(Limits(memory=1000, poll=0.01), measure=lambda pid: sizes.get(pid, 10)) as made:
        await made.call("echo", {})
        pid = pid_of(made)
        call = asyncio.create_task(made.call("sleep", {"seconds": 30}))
        await asyncio.sleep(0.05)
        assert alive(pid)
        sizes[pid] = 1001
        with pytest.raises(Fault) as caught:
            await call
        assert caught.value.kind is Kind.upstream and "memory" in caught.value.message
        await made.call("echo", {})


async def test_where_only_the_child_can_tell_its_size_its_answers_do() -> None:
    async with child(Limits(memory=1000), measure=lambda pid: None) as made:
        assert (await made.call("swell", {})).body == b"body"
        assert made.pid is None and made.resident == 0
        await made.call("echo", {})


async def test_the_memory_watch_rests_when_there_is_no_work() -> None:
    timers = Timers()
    async with child(Limits(poll=3), later=timers, measure=lambda pid: None) as made:
        await made.call("echo", {})
        timers.fire(3)
        assert 3 not in timers.set_for()


async def test_a_start_that_fails_is_not_tried_again_by_every_call_at_once(tmp_path: Path) -> None:
    clock, starts = HandClock(), tmp_path / "starts"
    hello = pipe.Call(1, "refuse", {"kind": "unsupported"})
    async with child(Limits(patience=2), hello, (*COMMAND, str(starts)), clock=clock) as made:
        for _ in range(3):
            with pytest.raises(Fault) as caught:
                await made.call("echo", {})
            assert caught.value.kind is Kind.unsupported
        assert starts.read_text() == "."
        clock.at += 2
        with pytest.raises(Fault):
            await made.call("echo", {})
        assert starts.read_text() == ".."


async def test_a_program_that_is_not_there_is_a_fault() -> None:
    async with child(command=("/nonexistent/program",)) as made:
        with pytest.raises(Fault) as caught:
            await made.call("echo", {})
        assert caught.value.kind is Kind.upstream and "/nonexistent" not in caught.value.sentence()


async def test_a_start_outlives_the_caller_who_wanted_it_and_then_rests() -> None:
    timers = Timers()
    async with child(Limits(rest=300), pipe.Call(1, "sleep", {"seconds": 0.1}), later=timers) as made:
        call = asyncio.create_task(made.call("echo", {}))
        async with asyncio.timeout(SOON):
            while not made.loading:
                await asyncio.sleep(0.01)
        call.cancel()
        async with asyncio.timeout(SOON):
            while made.pid is None or 300 not in timers.set_for():
                await asyncio.sleep(0.01)
        assert timers.set_for().count(300) == 1


async def test_started_without_a_call_it_rests_like_after_one() -> None:
    timers = Timers()
    async with child(Limits(rest=300), later=timers) as made:
        await made.start()
        assert 300 in timers.set_for()


def test_the_size_of_a_process_that_is_not_there_is_not_known() -> None:
    assert resident(2**22 + 1) is None


def test_modules_run_with_this_interpreter_and_not_from_the_working_folder() -> None:
    assert python("parlance.x", "1") == (sys.executable, "-P", "-m", "parlance.x", "1")


async def test_progress_is_heard_and_renews_the_deadline_until_the_whole_is_over() -> None:
    """A call may take longer than one deadline as long as it says how far it is, but not for ever."""
    async with child(msgspec.structs.replace(LIMITS, answer=0.5, whole=60.0)) as made:
        heard: list[dict[str, Any]] = []
        reply = await made.call("count", {"to": 10, "pause": 0.1}, told=heard.append)
        assert [fields["done"] for fields in heard] == list(range(10)) and reply.answer.fields == {
            "to": 10,
            "pause": 0.1,
        }
    async with child(msgspec.structs.replace(LIMITS, answer=30.0, whole=0.3)) as made:
        with pytest.raises(Fault) as caught:
            await made.call("count", {"to": 1000, "pause": 0.05})
        assert (caught.value.kind, caught.value.code) == (Kind.timed_out, LATE)


async def test_a_killed_child_fails_its_call_with_the_reason_and_the_next_call_works() -> None:
    """Whoever cancels long work does not wait for it."""
    async with child() as made:
        await made.start()
        working = asyncio.create_task(made.call("sleep", {"seconds": 60}))
        await asyncio.sleep(0)
        made.kill(Fault(Kind.cancelled, "Stopped."))
        with pytest.raises(Fault) as caught:
            await working
        assert caught.value.kind is Kind.cancelled
        assert (await made.call("echo", {"a": 1})).answer.fields == {"a": 1}


async def test_what_a_child_may_have_can_be_raised_while_it_lives() -> None:
    """Some work needs more than the rest, and says so."""
    async with child(msgspec.structs.replace(LIMITS, memory=1 << 39)) as made:
        made.allow(1 << 41)
        assert (await made.call("swell", {})).body == b"body"
        made.allow(1)
        with pytest.raises(Fault) as caught:
            await made.call("sleep", {"seconds": 60})
        assert (caught.value.code, caught.value.hint) == (LARGE, None)
