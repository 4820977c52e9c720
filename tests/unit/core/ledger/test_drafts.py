"""From an ask to the parts of its ledger: every token is in one of them, and in no other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.chat.tokens import PICTURE_TOKENS, prompt_tokens
from parlance.core.ledger.draft import MOST_IGNORED, all_parts, ignored, parts_of, sketched
from parlance.core.ledger.prices import price, spent
from parlance.values.asks import ChatAsk, Tool
from parlance.values.ledger import LedgerPart, Spent
from parlance.values.messages import (
    Audio,
    File,
    Image,
    Item,
    Message,
    Opaque,
    Reasoning,
    Source,
    Text,
    ToolCall,
    ToolResult,
)
from parlance.values.models import ModelCard, ModelRef

NOTES = Source("file", "f1", "notes.txt")
texts = st.text(max_size=40)
parts = st.one_of(
    st.builds(Text, texts, st.none(), st.sampled_from([None, NOTES])),
    st.builds(Image, st.binary(max_size=5), source=st.sampled_from([None, NOTES])),
    st.builds(Audio, st.binary(max_size=5), st.just("wav")),
    st.builds(File, name=texts),
)
contents = texts | st.lists(parts, max_size=5).map(tuple)
roles = st.sampled_from(["system", "developer", "user", "assistant"])
items: st.SearchStrategy[Item] = st.one_of(
    st.builds(Message, roles, contents),
    st.builds(Reasoning, texts),
    st.builds(ToolCall, texts, texts, texts),
    st.builds(ToolResult, texts, contents),
    st.builds(Opaque, st.just("openai"), st.just({})),
)
tools = st.builds(Tool, texts, texts, st.dictionaries(texts, texts, max_size=3))
asks = st.builds(
    ChatAsk,
    st.just("m"),
    st.lists(items, max_size=8).map(tuple),
    st.none() | texts,
    st.none() | texts,
    tools=st.lists(tools, max_size=3).map(tuple),
)


@given(asks)
def test_the_parts_add_up_to_the_prompt_exactly(ask: ChatAsk) -> None:
    """Whatever is asked: text in any script, pictures, files, tools, raw prompts."""
    assert sum(part.tokens for part in all_parts(ask)) == prompt_tokens(ask)


@given(asks | st.lists(st.builds(Message, roles, texts), max_size=8).map(lambda said: ChatAsk("m", tuple(said))))
def test_a_sketch_is_made_of_plain_conversations_only_and_gives_the_same_parts(ask: ChatAsk) -> None:
    plain = all(isinstance(item, Message) and isinstance(item.content, str) for item in ask.items)
    sketch = sketched(ask)
    assert (sketch is not None) == (plain and bool(ask.items) and not ask.tools and ask.prompt is None)
    if sketch is not None:
        assert sketch.parts() == all_parts(ask)


def test_every_part_says_what_it_is() -> None:
    said = (
        Message("system", "Be brief."),
        Message("user", (Text("Look: "), Image(b"x", source=NOTES), Text("words", source=Source("passage", "p1")))),
        Reasoning("hm"),
        ToolCall("1", "find", "{}"),
        ToolResult("1", "found", "find"),
        Opaque("openai", {}),
    )
    found = all_parts(ChatAsk("m", said, prompt="raw", tools=(Tool("find"),)))
    assert [(part.kind, part.name) for part in found] == [
        ("tool", "find"),
        ("instructions", "system"),
        ("message", "user"),
        ("file", "notes.txt"),
        ("passage", None),
        ("reasoning", None),
        ("tool_call", "find"),
        ("tool_result", "find"),
        ("opaque", None),
        ("message", "prompt"),
    ]
    assert found[3] == LedgerPart("file", PICTURE_TOKENS, "f1", "notes.txt")


def test_parts_of_a_turn_bear_its_id_and_what_it_took_from_elsewhere_its_own() -> None:
    message = Message("user", (Text("Read"), Text("words", source=NOTES)))
    assert [part.id for part in parts_of(message, "turn-1")] == ["turn-1", "f1"]


def test_who_assembled_the_prompt_knows_better_which_parts_there_are() -> None:
    """Tools are added to what it says of the conversation."""
    given_parts = (LedgerPart("memory", 7, "m1"),)
    found = all_parts(ChatAsk("m", (Message("user", "x"),), tools=(Tool("f"),)), given_parts)
    assert [part.kind for part in found] == ["tool", "memory"]


@pytest.mark.parametrize(
    ("wire", "engine", "names"),
    [
        ("openai", "ollama", ("a", "b", "c", "z")),
        ("openai", "openai", ()),
        ("", "ollama", ()),
        ("openai", "unknown", ()),
    ],
)
def test_fields_that_the_engine_is_not_sent_are_told(wire: str, engine: str, names: tuple[str, ...]) -> None:
    """Those of the request, of its messages and of its tools."""
    said = (Message("user", "x", foreign={"b": 1}), Reasoning("y", {"c": 2}))
    ask = ChatAsk("m", said, tools=(Tool("t", foreign={"z": 1}),), wire=wire, foreign={"a": 1})
    assert ignored(ask, engine) == names


def test_no_more_names_of_ignored_fields_are_told_than_anybody_reads() -> None:
    ask = ChatAsk("m", wire="openai", foreign={f"x{n:03}": n for n in range(500)})
    assert len(ignored(ask, "ollama")) == MOST_IGNORED


CARD = ModelCard("m", ModelRef("home", "m"), "openai", prompt_price=3_000_000, completion_price=15_000_000)


def priced(**more: Any) -> ModelCard:
    return msgspec.structs.replace(CARD, currency="USD", **more)


def test_tokens_cost_what_the_card_says_and_a_started_unit_counts_whole() -> None:
    assert price(CARD, 1000, 100) == 3000 + 1500
    assert price(priced(prompt_price=1), 1, 0) == 1
    assert price(priced(prompt_price=None), 1000, 0) == 0
    assert spent(priced(), 1000, 100) == Spent(1, 1000, 100, 4500, "USD")
    assert spent(CARD, 1000, 100) == Spent(1, 1000, 100), "a price without a currency is none"
