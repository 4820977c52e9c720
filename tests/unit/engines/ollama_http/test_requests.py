"""What the engine is asked for becomes what an Ollama understands, field by field."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from parlance.engines.ollama_http.requests import body_of, embed_body, generates
from parlance.values.asks import ChatAsk, EmbedAsk, Format, Sampling, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.messages import (
    Audio,
    File,
    Image,
    Message,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)
from tests.unit.engines.ollama_http.stage import ask

PNG = b"\x89PNG..."
CODED = base64.b64encode(PNG).decode()


def messages(*items: Any, wire: str = "") -> list[dict[str, Any]]:
    """The messages of a chat."""
    found: list[dict[str, Any]] = body_of(ask(*items, wire=wire))["messages"]
    return found


def test_a_plain_chat_is_messages_and_a_stream() -> None:
    """Nothing stands in the body that nobody asked for; a developer is a system to an Ollama."""
    assert body_of(ask(Message("developer", "be brief"), Message("user", "hi"))) == {
        "model": "mock",
        "stream": True,
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
    }


def test_neighbours_of_one_turn_become_one_message_again() -> None:
    """Thought, said and called stand in one assistant message; results name their tool."""
    assert messages(
        Message("user", "hi"),
        Reasoning("hm"),
        Message("assistant", "let me see"),
        ToolCall("c1", "weather", '{"city":"Oslo"}'),
        ToolCall("c2", "time", ""),
        ToolResult("c1", "cold"),
        ToolResult("c9", "?", name="other"),
        ToolResult("c8", "!"),
        Reasoning("ok"),
        Message("assistant", "it is cold"),
    )[1:] == [
        {
            "role": "assistant",
            "content": "let me see",
            "thinking": "hm",
            "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": {"city": "Oslo"}}},
                {"id": "c2", "function": {"name": "time", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "cold", "tool_name": "weather", "tool_call_id": "c1"},
        {"role": "tool", "content": "?", "tool_name": "other", "tool_call_id": "c9"},
        {"role": "tool", "content": "!", "tool_call_id": "c8"},
        {"role": "assistant", "content": "it is cold", "thinking": "ok"},
    ]


def test_turns_that_follow_each_other_stay_apart() -> None:
    """Two answers in a row are two messages, and so are two thoughts."""
    said = messages(Message("assistant", "a"), Message("assistant", "b"), Reasoning("x"), Reasoning("y"))
    assert [(m["content"], m.get("thinking")) for m in said] == [("a", None), ("b", None), ("", "x"), ("", "y")]


@pytest.mark.parametrize(("arguments", "sent"), [("[1]", {"value": [1]}), ("{oops", {"value": "{oops"})])
def test_arguments_that_are_no_object_are_kept_in_one(arguments: str, sent: dict[str, Any]) -> None:
    """What a model spoiled in an earlier turn must not end the conversation."""
    (message,) = messages(ToolCall("c", "f", arguments))
    assert message["tool_calls"][0]["function"]["arguments"] == sent


def test_pictures_go_as_base64_beside_the_text() -> None:
    """In messages, in results of tools, and with a prompt."""
    seen = (Text("look"), Image(PNG, "image/png"))
    assert messages(Message("user", seen)) == [{"role": "user", "content": "look", "images": [CODED]}]
    assert messages(ToolResult("c", seen))[0]["images"] == [CODED]


@pytest.mark.parametrize("part", [Image(url="https://x.example/a.png"), Audio(b"x", "wav"), File(b"x")])
def test_parts_that_an_ollama_cannot_take_are_refused(part: Any) -> None:
    """Loudly: an answer without the part would be an answer to another question."""
    with pytest.raises(Fault) as refused:
        messages(Message("user", (Text("x"), part)))
    assert refused.value.kind is Kind.unsupported


def test_unknown_fields_travel_only_to_their_own_wire() -> None:
    """Those of a message, of a tool, and of the request."""
    talk = (Message("user", "hi", foreign={"a": 1, "content": "no"}), Opaque("ollama", {"role": "x"}), Opaque("y", {}))
    assert messages(*talk, wire="ollama") == [{"role": "user", "content": "hi", "a": 1}, {"role": "x"}]
    assert messages(*talk[:1], wire="openai") == [{"role": "user", "content": "hi"}]
    tool = Tool("f", "does f", {"type": "object"}, foreign={"b": 2, "function": {"c": 3}})
    own = body_of(ask(tools=(tool,), wire="ollama", foreign={"truncate": True, "model": "other"}))
    assert own["truncate"] is True and own["model"] == "mock"
    assert own["tools"] == [
        {
            "b": 2,
            "type": "function",
            "function": {"c": 3, "name": "f", "description": "does f", "parameters": {"type": "object"}},
        }
    ]
    other = body_of(ask(tools=(tool, Tool("g")), wire="openai", foreign={"truncate": True}))
    assert "truncate" not in other and "b" not in other["tools"][0]
    assert other["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}


def test_knobs_have_their_names_and_go_over_foreign_ones() -> None:
    """`logit_bias` has no name there and is a knob, so it is left out."""
    sampling = Sampling(0.5, 0.9, 40, 0.1, 99, ("a", "b"), 7, 0.2, 0.3, 1.1, {"1": 2.0})
    sent = body_of(ask(sampling=sampling, wire="ollama", foreign={"options": {"num_ctx": 4096, "seed": 1}}))
    assert sent["options"] == {
        "num_ctx": 4096,
        "seed": 7,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "min_p": 0.1,
        "num_predict": 99,
        "stop": ["a", "b"],
        "presence_penalty": 0.2,
        "frequency_penalty": 0.3,
        "repeat_penalty": 1.1,
    }


def test_format_thought_and_patience_are_passed_on() -> None:
    """Efforts in other wires' words become the three there are."""
    assert body_of(ask(format=Format("json"), think=True, keep_alive="5m", logprobs=True, top_logprobs=2)) == {
        **body_of(ask()),
        "format": "json",
        "think": True,
        "keep_alive": "5m",
        "logprobs": True,
        "top_logprobs": 2,
    }
    schema = {"type": "object"}
    assert body_of(ask(format=Format("schema", schema), think="minimal"))["format"] == schema
    assert [body_of(ask(think=word))["think"] for word in ("minimal", "low", "xhigh")] == ["low", "low", "high"]
    assert "top_logprobs" not in body_of(ask(logprobs=True))


