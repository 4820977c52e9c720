"""Chat completion requests become asks: every field served, passed on or refused by name."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.openai.chat import BODY, read_ask
from parlance.dialects.openai.chat_ask import chat_ask
from parlance.dialects.openai.chat_wire import ChatRequest, PlainChatRequest
from parlance.dialects.openai.parts import MAX_INLINE
from parlance.values.asks import ChatAsk, Format, Sampling, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Audio, File, Image, Message, Reasoning, Text, ToolCall, ToolResult

HI = [{"role": "user", "content": "hi"}]
PIXEL = base64.b64encode(b"\x89PNG").decode()
FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
TOOLS = [{"type": "function", "function": FUNCTION}]


def asked(**fields: Any) -> ChatAsk:
    """The ask of a request with these fields."""
    return chat_ask(*BODY.read(msgspec.json.encode({"model": "m", "messages": HI, **fields})))


def refused(**fields: Any) -> Fault:
    """The fault of a request with these fields."""
    with pytest.raises(Fault) as caught:
        asked(**fields)
    return caught.value


def said(*messages: dict[str, Any]) -> tuple[Any, ...]:
    """The items of these messages."""
    return asked(messages=list(messages)).items


def test_every_tuning_knob_reaches_the_engine() -> None:
    """Every tuning knob reaches the engine."""
    knobs = {"temperature": 1, "top_p": 0.5, "top_k": 4, "min_p": 0.1, "seed": 7, "stop": "x", "max_tokens": 9}
    more = {"presence_penalty": 1.0, "frequency_penalty": -1, "logit_bias": {"5": -100}}
    assert asked(**knobs, **more).sampling == Sampling(1, 0.5, 4, 0.1, 9, ("x",), 7, 1, -1, None, {"5": -100})


def test_an_ask_says_the_wire_it_came_over_and_whether_somebody_streams() -> None:
    """An ask says its wire and whether somebody streams."""
    assert (asked().wire, asked().stream, asked(stream=True).stream) == ("openai", False, True)


def test_the_newer_name_of_the_token_bound_wins() -> None:
    """max_completion_tokens stands before max_tokens."""
    assert asked(max_tokens=5, max_completion_tokens=6).sampling.max_tokens == 6


def test_a_token_bound_of_minus_one_is_no_bound() -> None:
    """Local servers' clients say -1 for no bound."""
    assert asked(max_tokens=-1).sampling.max_tokens is None


def test_several_stops_are_kept_in_order() -> None:
    """A list of stops stays a list; an empty one is none."""
    assert asked(stop=["a", "b"]).sampling.stop == ("a", "b")
    assert asked(stop=[]).sampling.stop is None


def test_null_counts_as_absent() -> None:
    """A field that is null is as good as left out."""
    nulls = dict.fromkeys(("temperature", "stop", "tools", "n", "tool_choice", "response_format", "stream", "user"))
    assert asked(**nulls) == asked()


def test_a_missing_model_is_the_default_one() -> None:
    """The core chooses when the client names no model."""
    assert chat_ask(*BODY.read(msgspec.json.encode({"messages": HI}))).model == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 17}, "n"),
        ({"n": 0}, "n"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"stop": ["a"] * 17}, "stop"),
        ({"tools": TOOLS * 257}, "tools"),
        ({"functions": [FUNCTION] * 257}, "functions"),
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": -0.1}, "temperature"),
        ({"top_p": 1.1}, "top_p"),
        ({"presence_penalty": 3}, "presence_penalty"),
        ({"frequency_penalty": -3}, "frequency_penalty"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"logit_bias": {str(n): 1 for n in range(1025)}}, "logit_bias"),
        ({"messages": []}, "messages"),
        ({"reasoning_effort": "lots"}, "reasoning_effort"),
        ({"tool_choice": "some", "tools": TOOLS}, "tool_choice"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "g"}}, "tools": TOOLS}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {}}, "tools": TOOLS}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": 1}, "tools": TOOLS}, "tool_choice"),
        ({"function_call": "some", "functions": [FUNCTION]}, "function_call"),
        ({"functions": [FUNCTION], "tools": TOOLS}, "functions"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "function", "name": "g", "content": "x"}]}, "messages[0].name"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "messages[0].tool_calls[0].function"),
    ],
)
def test_a_value_out_of_bounds_is_invalid_and_named(fields: dict[str, Any], field: str) -> None:
    """A value out of bounds is refused as invalid, by the name of its parameter."""
    fault = refused(**fields)
    assert (fault.kind, fault.field) == (Kind.invalid, field)


