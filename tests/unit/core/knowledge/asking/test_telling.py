"""What goes through the sink of an answer from passages comes out as it went in, and what its sentences cite."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.knowledge.asking.context import Around, context
from parlance.core.knowledge.asking.exhibits import exhibits, numbered
from parlance.core.knowledge.asking.telling import Telling
from parlance.core.runs.fold import fold
from parlance.ports.engines import Flow
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Cited, Delta, Event, Finished, Started, Whole
from parlance.values.grounds import Each, Slot, Words
from parlance.values.messages import Message, Text
from parlance.values.notices import Loading, Notice
from tests.unit.core.knowledge.asking.library import KEY, QUESTION, asked, hit, whole

TEA = "Tea is grown in Assam and in the hills of Darjeeling. A cup holds two hundred grams of leaves. "
ANSWER = "It is grown in the hills of Darjeeling [1]. “A cup holds two hundred grams”[1]! And more [4]\n\nNo mark."
MARKER = "NO_MATCH"


class Heard:
    """A sink that keeps what it is given. `full` says that it takes no more."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        self.flows: list[Flow | None] = []
        self.full = False

    def push(self, event: Event) -> None:
        if self.full:
            raise Fault(Kind.too_large, "Full.", code="cut")
        self.events.append(event)

    def say(self, texts: Sequence[str]) -> None:
        self.events += map(Delta, texts)

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    def tap(self, flow: Flow | None) -> None:
        self.flows.append(flow)


def cuts(text: str, places: Sequence[int]) -> list[str]:
    """A text in pieces."""
    stops = [*sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[start:stop] for start, stop in zip([0, *stops], stops, strict=False) if start < stop]


def told(pieces: Sequence[str], *, burst: bool = False, marker: str = "") -> list[Event]:
    """What is heard of an answer in these pieces."""
    return asyncio.run(_told(pieces, burst, marker))


async def _told(pieces: Sequence[str], burst: bool, marker: str) -> list[Event]:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages, marker=marker, fallback="Nothing.")
    telling.push(Started("model"))
    if burst:
        telling.say(pieces)
    else:
        for n, piece in enumerate(pieces):
            telling.push(Delta(piece))
            if n % 2:
                await asyncio.sleep(0)
    telling.push(Finished("stop"))
    await telling.end(whole=True)
    return heard.events


def texts(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def cites(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Cited)]


@given(st.lists(st.integers(0, 1000), max_size=12), st.booleans())
def test_wherever_a_stream_is_cut_text_and_citations_are_the_same(places: list[int], burst: bool) -> None:
    events, at_once = told(cuts(ANSWER, places), burst=burst), told([ANSWER])
    assert texts(events) == ANSWER and cites(events) == cites(at_once)
    assert len(cites(events)) == 3 and isinstance(events[-1], Finished)
    for n, event in enumerate(events):
        if isinstance(event, Cited):  # what is cited has been said by then
            assert len(texts(events[:n])) >= event.stop


@given(st.lists(st.integers(0, 1000), max_size=6), st.booleans(), st.sampled_from(["", " so sorry", " [1]."]))
def test_a_marked_answer_is_replaced_wherever_it_is_cut(places: list[int], burst: bool, rest: str) -> None:
    events = told(cuts(MARKER + rest, places), burst=burst, marker=MARKER)
    assert texts(events) == "Nothing." and not cites(events)


@given(st.lists(st.integers(0, 1000), max_size=6), st.booleans())
def test_what_only_begins_like_the_marker_is_shown_whole(places: list[int], burst: bool) -> None:
    for answer in ("NO_", "NO_MATTER what [1].", ANSWER):
        assert texts(told(cuts(answer, places), burst=burst, marker=MARKER)) == answer


async def test_several_answers_are_cited_each_by_itself() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    said = "It is grown in the hills of Darjeeling [1]."
    telling.push(Whole((Choice((Message("assistant", said),)), Choice((Message("assistant", f"Yes. {said}"),)))))
    await telling.end(whole=True)
    assert [(each.choice, each.start) for each in heard.events if isinstance(each, Cited)] == [(0, 0), (1, 5)]
    assert fold(heard.events).text == said


def test_what_is_no_text_passes_through() -> None:
    heard = Heard()
    telling = Telling(heard, ())
    reasoning = Delta("It may be [1].", "reasoning")
    telling.push(reasoning)
    telling.notice(Loading(0.5))
    telling.tap(None)
    assert (heard.events, heard.notices, heard.flows) == ([reasoning], [Loading(0.5)], [None])


async def test_an_answer_that_is_broken_off_cites_what_it_said_and_shows_nothing_held_back() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    telling.push(Delta("It is grown in the hills of Darjeeling [1]"))
    await telling.end(whole=False)
    await telling.end(whole=False)
    assert len(cites(heard.events)) == 1
    held = Heard()
    telling = Telling(held, (), marker=MARKER, fallback="Nothing.")
    telling.push(Delta("NO_"))
    await telling.end(whole=False)
    assert held.events == []


