"""After a crash: what ran is marked as interrupted with its text, what others fly is left alone."""

from __future__ import annotations

import pytest

from parlance.core.chat.recovery import GONE_AFTER, STOPPED, Recovery
from parlance.core.chat.turn_operations import ContinueTurn, SendTurn, Sent
from parlance.ports.observing import NullLog
from parlance.testing.chats import ChatBench
from parlance.values.messages import Message
from parlance.values.time import SECOND


def recovery(b: ChatBench, process: str, *, alone: bool) -> Recovery:
    room = b.room
    return Recovery(
        b.database, room.stores, process, room.feeds, b.clock, NullLog(), b.base.defects.append, alone=alone
    )


async def left_behind(b: ChatBench) -> Sent:
    """An answer with a checkpoint, whose process (process-1) writes no more."""
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi"))
    await b.heard(sent, 2)
    b.room.saver.drop(b.room.saver.of_chat(sent.chat))
    return sent


async def test_a_process_that_is_alone_marks_what_another_left_and_it_goes_on(b: ChatBench) -> None:
    sent = await left_behind(b)
    assert await recovery(b, "process-2", alone=True).begin() == 1
    turn = await b.turn(sent.answer)
    assert (turn.state, turn.said, turn.error) == ("interrupted", (Message("assistant", "Hel"),), STOPPED)
    assert turn.prefix_hash is not None and turn.items[0].status == "partial"
    assert await recovery(b, "process-3", alone=True).begin() == 0
    b.engine.gate.set()
    going = await b.caller()(ContinueTurn(sent.answer))
    await b.ended(going)
    assert (await b.turn(sent.answer)).said == (Message("assistant", "HelHello"),)


async def test_one_of_several_marks_only_what_has_not_been_there_for_a_while(b: ChatBench) -> None:
    first, second = recovery(b, "process-1", alone=False), recovery(b, "process-2", alone=False)
    await first.begin()
    sent = await left_behind(b)
    assert await second.begin() == 0
    for _ in range(4):
        b.clock.move(GONE_AFTER / SECOND / 2)
        await first.round()
        await second.round()
    assert (await b.turn(sent.answer)).state == "running"
    b.clock.move(GONE_AFTER / SECOND + 1)
    await second.round()
    assert (await b.turn(sent.answer)).state == "interrupted"


async def test_a_process_that_was_taken_for_gone_comes_back(b: ChatBench) -> None:
    first, second = recovery(b, "process-1", alone=False), recovery(b, "process-2", alone=False)
    await first.begin()
    b.clock.move(4000)
    await second.begin()
    assert await b.room.stores.living(0) == {"process-2"}
    await first.round()
    assert await b.room.stores.living(0) == {"process-1", "process-2"}


@pytest.mark.slow
async def test_more_turns_than_one_look_sees_are_all_marked(b: ChatBench) -> None:
    b.engine.hold(1)
    for _ in range(26):
        await b.caller()(SendTurn("Hi", models=("model",) * 8))
    b.room.saver.drop(b.room.saver.of_user("default", "ada"))
    assert await recovery(b, "process-2", alone=True).begin() == 208