def test_a_bound_is_written_in_full() -> None:
    """No `2.14748e+09`, which nobody can type."""
    assert refused(max_tokens=2**31).message == "`max_tokens` must be between 1 and 2147483647."
    assert refused(temperature=2.5).message == "`temperature` must be between 0 and 2."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].type"),
        ({"tool_choice": {"type": "custom", "custom": {"name": "x"}}, "tools": TOOLS}, "tool_choice.type"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": "x"}}]}]},
            "messages[0].content[0].type",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "type": "custom", "custom": {}}]}]},
            "messages[0].tool_calls[0].type",
        ),
    ],
)
def test_a_feature_that_is_not_there_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    """A feature that is not there is refused as unsupported, by the name of its parameter."""
    fault = refused(**fields)
    assert (fault.kind, fault.field) == (Kind.unsupported, field)


def test_text_modality_is_served() -> None:
    """Asking for text alone is fine."""
    assert asked(modalities=["text"]) == asked()


def test_tools_formats_and_the_rest_are_served() -> None:
    """Tools, formats, n, logprobs and effort reach the engine."""
    schema = {"name": "s", "schema": {"type": "object"}, "strict": True}
    ask = asked(
        tools=TOOLS,
        tool_choice="required",
        parallel_tool_calls=False,
        response_format={"type": "json_schema", "json_schema": schema},
        n=3,
        logprobs=True,
        top_logprobs=2,
        reasoning_effort="low",
    )
    assert ask.tools == (Tool("f", "d", {"type": "object"}, True),)
    assert (ask.tool_choice, ask.parallel_tool_calls, ask.n, ask.think) == ("required", False, 3, "low")
    assert ask.format == Format("schema", {"type": "object"}, "s", True)
    assert (ask.logprobs, ask.top_logprobs) == (True, 2)


def test_the_simple_formats_are_served() -> None:
    """json_object is JSON; text is no format."""
    assert asked(response_format={"type": "json_object"}).format == Format("json")
    assert asked(response_format={"type": "text"}).format is None


def test_an_effort_of_none_switches_thinking_off() -> None:
    """An effort of none switches thinking off."""
    assert asked(reasoning_effort="none").think is False


def test_a_named_tool_is_chosen() -> None:
    """The choice of one function keeps its shape; allowed_tools is handed on as it is."""
    choice = {"type": "function", "function": {"name": "f"}}
    assert asked(tools=TOOLS, tool_choice=choice).tool_choice == choice
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}
    assert asked(tools=TOOLS, tool_choice=allowed).tool_choice == allowed


def test_functions_are_tools_by_their_old_name() -> None:
    """functions and function_call are translated into tools."""
    ask = asked(functions=[FUNCTION], function_call={"name": "f"})
    assert ask.tools == (Tool("f", "d", {"type": "object"}, True),)
    assert ask.tool_choice == {"type": "function", "function": {"name": "f"}}


def test_known_fields_without_a_meaning_here_are_passed_on() -> None:
    """What only an upstream of this wire has a use for travels in foreign."""
    passed = {"user": "u", "metadata": {"a": "b"}, "store": False, "service_tier": "flex", "verbosity": "low"}
    assert asked(**passed).foreign == passed