@pytest.mark.parametrize("more", [{"n": 2}, {"tool_choice": "required"}, {"tool_choice": {"type": "function"}}])
def test_what_an_ollama_does_not_have_is_refused(more: dict[str, Any]) -> None:
    """Several answers and forced tools."""
    with pytest.raises(Fault) as refused:
        body_of(ask(**more))
    assert refused.value.kind is Kind.unsupported and refused.value.field in ("n", "tool_choice")


def test_no_tools_are_offered_to_who_must_not_call_any() -> None:
    """`tool_choice` none leaves them out."""
    assert "tools" not in body_of(ask(tools=(Tool("f"),), tool_choice="none"))
    assert "tools" in body_of(ask(tools=(Tool("f"),), tool_choice="auto"))


def test_a_prompt_goes_to_generate() -> None:
    """With its suffix, and with the fields that only it has."""
    prompt = ChatAsk("mock", prompt="def f(", suffix="return", wire="ollama", foreign={"raw": True, "context": []})
    assert generates(prompt)
    assert body_of(prompt) == {"model": "mock", "stream": True, "prompt": "def f(", "suffix": "return", "raw": True}


def test_a_question_of_our_own_wire_goes_to_generate_too() -> None:
    """A chat of one question with a context is what `/api/generate` asked; of another wire it is a chat."""
    talk = (Message("system", "be brief"), Message("user", (Text("hi"), Image(PNG))), Reasoning("x"))
    own = ask(*talk, wire="ollama", foreign={"context": [1, 2], "template": "t"})
    assert generates(own)
    assert body_of(own) == {
        "model": "mock",
        "stream": True,
        "system": "be brief",
        "prompt": "hi",
        "images": [CODED],
        "context": [1, 2],
        "template": "t",
    }
    assert not generates(ask(*talk[:1], wire="openai", foreign={"context": [1]}))
    assert body_of(ChatAsk("mock", (Message("assistant", "no"),), prompt="p"))["prompt"] == "p"


def test_embeddings_carry_what_was_asked_for() -> None:
    """Length, truncation, patience, and unknown fields of our own wire."""
    own = EmbedAsk("m", ("a", "b"), 8, True, 60.0, "ollama", {"options": {"num_ctx": 1}})
    assert embed_body(own) == {
        "model": "m",
        "input": ["a", "b"],
        "dimensions": 8,
        "truncate": True,
        "keep_alive": 60.0,
        "options": {"num_ctx": 1},
    }
    assert embed_body(EmbedAsk("m", ("a",), wire="openai", foreign={"x": 1})) == {"model": "m", "input": ["a"]}
