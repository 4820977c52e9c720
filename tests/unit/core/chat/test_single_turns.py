"""Chats as clients have them that know no trees: counted, with notes of their own, and single turns taken out."""

from __future__ import annotations

import pytest

from parlance.core.chat.chat_operations import CountChats, CreateChat, UpdateChat
from parlance.core.chat.turn_operations import LiftTurn, SendTurn
from parlance.testing.chats import ChatBench
from parlance.values.errors import Fault, Kind


async def test_one_turn_is_taken_out_and_what_hung_under_it_stays(b: ChatBench) -> None:
    """It hangs under what was before; the branch that is shown ends where it ended."""
    do = b.caller()
    first = await do(SendTurn("1"))
    await b.ended(first)
    second = await do(SendTurn("2", chat=first.chat))
    await b.ended(second)
    await do(LiftTurn(first.answer, first.chat))
    await do(LiftTurn(first.turn, first.chat))
    chat = await b.stored(first.chat)
    assert [(turn.id, turn.parent) for turn in chat.turns] == [(second.turn, None), (second.answer, second.turn)]
    assert chat.chat.head == second.answer
    await do(LiftTurn(second.answer, first.chat))
    assert (await b.stored(first.chat)).chat.head == second.turn


async def test_an_answer_that_is_taken_out_is_stopped(b: ChatBench) -> None:
    """One whose question is taken out goes on."""
    do = b.caller()
    b.engine.hold(1)
    sent = await do(SendTurn("Hi"))
    await b.heard(sent, 2)
    await do(LiftTurn(sent.turn, sent.chat))
    assert b.engine.cancelled == 0
    await do(LiftTurn(sent.answer, sent.chat))
    b.engine.gate.set()
    await b.room.saver.flush()
    assert (await b.stored(sent.chat)).turns == () and b.engine.cancelled == 1


async def test_a_turn_of_another_chat_is_none_of_this_one(b: ChatBench) -> None:
    """It stays where it is."""
    do = b.caller()
    one, other = await do(SendTurn("1")), await do(SendTurn("2"))
    with pytest.raises(Fault) as refused:
        await do(LiftTurn(one.turn, other.chat))
    assert refused.value.kind is Kind.missing
    assert len((await b.stored(one.chat)).turns) == 2


async def test_what_other_programs_note_stays_with_chats_and_turns(b: ChatBench) -> None:
    """Each under its own name; too much of it is refused."""
    do = b.caller()
    made = await do(CreateChat("One", foreign={"a": 1}))
    changed = await do(UpdateChat(made.id, foreign={"b": [2]}))
    assert changed.foreign == {"a": 1, "b": [2]}
    sent = await do(SendTurn("Hi", chat=made.id, foreign={"a": {"request": "r1"}}))
    await b.ended(sent)
    turns = (await b.stored(made.id)).turns
    assert [turn.foreign for turn in turns] == [{"a": {"request": "r1"}}] * 2
    for asks in (CreateChat(foreign={"a": "x" * 70_000}), SendTurn("Hi", foreign={"a": "x" * 70_000})):
        with pytest.raises(Fault) as refused:
            await do(asks)
        assert refused.value.code == "out_of_range"


async def test_chats_are_listed_by_number_too(b: ChatBench) -> None:
    """The newest first, without those that were put away, and with how many there are."""
    do = b.caller()
    made = [await do(CreateChat(f"{n}")) for n in range(4)]
    await do(UpdateChat(made[1].id, archived=True))
    page = await do(CountChats(skip=1, limit=1))
    assert (page.total, len(page.chats)) == (3, 1) and page.chats[0].id in {each.id for each in made}
    assert {each.id for each in (await do(CountChats())).chats} == {made[0].id, made[2].id, made[3].id}