def test_unknown_fields_are_kept_where_they_stood() -> None:
    """Unknown fields of the body, of messages, parts, tool calls and tools are kept."""
    ask = asked(
        brand_new={"x": [1]},
        messages=[
            {"role": "user", "content": "hi", "cache": 1},
            {"role": "user", "content": [{"type": "text", "text": "a", "cache": 2}]},
            {
                "role": "assistant",
                "content": None,
                "mood": "calm",
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}, "sig": 3}],
            },
            {"role": "tool", "tool_call_id": "c", "content": "ok", "cache": 4},
        ],
        tools=[{"type": "function", "function": FUNCTION, "cache": 5}],
    )
    assert ask.foreign == {"brand_new": {"x": [1]}}
    assert ask.items == (
        Message("user", "hi", None, {"cache": 1}),
        Message("user", (Text("a", {"cache": 2}),)),
        Message("assistant", "", None, {"mood": "calm"}),
        ToolCall("c", "f", "{}", {"sig": 3}),
        ToolResult("c", "ok", None, {"cache": 4}),
    )
    assert ask.tools[0].foreign == {"cache": 5}


def test_an_assistant_turn_becomes_its_thoughts_words_and_calls() -> None:
    """One assistant message becomes reasoning, a message and tool calls, in that order."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    items = said(
        {"role": "assistant", "content": "so", "reasoning_content": "hm", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "ok"}]},
    )
    assert items == (Reasoning("hm"), Message("assistant", "so"), ToolCall("c", "f", "{}"), ToolResult("c", "ok"))


def test_an_assistant_turn_without_content_is_kept_as_an_empty_message() -> None:
    """An assistant turn that says nothing keeps its place."""
    assert said({"role": "assistant", "content": None}) == (Message("assistant", ""),)


def test_a_refusal_an_audio_id_and_annotations_travel_with_the_message() -> None:
    """Parts of an earlier answer that we have no field for are sent back to the upstream."""
    extra = {"refusal": "no", "audio": {"id": "a"}, "annotations": [{"type": "url_citation"}]}
    assert said({"role": "assistant", "content": "", **extra}) == (Message("assistant", "", None, extra),)


def test_legacy_calls_find_their_results_by_name() -> None:
    """An old function result belongs to the last call of that name."""
    items = said(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "ok"},
    )
    assert items == (ToolCall("call_0", "f", "{}"), ToolResult("call_0", "ok", "f"))


def test_parts_become_bytes_or_links() -> None:
    """Pictures, sound and files become raw bytes, or a link only the engine may fetch."""
    (message,) = said(
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
                {"type": "image_url", "image_url": "https://example.org/a.png"},
                {"type": "image_url", "image_url": {"url": "data:,a%20b"}},
                {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
                {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PIXEL}", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_data": PIXEL}},
                {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "refusal", "refusal": "no"},
            ],
        }
    )
    assert message.content == (
        Image(b"\x89PNG", "image/png", None, "low"),
        Image(url="https://example.org/a.png"),
        Image(b"a b", "image/png"),
        Audio(b"\x89PNG", "wav"),
        File(b"\x89PNG", "a.pdf", "application/pdf"),
        File(b"\x89PNG"),
        File(id="file-1"),
        Text("no"),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,@@@@"}}, Kind.invalid),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64"}}, Kind.invalid),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, Kind.invalid),
        ({"type": "image_url", "image_url": {"url": "7f0c-file-id"}}, Kind.invalid),
        ({"type": "input_audio", "input_audio": {"data": "a", "format": "wav"}}, Kind.invalid),
        ({"type": "file", "file": {"filename": "a"}}, Kind.invalid),
        ({"type": "file", "file": {"file_data": "A" * (MAX_INLINE * 4 // 3 + 8)}}, Kind.too_large),
        ({"type": "image_url", "image_url": {"url": "data:," + "a" * (MAX_INLINE + 3)}}, Kind.too_large),
    ],
)
def test_inline_data_must_be_strict_and_small(part: dict[str, Any], kind: Kind) -> None:
    """Bad base64, other schemes and too many bytes are refused, with the place of the part."""
    fault = refused(messages=[{"role": "user", "content": [part]}])
    assert fault.kind is kind and (fault.field or "").startswith("messages[0].content[0].")


def test_a_fault_never_echoes_the_value() -> None:
    """An error names the field and never repeats what was in it."""
    fault = refused(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": "s3://hush"}]}])
    assert "hush" not in fault.sentence()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["role", "content", "type", "text", "image_url", "url", "tool_calls", "function", "name", "arguments", "new"]
)
NEAR = st.recursive(
    JSON | st.sampled_from(["user", "assistant", "tool", "text", "image_url", "function", "data:,x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    ["model", "messages", "tools", "stop", "n", "tool_choice", "response_format", "functions", "logit_bias", "extra"]
)


def _reads(body: bytes) -> None:
    try:
        read_ask(body)
    except Fault as fault:
        assert fault.kind in (Kind.invalid, Kind.unsupported, Kind.too_large)


@given(JSON)
def test_any_json_is_an_ask_or_a_fault(value: Any) -> None:
    """Arbitrary JSON gives an ask or a fault, and nothing else."""
    _reads(msgspec.json.encode(value))


@pytest.mark.slow
@given(st.dictionaries(FIELDS, NEAR, max_size=4), st.lists(st.dictionaries(NAMES, NEAR, max_size=4), max_size=3))
def test_nearly_right_json_is_an_ask_or_a_fault(fields: dict[str, Any], messages: list[Any]) -> None:
    """JSON that looks like a request gives an ask or a fault, and nothing else."""
    _reads(msgspec.json.encode({"messages": messages, **fields}))


KNOBS = {
    **dict.fromkeys(("temperature", "top_p", "min_p", "presence_penalty", "frequency_penalty"), st.floats(-3, 3)),
    **dict.fromkeys(("n", "max_tokens", "max_completion_tokens", "seed", "top_k"), st.integers(-2, 20)),
    "model": st.text(max_size=3),
    "stream": st.booleans(),
    "stop": st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=20),
    "logit_bias": st.dictionaries(st.text(max_size=3), st.floats(-3, 3), max_size=2),
    "user": st.text(max_size=3),
    "tools": st.just(TOOLS),
    "extra": st.integers(),
}
PLAIN = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "developer"]), "content": st.text()}
)
ODD = st.fixed_dictionaries({"role": st.just("user"), "content": st.just([{"type": "text", "text": "hi"}])})


def _outcome(read: Callable[[], ChatAsk]) -> ChatAsk | tuple[str, str | None]:
    try:
        return read()
    except Fault as fault:
        return fault.sentence(), fault.field


@given(st.fixed_dictionaries({"messages": st.lists(PLAIN | ODD, max_size=4)}, optional=KNOBS).map(msgspec.json.encode))
def test_the_short_way_to_an_ask_ends_where_the_long_one_does(body: bytes) -> None:
    """With the same words where it is refused."""
    assert _outcome(lambda: read_ask(body)[1]) == _outcome(lambda: chat_ask(*BODY.read(body)))


def test_a_plain_body_takes_the_short_way() -> None:
    body = {"model": "m", "messages": HI, "temperature": 0.5, "max_tokens": 9, "stream": True}
    assert type(read_ask(msgspec.json.encode(body))[0]) is PlainChatRequest
    assert type(read_ask(msgspec.json.encode({**body, "tools": TOOLS}))[0]) is ChatRequest


@given(st.binary(max_size=60))
def test_any_bytes_are_an_ask_or_a_fault(body: bytes) -> None:
    """Arbitrary bytes give a fault, never an exception of the decoder."""
    _reads(body)
