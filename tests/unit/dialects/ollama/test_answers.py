"""A run as lines or as one object, exactly as clients of Ollama read it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from parlance.core.runs.run import Run
from parlance.dialects.ollama.chat import Asks
from parlance.dialects.ollama.shown import ChatShown, GenerateShown
from parlance.dialects.ollama.times import is_zero, rfc3339, timings
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Event, Finished, Started, ToolCalled, Trimmed, Usage, Whole
from parlance.values.messages import Message, Reasoning, ToolCall
from tests.unit.dialects.openai.stage import CREATED, OWNER, Stage, StoppedClock, request

ROWS = Asks(StoppedClock())
TIME = "2023-11-14T22:13:20.500000000Z"
HEAD = {"model": "tiny", "created_at": TIME}
COUNTS = Usage(3, 4, total_ns=90, load_ns=1, prompt_ns=20, completion_ns=60)
COUNTED = {
    "total_duration": 90,
    "load_duration": 1,
    "prompt_eval_count": 3,
    "prompt_eval_duration": 20,
    "eval_count": 4,
    "eval_duration": 60,
}
LOGPROBS = {"content": [{"token": "a", "logprob": -1.0}]}
CALLS: list[Event] = [
    ToolCalled(0, "c1", "weather"),
    Delta('{"city":', "arguments", 0),
    Delta('"Oslo"}', "arguments", 0),
    ToolCalled(5, "c2", "time"),
    Delta("oops", "arguments", 5),
    Delta("lost", "arguments", 9),
]
CALLED = [
    {"id": "c1", "function": {"index": 0, "name": "weather", "arguments": {"city": "Oslo"}}},
    {"id": "c2", "function": {"index": 1, "name": "time", "arguments": {"value": "oops"}}},
]


async def lines(events: list[Any], prompt: bool = False) -> list[Any]:
    """The lines of a streamed answer."""
    asked = {"model": "tiny", "prompt": "hi"} if prompt else {"model": "tiny", "messages": [{"role": "user"}]}
    row = ROWS.generate if prompt else ROWS.chat
    reply = await row(request(asked), Stage(events))
    assert reply.type == b"application/x-ndjson" and reply.frames is not None and reply.heartbeat == b""
    raw = b"".join([piece async for piece in reply.frames])
    assert raw.endswith(b"\n")
    told = [msgspec.json.decode(line) for line in raw.split(b"\n")[:-1]]
    for line in told:
        if "error" not in line:
            msgspec.convert(line, GenerateShown if prompt else ChatShown)  # it is what the document says
    return told


async def whole(events: list[Any], prompt: bool = False) -> Any:
    """The object of an answer that is not streamed."""
    asked = {"model": "tiny", "prompt": "hi"} if prompt else {"model": "tiny", "messages": [{"role": "user"}]}
    row = ROWS.generate if prompt else ROWS.chat
    reply = await row(request({**asked, "stream": False}), Stage(events))
    assert reply.type == b"application/json" and reply.frames is None
    msgspec.json.decode(reply.body, type=GenerateShown if prompt else ChatShown)
    return msgspec.json.decode(reply.body)


def said(**message: Any) -> dict[str, Any]:
    """A line of a chat before its last."""
    return {**HEAD, "message": {"role": "assistant", **message}, "done": False}


LAST = {**HEAD, "message": {"role": "assistant", "content": ""}, "done": True}


async def test_a_chat_is_one_object_a_line() -> None:
    """Thought, text, and a last line with reason, counts and nanoseconds."""
    events = [Started("up"), Delta("hm", "reasoning"), Delta('Hé"'), Delta("lo"), Finished("stop"), COUNTS]
    assert await lines(events) == [
        said(content="", thinking="hm"),
        said(content='Hé"'),
        said(content="lo"),
        {**LAST, "done_reason": "stop", **COUNTED},
    ]


async def test_a_prompt_is_answered_under_its_own_name() -> None:
    """With the context an Ollama gave, and nothing else of the engine's."""
    events = [Delta("hm", "reasoning"), Delta("a"), Finished("length", foreign={"context": [1], "odd": 2}), COUNTS]
    last = {**HEAD, "response": "", "done": True, "done_reason": "length", "context": [1], **COUNTED}
    assert await lines(events, prompt=True) == [
        {**HEAD, "response": "", "thinking": "hm", "done": False},
        {**HEAD, "response": "a", "done": False},
        last,
    ]
    assert await whole(events, prompt=True) == {**last, "response": "a", "thinking": "hm"}
    assert (await whole([Delta("a")], prompt=True))["response"] == "a"