async def test_a_log_that_is_full_hides_nothing_of_how_the_call_ended() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    telling.push(Delta("It is grown in the hills of Darjeeling [1]"))
    heard.full = True
    await telling.end(whole=False)
    with pytest.raises(Fault):
        telling.push(Delta("more"))


async def test_what_was_said_before_is_cited_again_and_its_last_sentence_goes_on() -> None:
    heard = Heard()
    said = "It is grown in the hills of Darjeeling [1]. A cup holds two hun"
    telling = Telling(heard, asked([whole(TEA)]).passages, said=said)
    telling.push(Delta("dred grams of leaves [1]."))
    await telling.end(whole=True)
    found = [event for event in heard.events if isinstance(event, Cited)]
    assert [(each.start, each.citations[0].sure) for each in found] == [(0, True), (44, True)]


async def test_the_loop_goes_on_while_sentences_are_looked_at_and_all_is_told_in_order() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA * 40)]).passages)
    said = "In the gardens, on hills, of the north and the south a cup holds of leaves what it holds [1]. "
    rest: list[Event] = [Delta("And so on"), Delta("I think.", "reasoning"), Finished("stop")]
    telling.push(Delta(said * 20 + "\n"))
    for event in rest:
        telling.push(event)
    before = len(heard.events)
    turns = await turns_until(telling.end(whole=True))
    assert before == 1 and turns > 20, "nothing is told before what stands before it, and each sentence lets others in"
    assert [type(event) for event in heard.events] == [Delta, *[Cited] * 20, Delta, Delta, Finished]
    assert heard.events[-3:] == rest


async def turns_until(done: Coroutine[None, None, None]) -> int:
    """How often the loop comes round until then."""
    turns, task = 0, asyncio.create_task(done)
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    await task
    return turns


async def test_whoever_leaves_does_not_wait_for_all_that_there_is_to_look_at() -> None:
    for cancelled in (True, False):
        heard = Heard()
        telling = Telling(heard, asked([whole(TEA * 40)]).passages)
        telling.push(Delta("A cup holds two hundred grams of leaves, or more, or less, as they say [1]. " * 200))
        telling.push(Finished("stop"))
        if cancelled:
            ending = asyncio.create_task(telling.end(whole=True))
            await asyncio.sleep(0)
            ending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await ending
        else:
            await telling.end(whole=False)
        assert len(cites(heard.events)) == 200 and isinstance(heard.events[-1], Finished)


async def test_what_the_sink_refuses_meanwhile_is_raised_to_the_engine() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    telling.push(Delta("It is grown in the hills of Darjeeling [1]. And"))
    heard.full = True
    telling.push(Delta(" so on"))
    with pytest.raises(Fault):
        await telling.end(whole=True)
    with pytest.raises(Fault):
        telling.push(Delta("more"))


async def test_no_more_is_held_back_than_a_log_holds() -> None:
    heard, turn = Heard(), asyncio.Lock()
    telling = Telling(heard, asked([whole(TEA)]).passages, turn=turn)
    async with turn:  # somebody else's sentence is looked at
        telling.push(Delta("It is grown in the hills of Darjeeling [1]. "))
        for _ in range(5):
            telling.push(Delta("x" * (1 << 20)))
        assert len(heard.events) == 6
    await telling.end(whole=False)


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40), st.sampled_from(["a", "b"])), min_size=1, max_size=6)


@given(SPANS)
def test_passages_that_are_told_come_back_as_they_were(spans: list[tuple[int, int, str]]) -> None:
    hits = [hit(TEA, start, min(start + length, len(TEA)), of=of) for start, length, of in spans]
    passages = asked(hits).passages
    told_again = exhibits(numbered(exhibits(passages)))
    assert told_again == exhibits(passages)
    for passage, back in zip(passages, numbered(told_again), strict=True):
        assert (back.number, back.stretch.content, back.stretch.span) == (
            passage.number,
            passage.stretch.content,
            passage.stretch.span,
        )
        assert back.stretch.pieces == passage.stretch.pieces


@given(SPANS)
def test_a_layout_of_ones_own_tells_every_passage_once_and_counts_it(spans: list[tuple[int, int, str]]) -> None:
    hits = [hit(TEA, start, min(start + length, len(TEA)), of=of) for start, length, of in spans]
    layout = (
        Words("Known:"),
        Each((Words("<"), Slot("number"), Words("|"), Slot("name"), Words("|"), Slot("page"), Words(">"))),
        Slot("question"),
    )
    made = context(QUESTION, hits, KEY, room=None, around=Around(layout=layout))
    [message] = [item for item in made.items if isinstance(item, Message)]
    assert not isinstance(message.content, str)
    parts = [part.text for part in message.content if isinstance(part, Text)]
    assert parts[0] == "Known:" and parts[-1] == QUESTION.content
    assert parts[1:-1] == [f"<{each.number}|{each.stretch.name}|1>" for each in made.passages]
    assert sum(part.kind == "passage" for part in made.drawn.parts) == len(made.passages)
