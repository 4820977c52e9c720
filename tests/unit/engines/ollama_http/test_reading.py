"""What an Ollama says becomes the same events, whatever pieces the network makes of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.engines.ollama_http.lines import MAX_REFUSAL, LineReader
from parlance.engines.ollama_http.reading import Reading
from parlance.testing.engines import RecordingSink
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event, Finished, Started, ToolCalled, Usage
from tests.unit.engines.ollama_http.stage import ask

HEAD = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
DONE: dict[str, Any] = {**HEAD, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}


def chat(**said: Any) -> dict[str, Any]:
    """A line of a chat."""
    return {**HEAD, "message": {"role": "assistant", "content": "", **said}, "done": False}


def lines(*objects: Any) -> bytes:
    """Objects as NDJSON; bytes stay as they are."""
    return b"".join((o if isinstance(o, bytes) else msgspec.json.encode(o)) + b"\n" for o in objects)


def events(raw: bytes, cuts: list[int] | None = None, wire: str = "") -> list[Event]:
    """The events of an answer that arrives cut at these places."""
    sink = RecordingSink()
    reading = Reading(ask(wire=wire), sink, lambda text: text)
    reader = LineReader(reading.line, sink.tap)
    reader.on_head(200, ())
    places = [0, *sorted(cuts or []), len(raw)]
    for start, end in pairwise(places):
        if raw[start:end]:
            reader.on_data(raw[start:end])
    reader.finish()
    reading.last()
    return sink.events


ANSWER = lines(
    chat(thinking="hm ü"),
    chat(content="漢字 "),
    chat(content="😀", odd=1),
    b"",
    b"  \r",
    chat(content="end"),
    chat(tool_calls=[{"id": "c7", "function": {"index": 0, "name": "f", "arguments": {"a": [1, "x"]}}}]),
    {**DONE, "total_duration": 9, "prompt_eval_count": 3, "eval_count": 4, "eval_duration": 5},
)


@given(st.lists(st.integers(0, len(ANSWER)), max_size=40))
def test_the_pieces_an_answer_arrives_in_do_not_matter(cuts: list[int]) -> None:
    """Not even where they cut a character in two."""
    assert events(ANSWER, cuts) == events(ANSWER)


@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans())
def test_rubbish_is_refused_and_nothing_else(rubbish: list[bytes], status: bool) -> None:
    """Whatever comes, it is events or a `Fault`."""
    try:
        events(b"\n".join(([lines(chat(content="x"))] if status else []) + rubbish))
    except Fault as fault:
        assert fault.kind in (Kind.upstream, Kind.missing, Kind.context_full)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ("message", "response", "thinking", "done", "done_reason", "error", "logprobs", "context", "tool_calls")


@pytest.mark.slow
@given(st.lists(st.dictionaries(st.sampled_from([*_FIELDS, "eval_count", "content"]), _JSON), max_size=5))
def test_fields_of_another_kind_are_refused_and_nothing_else(objects: list[dict[str, Any]]) -> None:
    """Well-formed JSON with the right names and the wrong values."""
    try:
        events(lines(*objects))
    except Fault as fault:
        assert fault.kind in (Kind.upstream, Kind.missing, Kind.context_full)


def test_a_chat_is_told_in_order() -> None:
    """Thought, text, calls, the reason, the counts; a stop with calls is what other wires call `tool_calls`."""
    assert events(ANSWER) == [
        Started("m"),
        Delta("hm ü", "reasoning"),
        Delta("漢字 "),
        Delta("😀"),
        Delta("end"),
        ToolCalled(0, "c7", "f"),
        Delta('{"a":[1,"x"]}', "arguments", 0),
        Finished("tool_calls"),
        Usage(3, 4, total_ns=9, completion_ns=5),
    ]


def test_an_answer_in_one_block_is_read_as_well() -> None:
    """A whole object, without a line feed at its end, from a proxy that does not stream."""
    raw = lines({**DONE, "message": {"role": "assistant", "content": "all", "thinking": "t"}})[:-1]
    assert events(raw) == [Started("m"), Delta("t", "reasoning"), Delta("all"), Finished("stop")]


def test_prompts_are_answered_in_other_words() -> None:
    """`response` and `thinking` beside it; the context goes to our own wire only."""
    raw = lines({**HEAD, "response": "a", "thinking": "t"}, {**HEAD, "response": "", "done": True, "context": [1]})
    assert events(raw) == [Started("m"), Delta("t", "reasoning"), Delta("a"), Finished("stop")]
    assert events(raw, wire="ollama")[-1] == Finished("stop", foreign={"context": [1]})


def test_unknown_fields_go_to_their_own_wire() -> None:
    """Of the line and of its message; to other wires they mean nothing."""
    raw = lines({**chat(content="x", mood="gay"), "shard": 3, "remote_host": "https://inner.example"}, DONE)
    assert events(raw, wire="ollama")[1] == Delta("x", foreign={"shard": 3, "message": {"mood": "gay"}})
    assert events(raw)[1] == Delta("x")


def test_calls_without_an_id_get_one_that_no_other_turn_has() -> None:
    """Made from the line, so that the same answer always reads the same."""
    calls = [{"function": {"name": "f", "arguments": {}, "odd": 1}, "odd": 2}, {"function": {"name": "g"}}]
    told = [e for e in events(lines(chat(tool_calls=calls), DONE)) if isinstance(e, ToolCalled)]
    other = [
        e for e in events(lines({**chat(tool_calls=calls), "created_at": "later"}, DONE)) if isinstance(e, ToolCalled)
    ]
    assert [call.name for call in told] == ["f", "g"]
    assert len({call.id for call in (*told, *other)}) == 4
    in_prompts = lines({**HEAD, "response": "", "tool_calls": calls, "done": True})
    assert sum(isinstance(e, ToolCalled) for e in events(in_prompts)) == 2


def test_log_probabilities_are_told_in_the_form_all_dialects_read() -> None:
    """Tokens with their bytes and alternatives."""
    piece = {"token": "ü", "logprob": -0.5, "bytes": None}
    (told,) = [e for e in events(lines({**chat(content="ü"), "logprobs": [piece]}, DONE)) if isinstance(e, Delta)]
    assert told.logprobs == {
        "content": [{"bytes": [195, 188], "top_logprobs": [], "token": "ü", "logprob": -0.5}],
    }
    odd = {**chat(content="x"), "logprobs": [{"token": 5}]}
    assert events(lines(odd, DONE))[1] == Delta(
        "x", logprobs={"content": [{"bytes": None, "top_logprobs": [], "token": 5}]}
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"message":{"content":"a\\ud800b"}}', "a\ufffdb"),
        (b'{"message":{"content":"a\xffb"}}', "a\ufffdb"),
        (b'{"message":{"content":"ab"},"total_duration":NaN}', "ab"),
        (b'{"message":{"content":"ab"},"eval_count":7.0}', "ab"),
        (b'{"message":{"content":"ab"},"model":["?"]}', "ab"),
    ],
)
def test_what_is_a_little_broken_is_read_all_the_same(raw: bytes, text: str) -> None:
    """Half a character, a number that is none: not worth an answer."""
    assert events(lines(raw, DONE))[:2] == [Started("mock"), Delta(text)]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<html>", "not_json"),
        (b"[1]", "not_json"),
        (b'{"message":5}\n', "not_json"),
        (b'{"message":{"tool_calls":[{"function":{"name":5}}]}}\n', "not_json"),
        (b'{"message":{"tool_calls":[3]}}\n', "not_json"),
        (b'{"a":' * 5000, "ended_early"),
        (b'{"message":{"content":"x"}}', "ended_early"),
        (b'{"message":{"cont', "ended_early"),
        (b'{"error":"it broke"}', "engine_error"),
        (b'{"error":{"odd":1}}', "engine_error"),
        (b'{"error":"input exceeds the context length"}', "context_full"),
        (b'{"error":"file does not exist"}', "not_found_upstream"),
    ],
)
def test_what_is_no_answer_is_a_typed_fault(raw: bytes, code: str) -> None:
    """Also when it looks like one at first."""
    with pytest.raises(Fault) as failed:
        events(raw)
    assert failed.value.code == code


def test_nothing_behind_the_last_line_counts() -> None:
    """A second end, or rubbish."""
    assert events(lines(DONE, DONE, b"rubbish")) == [Started("m"), Finished("stop")]


def test_the_reason_is_the_engines_own() -> None:
    """`length`, `load` and whatever comes; without one it stopped."""
    for reason in ("length", "load", "tired"):
        assert events(lines({**DONE, "done_reason": reason}))[-1] == Finished(reason)
    assert events(lines({"done": True}))[-1] == Finished("stop")


def test_a_refusal_is_kept_as_far_as_it_is_of_use() -> None:
    """An error page without end must not fill the memory."""
    reader = LineReader(lambda line: pytest.fail("a refusal has no lines"))
    reader.on_flow(None)  # type: ignore[arg-type]
    reader.on_head(500, ())
    for _ in range(20):
        reader.on_data(b"x" * 10_000 + b"\n")
    assert len(reader.refusal) == MAX_REFUSAL