async def test_calls_come_in_one_line_with_their_arguments_whole() -> None:
    """As objects; before whatever follows them. A stop with calls is a plain stop here."""
    for follows in ([], [Delta("so")], [Delta("r", "reasoning")]):
        told = await lines([*CALLS, *follows, Finished("tool_calls"), COUNTS])
        assert told[0] == said(content="", tool_calls=CALLED)
        assert told[-1]["done_reason"] == "stop" and len(told) == 2 + len(follows)
    message = (await whole([*CALLS, Finished("tool_calls"), COUNTS]))["message"]
    assert message == {"role": "assistant", "content": "", "tool_calls": CALLED}


async def test_a_prompt_has_no_words_for_calls() -> None:
    """They are left out, and the answer still ends."""
    assert [line["done"] for line in await lines([*CALLS, Delta("x"), Finished("stop")], prompt=True)] == [False, True]


async def test_a_whole_answer_is_one_object() -> None:
    """Folded from deltas or given at once, it reads the same."""
    deltas = [Delta("hm", "reasoning"), Delta("Hel"), Delta("lo"), Finished("stop"), COUNTS]
    at_once = Whole((Choice((Reasoning("hm"), Message("assistant", "Hello"), ToolCall("c", "f", "{}"))),), COUNTS)
    shown = {
        **HEAD,
        "message": {"role": "assistant", "content": "Hello", "thinking": "hm"},
        "done": True,
        "done_reason": "stop",
        **COUNTED,
    }
    assert await whole(deltas) == shown
    assert (await whole([at_once]))["message"]["tool_calls"][0]["function"]["name"] == "f"
    streamed = await lines([Whole((Choice((Message("assistant", "Hello"),)),), COUNTS)])
    assert [line["message"]["content"] for line in streamed] == ["Hello", ""]


async def test_log_probabilities_and_foreign_fields_stand_in_their_line() -> None:
    """Never over what the line says itself."""
    events = [
        Delta("a", logprobs=LOGPROBS),
        Delta("b", foreign={"shard": 3, "done": True, "message": {"mood": 1, "content": "no"}}),
        Delta("c", foreign={"message": 5}),
        Delta("d", "reasoning", foreign={"shard": 4}),
        Delta("e", "refusal"),
        Finished("stop"),
    ]
    told = await lines(events)
    assert told[0] == {**said(content="a"), "logprobs": LOGPROBS["content"]}
    assert told[1] == {**said(content="b", mood=1), "shard": 3}
    assert told[2] == said(content="c")
    assert told[3] == {**said(content="", thinking="d"), "shard": 4}
    assert told[4] == said(content="e")
    in_prompt = await lines([*events, Delta("f", "reasoning", logprobs=LOGPROBS)], prompt=True)
    assert in_prompt[0] == {**HEAD, "response": "a", "done": False, "logprobs": LOGPROBS["content"]}
    assert in_prompt[-2]["thinking"] == "f"
    assert (await whole(events))["logprobs"] == LOGPROBS["content"]
    assert (await whole(events))["message"]["content"] == "abce"


async def test_only_the_first_choice_is_shown() -> None:
    """This wire has one answer."""
    other: list[Event] = [
        Delta("no", choice=1),
        ToolCalled(0, "c", "f", 1),
        Delta("x", "refusal", 0, 1),
        Finished("length", 1),
    ]
    assert [line["message"]["content"] for line in await lines([Delta("yes"), *other, Trimmed("x", "y")])] == [
        "yes",
        "",
    ]


async def test_a_reason_of_the_engines_own_is_shown() -> None:
    """Those of other wires are a stop; without one it stopped."""
    for reason, shown in (("length", "length"), ("load", "load"), ("content_filter", "stop"), ("", "stop")):
        assert (await lines([Delta("a"), Finished(reason)]))[-1]["done_reason"] == shown
    assert (await lines([Delta("a")]))[-1]["done_reason"] == "stop"


