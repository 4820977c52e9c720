"""The log: ordered, bounded, and the same whether read live or sealed."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs import log as log_module
from parlance.core.runs.log import Log
from parlance.testing.clocks import HandClock
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Started, Stepped, ToolCalled, Usage, Whole
from parlance.values.messages import Message, ToolCall

EVENTS = st.one_of(
    st.builds(Delta, st.text(max_size=5), st.sampled_from(["text", "reasoning", "arguments"]), st.integers(0, 2)),
    st.builds(Delta, st.text(max_size=5), logprobs=st.just({"content": []})),
    st.builds(ToolCalled, st.integers(0, 3), st.just("id"), st.just("name")),
    st.builds(Finished, st.just("stop")),
)


@given(st.lists(EVENTS, max_size=40), st.integers(1, 60))
def test_a_sealed_log_reads_back_exactly_what_was_said_from_any_offset(events: list[Event], times: int) -> None:
    log = Log(HandClock())
    said: list[Event] = []
    for _ in range(times):
        for event in events:
            log.append(event)
            said.append(event)
    assert len(log) == len(said)
    for offset in (0, 1, len(said) // 3, len(said) // 2, max(0, len(said) - 1), len(said)):
        assert log.after(offset) == said[offset:]


def test_every_event_has_the_time_it_was_said() -> None:
    clock = HandClock()
    log = Log(clock)
    log.append(Delta("a"))
    clock.move(1)
    log.append(Delta("b"))
    assert log.at(2) - log.at(1) == 1_000_000


def test_text_beyond_the_bound_is_a_typed_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "BOUND", 10)
    log = Log(HandClock())
    log.append(Delta("12345678"))
    with pytest.raises(Fault) as cut:
        log.append(Delta("é" * 2))
    assert cut.value.code == "cut"
    log.append(Ended("cut"))
    assert log.after(0)[-1] == Ended("cut")


def test_more_events_than_the_bound_are_a_typed_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "EVENT_BOUND", 3)
    log = Log(HandClock())
    for _ in range(3):
        log.append(Delta("x"))
    with pytest.raises(Fault):
        log.append(Delta("x"))


LOUD = [
    Delta("x", logprobs={"content": ["l" * 100]}),
    Delta("x", foreign={"reasoning_details": "f" * 100}),
    Started("model", foreign={"provider": "f" * 100}),
    ToolCalled(0, "i" * 100, "name"),
    Finished("stop", foreign={"why": "f" * 100}),
    Usage(1, 2, foreign={"cost": "f" * 100}),
    Stepped("s" * 100),
]


@pytest.mark.parametrize("event", LOUD, ids=lambda event: type(event).__name__)
def test_whatever_an_event_holds_counts_towards_the_bound(monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    monkeypatch.setattr(log_module, "BOUND", 1000)
    log = Log(HandClock())
    with pytest.raises(Fault) as cut:
        for _ in range(10):
            log.append(event)
    assert cut.value.code == "cut"
    assert 5 <= len(log) < 10 and 100 * len(log) <= log.bytes <= 1000
    log.append(Ended("cut"))
    assert log.ended == Ended("cut")


def test_events_that_hold_nothing_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "EVENT_BOUND", 3)
    log = Log(HandClock())
    with pytest.raises(Fault):
        for _ in range(4):
            log.append(Stepped(""))


@pytest.mark.slow
@pytest.mark.parametrize("lane", ["text", "logprobs", "foreign"])
@pytest.mark.parametrize("events", [300, 2000])
def test_the_weight_of_a_log_is_about_the_memory_that_it_takes(lane: str, events: int) -> None:
    """Within half and double of what CPython says, whatever it is made of."""

    def delta(n: int) -> Delta:
        if lane == "text":
            return Delta(f"word{n} ")
        top = [{"token": f"t{k}", "logprob": -1.5 * k, "bytes": [1, 2]} for k in range(5)]
        tree = json_door.decode(json_door.encode({"content": top}), dict[str, Any])
        return Delta(f"w{n}", logprobs=tree) if lane == "logprobs" else Delta(f"w{n}", foreign=tree)

    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        log = Log(HandClock())
        for n in range(events):
            log.append(delta(n))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / 2 <= log.weight <= taken * 2


def test_a_copy_says_the_same_and_hears_nothing_more() -> None:
    log = Log(HandClock())
    for n in range(700):
        log.append(Delta(f"{n} "))
    log.append(Delta("x", logprobs={"a": 1}))
    copy = log.copy()
    assert copy.after(0) == log.after(0) and copy.at(700) == log.at(700)
    assert (copy.bytes, copy.beside, copy.weight) == (log.bytes, log.beside, log.weight)
    for n in range(700):
        log.append(Delta(f"{n} "))
    assert len(copy) == 701 and copy.after(700) == [Delta("x", logprobs={"a": 1})]


def test_nothing_comes_after_the_end() -> None:
    log = Log(HandClock())
    log.append(Ended("complete"))
    log.append(Delta("late"))
    log.append(Ended("failed"))
    assert log.after(0) == [Ended("complete")]


def test_the_usage_is_at_hand_however_it_was_said() -> None:
    streamed, whole = Log(HandClock()), Log(HandClock())
    streamed.append(Usage(1, 2))
    whole.append(Whole((Choice((Message("assistant", "hé"), ToolCall("1", "f", "{}"))),), Usage(3, 4)))
    assert (streamed.usage, whole.usage) == (Usage(1, 2), Usage(3, 4))
    assert whole.bytes - whole.beside == len("hé".encode()) + 2
