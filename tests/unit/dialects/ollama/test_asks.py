"""What a client of Ollama sends becomes an ask, field by field; what makes no sense is named and refused."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.ollama import images
from parlance.dialects.ollama.asks import chat_ask, generate_ask
from parlance.dialects.ollama.bodies import read
from parlance.dialects.ollama.images import media_type
from parlance.dialects.ollama.wire import ChatRequest, GenerateRequest
from parlance.values.asks import ChatAsk, Format, Sampling, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Image, Message, Reasoning, Text, ToolCall, ToolResult

PNG = b"\x89PNG and more"
CODED = base64.b64encode(PNG).decode()


def chat(*messages: Any, **more: Any) -> ChatAsk:
    """The ask of `/api/chat`."""
    body = {"model": "m", "messages": list(messages) or [{"role": "user", "content": "hi"}], **more}
    return chat_ask(*read(msgspec.json.encode(body), ChatRequest))


def generate(**body: Any) -> ChatAsk:
    """The ask of `/api/generate`."""
    return generate_ask(*read(msgspec.json.encode({"model": "m", **body}), GenerateRequest))


def refused(kind: Kind, field: str | None, **more: Any) -> None:
    """A chat with these fields is refused so."""
    with pytest.raises(Fault) as fault:
        chat(**more)
    assert (fault.value.kind, fault.value.field) == (kind, field)


def test_a_plain_chat_is_streamed_and_of_our_own_wire() -> None:
    """Streaming is the default here; `null` counts as absent."""
    assert chat() == ChatAsk("m", (Message("user", "hi"),), wire="ollama")
    assert chat(stream=None, options=None, format=None, tools=None, keep_alive=None, think=None) == chat()
    assert not chat(stream=False).stream


def test_a_conversation_becomes_items_in_order() -> None:
    """Thought, said, called; a result finds its call by id, by the tool's name, or by its turn."""
    called = {"function": {"name": "f", "arguments": {"a": 1}, "odd": 1}, "odd": 2}
    ask = chat(
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "look", "images": [CODED]},
        {"role": "user", "images": [CODED]},
        {"role": "assistant", "content": "so", "thinking": "hm", "tool_calls": [called, called, {**called, "id": "x"}]},
        {"role": "tool", "content": "3", "tool_call_id": "x"},
        {"role": "tool", "content": "1", "tool_name": "f"},
        {"role": "tool", "content": "2"},
        {"role": "tool", "content": "?", "tool_name": "g"},
        {"role": "tool", "content": "!"},
        {"role": "assistant", "tool_calls": [called]},
        {"role": "assistant"},
    )
    image = Image(PNG, "image/png")
    assert ask.items == (
        Message("system", "be brief"),
        Message("user", (Text("look"), image)),
        Message("user", (image,)),
        Reasoning("hm"),
        Message("assistant", "so"),
        ToolCall("call_0", "f", '{"a":1}'),
        ToolCall("call_1", "f", '{"a":1}'),
        ToolCall("x", "f", '{"a":1}'),
        ToolResult("x", "3", "f"),
        ToolResult("call_0", "1", "f"),
        ToolResult("call_1", "2", "f"),
        ToolResult("call_g", "?", "g"),
        ToolResult("call_8", "!"),
        ToolCall("call_3", "f", '{"a":1}'),
        Message("assistant", ""),
    )


def test_options_that_others_have_too_are_knobs_and_the_rest_is_kept() -> None:
    """No bound and any seed are words of Ollama's own."""
    options = {
        "temperature": 0,
        "top_p": 0.9,
        "top_k": 40.0,
        "min_p": 0.1,
        "num_predict": 9,
        "stop": "x",
        "seed": 7,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "repeat_penalty": 1.1,
        "num_ctx": 4096,
        "mirostat": None,
    }
    ask = chat(options=options)
    assert ask.sampling == Sampling(0.0, 0.9, 40, 0.1, 9, ("x",), 7, 0.1, 0.2, 1.1)
    assert ask.foreign == {"options": {"num_ctx": 4096}}
    assert chat(options={"num_predict": -1, "seed": -1, "stop": ["a", "b"]}) == msgspec.structs.replace(
        chat(), sampling=Sampling(stop=("a", "b")), foreign={"options": {"num_predict": -1, "seed": -1}}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "hot"),
        ("temperature", True),
        ("seed", 1.5),
        ("top_k", []),
        ("stop", 5),
        ("stop", ["a", 5]),
        ("stop", ["x"] * 65),
    ],
)
def test_an_option_of_another_kind_is_refused_by_name(name: str, value: Any) -> None:
    """As Ollama does."""
    refused(Kind.invalid, f"options.{name}", options={name: value})


def test_format_thought_and_patience_are_understood() -> None:
    """A schema, `json`, levels of thought, log probabilities."""
    assert chat(format="json").format == Format("json")
    assert chat(format="").format is None
    assert chat(format={"type": "object"}).format == Format("schema", {"type": "object"})
    assert [chat(think=word).think for word in (True, False, "low")] == [True, False, "low"]
    ask = chat(keep_alive="5m", logprobs=True, top_logprobs=3)
    assert (ask.keep_alive, ask.logprobs, ask.top_logprobs) == ("5m", True, 3)
    assert chat(keep_alive=-1).keep_alive == -1
    refused(Kind.invalid, "format", format="xml")
    refused(Kind.invalid, "think", think="a lot")
    refused(Kind.invalid, "top_logprobs", top_logprobs=21)


