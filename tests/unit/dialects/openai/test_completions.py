"""Text completions: prompts become asks, runs become choices."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.dialects.openai import completions
from parlance.dialects.openai.completions import BODY, complete_text
from parlance.dialects.openai.completions_ask import completion_asks
from parlance.values.errors import Fault, Kind
from parlance.values.events import Choice, Delta, Event, Finished, Started, Usage, Whole
from parlance.values.messages import Message
from tests.unit.dialects.openai.stage import Stage, answered, frames, played, request


def asks(**fields: Any) -> Any:
    """The asks of a request with these fields."""
    return completion_asks(*BODY.read(msgspec.json.encode({"model": "m", "prompt": "p", **fields})))


def refused(**fields: Any) -> Fault:
    """The fault of a request with these fields."""
    with pytest.raises(Fault) as caught:
        asks(**fields)
    return caught.value


def test_each_prompt_is_an_ask() -> None:
    """Several prompts are several asks, alike in all but the prompt."""
    found = asks(prompt=["a", "b"], suffix="s", n=2, logprobs=3, temperature=0, user="u", brand_new=1)
    assert [(ask.prompt, ask.suffix, ask.n, ask.top_logprobs) for ask in found] == [("a", "s", 2, 3), ("b", "s", 2, 3)]
    assert all(ask.logprobs and ask.sampling.temperature == 0 and ask.wire == "openai" for ask in found)
    assert found[0].foreign == {"user": "u", "brand_new": 1}


def test_no_prompt_is_the_empty_prompt() -> None:
    """A prompt of null is the empty text."""
    assert [ask.prompt for ask in asks(prompt=None)] == [""]


@pytest.mark.parametrize(
    ("fields", "field", "kind"),
    [
        ({"prompt": []}, "prompt", Kind.invalid),
        ({"prompt": ["a"] * 65}, "prompt", Kind.invalid),
        ({"prompt": ["a"] * 33, "n": 2}, "n", Kind.invalid),
        ({"prompt": [1, 2]}, "prompt", Kind.unsupported),
        ({"prompt": [[1], [2]]}, "prompt", Kind.unsupported),
        ({"prompt": ["a", 1]}, "prompt", Kind.unsupported),
        ({"best_of": 17}, "best_of", Kind.invalid),
        ({"best_of": 1, "n": 2}, "best_of", Kind.invalid),
        ({"best_of": 2}, "best_of", Kind.unsupported),
        ({"logprobs": 21}, "logprobs", Kind.invalid),
        ({"logprobs": 1, "echo": True}, "echo", Kind.unsupported),
        ({"n": 17}, "n", Kind.invalid),
    ],
)
def test_what_makes_no_sense_or_is_not_there_is_refused_by_name(fields: dict[str, Any], field: str, kind: Kind) -> None:
    """Bounds and missing features are refused by the name of the parameter."""
    fault = refused(**fields)
    assert (fault.field, fault.kind) == (field, kind)


SAID: list[Event] = [
    Started("up", foreign={"system_fingerprint": "fp"}),
    Delta("a", choice=0),
    Delta("thought", "reasoning"),
    Delta("b", choice=1),
    Finished("length", 0),
    Finished("stop", 1),
    Usage(2, 3),
]


async def test_choices_are_numbered_across_prompts() -> None:
    """The index counts the answers of all prompts, and usage is their sum."""
    body = await answered(complete_text, {"prompt": ["x", "y"], "n": 2, "echo": True}, Stage(SAID))
    assert [(c["index"], c["text"], c["finish_reason"]) for c in body["choices"]] == [
        (0, "xa", "length"),
        (1, "xb", "stop"),
        (2, "ya", "length"),
        (3, "yb", "stop"),
    ]
    assert body["usage"] == {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}
    assert (body["object"], body["system_fingerprint"]) == ("text_completion", "fp")
    assert body["id"].startswith("cmpl-")


async def test_streams_of_several_prompts_are_one_stream() -> None:
    """All prompts stream under one id, with one usage chunk and one end."""
    asked = {"prompt": ["x", "y"], "n": 2, "echo": True, "stream": True, "stream_options": {"include_usage": True}}
    shown = await frames(complete_text, asked, Stage(SAID))
    texts = dict.fromkeys(range(4), "")
    for frame in shown[:-2]:
        texts[frame["choices"][0]["index"]] += frame["choices"][0]["text"]
    assert texts == {0: "xa", 1: "xb", 2: "ya", 3: "yb"}
    assert shown[-2]["usage"]["total_tokens"] == 10 and shown[-2]["choices"] == []
    assert shown[-1] == "[DONE]" and shown.count("[DONE]") == 1
    assert len({frame["id"] for frame in shown[:-1]}) == 1


async def test_a_whole_answer_streams() -> None:
    """An engine that answers at once is streamed too."""
    said: list[Event] = [Whole((Choice((Message("assistant", "hello"),)),))]
    shown = await frames(complete_text, {"prompt": "x", "stream": True}, Stage(said))
    assert "".join(frame["choices"][0]["text"] for frame in shown[:-1]) == "hello"


async def test_an_empty_answer_with_echo_still_echoes() -> None:
    """A model that says nothing leaves the prompt and a reason."""
    shown = await frames(complete_text, {"prompt": "x", "stream": True, "echo": True}, Stage([Started("up")]))
    assert "".join(frame["choices"][0]["text"] for frame in shown[:-1]) == "x"
    assert shown[-2]["choices"][0]["finish_reason"] == "stop"


async def test_an_answer_cut_at_the_bound_says_length() -> None:
    """A cut answer ends with length, whole and streamed."""
    said = [Delta("a"), Fault(Kind.too_large, "Long.", code="cut")]
    body = await answered(complete_text, {"prompt": "x"}, Stage(said))
    assert body["choices"][0]["finish_reason"] == "length" and "usage" not in body
    shown = await frames(complete_text, {"prompt": "x", "stream": True}, Stage(said))
    assert shown[-2]["choices"][0]["finish_reason"] == "length"


async def test_one_failing_prompt_ends_the_stream() -> None:
    """After the first word a failure of any prompt is told in-band, and nothing follows it."""
    stage = Stage([Delta("a")], [Delta("b"), Fault(Kind.upstream, "Gone.")], [Delta("c")])
    shown = await frames(complete_text, {"prompt": ["x", "y", "z"], "stream": True}, stage)
    assert shown[-2]["error"]["message"] == "Gone." and shown[-1] == "[DONE]"
    assert "c" not in [frame["choices"][0]["text"] for frame in shown[:-2]]


async def test_a_failure_before_the_first_word_is_an_http_error() -> None:
    """A run that fails at once raises, streamed or not."""
    for stream in (True, False):
        with pytest.raises(Fault):
            await complete_text(request({"prompt": "x", "stream": stream}), Stage([Fault(Kind.upstream, "Gone.")]))


async def test_a_run_that_waits_long_sends_its_status_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing was said in time, an empty piece lets the status go."""
    monkeypatch.setattr(completions, "PATIENCE", 0.01)
    gate = asyncio.Event()

    async def late(flight: Any) -> None:
        await gate.wait()
        flight.push(Delta("a"))

    run = played([], work=late)
    reply = await complete_text(request({"prompt": "x", "stream": True}), Stage(lambda _: run))
    assert reply.frames is not None
    assert await anext(reply.frames) == b""
    gate.set()
    assert b"[DONE]" in b"".join([piece async for piece in reply.frames])


