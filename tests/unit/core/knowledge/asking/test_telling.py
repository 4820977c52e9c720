"""What goes through the sink of an answer from passages comes out as it went in, and what its sentences cite."""

from __future__ import annotations

from collections.abc import Sequence

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
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages, marker=marker, fallback="Nothing.")
    telling.push(Started("model"))
    if burst:
        telling.say(pieces)
    else:
        for piece in pieces:
            telling.push(Delta(piece))
    telling.push(Finished("stop"))
    telling.end(whole=True)
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


def test_several_answers_are_cited_each_by_itself() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    said = "It is grown in the hills of Darjeeling [1]."
    telling.push(Whole((Choice((Message("assistant", said),)), Choice((Message("assistant", f"Yes. {said}"),)))))
    telling.end(whole=True)
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


def test_an_answer_that_is_broken_off_cites_what_it_said_and_shows_nothing_held_back() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    telling.push(Delta("It is grown in the hills of Darjeeling [1]"))
    telling.end(whole=False)
    telling.end(whole=False)
    assert len(cites(heard.events)) == 1
    held = Heard()
    telling = Telling(held, (), marker=MARKER, fallback="Nothing.")
    telling.push(Delta("NO_"))
    telling.end(whole=False)
    assert held.events == []


def test_a_log_that_is_full_hides_nothing_of_how_the_call_ended() -> None:
    heard = Heard()
    telling = Telling(heard, asked([whole(TEA)]).passages)
    telling.push(Delta("It is grown in the hills of Darjeeling [1]"))
    heard.full = True
    telling.end(whole=False)
    with pytest.raises(Fault):
        telling.push(Delta("more"))


def test_what_was_said_before_is_cited_again_and_its_last_sentence_goes_on() -> None:
    heard = Heard()
    said = "It is grown in the hills of Darjeeling [1]. A cup holds two hun"
    telling = Telling(heard, asked([whole(TEA)]).passages, said=said)
    telling.push(Delta("dred grams of leaves [1]."))
    telling.end(whole=True)
    found = [event for event in heard.events if isinstance(event, Cited)]
    assert [(each.start, each.citations[0].sure) for each in found] == [(0, True), (44, True)]


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
