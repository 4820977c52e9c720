"""How answers end: stopped, cut, failed, interrupted; what is kept of them, and how they go on."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.chat.chat_operations import ClearChats, DeleteChat, ReadChat
from parlance.core.chat.turn_operations import ContinueTurn, DeleteTurn, RateTurn, SendTurn, Sent, StopChat
from parlance.core.runs.fold import fold
from parlance.core.runs.operations import ReadRun, StopRun
from parlance.testing.chats import ChatBench
from parlance.values.chats import Turn
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta
from parlance.values.messages import Message


def text(turn: Turn) -> str:
    return "".join(i.content for i in turn.said if isinstance(i, Message) and isinstance(i.content, str))


async def half(b: ChatBench, question: str = "Hi") -> Sent:
    """An answer that has said its first half and waits."""
    b.engine.hold(1)
    sent = await b.caller()(SendTurn(question))
    await b.heard(sent, 2)
    return sent


async def test_a_stopped_answer_keeps_what_was_said_and_stops_the_engine(b: ChatBench) -> None:
    sent = await half(b)
    assert await b.caller()(StopChat(sent.chat)) is True
    turn = await b.turn(sent.answer)
    assert (turn.state, text(turn), turn.items[0].status) == ("stopped", "Hel", "partial")
    await asyncio.sleep(0)
    assert b.engine.cancelled == 1
    assert await b.caller()(StopChat(sent.chat)) is False
    assert (await b.turn(sent.turn)).state == "complete"


async def test_one_of_several_answers_is_stopped_alone(b: ChatBench) -> None:
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi", models=("model", "other")))
    await b.heard(sent, 2)
    assert await b.caller()(StopChat(sent.chat, sent.answers[1].turn)) is True
    b.engine.gate.set()
    await b.ended(sent)
    assert [(await b.turn(a.turn)).state for a in sent.answers] == ["complete", "stopped"]


async def test_a_stopped_run_is_a_stopped_turn_too(b: ChatBench) -> None:
    sent = await half(b)
    assert await b.caller()(StopRun(sent.run)) is True
    await b.room.saver.round()
    assert (await b.turn(sent.answer)).state == "stopped"


async def test_an_upstream_that_breaks_leaves_a_failed_turn_with_its_half(b: ChatBench) -> None:
    b.engine.fault = Fault(Kind.upstream, "The engine broke.", code="broken")
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    turn = await b.turn(sent.answer)
    assert (turn.state, text(turn)) == ("failed", "Hello")
    assert turn.error is not None and turn.error.code == "broken"


@pytest.mark.parametrize("mute", [True, False])
async def test_an_unfinished_answer_goes_on_in_its_own_turn(b: ChatBench, mute: bool) -> None:
    b.engine.fault, b.engine.mute = Fault(Kind.upstream, "The engine broke."), mute
    do = b.caller()
    sent = await do(SendTurn("Hi"))
    await b.ended(sent)
    b.engine.fault = None
    b.engine.script = [Delta(", wor"), Delta("ld")]
    b.engine.hold(1)
    going = await do(ContinueTurn(sent.answer))
    assert (going.chat, going.turn, going.answer) == (sent.chat, sent.turn, sent.answer) and going.run != sent.run
    assert await do(ContinueTurn(sent.answer)) == going, "asked twice, it goes on once"
    b.engine.gate.set()
    await b.ended(going)
    turn = await b.turn(sent.answer)
    expected = ", world" if mute else "Hello, world"
    assert (turn.state, text(turn), turn.error) == ("complete", expected, None)
    before = () if mute else (Message("assistant", "Hello"),)
    assert b.engine.asks[-1].items == (Message("user", "Hi"), *before)
    run = await do(ReadRun(going.run))
    assert fold(run.events()).choices[0].items == turn.said, "whoever reads the run reads the whole answer"
    assert len((await b.stored(sent.chat)).turns) == 2


async def test_an_answer_goes_on_as_often_as_it_is_stopped(b: ChatBench) -> None:
    sent = await half(b)
    for n in (1, 2, 3):
        await b.caller()(StopChat(sent.chat))
        assert text(await b.turn(sent.answer)) == "Hel" * n
        going = await b.caller()(ContinueTurn(sent.answer))
        await b.heard(going, 3)
    b.engine.gate.set()
    await b.ended(going)
    assert text(await b.turn(sent.answer)) == "HelHelHelHello"


async def test_a_whole_answer_is_not_continued(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    for id in (sent.answer, sent.turn):
        with pytest.raises(Fault) as refused:
            await b.caller()(ContinueTurn(id))
        assert refused.value.code == "nothing_to_continue"


async def test_a_deleted_turn_takes_its_branch_and_stops_what_runs_there(b: ChatBench) -> None:
    do = b.caller()
    first = await do(SendTurn("1"))
    await b.ended(first)
    beside = await do(SendTurn("2", chat=first.chat))
    await b.ended(beside)
    b.engine.hold(1)
    running = await do(SendTurn("3", chat=first.chat, parent=first.answer))
    await b.heard(running, 2)
    await do(DeleteTurn(running.turn))
    b.engine.gate.set()
    await b.room.saver.flush()
    chat = await b.stored(first.chat)
    assert [t.id for t in chat.turns] == [first.turn, first.answer, beside.turn, beside.answer]
    assert chat.chat.head == beside.answer and b.engine.cancelled == 1
    await do(DeleteTurn(first.turn))
    chat = await b.stored(first.chat)
    assert chat.turns == () and chat.chat.head is None


async def test_a_deleted_chat_is_gone_with_what_ran_in_it(b: ChatBench) -> None:
    sent = await half(b)
    await b.caller()(DeleteChat(sent.chat))
    await b.room.saver.flush()
    with pytest.raises(Fault) as gone:
        await b.caller()(ReadChat(sent.chat))
    assert gone.value.kind is Kind.missing and b.engine.cancelled == 1
    other = await half(b)
    await b.caller()(ClearChats())
    await asyncio.sleep(0)
    assert await b.room.stores.chats("default").chat(other.chat) is None and b.engine.cancelled == 2


async def test_an_answer_is_rated_and_a_question_is_not(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    await b.caller()(RateTurn(sent.answer, -1, "wrong"))
    turn = await b.turn(sent.answer)
    assert (turn.rating, turn.note) == (-1, "wrong")
    for op in (RateTurn(sent.turn, 1), RateTurn(sent.answer, 2), RateTurn(sent.answer, 1, "x" * 5000)):
        with pytest.raises(Fault):
            await b.caller()(op)


async def test_what_cannot_be_written_now_is_written_later(b: ChatBench, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = await half(b)
    apply = b.database.apply

    async def broken(changes: object) -> None:
        raise Fault(Kind.busy, "The database cannot be reached.", code="database_unreachable")

    monkeypatch.setattr(b.database, "apply", broken)
    b.engine.gate.set()
    await b.ended(sent)
    assert (await b.turn(sent.answer)).state == "running"
    monkeypatch.setattr(b.database, "apply", apply)
    await b.room.saver.round()
    assert (await b.turn(sent.answer)).state == "complete"


async def test_an_answer_that_reached_its_bound_is_cut_and_goes_on(b: ChatBench) -> None:
    b.engine.ends = "length"
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    assert (await b.turn(sent.answer)).state == "cut"
    b.engine.ends = "stop"
    going = await b.caller()(ContinueTurn(sent.answer))
    await b.ended(going)
    turn = await b.turn(sent.answer)
    assert (turn.state, text(turn)) == ("complete", "HelloHello")
