"""Conversations that are known to be plain, from the wire to the engine."""

from __future__ import annotations

from parlance.core.chat.tokens import estimate, estimate_all, plain_sizes
from parlance.engines.openai_http.messages import Writer, messages_of
from parlance.values import json_door
from parlance.values.messages import Message, PlainItems, Said

SAID = [Said("system", "Be brief."), Said("user", "你好, tea?"), Said("assistant", "")]


def test_plain_items_are_the_messages_that_they_are_made_of() -> None:
    items = PlainItems.of(SAID)
    assert items == (Message("system", "Be brief."), Message("user", "你好, tea?"), Message("assistant", ""))
    assert PlainItems.of([]) == ()


def test_what_is_known_of_plain_items_is_what_looking_finds() -> None:
    """Sizes in bytes, tokens, and what an engine is sent."""
    for said in (SAID, SAID[:1], []):
        items = PlainItems.of(said)
        ordinary = tuple(items)
        assert type(ordinary) is tuple
        assert list(items.sizes) == [len(each.content.encode()) for each in said]
        assert not said or list(items.sizes) == plain_sizes(ordinary)
        assert estimate_all(items) == estimate_all(ordinary) == sum(map(estimate, ordinary)) == estimate_all(items)
        written = Writer(True, "reasoning_content").write(ordinary)
        assert json_door.encode(messages_of(items, True, "reasoning_content")) == json_door.encode(written)


def test_what_is_made_of_plain_items_is_an_ordinary_conversation() -> None:
    """Nothing stale goes along with it."""
    items = PlainItems.of(SAID)
    assert type((*items, Message("user", "More"))) is tuple and type(items[1:]) is tuple