async def test_what_the_engine_does_not_measure_is_measured_from_the_run() -> None:
    """Counts that nobody knows are left out."""
    last = (await lines([Delta("a"), Finished("stop")]))[-1]
    measured = {name: value for name, value in last.items() if name not in (*LAST, "done_reason")}
    assert measured == {"total_duration": 0, "load_duration": 0, "prompt_eval_duration": 0, "eval_duration": 0}
    counted = (await lines([Delta("a"), Finished("stop"), Usage(3, 4)]))[-1]
    assert (counted["prompt_eval_count"], counted["eval_count"]) == (3, 4)
    assert timings(Run("r", OWNER, "tiny", CREATED), None)["total_duration"] == 0


async def test_a_failure_before_the_first_word_is_a_status() -> None:
    """And afterwards a line of its own, after which nothing comes."""
    fault = Fault(Kind.upstream, "It broke.", hint="Mend it.")
    with pytest.raises(Fault):
        await lines([Started("up"), fault])
    assert await lines([Delta("a"), fault]) == [said(content="a"), {"error": "It broke. Mend it."}]
    with pytest.raises(Fault):
        await whole([Delta("a"), fault])


async def test_an_answer_that_was_cut_ends_as_one_that_was_too_long() -> None:
    """With all that fitted."""
    cut = Fault(Kind.too_large, "Too long.", code="cut")
    told = await lines([Delta("a"), cut])
    assert told[0] == said(content="a") and told[-1]["done_reason"] == "length"
    assert (await whole([Delta("a"), cut]))["done_reason"] == "length"


async def test_a_reader_that_is_lost_hears_so() -> None:
    """It fell too far behind, and resumes elsewhere."""

    class Lost(Run):
        __slots__ = ()

        async def begun(self, patience: float | None = None) -> bool:
            return True

        async def batches(self, after: int = 0, *, notices: bool = False) -> Any:
            yield 1, [], None
            raise Fault(Kind.cancelled, "Too far behind.")

    reply = await ROWS.chat(
        request({"model": "tiny", "messages": [{"role": "user"}]}), Stage(Lost("r", OWNER, "tiny", CREATED))
    )
    assert reply.frames is not None
    assert [piece async for piece in reply.frames] == [b'{"error":"Too far behind."}\n']


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({}, "load"), ({"keep_alive": "5m"}, "load"), ({"keep_alive": 0}, "unload"), ({"keep_alive": "0s"}, "unload")],
)
async def test_asked_nothing_a_model_is_loaded_or_unloaded(asked: dict[str, Any], reason: str) -> None:
    """In one object, although streaming is the default."""
    stage = Stage(None)
    for row, nothing in ((ROWS.chat, "message"), (ROWS.generate, "response")):
        reply = await row(request({"model": "tiny", **asked}), stage)
        shown = msgspec.json.decode(reply.body)
        assert (shown["done"], shown["done_reason"], shown["created_at"]) == (True, reason, TIME)
        assert nothing in shown and stage.asked[-1].model == "tiny"
        assert stage.asked[-1].keep_alive == asked.get("keep_alive")
    with pytest.raises(Fault):
        await ROWS.generate(request({}), stage)


async def test_the_row_asks_what_the_client_said() -> None:
    """The ask reaches the core unchanged."""
    stage = Stage([Delta("a"), Finished("stop")])
    await ROWS.generate(request({"model": "tiny", "prompt": "hi"}), stage)
    assert isinstance(stage.asked[0].ask, ChatAsk) and stage.asked[0].ask.foreign == {"context": []}


@pytest.mark.parametrize(
    ("keep_alive", "zero"),
    [
        *((zero, True) for zero in (0, 0.0, "0", "0s", "0m", "0.0h")),
        *((other, False) for other in (None, "", -1, "5m", "10", "soon", "-1s")),
    ],
)
def test_zero_is_zero_in_every_spelling(keep_alive: Any, zero: bool) -> None:
    """As a number and as a duration."""
    assert is_zero(keep_alive) is zero


def test_times_have_nine_digits() -> None:
    """RFC 3339 in UTC."""
    assert rfc3339(1_700_000_000_000_007) == "2023-11-14T22:13:20.000007000Z"