async def test_the_usage_of_one_prompt_is_told_with_all_it_has() -> None:
    """Of a single answer the counts keep their details."""
    body = await answered(complete_text, {"prompt": "x"}, Stage([Delta("a"), Usage(1, 2, 3)]))
    assert body["usage"]["prompt_tokens_details"] == {"cached_tokens": 3}


LOGPROBS = {"content": [{"token": "ab", "logprob": -1.0, "top_logprobs": [{"token": "ab", "logprob": -1.0}]}]}


async def test_log_probabilities_have_the_lists_of_this_route() -> None:
    """Chat's log probabilities become four parallel lists, their offsets going on through a stream."""
    said: list[Event] = [Delta("ab", logprobs=LOGPROBS), Delta("ab", logprobs=LOGPROBS)]
    body = await answered(complete_text, {"prompt": "x", "logprobs": 1}, Stage(said))
    assert body["choices"][0]["logprobs"] == {
        "tokens": ["ab", "ab"],
        "token_logprobs": [-1.0, -1.0],
        "top_logprobs": [{"ab": -1.0}, {"ab": -1.0}],
        "text_offset": [0, 2],
    }
    shown = await frames(complete_text, {"prompt": "x", "logprobs": 1, "stream": True}, Stage(said))
    assert [frame["choices"][0]["logprobs"]["text_offset"] for frame in shown[:2]] == [[0], [2]]


async def test_log_probabilities_of_this_shape_stay() -> None:
    """An upstream of this very route already has the four lists."""
    theirs = {"tokens": ["a"], "token_logprobs": [-1.0]}
    body = await answered(complete_text, {"prompt": "x"}, Stage([Delta("a", logprobs=theirs)]))
    assert body["choices"][0]["logprobs"] == theirs


@given(
    st.dictionaries(
        st.sampled_from(["prompt", "n", "best_of", "echo", "suffix", "logprobs", "stop", "x"]),
        st.none()
        | st.booleans()
        | st.integers(-3, 40)
        | st.text(max_size=4)
        | st.lists(st.text(max_size=3), max_size=3),
    )
)
def test_any_fields_are_asks_or_a_fault(fields: dict[str, Any]) -> None:
    """Whatever the fields hold, the answer is asks or a fault."""
    try:
        completion_asks(*BODY.read(msgspec.json.encode(fields)))
    except Fault as fault:
        assert fault.kind in (Kind.invalid, Kind.unsupported)