def test_tools_keep_every_field() -> None:
    """Those we do not know travel along for an Ollama."""
    function = {"name": "f", "description": "does f", "parameters": {"type": "object"}}
    assert chat(tools=[{"type": "function", "function": function}]).tools == (Tool("f", "does f", {"type": "object"}),)
    odd = {"function": {"name": "g", "strict": True}, "items": 5}
    assert chat(tools=[odd]).tools == (Tool("g", foreign={"items": 5, "function": {"strict": True}}),)
    refused(Kind.invalid, "tools", tools=[odd] * 257)


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search"},
        {"type": "function"},
        {"function": {}},
        {"function": {"name": ""}},
        {"function": {"name": "f", "description": 5}},
        {"function": {"name": "f", "parameters": []}},
    ],
)
def test_a_tool_that_is_no_function_is_refused(tool: Any) -> None:
    """The field at fault stands in the error."""
    with pytest.raises(Fault) as fault:
        chat(tools=[tool])
    assert fault.value.field is not None and fault.value.field.startswith("tools[0]")


@pytest.mark.parametrize("picture", ["not base64!", "data:image/png;base64,AAAA", "", "AAA", "ÄÖÜ="])
def test_a_picture_must_be_plain_base64(picture: str) -> None:
    """Strictly: what decodes to something else by mercy is a mistake."""
    with pytest.raises(Fault) as fault:
        chat({"role": "user", "images": [CODED, picture]})
    assert fault.value.field == "messages[0].images[1]"


def test_pictures_are_bounded_in_size_and_number() -> None:
    """Before they are decoded."""
    with pytest.raises(Fault) as many:
        chat({"role": "user", "images": [CODED] * 65})
    with pytest.raises(Fault) as large:
        images.images_of(["A" * (images.MAX_IMAGE * 4 // 3 + 8)], "images")
    assert many.value.kind is large.value.kind is Kind.too_large


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"BM", "image/bmp"),
        (b"RIFF____WEBP", "image/webp"),
        (b"?", "image/png"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    """Engines of other wires want to be told."""
    assert media_type(data) == kind


def test_unknown_fields_are_kept_where_they_stood() -> None:
    """Of the body and of a message; a prompt's own fields mean nothing in a chat."""
    ask = chat({"role": "user", "content": "x", "mood": 1}, truncate=True, context=[1], template="t")
    assert ask.foreign == {"truncate": True} and ask.items == (Message("user", "x", foreign={"mood": 1}),)
    odd_result = chat({"role": "tool", "content": "x", "mood": 1}).items[0]
    assert isinstance(odd_result, ToolResult) and odd_result.foreign == {"mood": 1}


def test_unknown_roles_and_missing_models_are_refused() -> None:
    """By name."""
    with pytest.raises(Fault) as fault:
        chat({"role": "function", "content": "x"})
    assert fault.value.field == "messages[0].role"
    refused(Kind.invalid, "model", model="")
    refused(Kind.invalid, "model", model=None)
    with pytest.raises(Fault):
        chat({"role": "user", "content": 5, "odd": 1})


def test_a_prompt_is_a_chat_of_one_question() -> None:
    """So that every chat engine can answer it; the empty context tells an Ollama where it was asked."""
    assert generate(prompt="hi") == ChatAsk("m", (Message("user", "hi"),), wire="ollama", foreign={"context": []})
    ask = generate(prompt="hi", system="be brief", template="t", context=[1, 2], images=[CODED], odd=1)
    assert ask.items == (Message("system", "be brief"), Message("user", (Text("hi"), Image(PNG, "image/png"))))
    assert ask.foreign == {"odd": 1, "context": [1, 2], "template": "t"}
    assert generate(images=[CODED]).items == (Message("user", (Image(PNG, "image/png"),)),)


def test_a_raw_prompt_and_a_suffix_are_a_text_to_go_on_with() -> None:
    """What only an Ollama can use beside it travels along."""
    assert generate(prompt="def f(", suffix="return") == ChatAsk("m", prompt="def f(", suffix="return", wire="ollama")
    ask = generate(prompt="[INST]", raw=True, images=[CODED], system="s", options={"num_ctx": 5})
    assert ask.prompt == "[INST]" and ask.suffix is None
    assert ask.foreign == {"images": [CODED], "raw": True, "system": "s", "options": {"num_ctx": 5}}
    with pytest.raises(Fault):
        generate(prompt="x", raw=True, images=["?"])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([*ChatRequest.__struct_fields__, *GenerateRequest.__struct_fields__, "odd"])
_MESSAGE = st.dictionaries(
    st.sampled_from(["role", "content", "images", "tool_calls", "thinking", "tool_name", "odd"]),
    _JSON | st.sampled_from(["user", "assistant", "tool"]),
    max_size=4,
)


@given(st.dictionaries(_NAMES, _JSON, max_size=5), st.lists(_MESSAGE, max_size=3))
def test_any_json_is_an_ask_or_a_fault(body: dict[str, Any], messages: list[Any]) -> None:
    """Nothing else ever comes out of a request."""
    for asked in ({**body, "model": "m", "messages": messages}, body):
        raw = msgspec.json.encode(asked)
        for build in (_chat_of, _prompt_of):
            try:
                assert isinstance(build(raw), ChatAsk)
            except Fault as fault:
                assert fault.kind in (Kind.invalid, Kind.too_large)


def _chat_of(raw: bytes) -> ChatAsk:
    return chat_ask(*read(raw, ChatRequest))


def _prompt_of(raw: bytes) -> ChatAsk:
    return generate_ask(*read(raw, GenerateRequest))


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_or_read(raw: bytes) -> None:
    """Bodies that are no JSON at all."""
    try:
        read(raw, ChatRequest)
    except Fault as fault:
        assert fault.kind in (Kind.invalid, Kind.too_large)
