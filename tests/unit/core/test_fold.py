"""One fold for stream and reply."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs.fold import Folding, fold
from parlance.core.runs.unfold import kept, unfold
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Started, ToolCalled, Trimmed, Usage, Whole
from parlance.values.messages import Item, Message, Reasoning, ToolCall

TEXT = st.text(max_size=80)
ITEMS = st.one_of(
    st.builds(lambda t: (Message("assistant", t),), TEXT),
    st.builds(lambda r, t: (Reasoning(r), Message("assistant", t)), st.text(min_size=1), TEXT),
    st.builds(lambda a: (ToolCall("c1", "f", a), ToolCall("c2", "g", "")), TEXT),
)


@given(st.lists(ITEMS, min_size=1, max_size=3))
def test_a_whole_answer_that_is_unfolded_and_folded_again_is_the_same_white_space_included(
    answers: list[tuple[Item, ...]],
) -> None:
    choices = tuple(Choice(items, "stop") for items in answers)
    again = fold(unfold(Whole(choices, Usage(1, 2))))
    assert again.choices == choices
    assert again.usage == Usage(1, 2)


def test_tool_arguments_gather_under_their_call_and_the_reason_follows() -> None:
    answer = fold(
        [
            Started("m"),
            ToolCalled(0, "c0", "weather"),
            Delta('{"city":', "arguments", 0),
            ToolCalled(1, "c1", "time"),
            Delta('"Bonn"}', "arguments", 0),
            Delta("{}", "arguments", 1),
            Delta("lost", "arguments", 7),
            Ended("complete"),
        ]
    )
    assert answer.choices[0].items == (ToolCall("c0", "weather", '{"city":"Bonn"}'), ToolCall("c1", "time", "{}"))
    assert answer.choices[0].reason == "tool_calls"
    assert answer.ended == Ended("complete")


def test_reasoning_refusal_and_logprobs_each_have_their_place() -> None:
    answer = fold(
        [
            Delta("hm", "reasoning"),
            Delta("no", "refusal"),
            Delta("a", logprobs={"content": [1], "refusal": None}),
            Delta("b", logprobs={"content": [2]}),
            Finished("content_filter", foreign={"x": 1}),
            Trimmed("history", "too long"),
        ]
    )
    choice = answer.choices[0]
    assert choice.items == (Reasoning("hm"), Message("assistant", "ab"))
    assert (choice.refusal, choice.reason, choice.foreign) == ("no", "content_filter", {"x": 1})
    assert choice.logprobs == {"content": [1, 2], "refusal": None}
    assert answer.text == "ab"


def test_an_empty_log_is_an_empty_answer() -> None:
    assert fold([]).text == ""
    assert fold([Whole(())]).text == ""


def test_a_kept_answer_keeps_log_probabilities_and_refusals() -> None:
    choice = Choice((Message("assistant", "yes"),), "stop", "well", {"content": [1]})
    assert fold(kept(fold([Whole((choice,))]))).choices[0] == choice


WHOLES = st.builds(
    Whole,
    st.lists(ITEMS, max_size=2).map(lambda all_items: tuple(Choice(items, "stop") for items in all_items)),
    st.sampled_from([None, Usage(1, 2)]),
    foreign=st.sampled_from([None, {"id": "x"}]),
)
BLOCK = st.tuples(st.just(Started("m")), WHOLES, st.sampled_from([Ended("complete"), Ended("failed")])).map(list)
LOGS = st.one_of(
    BLOCK,
    BLOCK.map(lambda events: events[:2]),
    BLOCK.map(lambda events: [*events[:2], Usage(3, 4)]),
    BLOCK.map(lambda events: [*events[:2], Delta("more"), events[2]]),
    BLOCK.map(lambda events: [events[1], events[0], events[2]]),
)


@given(LOGS)
def test_what_is_told_in_one_block_is_folded_as_everything_else_is(events: list[Event]) -> None:
    folding = Folding()
    folding.add(events)
    assert fold(events) == folding.answer()
