"""Answers as chat completions: whole and streamed ones say the same."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.runs.run import Run
from parlance.dialects.openai import streams
from parlance.dialects.openai.chat import complete_chat
from parlance.dialects.openai.frames import ChatFrames
from parlance.values.accounts import Allowance, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Started, ToolCalled, Usage, Whole
from parlance.values.messages import Message, Reasoning, ToolCall
from tests.unit.dialects.openai.stage import Stage, answered, frames, played, request

ASK: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**ASK, "stream": True}
ID = "chatcmpl-01932c07209c7a4e9b6d000000000000"


async def test_a_plain_answer_has_the_shape_the_sdk_knows() -> None:
    """A whole answer has id, seconds, model, choices and usage."""
    body = await answered(complete_chat, ASK, Stage([Started("up"), Delta("Hel"), Delta("lo"), Usage(3, 4, 1, 2)]))
    assert body == {
        "id": ID,
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "tiny",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 4,
            "total_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 1},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }


async def test_a_stream_says_the_role_the_text_the_reason_and_the_end() -> None:
    """A stream begins with the role and ends with the reason and [DONE]."""
    shown = await frames(complete_chat, STREAM, Stage([Started("up"), Delta("Hel"), Delta("lo"), Finished("length")]))
    assert shown[-1] == "[DONE]"
    deltas = [frame["choices"][0]["delta"] for frame in shown[:-1]]
    assert deltas == [{"role": "assistant", "content": ""}, {"content": "Hel"}, {"content": "lo"}, {}]
    assert [frame["choices"][0]["finish_reason"] for frame in shown[:-1]] == [None, None, None, "length"]
    assert {frame["id"] for frame in shown[:-1]} == {ID}
    assert {frame["object"] for frame in shown[:-1]} == {"chat.completion.chunk"}
    assert all("usage" not in frame for frame in shown[:-1])


async def test_usage_comes_as_a_last_chunk_without_choices_when_it_was_asked_for() -> None:
    """include_usage gives null in every chunk and the counts in the last."""
    body = {**STREAM, "stream_options": {"include_usage": True}}
    shown = await frames(complete_chat, body, Stage([Delta("a"), Usage(1, 2, foreign={"cost": 5})]))
    assert all(frame["usage"] is None for frame in shown[:-2])
    assert shown[-2]["choices"] == []
    assert shown[-2]["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 5}


async def test_usage_that_nobody_counted_is_not_made_up() -> None:
    """An engine that counts nothing gives an answer without usage."""
    body = {**STREAM, "stream_options": {"include_usage": True}}
    shown = await frames(complete_chat, body, Stage([Delta("a")]))
    assert shown[-2]["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in await answered(complete_chat, ASK, Stage([Delta("a")]))


CALLS: list[Event] = [
    ToolCalled(3, "c1", "f", foreign={"sig": 1}),
    Delta('{"a":', "arguments", 3),
    Delta("1}", "arguments", 3),
    ToolCalled(5, "c2", "g"),
    Delta("{}", "arguments", 5),
    Delta("lost", "arguments", 9),
    Finished("tool_calls"),
]


async def test_tool_calls_stream_with_indexes_from_zero() -> None:
    """Each call is announced with index, id, type and name; arguments follow by index."""
    shown = await frames(complete_chat, STREAM, Stage(CALLS))
    assert shown[0]["choices"][0]["delta"] == {"role": "assistant", "content": None}
    calls = [frame["choices"][0]["delta"]["tool_calls"][0] for frame in shown[1:-2]]
    assert calls == [
        {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}, "sig": 1},
        {"index": 0, "function": {"arguments": '{"a":'}},
        {"index": 0, "function": {"arguments": "1}"}},
        {"index": 1, "id": "c2", "type": "function", "function": {"name": "g", "arguments": ""}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]
    assert shown[-2]["choices"][0]["finish_reason"] == "tool_calls"


async def test_tool_calls_of_a_whole_answer() -> None:
    """A whole answer of calls has null content and the calls in order."""
    body = await answered(complete_chat, ASK, Stage(CALLS))
    message = body["choices"][0]["message"]
    assert message["content"] is None
    assert [(call["id"], call["type"], call["function"]) for call in message["tool_calls"]] == [
        ("c1", "function", {"name": "f", "arguments": '{"a":1}'}),
        ("c2", "function", {"name": "g", "arguments": "{}"}),
    ]


async def test_who_asks_with_functions_is_answered_with_function_call() -> None:
    """The old shape gets the old shape back, with its own finish reason, whole and streamed."""
    old = {"functions": [{"name": "f"}, {"name": "g"}]}
    choice = (await answered(complete_chat, {**ASK, **old}, Stage(CALLS)))["choices"][0]
    assert choice["message"]["function_call"] == {"name": "f", "arguments": '{"a":1}'}
    assert choice["finish_reason"] == "function_call" and "tool_calls" not in choice["message"]
    shown = await frames(complete_chat, {**STREAM, **old}, Stage(CALLS))
    pieces = [frame["choices"][0]["delta"].get("function_call") for frame in shown[:-1]]
    assert pieces == [None, {"name": "f", "arguments": ""}, {"arguments": '{"a":'}, {"arguments": "1}"}, None]
    assert shown[-2]["choices"][0]["finish_reason"] == "function_call"


async def test_thoughts_and_refusals_have_fields_of_their_own() -> None:
    """Reasoning and refusal are told apart from the text."""
    said: list[Event] = [Delta("hm", "reasoning"), Delta("no", "refusal")]
    message = (await answered(complete_chat, ASK, Stage(said)))["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"], message["refusal"]) == (None, "hm", "no")
    shown = await frames(complete_chat, STREAM, Stage(said))
    assert [frame["choices"][0]["delta"] for frame in shown[1:3]] == [{"reasoning_content": "hm"}, {"refusal": "no"}]


async def test_what_the_upstream_said_of_itself_survives() -> None:
    """Unknown fields of chunks, choices and deltas survive; ours cannot be overwritten by them."""
    said: list[Event] = [
        Started("up", foreign={"system_fingerprint": "fp", "id": "theirs"}),
        Delta("a", foreign={"mood": 1}),
        Delta("b", logprobs={"content": [{"token": "b"}]}),
        Finished("eos", foreign={"stop_reason": 7}),
    ]
    body = await answered(complete_chat, ASK, Stage(said))
    assert (body["system_fingerprint"], body["id"]) == ("fp", ID)
    assert (body["choices"][0]["stop_reason"], body["choices"][0]["finish_reason"]) == (7, "stop")
    assert body["choices"][0]["logprobs"] == {"content": [{"token": "b"}]}
    shown = await frames(complete_chat, STREAM, Stage(said))
    assert all((frame["system_fingerprint"], frame["id"]) == ("fp", ID) for frame in shown[:-1])
    assert shown[1]["choices"][0]["delta"] == {"mood": 1, "content": "a"}
    assert shown[2]["choices"][0]["logprobs"] == {"content": [{"token": "b"}]}
    assert shown[3]["choices"][0]["stop_reason"] == 7


async def test_a_whole_answer_streams_too() -> None:
    """An engine that answers at once is streamed in pieces, its text exact."""
    items = (Reasoning("hm"), Message("assistant", " a  b\n" * 20), ToolCall("c", "f", "{}"))
    said: list[Event] = [Started("up"), Whole((Choice(items, "tool_calls"),), Usage(1, 2), {"system_fingerprint": "w"})]
    shown = await frames(complete_chat, STREAM, Stage(said))
    text = "".join(frame["choices"][0]["delta"].get("content", "") for frame in shown[:-1])
    assert text == " a  b\n" * 20 and shown[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert shown[0]["system_fingerprint"] == "w"
    body = await answered(complete_chat, ASK, Stage(said))
    assert body["system_fingerprint"] == "w" and body["choices"][0]["message"]["content"] == " a  b\n" * 20


async def test_what_the_upstream_said_in_a_message_survives() -> None:
    """Unknown fields of a whole message and of its tool calls survive, and cannot overwrite ours."""
    message = Message("assistant", "a", foreign={"annotations": [1], "role": "theirs"})
    choice = Choice((message, ToolCall("c", "f", "{}", {"sig": 1, "id": "theirs"})), "tool_calls")
    shown = (await answered(complete_chat, ASK, Stage([Whole((choice,))])))["choices"][0]["message"]
    assert (shown["annotations"], shown["role"], shown["content"]) == ([1], "assistant", "a")
    assert shown["tool_calls"] == [
        {"sig": 1, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]


async def test_an_answer_cut_at_the_bound_says_length() -> None:
    """Only the choices that the engine itself did not end say length."""
    cut = Fault(Kind.too_large, "Too long.", code="cut")
    said: list[Any] = [Delta("a"), Finished("stop"), Delta("b", choice=1), cut]
    body = await answered(complete_chat, ASK, Stage(said))
    assert [choice["finish_reason"] for choice in body["choices"]] == ["stop", "length"]
    shown = await frames(complete_chat, STREAM, Stage(said))
    reasons = {f["choices"][0]["index"]: f["choices"][0]["finish_reason"] for f in shown[:-1]}
    assert reasons == {0: "stop", 1: "length"} and shown[-1] == "[DONE]"


async def test_an_empty_answer_is_an_answer() -> None:
    """A model that says nothing still has a role and a reason."""
    shown = await frames(complete_chat, STREAM, Stage([Started("up")]))
    assert [frame["choices"][0]["finish_reason"] for frame in shown[:-1]] == [None, "stop"]


async def test_a_failure_before_the_first_word_is_an_http_error() -> None:
    """A run that fails before it says anything raises its fault, streamed or not."""
    for body in (ASK, STREAM):
        with pytest.raises(Fault) as caught:
            await complete_chat(request(body), Stage([Started("up"), Fault(Kind.upstream, "Gone.")]))
        assert caught.value.kind is Kind.upstream


async def test_a_failure_after_the_first_word_is_told_in_band() -> None:
    """After the first word an error frame and the end marker close the stream."""
    shown = await frames(complete_chat, STREAM, Stage([Delta("a"), Fault(Kind.timed_out, "Slow.", code="stalled")]))
    assert shown[-2]["error"] == {"message": "Slow.", "type": "timeout_error", "param": None, "code": "stalled"}
    assert shown[-1] == "[DONE]"


async def test_a_server_that_goes_down_says_so() -> None:
    """An interrupted run ends with the code draining."""
    run = played([Delta("a")])
    frames_of = ChatFrames(run)
    told = frames_of.render([Delta("a"), Ended("interrupted")])
    error = msgspec.json.decode(told.split(b"\n\n")[-3].removeprefix(b"data: "))["error"]
    assert error["code"] == "draining"
    run.let_go()


async def test_a_reader_too_far_behind_is_told() -> None:
    """A dropped reader gets an error frame and the end marker."""
    run = played([Delta("a")])
    told = ChatFrames(run).failed(Fault(Kind.cancelled, "Behind.", code="reader_dropped"))
    assert b"reader_dropped" in told and told.endswith(b"data: [DONE]\n\n")
    run.let_go()


PIECES = st.lists(
    st.tuples(st.sampled_from(["text", "reasoning", "refusal"]), st.text(max_size=6), st.integers(0, 2)), max_size=30
)


@pytest.mark.slow
@given(PIECES)
async def test_a_stream_and_a_whole_answer_say_the_same(pieces: list[Any]) -> None:
    """What a stream adds up to is what the whole answer says, choice by choice and lane by lane."""
    said: list[Event] = [Delta(text, lane, 0, choice) for lane, text, choice in pieces]
    body = await answered(complete_chat, ASK, Stage(said))
    added: dict[tuple[int, str], str] = {}
    for frame in (await frames(complete_chat, STREAM, Stage(said)))[:-1]:
        choice = frame["choices"][0]
        for name, text in choice["delta"].items():
            key = (choice["index"], name)
            added[key] = added.get(key, "") + (text or "")
    for place, choice in enumerate(body["choices"]):
        index = sorted({c for _, _, c in pieces} or {0})[place]
        for name in ("content", "reasoning_content", "refusal"):
            assert (choice["message"].get(name) or "") == added.get((index, name), "")


async def test_rates_are_told_with_the_answer() -> None:
    """What is left of the caller's rates stands in the headers, whole and streamed."""

    def limited(operation: Any) -> Any:
        run = played([Delta("a")])
        run.allowances = (Allowance("requests", 60, 59, 7),)
        return run

    for body in (ASK, STREAM):
        reply = await complete_chat(request(body), Stage(limited))
        assert dict(reply.headers)[b"x-ratelimit-remaining-requests"] == b"59"
        if reply.frames is not None:
            assert [piece async for piece in reply.frames]


