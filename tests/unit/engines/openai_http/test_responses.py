"""Events of a responses stream, and a response in one block."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs.fold import fold
from parlance.engines.openai_http.responses import ResponseReader
from parlance.engines.openai_http.sse import Alarm
from parlance.testing.sinks import RecordingSink
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Finished, Started, ToolCalled, Usage
from parlance.values.messages import Message, Reasoning, ToolCall
from tests.unit.engines.openai_http.stage import ERRORS, responded

CREATED = {"type": "response.created", "response": {"id": "r", "model": "m"}}
COMPLETED = {
    "type": "response.completed",
    "response": {
        "id": "r",
        "status": "completed",
        "usage": {
            "input_tokens": 3,
            "output_tokens": 2,
            "input_tokens_details": {"cached_tokens": 1},
            "output_tokens_details": {"reasoning_tokens": 1},
        },
    },
}


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": f"response.{name}", **fields}


def test_words_thoughts_and_refusals_come_in_their_lanes() -> None:
    entry = {"token": "a", "logprob": -1}
    sink, reader = responded(
        CREATED,
        event("reasoning_summary_part.added", summary_index=0),
        event("reasoning_summary_text.delta", delta="hm", summary_index=0),
        event("reasoning_summary_part.added", summary_index=1),
        event("reasoning_text.delta", delta="!", output_index=1),
        event("output_text.delta", delta="a", output_index=2, logprobs=[entry]),
        event("output_text.done", text="a", output_index=2),
        event("refusal.delta", delta="no", output_index=3),
        event("whatever.happened"),
        COMPLETED,
    )
    reader.ended()
    assert sink.events == [
        Started("m", "r"),
        Delta("hm", "reasoning"),
        Delta("\n\n", "reasoning"),
        Delta("!", "reasoning"),
        Delta("a", logprobs={"content": [entry]}),
        Delta("no", "refusal"),
        Finished("stop"),
        Usage(3, 2, 1, 1),
    ]


def test_text_that_came_without_deltas_is_told_when_it_is_done() -> None:
    sink, _ = responded(event("output_text.done", text="a"), event("output_text.delta", delta=""))
    assert sink.events == [Started("asked"), Delta("a")]


def test_calls_are_told_once_however_they_are_announced() -> None:
    f = {"type": "function_call", "call_id": "x", "name": "f", "arguments": ""}
    g = {"type": "function_call", "id": "y", "name": "g", "arguments": "{}"}
    sink, _ = responded(
        event("output_item.added", item=f, output_index=0),
        event("output_item.added", item={"type": "message"}, output_index=9),
        event("function_call_arguments.delta", delta='{"a', output_index=0),
        event("function_call_arguments.delta", delta='":1}', output_index=0),
        event("function_call_arguments.done", arguments='{"a":1}', output_index=0),
        event("output_item.done", item={**f, "arguments": '{"a":1}'}, output_index=0),
        event("output_item.done", item=g, output_index=1),
        event("output_item.added", item={**f, "call_id": "z"}, output_index=2),
        event("function_call_arguments.done", arguments="[]", output_index=2),
        event("function_call_arguments.delta", delta="lost", output_index=7),
        event("output_item.done", item={"type": "web_search_call"}, output_index=8),
        COMPLETED,
    )
    assert sink.of(ToolCalled) == [ToolCalled(0, "x", "f"), ToolCalled(1, "y", "g"), ToolCalled(2, "z", "f")]
    assert [(delta.text, delta.item) for delta in sink.of(Delta) if isinstance(delta, Delta)] == [
        ('{"a', 0),
        ('":1}', 0),
        ("{}", 1),
        ("[]", 2),
    ]
    assert sink.of(Finished) == [Finished("tool_calls")]


BOUNDS = [
    ({"reason": "max_output_tokens"}, "length"),
    ({"reason": "content_filter"}, "content_filter"),
    (None, "length"),
]


@pytest.mark.parametrize(("details", "reason"), BOUNDS)
def test_an_answer_that_was_bounded_says_why(details: Any, reason: str) -> None:
    response = {"status": "incomplete", "incomplete_details": details}
    sink, reader = responded(event("incomplete", response=response))
    reader.ended()
    assert sink.of(Finished) == [Finished(reason)]


@pytest.mark.parametrize(
    "failure",
    [
        {"type": "error", "code": "server_error", "message": "broke"},
        {"error": {"message": "broke"}},
        event("failed", response={"status": "failed", "error": {"code": "server_error", "message": "broke"}}),
    ],
)
def test_a_failure_inside_is_a_fault_and_what_came_before_is_kept(failure: dict[str, Any]) -> None:
    sink, reader = responded(CREATED, event("output_text.delta", delta="a"))
    with pytest.raises(Fault) as caught:
        reader.frame(msgspec.json.encode(failure))
    assert caught.value.kind is Kind.upstream and "broke" in caught.value.message
    assert sink.answer.text == "a"


@pytest.mark.parametrize("data", [b"{", b"[]", b"7"])
def test_what_is_no_event_is_a_fault(data: bytes) -> None:
    with pytest.raises(Fault, match="promises"):
        responded()[1].frame(data)
    with pytest.raises(Fault, match="failed"):
        responded()[1].frame(Alarm(b"{}"))


def test_a_stream_without_its_last_event_ended_early() -> None:
    _, reader = responded(CREATED)
    reader.frame(b"[DONE]")
    with pytest.raises(Fault, match="ended early"):
        reader.ended()


def whole(response: Any) -> RecordingSink:
    sink = RecordingSink()
    ResponseReader(sink, ERRORS, "asked").whole(response)
    return sink


def test_a_response_in_one_block_keeps_all_items() -> None:
    entry = {"token": "a", "logprob": -1}
    output = [
        {"type": "reasoning", "id": "i", "summary": [{"text": "one"}, {"text": "two"}], "encrypted_content": "e"},
        {
            "type": "message",
            "content": [
                {"type": "output_text", "text": "a", "logprobs": [entry]},
                {"type": "refusal", "refusal": "no"},
            ],
        },
        {"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"},
        {"type": "function_call", "name": "g"},
        {"type": "function_call"},
        {"type": "web_search_call"},
        7,
    ]
    sink = whole({"id": "r1", "model": "m", "output": output, "service_tier": "s", "tools": [1], "status": "completed"})
    (choice,) = sink.answer.choices
    assert choice.items == (
        Reasoning("one\n\ntwo", {"id": "i", "encrypted_content": "e"}),
        Message("assistant", "a"),
        ToolCall("x", "f", "{}"),
        ToolCall("call_3_r1", "g", ""),
    )
    assert (choice.reason, choice.refusal, choice.logprobs) == ("tool_calls", "no", {"content": [entry]})
    assert sink.answer.foreign == {"service_tier": "s"}


def test_a_response_without_words_is_an_empty_message() -> None:
    assert whole({"output": []}).answer.choices[0].items == (Message("assistant", ""),)


@pytest.mark.parametrize(
    "body", [{}, [], {"output": "x"}, {"status": "failed"}, {"error": {"message": "x"}, "output": []}]
)
def test_what_failed_or_is_no_response_is_a_fault(body: Any) -> None:
    with pytest.raises(Fault) as caught:
        whole(body)
    assert caught.value.kind is Kind.upstream


NAMES = [
    *("created", "output_text.delta", "output_text.done", "output_item.added", "output_item.done", "completed"),
    *("function_call_arguments.delta", "function_call_arguments.done", "reasoning_summary_part.added", "failed"),
]
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "name", "id", "output", "status", "content", "usage"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.dictionaries(
                st.sampled_from(["delta", "item", "response", "output_index", "text", "arguments", "logprobs"]), VALUES
            ),
        ),
        max_size=6,
    )
)
def test_odd_events_raise_nothing_but_a_fault(events: list[tuple[str, dict[str, Any]]]) -> None:
    sink, reader = responded()
    try:
        for name, fields in events:
            reader.frame(msgspec.json.encode(event(name, **fields)))
        reader.ended()
    except Fault as fault:
        assert fault.message
    fold(sink.events)
    msgspec.json.encode(sink.events)


@given(VALUES)
def test_an_odd_block_raises_nothing_but_a_fault(value: Any) -> None:
    try:
        fold(whole(value).events)
    except Fault as fault:
        assert fault.message
