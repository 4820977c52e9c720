"""Frames of a chat stream into events: what every upstream does, and what some do differently."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs.fold import fold
from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.decoding import value_of
from parlance.testing.sinks import RecordingSink
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Finished, Started, ToolCalled, Usage, Whole
from parlance.values.messages import Message, Reasoning, ToolCall
from tests.unit.engines.openai_http.stage import ERRORS, chunk, split, sse, told

WHOLE = {"id": "c", "choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


def call(index: int | None = 0, **fields: Any) -> dict[str, Any]:
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    return {**({} if index is None else {"index": index}), **fields, "function": function}


def test_plain_text_becomes_a_beginning_deltas_and_an_end() -> None:
    sink = told(chunk({"role": "assistant", "content": ""}), chunk({"content": "Hi"}), chunk({}, "stop"))
    assert sink.events == [Started("m", "c-1"), Delta("Hi"), Finished("stop")]


def test_other_choices_and_text_completions_are_told_with_their_index() -> None:
    choices = [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "text": "a", "finish_reason": "length"}]
    sink = told(chunk(choices=choices))
    assert sink.events[1:] == [Delta("b", choice=1), Delta("a"), Finished("length")]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_have_a_lane_of_their_own(field: str) -> None:
    assert told(chunk({field: "hm"})).events[1:] == [Delta("hm", "reasoning")]
    assert told(chunk({field: "hm", "x": 1})).events[1:] == [Delta("hm", "reasoning", foreign={"x": 1})]


def test_a_refusal_has_a_lane_of_its_own() -> None:
    assert told(chunk({"refusal": "no"})).events[1:] == [Delta("no", "refusal")]


def test_parts_in_place_of_text_are_read() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "a"}, "b"]
    assert told(chunk({"content": parts})).events[1:] == [Delta("hm", "reasoning"), Delta("ab")]


def test_unknown_fields_go_with_the_beginning_and_later_only_when_they_change() -> None:
    sink = told(
        chunk({"content": "a"}, provider="p", service_tier="s"),
        chunk({"content": "b"}, provider="p"),
        chunk({"content": "c", "mood": "glad"}, provider="q"),
        chunk({}, "stop", timings={"ms": 1}),
    )
    assert sink.events == [
        Started("m", "c-1", {"provider": "p", "service_tier": "s"}),
        Delta("a"),
        Delta("b"),
        Delta("c", foreign={"mood": "glad", "provider": "q"}),
        Finished("stop", 0, {"timings": {"ms": 1}}),
    ]


def test_unknown_fields_without_text_are_told_as_well() -> None:
    assert told(chunk({"annotations": [1]})).events[1:] == [Delta("", foreign={"annotations": [1]})]


def test_known_fields_of_the_first_plain_frame_are_kept() -> None:
    sink = told(chunk({"content": "a"}, system_fingerprint="fp"), chunk({"content": "b"}, system_fingerprint="fp", x=1))
    assert sink.events[0] == Started("m", "c-1", {"system_fingerprint": "fp"})
    assert sink.events[2] == Delta("b", foreign={"x": 1})


def test_an_upstream_that_always_adds_fields_is_read_freely_from_then_on() -> None:
    sink = told(*(chunk({"content": str(n)}, x=1) for n in range(9)), chunk({"content": "9"}))
    assert fold(sink.events).text == "0123456789"


def test_log_probabilities_go_with_the_text_and_only_in_a_shape_readers_know() -> None:
    entry = {"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2}, 7]}
    choice = {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [entry, "x"], "refusal": None, "n": 3}}
    (delta,) = told(chunk(choices=[choice])).of(Delta)
    kept = {"token": "a", "logprob": -1, "top_logprobs": [{"token": "b", "logprob": -2}]}
    assert delta == Delta("a", logprobs={"content": [kept]})
    bare = {"delta": {}, "logprobs": {"content": [{"token": "a", "top_logprobs": None}]}}
    assert told(chunk(choices=[bare])).of(Delta) == [
        Delta("", logprobs={"content": [{"token": "a", "top_logprobs": []}]})
    ]
    assert told(chunk(choices=[{"delta": {"content": "a"}, "logprobs": [1]}])).of(Delta) == [Delta("a")]


def test_tool_calls_are_told_once_with_their_arguments_in_pieces() -> None:
    sink = told(
        chunk({"tool_calls": [call(id="x", type="function", name="f", arguments="")]}),
        chunk({"tool_calls": [call(arguments='{"a')]}),
        chunk({"tool_calls": [call(arguments='":1}'), call(1, id="y", name="g", arguments="{}", extra=1)]}),
        chunk({}, "tool_calls"),
    )
    assert sink.events[1:] == [
        ToolCalled(0, "x", "f"),
        Delta('{"a', "arguments"),
        Delta('":1}', "arguments"),
        ToolCalled(1, "y", "g", 0, {"extra": 1}),
        Delta("{}", "arguments", 1),
        Finished("tool_calls"),
    ]


def test_a_repeated_name_and_id_is_the_same_call() -> None:
    piece = {"tool_calls": [call(id="x", name="f", arguments="1")]}
    assert told(chunk(piece), chunk(piece)).answer.choices[0].items == (ToolCall("x", "f", "11"),)


def test_a_call_without_an_id_gets_one_from_its_place_and_answer() -> None:
    sink = told(chunk({"tool_calls": [call(name="f", arguments="{}")]}))
    assert sink.events[1] == ToolCalled(0, "call_0_c1", "f")
    anonymous = told(chunk({"tool_calls": [call(name="f")]}, id=None))
    assert anonymous.events[1] == ToolCalled(0, "call_0", "f")


def test_calls_under_the_same_index_with_other_ids_are_other_calls() -> None:
    sink = told(
        chunk({"tool_calls": [call(id="x", name="f", arguments="1")]}),
        chunk({"tool_calls": [call(id="y", name="g", arguments="2")]}),
        chunk({"tool_calls": [call(arguments="3")]}),
        chunk({"tool_calls": [call(id="z", name="h", arguments="4")]}),
        chunk({"tool_calls": [call(arguments="5")]}),
    )
    assert sink.answer.choices[0].items == (ToolCall("x", "f", "1"), ToolCall("y", "g", "23"), ToolCall("z", "h", "45"))


def test_calls_that_share_an_index_and_repeat_their_ids_stay_apart() -> None:
    x, y = ({"tool_calls": [call(id=id, name=id, arguments="1")]} for id in "xy")
    items = told(*map(chunk, (x, x, y, y, y))).answer.choices[0].items
    assert items == (ToolCall("x", "x", "11"), ToolCall("y", "y", "111"))


def test_arguments_before_the_name_wait_for_it_and_objects_become_text() -> None:
    sink = told(
        chunk({"tool_calls": [call(None, id="x", arguments={"a": 1})]}),
        chunk({"tool_calls": [call(None, name="f")]}),
    )
    assert sink.events[1:] == [ToolCalled(0, "x", "f"), Delta('{"a":1}', "arguments")]


def test_the_older_function_call_is_a_tool_call() -> None:
    sink = told(chunk({"function_call": {"name": "f", "arguments": "{}"}}), chunk({}, "function_call"))
    assert sink.answer.choices[0] == fold([ToolCalled(0, "call_0_c1", "f"), Delta("{}", "arguments")]).choices[0]


def test_more_calls_than_anybody_makes_are_dropped() -> None:
    assert len(told(chunk({"tool_calls": [call(n, name="f") for n in range(300)]})).of(ToolCalled)) == 256
    again = [call(0, id=str(n), name="f") for n in range(300)]
    assert len(told(chunk({"tool_calls": again}), chunk({"tool_calls": again})).of(ToolCalled)) == 256


def test_a_call_that_never_gets_a_name_is_not_told() -> None:
    assert not told(chunk({"tool_calls": [call(id="x", arguments="{}")]}), chunk({"tool_calls": [call()]})).of(
        ToolCalled
    )


def test_counts_are_told_once_at_the_end_with_their_details() -> None:
    usage = {
        "prompt_tokens": 3,
        "completion_tokens": 2.0,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 0},
        "cost": 0.5,
    }
    sink = RecordingSink()
    reader = ChatReader(sink, ERRORS, "asked")
    for data in (chunk({"content": "a"}, usage={"prompt_tokens": "many"}), chunk(choices=[], usage=usage), b"[DONE]"):
        reader.frame(data)
    assert not sink.of(Usage)
    reader.ended()
    reader.ended()
    assert sink.of(Usage) == [Usage(3, 2, 1, 0, foreign={"cost": 0.5})]


def test_a_choice_ends_once_and_words_for_no_reason_are_none() -> None:
    sink = told(chunk({}, "null"), chunk({}, ""), chunk({}, "null", x=1), chunk({}, "stop"), chunk({}, "stop"))
    assert sink.of(Finished) == [Finished("stop")]


@pytest.mark.parametrize("index", [-1, 128, 10**30])
def test_a_choice_with_an_impossible_index_is_dropped(index: int) -> None:
    text = b'{"choices":[{"index":%d,"delta":{"content":"a"}}]}' % index
    assert not told(text).of(Delta)


def test_odd_shapes_are_read_as_far_as_they_go() -> None:
    assert told(b'{"choices":"x"}').events == [Started("asked")]
    assert told(b'{"choices":[7,{"index":null,"delta":null}]}').events == [Started("asked")]
    assert told(b'{"choices":[{"message":{"content":"a"},"index":true}]}').of(Delta) == [Delta("a")]
    assert told(b"null", b"", b'{"type":"ping"}').events == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"a\udc00", "a\ufffd"),
        (rb"\ud83d\ude00", "😀"),
        (rb"\u0000a\u6f22", "\ufffda漢"),
        (b"a\xffb", "a\ufffdb"),
        ("漢".encode(), "漢"),
    ],
)
def test_broken_text_is_mended_and_never_fails_the_stream(text: bytes, read: str) -> None:
    sink = told(b'{"choices":[{"index":0,"delta":{"content":"' + text + b'"}}]}')
    assert sink.of(Delta) == [Delta(read)]


def test_values_that_are_no_json_or_too_large_or_deep_become_null() -> None:
    deep = b"[" * 100 + b"]" * 100
    text = b'{"a":NaN,"b":[1e999,-Infinity],"c":%d,"d":%b,"choices":[{"delta":{"content":"x"}}]}' % (2**70, deep)
    (started, delta) = told(text).events
    assert delta == Delta("x")
    assert isinstance(started, Started) and started.foreign is not None
    assert started.foreign["b"] == [None, None] and "c" not in started.foreign
    msgspec.json.encode(started)


@pytest.mark.parametrize("data", [b"{", b"[1]", b"7", b'"text"', b"hello", b"[" * 5000, b"9" * 5000])
def test_what_is_no_chunk_at_all_is_a_fault(data: bytes) -> None:
    with pytest.raises(Fault) as caught:
        told(data)
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, "not_json")


@pytest.mark.parametrize("data", [b'{"error":{"message":"broke"}}', b'{"object":"error","message":"broke"}'])
def test_an_error_inside_the_stream_is_a_fault_with_its_sentence(data: bytes) -> None:
    with pytest.raises(Fault) as caught:
        told(data)
    assert caught.value.message == "The engine failed while it answered. It says: broke"
    assert not told(chunk(error=None)).of(Delta)


def test_an_event_named_error_is_a_fault_whatever_it_holds() -> None:
    (data,) = split(b'event: error\ndata: {"message":"broke"}\n\n')
    with pytest.raises(Fault, match="broke"):
        told(data)


def test_an_answer_is_whole_when_marked_or_when_every_choice_has_ended() -> None:
    for datas in ([b"[DONE]"], [b"[DONE]", b"[DONE]"], [chunk({}, "stop")]):
        sink = RecordingSink()
        reader = ChatReader(sink, ERRORS, "asked")
        for data in datas:
            reader.frame(data)
        reader.ended()
        assert isinstance(sink.events[0], Started)


def test_an_answer_that_just_stops_ended_early() -> None:
    for choices in ([], [{"index": 0, "delta": {}, "finish_reason": "stop"}, {"index": 1, "delta": {"content": "a"}}]):
        reader = ChatReader(RecordingSink(), ERRORS, "asked")
        reader.frame(chunk(choices=choices))
        with pytest.raises(Fault, match="ended early"):
            reader.ended()


def test_an_answer_in_one_block_is_told_whole() -> None:
    sink = RecordingSink()
    reader = ChatReader(sink, ERRORS, "asked")
    reader.whole(WHOLE)
    assert isinstance(sink.events[1], Whole) and sink.answer.text == "hi"
    with pytest.raises(Fault, match="broke"):
        reader.whole({"error": "broke"})
    with pytest.raises(Fault, match="promises"):
        reader.whole([])


def test_a_whole_answer_keeps_thoughts_words_calls_and_what_nobody_knows() -> None:
    message = {
        "role": "assistant",
        "content": "hi",
        "reasoning_content": "hm",
        "refusal": "no",
        "tool_calls": [{"id": "x", "function": {"name": "f", "arguments": {"a": 1}}}, {"function": {}}],
        "annotations": [1],
        "audio": None,
        "empty": [],
    }
    second = {"index": 1, "text": "b", "finish_reason": None, "stop_reason": 7}
    first = {"index": 0, "message": message, "finish_reason": "function_call"}
    body = {"id": "i", "choices": [second, first], "usage": {"prompt_tokens": 1}, "x": 2}
    sink = RecordingSink()
    ChatReader(sink, ERRORS, "asked").whole(body)
    one, other = sink.answer.choices
    assert one.items == (
        Reasoning("hm"),
        Message("assistant", "hi", foreign={"annotations": [1]}),
        ToolCall("x", "f", '{"a":1}'),
    )
    assert (one.reason, one.refusal, other.reason, other.foreign) == ("tool_calls", "no", "stop", {"stop_reason": 7})
    assert other.items == (Message("assistant", "b"),)
    assert sink.answer.usage == Usage(1) and sink.answer.foreign == {"x": 2}


def test_a_whole_answer_with_the_older_function_call_is_a_tool_call() -> None:
    message = {"content": None, "function_call": {"name": "f", "arguments": "{}"}}
    sink = RecordingSink()
    ChatReader(sink, ERRORS, "asked").whole({"choices": [{"message": message}]})
    assert sink.answer.choices[0].items == (ToolCall("call_0", "f", "{}"),)
    assert sink.answer.choices[0].reason == "tool_calls"


STREAM = sse(
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "hm, 漢"}),
    *(chunk({"content": word}) for word in ("Caf", "é ", "漢字", " 😀", "\n\n")),
    chunk({"tool_calls": [call(id="x", name="f", arguments="{}")]}),
    chunk({}, "tool_calls"),
    chunk(choices=[], usage={"prompt_tokens": 1, "completion_tokens": 2}),
    b"[DONE]",
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_a_stream_tells_the_same_however_it_is_cut(cuts: list[int], end: bytes) -> None:
    text = STREAM.replace(b"\n", end)
    assert told(*split(text, *cuts)).events == told(*split(STREAM)).events


NAMES = [
    *("choices", "delta", "message", "content", "tool_calls", "function", "index", "id", "name", "arguments", "usage"),
    *("logprobs", "finish_reason", "error", "text", "prompt_tokens", "x"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.binary(max_size=30) | JSON.map(lambda value: msgspec.json.encode(value)), max_size=5))
def test_rubbish_raises_nothing_but_a_fault_and_tells_nothing_that_cannot_be_kept(datas: list[bytes]) -> None:
    sink = RecordingSink()
    reader = ChatReader(sink, ERRORS, "asked")
    try:
        for data in datas:
            reader.frame(data)
        reader.ended()
    except Fault as fault:
        assert fault.message
    msgspec.json.encode(sink.events)
    fold(sink.events)


@given(JSON)
def test_rubbish_in_one_block_raises_nothing_but_a_fault(value: Any) -> None:
    sink = RecordingSink()
    try:
        ChatReader(sink, ERRORS, "asked").whole(value)
    except Fault as fault:
        assert fault.message
    fold(sink.events)


def test_plain_blocks_are_told_as_a_free_reading_tells_them() -> None:
    message: dict[str, Any] = {"role": "assistant", "content": "hi", "refusal": None, "annotations": []}
    body = {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
        "service_tier": "default",
    }
    for changes in ({}, {"usage": None}, {"x": 1}, {"choices": body["choices"] * 2}, {"id": "\ud800"}):  # type: ignore[operator]
        asked = body | changes
        text = json.dumps(asked).encode()
        block, free = RecordingSink(), RecordingSink()
        ChatReader(block, ERRORS, "asked").block(text)
        ChatReader(free, ERRORS, "asked").whole(value_of(text))
        assert block.events == free.events