async def test_a_run_that_waits_long_sends_its_status_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing was said in time, an empty piece lets the status go, and failures are told in-band."""
    monkeypatch.setattr(streams, "PATIENCE", 0.01)
    gate = asyncio.Event()

    async def late(flight: Any) -> None:
        await gate.wait()
        raise Fault(Kind.upstream, "Gone.")

    run = played([], work=late)
    reply = await complete_chat(request(STREAM), Stage(lambda _: run))
    assert reply.frames is not None
    assert await anext(reply.frames) == b""
    gate.set()
    assert b"Gone." in b"".join([piece async for piece in reply.frames])


async def test_a_dropped_reader_is_told_in_its_stream() -> None:
    """A reader that is dropped gets the error frame as the last piece."""

    class Dropping(ChatFrames):
        def render(self, events: Any) -> bytes:
            raise Fault(Kind.cancelled, "Behind.", code="reader_dropped")

    run = played([Delta("a")])
    told = [piece async for piece in streams.pieces(run, Dropping(run), begun=True)]
    assert len(told) == 1 and b"reader_dropped" in told[0]
    run.let_go()


@given(st.lists(st.tuples(st.text('\ud800a",\\é\n'), st.integers(0, 1)), max_size=12))
def test_texts_rendered_together_are_those_rendered_one_by_one(said: list[tuple[str, int]]) -> None:
    """A burst has the bytes of its events, whatever quotes and commas they hold."""
    run = Run("01932c07-209c-7a4e-9b6d-000000000000", Principal("t", "u"), "tiny", 0)
    events = [Delta(text, choice=choice) for text, choice in said]
    one_by_one = ChatFrames(run)
    assert ChatFrames(run).render(events) == b"".join(one_by_one.render([event]) for event in events)
