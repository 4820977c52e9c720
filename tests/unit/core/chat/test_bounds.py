"""What may be asked for at all, in one place for messages and for turns of saved chats."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.core.chat.bounds import (
    MOST_ANSWERS,
    MOST_LAYOUT,
    MOST_LAYOUT_PARTS,
    MOST_REPEATS,
    judged,
    judged_grounds,
    judged_sampling,
)
from parlance.core.chat.turn_operations import SendTurn
from parlance.testing.chats import ChatBench
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.errors import Fault
from parlance.values.grounds import Each, Grounds, Layout, Slot, Words


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"n": 0}, "ask.n"),
        ({"n": -1}, "ask.n"),
        ({"n": MOST_ANSWERS + 1}, "ask.n"),
        ({"sampling": Sampling(max_tokens=0)}, "ask.sampling.max_tokens"),
        ({"sampling": Sampling(max_tokens=-5)}, "ask.sampling.max_tokens"),
    ],
)
def test_what_is_out_of_its_bounds_is_refused_by_name(more: dict[str, Any], field: str) -> None:
    with pytest.raises(Fault) as refused:
        judged(ChatAsk("model", **more))
    assert (refused.value.field, refused.value.code) == (field, "out_of_range")


def test_what_is_within_them_goes_on_as_it_is() -> None:
    ask = ChatAsk("model", n=MOST_ANSWERS, sampling=Sampling(max_tokens=1))
    assert judged(ask) is ask and judged_sampling(Sampling()) == Sampling()


@pytest.mark.parametrize(
    "layout",
    [
        (Each((Slot("passage"),) * (MOST_REPEATS + 1)),),
        (Slot("question"),) * (MOST_REPEATS + 1),
        (Each((Slot("number"),) * (MOST_LAYOUT_PARTS + 1)),),
        (Each(()),) * (MOST_LAYOUT_PARTS + 1),
        (Each((Words("a" * (MOST_LAYOUT + 1)),)),),
    ],
)
def test_no_layout_makes_a_mountain_of_what_is_found(layout: Layout) -> None:
    """A hundred passages, each said ten thousand times, would take all memory that there is."""
    with pytest.raises(Fault) as refused:
        judged_grounds((), Grounds(layout=layout))
    assert (refused.value.field, refused.value.code) == ("grounds.layout", "out_of_range")
    grounds = Grounds(layout=(Words("a" * MOST_LAYOUT), Each((Slot("page"), *[Slot("passage")] * MOST_REPEATS))))
    assert judged_grounds((), grounds) is grounds


async def test_a_turn_of_a_saved_chat_is_judged_by_the_same_rule(b: ChatBench) -> None:
    with pytest.raises(Fault) as refused:
        await b.caller()(SendTurn("Hi", sampling=Sampling(max_tokens=0)))
    assert (refused.value.field, refused.value.code) == ("sampling.max_tokens", "out_of_range")
