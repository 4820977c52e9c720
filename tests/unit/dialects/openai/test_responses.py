"""Responses: input becomes items, a run becomes a response or its typed events."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.openai.responses import BODY, respond
from parlance.dialects.openai.responses_ask import response_operation
from parlance.dialects.openai.responses_frames import ResponseFrames
from parlance.values.asks import Format, Tool
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Started, ToolCalled, Usage, Whole
from parlance.values.messages import File, Image, Message, Reasoning, Text, ToolCall, ToolResult
from tests.unit.dialects.openai.stage import Stage, answered, frames, played, request

PIXEL = base64.b64encode(b"\x89PNG").decode()
SAYS_A = {"type": "output_text", "text": "a"}
ASK: dict[str, Any] = {"model": "tiny", "input": "hi"}
STREAM = {**ASK, "stream": True}
TOOL = {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": False}


def wanted(**fields: Any) -> Any:
    """The operation of a request with these fields."""
    return response_operation(*BODY.read(msgspec.json.encode({**ASK, **fields})))


def refused(**fields: Any) -> Fault:
    """The fault of a request with these fields."""
    with pytest.raises(Fault) as caught:
        wanted(**fields)
    return caught.value


def test_every_field_reaches_the_engine() -> None:
    """Everything that is served reaches the engine."""
    op = wanted(
        instructions="brief",
        max_output_tokens=5,
        temperature=0.5,
        top_p=0.9,
        top_logprobs=2,
        tools=[{**TOOL, "cache": 1}],
        tool_choice={"type": "function", "name": "f"},
        parallel_tool_calls=False,
        reasoning={"effort": "high", "summary": "auto"},
        text={"format": {"type": "json_schema", "name": "s", "schema": {"type": "object"}}, "verbosity": "low"},
        metadata={"a": "b"},
        user="u",
        truncation="auto",
        max_tool_calls=3,
        include=["reasoning.encrypted_content"],
        brand_new=1,
    )
    ask = op.ask
    assert ask.items == (Message("system", "brief"), Message("user", "hi"))
    assert (ask.sampling.max_tokens, ask.sampling.temperature, ask.sampling.top_p) == (5, 0.5, 0.9)
    assert (ask.logprobs, ask.top_logprobs, ask.think, ask.parallel_tool_calls) == (True, 2, "high", False)
    assert ask.tools == (Tool("f", "d", {"type": "object"}, False, {"cache": 1}),)
    assert ask.tool_choice == {"type": "function", "function": {"name": "f"}}
    assert ask.format == Format("schema", {"type": "object"}, "s")
    assert ask.foreign == {"user": "u", "metadata": {"a": "b"}, "verbosity": "low"}
    assert (op.keep, op.previous) == (True, None)


def test_a_conversation_is_kept_unless_the_client_says_no() -> None:
    """store false keeps nothing; previous_response_id names a run."""
    op = wanted(store=False, previous_response_id="resp_01932c07209c7a4e9b6d5f0e8c1d2a3b")
    assert (op.keep, op.previous) == (False, "01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b")


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_choice_among_no_tools_is_no_choice(choice: str) -> None:
    """Clients that always say auto are not refused for having no tools."""
    assert wanted(tool_choice=choice).ask.tool_choice is None


def test_a_text_format_of_text_is_no_format() -> None:
    """The plain format, and no format at all, ask for nothing."""
    assert wanted(text={"format": {"type": "text"}}).ask.format is None
    assert wanted(text={}).ask.format is None
    assert wanted(include=["message.output_text.logprobs"]).ask.logprobs


@pytest.mark.parametrize(
    ("fields", "field", "kind"),
    [
        ({"input": []}, "input", Kind.invalid),
        ({"input": None}, "input", Kind.invalid),
        ({"background": True}, "background", Kind.unsupported),
        ({"conversation": "conv_1"}, "conversation", Kind.unsupported),
        ({"prompt": {"id": "p"}}, "prompt", Kind.unsupported),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type", Kind.unsupported),
        ({"tools": [{"type": "function"}]}, "tools[0].name", Kind.invalid),
        ({"tools": [TOOL] * 257}, "tools", Kind.invalid),
        ({"tool_choice": "required"}, "tool_choice", Kind.invalid),
        ({"tool_choice": {"type": "web_search_preview"}, "tools": [TOOL]}, "tool_choice.type", Kind.unsupported),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format", Kind.invalid),
        ({"text": {"format": {"type": "grammar"}}}, "text.format.type", Kind.unsupported),
        ({"max_output_tokens": 0}, "max_output_tokens", Kind.invalid),
        ({"top_logprobs": 21}, "top_logprobs", Kind.invalid),
        ({"reasoning": {"effort": "lots"}}, "reasoning.effort", Kind.invalid),
        ({"previous_response_id": "resp_x"}, "previous_response_id", Kind.missing),
        ({"previous_response_id": "resp_" + "Z" * 32}, "previous_response_id", Kind.missing),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0].type", Kind.unsupported),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role", Kind.invalid),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0]", Kind.invalid),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id", Kind.invalid),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            "input[0].content[0]",
            Kind.unsupported,
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "http://x"}]}]},
            "input[0].content[0].file_url",
            Kind.unsupported,
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "input[0].content[0].type",
            Kind.unsupported,
        ),
    ],
)
def test_what_makes_no_sense_or_is_not_there_is_refused_by_name(fields: dict[str, Any], field: str, kind: Kind) -> None:
    """Bounds and missing features are refused by the name of the parameter."""
    fault = refused(**fields)
    assert (fault.field, fault.kind) == (field, kind)


def test_items_become_items() -> None:
    """Messages, calls, results and thoughts become items; thoughts without text are left out."""
    items = wanted(
        input=[
            {"role": "developer", "content": "be kind"},
            {
                "type": "message",
                "role": "user",
                "cache": 1,
                "content": [
                    {"type": "input_text", "text": "look"},
                    {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
                    {"type": "input_file", "file_data": PIXEL, "filename": "a.bin"},
                ],
            },
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "x"},
            {"type": "reasoning", "id": "rs_3", "summary": []},
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "so"}]},
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "b"}],
            },
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "c",
                "name": "f",
                "arguments": "{}",
                "status": "completed",
            },
            {"type": "function_call_output", "call_id": "c", "output": "ok"},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "ok"}]},
            {"role": "user"},
        ]
    ).ask.items
    assert items == (
        Message("developer", "be kind"),
        Message(
            "user",
            (Text("look"), Image(b"\x89PNG", "image/png", None, "low"), File(b"\x89PNG", "a.bin")),
            None,
            {"cache": 1},
        ),
        Reasoning("hm"),
        Reasoning("", {"encrypted_content": "x", "id": "rs_2"}),
        Reasoning("so"),
        Message("assistant", (Text("a"), Text("b"))),
        ToolCall("c", "f", "{}"),
        ToolResult("c", "ok"),
        ToolResult("c", "ok"),
        Message("user", ""),
    )


async def test_an_earlier_response_that_is_gone_is_named() -> None:
    """The core's word for a lost conversation becomes this route's."""
    gone = Fault(Kind.missing, "Gone.", code="previous_not_found")
    with pytest.raises(Fault) as caught:
        await respond(request(ASK), Stage(gone))
    assert (caught.value.code, caught.value.field) == ("previous_response_not_found", "previous_response_id")
    with pytest.raises(Fault) as other:
        await respond(request(ASK), Stage(Fault(Kind.busy, "Full.")))
    assert other.value.kind is Kind.busy


SAID: list[Event] = [
    Started("up"),
    Delta("h", "reasoning"),
    Delta("m", "reasoning"),
    Delta("Hel"),
    Delta("lo"),
    Delta("other", choice=1),
    Delta("No", "refusal"),
    ToolCalled(0, "c1", "f"),
    ToolCalled(1, "c2", "g"),
    Delta("{", "arguments", 0),
    Delta("[]", "arguments", 1),
    Delta("}", "arguments", 0),
    Delta("lost", "arguments", 7),
    ToolCalled(9, "x", "x", choice=1),
    Finished("tool_calls"),
    Finished("length", 1),
    Usage(3, 4, 1, 2),
]


async def test_a_whole_response_and_a_streamed_one_are_equal() -> None:
    """The response of the last event is the response that is not streamed."""
    whole = await answered(respond, ASK, Stage(SAID))
    streamed = (await frames(respond, STREAM, Stage(SAID)))[-1]["response"]
    assert whole == streamed
    assert [item["type"] for item in whole["output"]] == ["reasoning", "message", "function_call", "function_call"]
    assert [part["type"] for part in whole["output"][1]["content"]] == ["output_text", "refusal"]
    assert whole["usage"]["output_tokens_details"] == {"reasoning_tokens": 2}


async def test_deltas_add_up_to_their_done_events() -> None:
    """What the deltas of an item add up to is what its done event says; numbers are without gaps."""
    shown = await frames(respond, STREAM, Stage(SAID))
    assert [event["sequence_number"] for event in shown] == list(range(len(shown)))
    added: dict[tuple[int, int], str] = {}
    checked = 0
    for event in shown:
        key = (event.get("output_index", -1), event.get("content_index", -1))
        if event["type"].endswith(".delta"):
            added[key] = added.get(key, "") + event["delta"]
        for name in ("text", "refusal", "arguments"):
            if event["type"].endswith(".done") and name in event:
                assert added[key] == event[name]
                checked += 1
    assert checked == 5


async def test_every_frame_names_its_event() -> None:
    """The event line says the type of the data line."""
    reply = await respond(request(STREAM), Stage(SAID))
    assert reply.frames is not None
    raw = b"".join([piece async for piece in reply.frames])
    for block in raw.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        assert msgspec.json.decode(data.removeprefix("data: "))["type"] == name.removeprefix("event: ")


async def test_a_lane_that_comes_back_opens_an_item_of_its_own() -> None:
    """Thoughts between two texts are three items in a stream, and the text is the same in order."""
    said: list[Event] = [Delta("a"), Delta("hm", "reasoning"), Delta("b")]
    last = (await frames(respond, STREAM, Stage(said)))[-1]["response"]
    assert [item["type"] for item in last["output"]] == ["message", "reasoning", "message"]


@pytest.mark.parametrize(("reason", "why"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_an_answer_that_stopped_early_is_incomplete(reason: str, why: str) -> None:
    """A bound or a filter leaves a response incomplete and says why."""
    said: list[Event] = [Delta("a"), Finished(reason)]
    whole = await answered(respond, ASK, Stage(said))
    last = (await frames(respond, STREAM, Stage(said)))[-1]
    assert last["type"] == "response.incomplete" and last["response"] == whole
    assert whole["incomplete_details"] == {"reason": why} and whole["output"][0]["status"] == "incomplete"


async def test_an_answer_cut_at_our_bound_is_incomplete() -> None:
    """A cut answer is incomplete, whole and streamed."""
    said = [Delta("a"), Fault(Kind.too_large, "Long.", code="cut")]
    whole = await answered(respond, ASK, Stage(said))
    assert whole["incomplete_details"] == {"reason": "max_output_tokens"}
    assert (await frames(respond, STREAM, Stage(said)))[-1]["response"] == whole


async def test_an_empty_answer_is_a_message_without_text() -> None:
    """A model that says nothing still answers with a message."""
    whole = await answered(respond, ASK, Stage([Started("up")]))
    assert whole["output"][0]["content"][0]["text"] == ""
    assert (await frames(respond, STREAM, Stage([Started("up")])))[-1]["response"] == whole


async def test_a_refusal_alone_is_a_message() -> None:
    """A refusal without text is a message with one part."""
    said: list[Event] = [Delta("no", "refusal")]
    whole = await answered(respond, ASK, Stage(said))
    assert whole["output"][0]["content"] == [{"type": "refusal", "refusal": "no"}]
    assert (await frames(respond, STREAM, Stage(said)))[-1]["response"] == whole
    beside: list[Event] = [ToolCalled(0, "c", "f"), Delta("no", "refusal")]
    output = (await answered(respond, ASK, Stage(beside)))["output"]
    assert [item["type"] for item in output] == ["function_call", "message"]


async def test_a_whole_answer_streams() -> None:
    """An engine that answers at once is streamed with the same response."""
    logprobs = {"content": [{"token": "a", "logprob": -1.0}]}
    said: list[Event] = [Whole((Choice((Message("assistant", "a"),), logprobs=logprobs),), Usage(1, 1))]
    whole = await answered(respond, ASK, Stage(said))
    assert whole["output"][0]["content"][0]["logprobs"] == logprobs["content"]
    assert (await frames(respond, STREAM, Stage(said)))[-1]["response"] == whole


async def test_sealed_thoughts_keep_the_id_of_who_sealed_them() -> None:
    """Encrypted thoughts of an upstream are shown with its own id, so that they can be sent back."""
    items = (Reasoning("", {"id": "rs_up", "encrypted_content": "x", "other": 1}), Message("assistant", "a"))
    body = await answered(respond, ASK, Stage([Whole((Choice(items),))]))
    assert body["output"][0] == {
        "id": "rs_up",
        "type": "reasoning",
        "summary": [],
        "content": [],
        "status": "completed",
        "encrypted_content": "x",
    }


async def test_failures_have_the_codes_of_this_route() -> None:
    """A used-up budget, a server that goes down and all the rest have a code each."""
    codes = []
    for end in (
        Fault(Kind.over_budget, "m"),
        Fault(Kind.upstream, "m"),
    ):
        last = (await frames(respond, STREAM, Stage([Delta("a"), end])))[-1]
        codes.append(last["response"]["error"]["code"])
        assert last["response"]["output"][0]["status"] == "incomplete"
    run = played([])
    shown = ResponseFrames(BODY.read(msgspec.json.encode(ASK))[0], run)
    told = shown.render([Delta("a"), Ended("interrupted")]).split(b"data: ")[-1]
    codes.append(msgspec.json.decode(told)["response"]["error"]["code"])
    assert codes == ["rate_limit_exceeded", "server_error", "draining"]
    assert b"reader_dropped" not in shown.failed(Fault(Kind.cancelled, "Behind.", code="reader_dropped"))
    run.let_go()


async def test_what_was_asked_is_echoed() -> None:
    """The response repeats what was asked for."""
    asked = {
        **ASK,
        "tools": [TOOL],
        "tool_choice": "auto",
        "metadata": {"a": "b"},
        "text": {"format": {"type": "json_object"}},
        "reasoning": {"effort": "low"},
        "temperature": 0.5,
        "store": False,
    }
    body = await answered(respond, asked, Stage([Delta("a")]))
    assert body["tools"] == [TOOL] and body["text"] == {"format": {"type": "json_object"}}
    assert (body["metadata"], body["temperature"], body["store"]) == ({"a": "b"}, 0.5, False)
    assert body["reasoning"]["effort"] == "low" and body["id"] == "resp_01932c07209c7a4e9b6d000000000000"


NAMES = st.sampled_from(["type", "role", "content", "call_id", "name", "output", "summary", "text", "image_url"])
VALUES = st.recursive(
    st.none()
    | st.integers()
    | st.sampled_from(["message", "user", "reasoning", "input_text", "data:,x", "function_call"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


@given(VALUES, st.dictionaries(st.sampled_from(["tools", "tool_choice", "text", "reasoning", "include"]), VALUES))
def test_any_input_is_an_operation_or_a_fault(given_input: Any, fields: dict[str, Any]) -> None:
    """Whatever the input holds, it is an operation or a fault."""
    try:
        response_operation(*BODY.read(msgspec.json.encode({"input": given_input, **fields})))
    except Fault as fault:
        assert fault.kind in (Kind.invalid, Kind.unsupported)
