"""Answers that rest on bases of documents, from the question to the stored turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.core.chat.chat_operations import ListChats, ReadChat
from parlance.core.chat.footing import of_answer
from parlance.core.chat.grounding import Grounding
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.turn_operations import ContinueTurn, EditTurn, Regenerate, SendTurn, StopChat
from parlance.core.knowledge.asking.looking import GONE
from parlance.core.knowledge.bases_operations import DeleteBase
from parlance.core.library.planting import planted
from parlance.core.library.portable import PortableChat, portable
from parlance.testing.databases import fresh
from parlance.values import json_door
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Whole
from parlance.values.grounds import Each, Grounds, Slot, Words
from parlance.values.messages import Message
from parlance.values.notices import Searching
from tests.unit.core.chat.reading_room import TEA, ReadingRoom, cited, over, prompt, reading_room, retrieved
from tests.unit.core.files.desk import ADA, BOB, STRANGER

WHERE = "Where is tea grown?"
SAID: list[Event] = [
    *(Delta("Tea is grown "), Delta("in Assam by 3 mil")),
    *(Delta("lion people [1]. So it"), Delta(" is [7].")),
]


@pytest.fixture
async def r(tmp_path: Path) -> AsyncIterator[ReadingRoom]:
    """A reading room, closed at the end. What differs between databases is held elsewhere."""
    async with fresh("memory", tmp_path, None) as database:
        room = await reading_room(database, tmp_path / "blobs")
        yield room
        await room.desk.close()
    assert room.chats.base.defects == [] and room.desk.defects == []


def asks(text: str = WHERE) -> ChatAsk:
    return ChatAsk("model", (Message("user", text),))


async def sent(r: ReadingRoom, *bases: str, text: str = WHERE, **more: Any) -> list[Event]:
    return await over(await r.do(SendMessage(asks(text), bases=bases, grounds=Grounds(**more))))


async def test_what_was_found_is_told_before_the_answer_and_its_sentences_cite_it(r: ReadingRoom) -> None:
    r.engine.script = SAID
    base, document = await r.filled()
    events = await sent(r, base.id)
    found, first = retrieved(events), events.index(SAID[0])
    assert events.index(found) < first
    [tea] = [each for each in found.passages if "Assam" in each.content]
    assert (tea.document, tea.base, tea.name) == (document.id, base.id, "tea.txt")
    assert tea.content == TEA[tea.start : tea.stop] and 0 < tea.score <= 1 and tea.scores.fused is not None
    one, two = cited(events)
    [citation] = one.citations
    assert citation.sure and TEA[citation.start : citation.stop] == "Tea is grown in Assam by 3 million people"
    assert two.missing == (7,) and not two.citations


async def test_the_engine_is_told_the_passages_behind_what_was_said_before(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    await sent(r, base.id)
    (system, guidance), (user, question) = prompt(r.engine.asks[-1].items)
    assert (system, user) == ("system", "user")
    assert "numbered passages" in guidance and TEA[:40] in question and question.endswith(WHERE)


async def test_an_answer_from_documents_is_never_anothers(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    same = ChatAsk("model", (Message("user", WHERE),), sampling=Sampling(temperature=0.0))
    for _ in range(2):
        await over(await r.do(SendMessage(same, bases=(base.id,), share=True)))
    await over(await r.do(SendMessage(same)))
    assert r.engine.calls == 3


async def test_nothing_found_is_said_without_asking_a_model_in_the_questions_language(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    for text, told in (("zebra quux", "not in your documents"), ("斑马吃什么？", "您的文档中没有相关内容")):
        run = await r.do(SendMessage(asks(text), bases=(base.id,), grounds=Grounds(vectors=False)))
        answer = await run.answer()
        assert told in answer.text and answer.evidence is not None and answer.evidence.passages == ()
    own = await r.do(SendMessage(asks("zebra"), bases=(base.id,), grounds=Grounds(vectors=False, refusal="Sorry.")))
    assert (await own.answer()).text == "Sorry."
    assert r.engine.calls == 0


async def test_without_strictness_a_model_answers_by_itself_where_nothing_is_found(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    events = await sent(r, base.id, text="zebra", vectors=False, strict=False)
    assert retrieved(events).passages == () and r.engine.calls == 1
    assert prompt(r.engine.asks[0].items) == [("user", "zebra")]


async def test_an_answer_that_begins_with_the_marker_is_replaced_before_anybody_sees_it(r: ReadingRoom) -> None:
    r.engine.script = [Delta("NO_"), Delta("MATCH so sorry")]
    base, _ = await r.filled()
    run = await r.do(SendMessage(asks(), bases=(base.id,), grounds=Grounds(no_match_prefix="NO_MATCH", refusal="No.")))
    assert (await run.answer()).text == "No."
    assert not any(isinstance(each, Delta) and "NO_" in each.text for each in run.events())


async def test_own_instructions_and_an_own_layout_stand_in_place_of_ours(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    layout = (Words("Known:\n"), Each((Slot("number"), Words(") "), Slot("passage"), Words("\n"))), Slot("question"))
    await sent(r, base.id, instructions="Be a poet.", layout=layout, most=1, diversity=0.0)
    [system, user] = prompt(r.engine.asks[0].items)
    assert system == ("system", "Be a poet.")
    assert user[1].startswith("Known:\n1) ") and user[1].endswith(f"\n{WHERE}") and "<passage" not in user[1]


async def test_bases_of_others_and_those_that_are_not_there_are_one_and_the_same(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    for who in (BOB, STRANGER):
        for op in (SendMessage(asks(), bases=(base.id,)), SendTurn(WHERE, bases=(base.id,))):
            with pytest.raises(Fault) as refused:
                await r.do(op, who)
            assert (refused.value.kind, refused.value.code) == (Kind.missing, "base_not_found")
    assert r.engine.calls == 0


async def test_a_reloaded_chat_shows_what_the_live_one_told(r: ReadingRoom) -> None:
    r.engine.script = SAID
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    events = await over(r.run(made.run))
    live = [turn for turn in (await r.do(ReadChat(made.chat))).turns if turn.role == "assistant"]
    await r.chats.ended(made)
    stored = await r.chats.turn(made.answer)
    found = retrieved(events)
    assert stored.evidence is not None and live[0].evidence == stored.evidence
    assert stored.evidence.passages == found.passages and list(stored.evidence.cited) == cited(events)
    question = await r.chats.turn(made.turn)
    assert question.footing is not None and [each.id for each in question.footing.bases] == [base.id]
    assert question.footing.bases[0].name == "Tea"


async def test_the_next_question_and_another_answer_stand_on_the_same_bases(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,), grounds=Grounds(most=1, threshold=0.0)))
    await r.chats.ended(made)
    for op in (
        SendTurn("And coffee?", chat=made.chat),
        Regenerate(made.answer),
        EditTurn(made.turn, text="Where is rice grown?"),
    ):
        again = await r.do(op)
        await r.chats.ended(again)
        evidence = (await r.chats.turn(again.answer)).evidence
        assert evidence is not None and len(evidence.passages) == 1
    last = await r.do(SendTurn("Hello", chat=made.chat, bases=()))
    await r.chats.ended(last)
    assert (await r.chats.turn(last.answer)).evidence is None
    later = await r.do(SendTurn("Hello again", chat=made.chat))
    await r.chats.ended(later)
    assert (await r.chats.turn(later.answer)).evidence is None


async def test_a_base_that_has_gone_is_told_of_in_words(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    await r.chats.ended(made)
    await r.do(DeleteBase(base.id))
    calls = r.engine.calls
    again = await r.do(SendTurn("And coffee?", chat=made.chat))
    await r.chats.ended(again)
    turn = await r.chats.turn(again.answer)
    assert turn.state == "complete" and turn.evidence is not None and GONE in turn.evidence.remarks
    [said] = turn.said
    assert isinstance(said, Message) and '"Tea"' in str(said.content)
    assert r.engine.calls == calls


async def test_earlier_marks_do_not_come_back_to_the_model(r: ReadingRoom) -> None:
    r.engine.script = SAID
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,), grounds=Grounds(threshold=0.0)))
    await r.chats.ended(made)
    await r.chats.ended(await r.do(SendTurn("And coffee?", chat=made.chat)))
    before = [text for role, text in prompt(r.engine.asks[-1].items) if role == "assistant"]
    assert before == ["Tea is grown in Assam by 3 million people. So it is."]


async def test_stop_works_while_the_documents_are_searched(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    r.desk.embedding.gate.clear()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    run = r.run(made.run)
    async with asyncio.timeout(20):
        while run.notice_slot is None:
            await run.wait()
    assert run.notice_slot == Searching(1)
    assert await r.do(StopChat(made.chat))
    events = await over(run)
    assert events == [Ended("stopped")] and r.engine.calls == 0
    r.desk.embedding.gate.set()
    r.engine.script = SAID
    again = await r.do(ContinueTurn(made.answer))
    await r.chats.ended(again)
    turn = await r.chats.turn(made.answer)
    assert turn.state == "complete" and turn.evidence is not None and turn.evidence.passages


async def test_an_answer_that_goes_on_keeps_its_passages_and_their_numbers(r: ReadingRoom) -> None:
    r.engine.script = [Delta("Tea is grown in Assam by 3 million people "), Delta("[1]. Coff"), Delta("ee.")]
    r.engine.hold(2)
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    await r.chats.heard(made, 5)  # what was found, the start, two pieces, and what the first sentence cites
    await r.do(StopChat(made.chat))
    before = await r.chats.turn(made.answer)
    assert before.evidence is not None
    r.engine.pause, r.engine.script = None, [Delta("ee is grown in Kerala [1].")]
    r.engine.gate.set()
    again = await r.do(ContinueTurn(made.answer))
    await r.chats.ended(again)
    after = await r.chats.turn(made.answer)
    assert after.evidence is not None and after.evidence.passages == before.evidence.passages
    [said] = after.said
    text = said.content if isinstance(said, Message) and isinstance(said.content, str) else ""
    assert [text[each.start : each.stop] for each in after.evidence.cited] == [
        "Tea is grown in Assam by 3 million people [1].",
        "Coffee is grown in Kerala [1].",
    ]
    assert len(retrieved(r.run(again.run).events()).passages) == len(before.evidence.passages)


async def test_what_fails_in_the_search_is_the_answers_honest_end(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    r.desk.embedding.faults.append(Fault(Kind.upstream, "The embedder is away."))
    events = await sent(r, base.id)
    assert "embedder_failed" in retrieved(events).remarks and r.engine.calls == 1


async def test_a_whole_answer_is_told_as_it_would_have_come(r: ReadingRoom) -> None:
    r.engine.script = [Whole((Choice((Message("assistant", "Tea is grown in Assam by 3 million people [1]."),)),))]
    base, _ = await r.filled()
    events = await sent(r, base.id)
    assert len(cited(events)) == 1 and not any(isinstance(each, Whole) for each in events)
    assert sum(isinstance(each, Finished) for each in events) >= 1 and isinstance(events[-1], Ended)


async def test_without_a_model_the_quotes_are_sure_citations(r: ReadingRoom) -> None:
    r.engine.quotes = True
    base, _ = await r.filled()
    events = await sent(r, base.id)
    marks = [each for cite in cited(events) for each in cite.citations]
    assert marks and all(each.sure for each in marks)
    assert "Tea is grown in Assam by 3 million people." in {TEA[each.start : each.stop] for each in marks}


async def test_an_ask_without_a_question_or_out_of_bounds_is_refused(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    for wrong in (Grounds(most=0), Grounds(threshold=2.0), Grounds(words=False, vectors=False), Grounds(most=-(10**9))):
        with pytest.raises(Fault) as refused:
            await r.do(SendMessage(asks(), bases=(base.id,), grounds=wrong))
        assert refused.value.kind is Kind.invalid
    run = await r.do(SendMessage(ChatAsk("model", (Message("system", "Hi"),)), bases=(base.id,)))
    with pytest.raises(Fault) as refused:
        await run.answer()
    assert refused.value.code == "no_question"


async def test_the_ledger_tells_passages_and_what_was_cut(r: ReadingRoom) -> None:
    r.engine.models = {"model": 700}
    text = "\n\n".join(f"Tea number {n} is grown in place {n}, and so on and on and on. " * 6 for n in range(12))
    base, _ = await r.filled(text)
    run = await r.do(SendMessage(asks(), bases=(base.id,), grounds=Grounds(threshold=0.0)))
    await over(run)
    kept = r.chats.room.road.ledgers.find(run.id)
    assert kept is not None
    taken = [part for part in kept.ledger.parts if part.kind == "passage"]
    cuts = [cut for cut in kept.ledger.cuts if cut.kind == "passage"]
    assert taken and cuts and all(cut.why and cut.tokens for cut in cuts)
    assert kept.ledger.prompt_tokens == sum(part.tokens for part in kept.ledger.parts)


async def test_several_bases_are_searched_together(r: ReadingRoom) -> None:
    first, _ = await r.filled()
    second, _ = await r.filled("Tea is grown in Darjeeling, too.", "more.txt", embedder="")
    found = retrieved(await sent(r, first.id, second.id, most=3))
    assert {each.base for each in found.passages} == {first.id, second.id}
    assert "no_embedder" in found.remarks and [each.id for each in found.bases] == [first.id, second.id]


async def test_another_answer_on_other_bases_goes_on_from_those(r: ReadingRoom) -> None:
    first, _ = await r.filled()
    second, _ = await r.filled("Tea is grown in Darjeeling, too.", "more.txt")
    made = await r.do(SendTurn(WHERE, bases=(first.id,)))
    await r.chats.ended(made)
    r.engine.script = [Delta("Tea is grown in "), Delta("Darjeeling [1].")]
    r.engine.hold(1)
    other = await r.do(Regenerate(made.answer, bases=(second.id,)))
    await r.chats.heard(other, 3)
    await r.do(StopChat(made.chat))
    r.engine.pause, r.engine.script = None, [Delta("Darjeeling, too [1].")]
    r.engine.gate.set()
    await r.chats.ended(await r.do(ContinueTurn(other.answer)))
    turn = await r.chats.turn(other.answer)
    assert turn.state == "complete" and turn.footing is not None and turn.evidence is not None
    assert [base.id for base in turn.footing.bases] == [base.id for base in turn.evidence.bases] == [second.id]
    [cite] = turn.evidence.cited
    assert cite.citations[0].sure


async def test_an_answer_on_none_of_its_questions_bases_goes_on_without_them(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    await r.chats.ended(made)
    r.engine.hold(1)
    other = await r.do(Regenerate(made.answer, bases=()))
    await r.chats.heard(other, 2)
    await r.do(StopChat(made.chat))
    r.engine.pause = None
    r.engine.gate.set()
    await r.chats.ended(await r.do(ContinueTurn(other.answer)))
    turn = await r.chats.turn(other.answer)
    assert turn.state == "complete" and turn.evidence is None


async def test_what_another_dialect_says_is_kept_with_what_it_rests_on(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    keeps = msgspec.structs.replace(ADA, keep_chats=True)
    await over(await r.do(SendMessage(asks(), bases=(base.id,)), keeps))
    await r.chats.room.saver.round()
    [chat] = (await r.do(ListChats())).chats
    question, answer = (await r.do(ReadChat(chat.id))).turns
    assert question.footing is not None and answer.evidence is not None and answer.evidence.passages
    assert question.said == (Message("user", WHERE),)


async def test_a_chat_leaves_and_comes_back_with_its_sources(r: ReadingRoom) -> None:
    r.engine.script = SAID
    base, _ = await r.filled()
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    await r.chats.ended(made)
    stored = await r.chats.stored(made.chat)
    file = json_door.decode(json_door.encode(portable(stored.chat, stored.turns)), PortableChat)
    back = await planted(file, stored.chat, {turn.id: turn.id for turn in stored.turns}, frozenset())
    assert [(turn.footing, turn.evidence) for turn in back] == [(t.footing, t.evidence) for t in stored.turns]
    assert back[1].evidence is not None and back[1].evidence.cited


async def test_a_message_sent_twice_is_answered_once_and_on_other_bases_it_is_another(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    op = SendTurn(WHERE, bases=(base.id,), client_id="one")
    made = await r.do(op)
    await r.chats.ended(made)
    assert await r.do(op) == made and r.engine.calls == 1
    with pytest.raises(Fault) as refused:
        await r.do(msgspec.structs.replace(op, bases=()))
    assert refused.value.code == "client_id_used"


async def test_a_room_too_small_for_any_passage_is_said_as_it_is(r: ReadingRoom) -> None:
    r.engine.models = {"model": 60}
    base, _ = await r.filled()
    run = await r.do(SendMessage(asks(), bases=(base.id,)))
    with pytest.raises(Fault) as refused:
        await run.answer()
    assert (refused.value.kind, refused.value.code) == (Kind.context_full, "no_room_for_passages")


async def test_an_engine_that_fails_after_the_search_fails_the_run_as_ever(r: ReadingRoom) -> None:
    r.engine.fault, r.engine.mute = Fault(Kind.upstream, "The engine is away."), True
    base, _ = await r.filled()
    run = await r.do(SendMessage(asks(), bases=(base.id,)))
    with pytest.raises(Fault) as refused:
        await run.begun()
    assert refused.value.message == "The engine is away."


async def test_what_came_in_with_a_file_is_judged_before_an_answer_goes_on(r: ReadingRoom) -> None:
    base, _ = await r.filled()
    r.engine.hold(1)
    made = await r.do(SendTurn(WHERE, bases=(base.id,)))
    await r.chats.heard(made, 3)
    await r.do(StopChat(made.chat))
    question, answer = await r.chats.turn(made.turn), await r.chats.turn(made.answer)
    assert question.footing is not None and of_answer(question, answer) == question.footing
    wild = msgspec.structs.replace(question.footing, grounds=Grounds(neighbours=10**9))
    with pytest.raises(Fault) as refused:
        of_answer(msgspec.structs.replace(question, footing=wild), answer)
    assert refused.value.code == "out_of_range"


async def test_a_server_without_documents_says_so() -> None:
    with pytest.raises(Fault) as refused:
        _ = Grounding().library
    assert refused.value.kind is Kind.unsupported
