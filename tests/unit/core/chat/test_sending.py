"""Saying something in a saved chat: what is stored, what is asked, and what is the same when it is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import pytest

from parlance.core.chat.chat_operations import CreateChat, ReadChat
from parlance.core.chat.turn_operations import EditTurn, Regenerate, SendTurn
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.runs.fold import fold
from parlance.core.runs.operations import ReadRun
from parlance.ports.engines import Sink
from parlance.ports.stores import Database, Row
from parlance.stores.sql.chat_stores import SqlChatStores
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.chats import ChatBench, Talker, chat_bench
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.chats import OpenChat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, ToolCalled
from parlance.values.messages import Image, Message, Reasoning, Text, ToolCall


def shown(chat: OpenChat) -> list[tuple[str, str, str]]:
    """Role, state and text of every turn."""
    return [(t.role, t.state, "".join(i.content for i in t.said if isinstance(i, Message))) for t in chat.turns]  # type: ignore[misc]


async def test_a_question_and_its_answer_are_two_turns_of_a_new_chat(b: ChatBench) -> None:
    do = b.caller()
    sent = await do(SendTurn("What is a tree?"))
    await b.ended(sent)
    chat = await b.stored(sent.chat)
    assert shown(chat) == [("user", "complete", "What is a tree?"), ("assistant", "complete", "Hello")]
    question, answer = chat.turns
    assert (question.id, answer.id, answer.parent, answer.run) == (sent.turn, sent.answer, sent.turn, sent.run)
    assert chat.chat.head == sent.answer and chat.chat.title == "What is a tree?" and chat.chat.titled_by == "text"
    assert answer.usage is not None and answer.usage.prompt == 10 and answer.model == "model"
    assert answer.ended == b.clock.now() and answer.prefix_hash is not None


class Looking(Talker):
    """An engine that looks into the database when it is called."""

    database: Database
    seen: Sequence[Row] = ()

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        self.seen = await self.database.read("SELECT role, state FROM turns ORDER BY id", {})
        await super().chat(ask, sink)


async def test_the_question_and_a_running_answer_are_stored_before_the_engine_is_called(database: Database) -> None:
    engine = Looking()
    engine.database = database
    b = await chat_bench(database, engine)
    await b.ended(await b.caller()(SendTurn("Hi")))
    assert engine.seen == [("user", "complete"), ("assistant", "running")]


async def test_a_live_view_and_a_reloaded_one_are_the_same(b: ChatBench) -> None:
    b.engine.script = [
        Delta("hm", "reasoning"),
        Delta("Hel"),
        Delta("lo"),
        ToolCalled(0, "c", "find"),
        Delta("{}", "arguments"),
    ]
    b.engine.hold(3)
    do = b.caller()
    sent = await do(SendTurn("Hi"))
    await b.heard(sent, 4)
    live = (await do(ReadChat(sent.chat))).turns[1]
    assert live == (await b.stored(sent.chat)).turns[1] and live.state == "running"
    assert live.said == (Reasoning("hm"), Message("assistant", "Hello"))
    assert [(i.id, i.status) for i in live.items] == [("reasoning-1", "complete"), ("message-1", "partial")]
    b.engine.gate.set()
    run = await do(ReadRun(sent.run))
    await b.ended(sent)
    stored = (await b.stored(sent.chat)).turns[1]
    assert stored.said == fold(run.events()).choices[0].items
    assert stored.said[2] == ToolCall("c", "find", "{}")
    assert {i.status for i in stored.items} == {"complete"} and (await do(ReadChat(sent.chat))).turns[1] == stored


class LateTurns(SqlTurns):
    """Turns that reach whoever reads them only when `meanwhile` is over."""

    meanwhile: Callable[[], Awaitable[None]]

    async def all(self, chat: str) -> tuple[Turn, ...]:
        read = await super().all(chat)
        await self.meanwhile()
        return read


class LateStores(SqlChatStores):
    """Stores with such turns."""

    meanwhile: Callable[[], Awaitable[None]]

    def turns(self, tenant: str) -> LateTurns:
        made = LateTurns(self._database, tenant)
        made.meanwhile = self.meanwhile
        return made


async def test_an_answer_whose_end_is_written_while_its_chat_is_read_is_shown_whole(b: ChatBench) -> None:
    """Whoever saw its end, and reads the chat at once, is not told that it is still running."""
    sent = await b.caller()(SendTurn("Hi"))
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    await run.answer()
    stores = LateStores(b.database)
    stores.meanwhile = partial(b.room.saver.settle, sent.chat)
    dispatch = Dispatch(
        handlers(Rooms(b.room.road, msgspec.structs.replace(b.room, stores=stores))),
        {"chat": b.room.find_chat},
        b.room.road.gate,
        b.database,
    )
    opened = await Caller(dispatch, Principal("default", "ada"), "request-2")(ReadChat(sent.chat))
    assert opened.turns == (await b.stored(sent.chat)).turns and opened.turns[1].state == "complete"


async def test_the_history_of_the_branch_goes_with_the_next_question(b: ChatBench) -> None:
    do = b.caller()
    b.engine.script = [Delta("hm", "reasoning"), Delta("One")]
    first = await do(SendTurn("1?"))
    await b.ended(first)
    second = await do(SendTurn("2?", chat=first.chat))
    await b.ended(second)
    assert b.engine.asks[-1].items == (Message("user", "1?"), Message("assistant", "One"), Message("user", "2?"))
    edited = await do(EditTurn(second.turn, "3?"))
    await b.ended(edited)
    assert b.engine.asks[-1].items == (Message("user", "1?"), Message("assistant", "One"), Message("user", "3?"))
    under = await do(SendTurn("4?", parent=second.answer))
    await b.ended(under)
    assert under.chat == first.chat and b.engine.asks[-1].items[2] == Message("user", "2?")


async def test_several_models_answer_one_question_side_by_side(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("Hi", models=("model", "other")))
    await b.ended(sent)
    chat = await b.stored(sent.chat)
    assert [t.parent for t in chat.turns] == [None, sent.turn, sent.turn]
    assert [a.model for a in sent.answers] == ["model", "other"] and sent.answer == sent.answers[0].turn
    assert [t.model for t in chat.turns[1:]] == ["model", "other"]
    assert chat.chat.head == sent.answer


async def test_an_answer_is_made_again_by_the_same_model_or_another(b: ChatBench) -> None:
    do = b.caller()
    sent = await do(SendTurn("Hi", models=("other",)))
    await b.ended(sent)
    for target in (sent.answer, sent.turn):
        again = await do(Regenerate(target))
        await b.ended(again)
        assert (again.turn, again.answers[0].model) == (sent.turn, "other")
    another = await do(Regenerate(sent.answer, ("model",)))
    await b.ended(another)
    chat = await b.stored(sent.chat)
    assert [t.model for t in chat.turns if t.parent == sent.turn] == ["other", "other", "other", "model"]
    assert chat.chat.head == another.answer


async def test_an_edited_question_is_a_sibling_and_the_first_one_stays(b: ChatBench) -> None:
    do = b.caller()
    sent = await do(SendTurn("Helo", models=("other",)))
    await b.ended(sent)
    edited = await do(EditTurn(sent.turn, "Hello"))
    await b.ended(edited)
    chat = await b.stored(sent.chat)
    roots = [t for t in chat.turns if t.parent is None]
    assert [t.id for t in roots] == [sent.turn, edited.turn]
    assert edited.answers[0].model == "other" and chat.chat.head == edited.answer
    with pytest.raises(Fault) as refused:
        await do(EditTurn(sent.answer, "no"))
    assert refused.value.code == "not_a_question"


@pytest.mark.slow
async def test_fifty_identical_sends_are_one_chat_one_turn_and_one_run(b: ChatBench) -> None:
    do = b.caller()
    answers = await asyncio.gather(*(do(SendTurn("Hi", client_id="mine")) for _ in range(50)))
    await b.ended(answers[0])
    assert len(set(answers)) == 1 and b.engine.calls == 1
    assert len((await b.stored(answers[0].chat)).turns) == 2
    within = [SendTurn("More", chat=answers[0].chat, client_id="next", models=("model", "other"))] * 50
    later = await asyncio.gather(*(do(op) for op in within))
    await b.ended(later[0])
    assert len(set(later)) == 1 and b.engine.calls == 3
    again = [Regenerate(later[0].answer, client_id="again")] * 50
    third = await asyncio.gather(*(do(op) for op in again))
    await b.ended(third[0])
    assert len(set(third)) == 1 and b.engine.calls == 4


class InBetween:
    """Reads of a database. Something else is done after one of them, before its rows are given."""

    def __init__(self, read: Callable[..., Any]) -> None:
        self._read = read
        self.left = 0
        """Reads until it is done; above nought if there were not so many."""
        self.done: Any = None

    def after(self, reads: int, deed: Callable[[], Any]) -> None:
        """Do it after so many reads from now on."""
        self.left, self._deed = reads, deed

    async def __call__(self, *call: Any, **more: Any) -> Any:
        rows = await self._read(*call, **more)
        self.left -= 1
        if self.left == 0:
            self.done = await self._deed()
        return rows


@pytest.mark.parametrize("within", [False, True])
async def test_whenever_the_same_thing_is_sent_in_between_both_get_one_answer(
    b: ChatBench, database: Database, monkeypatch: pytest.MonkeyPatch, within: bool
) -> None:
    """After each read of the database that a send makes; in a chat of their own or in one that is there."""
    do = b.caller()
    first = await do(SendTurn("Hi"))
    await b.ended(first)
    at, late = 0, InBetween(database.read)
    monkeypatch.setattr(database, "read", late)
    while late.left <= 0:
        at += 1
        same = SendTurn("More", chat=first.chat if within else None, client_id=f"mine-{at}")
        late.after(at, partial(do, same))
        b.engine.hold()  # what was sent in between is still being answered
        sent = await do(same)
        b.engine.gate.set()
        await b.ended(sent)
        assert late.left > 0 or sent == late.done
    assert at > 2 and b.engine.calls == at + 1


async def test_a_client_id_stands_for_one_message_only(b: ChatBench) -> None:
    """What was said before must not pass for what is said now; the same once more is the same."""
    do, picture = b.caller(), Image(b"\x89PNG", "image/png")
    sent = await do(SendTurn("Hi", client_id="mine", parts=(picture,)))
    await b.ended(sent)
    assert await do(SendTurn("Hi", client_id="mine", parts=(picture,))) == sent
    others = [
        SendTurn("Bye", client_id="mine", parts=(picture,)),
        SendTurn("Hi", client_id="mine"),
        SendTurn("Hi", chat=sent.chat, client_id="mine", parts=(Image(b"\x89PNX", "image/png"),)),
        EditTurn(sent.turn, "Hello", client_id="mine"),
    ]
    for op in others:
        with pytest.raises(Fault) as refused:
            await do(op)
        assert (refused.value.kind, refused.value.code) == (Kind.conflict, "client_id_used")
    assert b.engine.calls == 1


async def test_a_chat_may_be_made_before_anything_is_said_in_it(b: ChatBench) -> None:
    do = b.caller()
    chat = await do(CreateChat(client_id="mine"))
    assert await do(CreateChat(client_id="mine")) == chat
    sent = await do(SendTurn("First words", chat=chat.id))
    assert (await b.stored(chat.id)).chat.title == "First words"
    named = await do(CreateChat("  My\nown\u202e title "))
    assert (named.title, named.titled_by) == ("My own title", "user")
    await do(SendTurn("Other words", chat=named.id))
    assert (await b.stored(named.id)).chat.title == "My own title"
    await b.ended(sent)


async def test_pictures_go_to_the_engine_and_read_back(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("See", parts=(Image(b"\x89PNG", "image/png", foreign={"x": 1}),)))
    await b.ended(sent)
    said = Message("user", (Text("See"), Image(b"\x89PNG", "image/png")))
    assert b.engine.asks[-1].items == (said,) and (await b.stored(sent.chat)).turns[0].said == (said,)


async def test_nothing_is_sent_where_nothing_is_said_or_nobody_is_to_answer(b: ChatBench) -> None:
    do = b.caller()
    for op, code in (
        (SendTurn("  "), "empty"),
        (SendTurn("Hi", models=("nobody",)), "model_not_found"),
        (SendTurn("Hi", models=("model",) * 9), "out_of_range"),
        (SendTurn("Hi", client_id=""), "out_of_range"),
        (SendTurn("Hi", client_id="x" * 201), "out_of_range"),
    ):
        with pytest.raises(Fault) as refused:
            await do(op)
        assert refused.value.code == code
    assert b.engine.calls == 0


async def test_nothing_is_said_under_an_answer_that_is_still_coming(b: ChatBench) -> None:
    b.engine.hold()
    do = b.caller()
    sent = await do(SendTurn("Hi"))
    with pytest.raises(Fault) as refused:
        await do(SendTurn("And?", chat=sent.chat))
    assert refused.value.code == "answering" and refused.value.kind is Kind.conflict
    b.engine.gate.set()
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    await run.answer()
    await do(SendTurn("And?", chat=sent.chat))  # though the end of the first is not written yet


async def test_guests_keep_no_chats(b: ChatBench) -> None:
    with pytest.raises(Fault) as refused:
        await b.caller("visitor", guest=True)(SendTurn("Hi"))
    assert refused.value.code == "guests_keep_nothing"
