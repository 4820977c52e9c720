"""Whole chats: lists, changes, who may see them, what becomes of old ones and of runs that are over."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from parlance.core.admission.answers import Answers
from parlance.core.authorize import owns
from parlance.core.chat.chat_operations import ListChats, MoveChat, ReadChat, UpdateChat
from parlance.core.chat.past_runs import PastRuns
from parlance.core.chat.retention import Retention
from parlance.core.chat.road import Pool
from parlance.core.chat.turn_operations import DeleteTurn, RateTurn, SendTurn, StopChat
from parlance.core.runs.fold import fold
from parlance.ports.observing import NullLog, NullMeters
from parlance.stores.volatile.cache import MemoryCache
from parlance.testing.chats import ChatBench, add_users
from parlance.testing.road import pool
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended, Usage

ADA, BOB = Principal("default", "ada"), Principal("default", "bob")


async def refusal(doing: object) -> Fault:
    with pytest.raises(Fault) as refused:
        await doing  # type: ignore[misc]
    return refused.value


async def test_what_is_not_given_stays_and_a_version_guards_the_rest(b: ChatBench) -> None:
    do = b.caller()
    sent = await do(SendTurn("Hi"))
    await b.ended(sent)
    before = (await b.stored(sent.chat)).chat
    assert await do(UpdateChat(sent.chat)) == before
    pinned = await do(UpdateChat(sent.chat, pinned=True, version=before.version))
    assert pinned == (await b.stored(sent.chat)).chat and pinned.title == "Hi"
    again = await refusal(do(UpdateChat(sent.chat, title="Other", version=before.version)))
    assert (again.kind, again.code) == (Kind.conflict, "chat_changed")
    nameless = await do(UpdateChat(sent.chat, title="  "))
    assert (nameless.title, nameless.titled_by) == ("", "nobody")
    assert (await do(MoveChat(sent.chat))).folder is None


@pytest.mark.parametrize("limit", [0, 201, -1])
async def test_a_page_has_a_bounded_length(b: ChatBench, limit: int) -> None:
    assert (await refusal(b.caller()(ListChats(limit=limit)))).code == "out_of_range"


async def test_nobody_else_of_the_tenant_or_of_another_one_may_see_or_change_a_chat(b: ChatBench) -> None:
    await add_users(b.database, "default", "root")
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    admin = frozenset({"chat", "admin", "operate"})
    for who in (
        b.caller("bob"),
        b.caller("ada", "other"),
        b.caller("ada", guest=True),
        b.caller("root", scopes=admin),
    ):
        for op in (
            ReadChat(sent.chat),
            UpdateChat(sent.chat, title="x"),
            SendTurn("x", chat=sent.chat),
            SendTurn("x", parent=sent.answer),
            StopChat(sent.chat),
            DeleteTurn(sent.turn),
            RateTurn(sent.answer, 1),
        ):
            assert (await refusal(who(op))).kind in (Kind.missing, Kind.forbidden)
    assert len((await b.stored(sent.chat)).turns) == 2


async def test_an_operator_whom_the_settings_let_reads_and_changes_nothing(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    operator = b.caller("bob", oversees=True)
    assert (await operator(ReadChat(sent.chat))).chat.user == "ada"
    assert (await refusal(operator(UpdateChat(sent.chat, title="x")))).kind is Kind.missing


async def test_a_run_of_a_chat_is_read_with_every_key_of_its_user_and_with_nobody_elses(b: ChatBench) -> None:
    sent = await b.caller(key="laptop")(SendTurn("Hi"))
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    await b.ended(sent)
    assert owns(ADA, run) and owns(Principal("default", "ada", key="phone"), run)
    for other in (BOB, Principal("other", "ada"), Principal("default", "ada", guest=True)):
        assert not owns(other, run)


async def test_a_run_that_is_forgotten_is_told_by_its_turn(b: ChatBench) -> None:
    b.engine.script = [Delta("hm", "reasoning"), Delta("Hello " * 20)]
    sent = await b.caller()(SendTurn("Hi"))
    await b.ended(sent)
    runs = PastRuns(b.room)
    live = await runs.find(ADA, sent.run)
    b.clock.move(3600)
    past = await runs.find(ADA, sent.run)
    assert live is not None and past is not None and past is not live
    first, second = fold(live.events()), fold(past.events())
    assert first.choices == second.choices and first.usage == second.usage
    assert isinstance(past.events()[-1], Ended) and any(isinstance(event, Usage) for event in past.events())
    assert past.mark != past.id == live.mark and owns(ADA, past) and not owns(BOB, past)
    assert await runs.find(ADA, "nobody") is None


async def test_a_turn_that_runs_elsewhere_is_not_told_as_if_it_were_over(b: ChatBench) -> None:
    b.engine.hold(1)
    sent = await b.caller()(SendTurn("Hi"))
    run = b.room.road.runs.get(sent.run)
    assert run is not None
    b.room.road.runs._runs.pop(sent.run)
    assert await PastRuns(b.room).find(ADA, sent.run) is None
    run.let_go()


async def test_chats_are_deleted_at_their_age_and_not_before(b: ChatBench) -> None:
    old = await b.caller()(SendTurn("Old"))
    his = await b.caller("bob")(SendTurn("His"))
    await b.ended(old)
    await b.ended(his)
    await b.caller()(UpdateChat(old.chat, pinned=True))
    b.clock.move(86_400)
    new = await b.caller("bob")(SendTurn("More", chat=his.chat))
    await b.ended(new)
    retention = Retention(b.room, b.database, 2, NullLog(), b.base.defects.append)
    b.clock.move(86_400 - 1)
    assert await retention.round() == 0
    b.clock.move(2)
    assert await retention.round() == 1
    assert await b.room.stores.chats("default").chat(old.chat) is None
    assert len((await b.stored(his.chat)).turns) == 4


@pytest.mark.slow
async def test_more_old_chats_than_go_together_are_all_deleted(b: ChatBench) -> None:
    for n in range(120):
        sent = await b.caller()(SendTurn(f"{n}"))
    await b.ended(sent)
    b.clock.move(100)
    assert await Retention(b.room, b.database, 0.001, NullLog(), b.base.defects.append).round() == 120


class BrokenCache(MemoryCache):
    """A cache that cannot be asked."""

    error: Exception

    async def get(self, scope: str, key: str) -> bytes | None:
        raise self.error


@pytest.mark.parametrize("error", [Fault(Kind.busy, "No.", code="cache_gone"), RuntimeError("a defect")])
async def test_what_cannot_take_off_is_the_answers_own_end(b: ChatBench, error: Exception) -> None:
    """The commit is done: whatever happens then must leave no turn that says it runs."""
    cache = BrokenCache(1000, b.clock)
    cache.error = error
    answers = Answers(cache, enabled=True, ttl=60.0, max_bytes=1000, meters=NullMeters())
    b.room.road.pools["default"] = Pool(answers, pool("all", b.clock).conversations, "all")
    with contextlib.suppress(RuntimeError):
        await b.caller()(SendTurn("Hi", client_id="x"))
    await b.room.saver.round()
    sent = await b.caller()(SendTurn("Hi", client_id="x"))
    turn = await b.turn(sent.answer)
    assert turn.state == "failed" and turn.error is not None and turn.error.code in ("cache_gone", "internal")
    assert b.engine.calls == 0


async def test_the_saver_writes_by_itself_and_outlives_a_defect(b: ChatBench) -> None:
    sent = await b.caller()(SendTurn("Hi"))
    saving = b.room.saver.of(sent.answer)
    assert saving is not None
    taken, saving.turn = saving.turn, lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    b.room.saver.start()
    async with asyncio.timeout(20):
        while not b.base.defects:
            await asyncio.sleep(0.001)
        saving.turn = taken  # type: ignore[method-assign]
        while b.room.saver.of(sent.answer) is not None:
            await asyncio.sleep(0.001)
    await b.room.saver.stop()
    assert (await b.turn(sent.answer)).state == "complete"
