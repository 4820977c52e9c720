"""Tokens are estimated by what a thing is, so that rates neither let too much in nor refuse what is light."""

from __future__ import annotations

from parlance.core.chat.operations import USUAL_ANSWER, SendMessage
from parlance.core.chat.tokens import MESSAGE_TOKENS, PICTURE_TOKENS, estimate
from parlance.core.models.operations import Embed
from parlance.values.asks import ChatAsk, EmbedAsk
from parlance.values.messages import Image, Message, Opaque, Reasoning, Text, ToolCall, ToolResult

PICTURE = Image(url="https://example.org/cat.png")


def test_a_text_weighs_the_same_alone_and_in_parts() -> None:
    """Many clients send every text as a list of one part: it is no picture."""
    whole = estimate(Message("user", "eight by"))
    assert whole == estimate(Message("user", (Text("eight by"),))) == MESSAGE_TOKENS + 2
    assert estimate(Message("user", (Text("eight by"), PICTURE))) == whole + PICTURE_TOKENS


def test_every_kind_of_item_has_its_weight() -> None:
    assert estimate(Reasoning("four")) == estimate(ToolCall("1", "f", "{ }")) == MESSAGE_TOKENS + 1
    assert estimate(ToolResult("1", (PICTURE,))) == MESSAGE_TOKENS + PICTURE_TOKENS
    assert estimate(Opaque("openai", {"much": "x" * 100})) == MESSAGE_TOKENS


def test_bytes_are_counted_wherever_tokens_are_reserved() -> None:
    """A quarter of the characters would let through three times as much of a text that is not Latin."""
    text = "漢字漢字"
    assert Embed(EmbedAsk("m", (text, text))).weight().tokens == 6
    assert SendMessage(ChatAsk("m", (), prompt=text)).weight().tokens == 3 + USUAL_ANSWER
