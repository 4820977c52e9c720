"""The official `openai` SDK gets from our table what it expects from OpenAI."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from parlance.core.chat.operations import SendMessage
from parlance.values.asks import Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event, Finished, Started, ToolCalled, Usage
from parlance.values.messages import Message
from parlance.values.models import ModelCard, ModelRef
from tests.dialects.openai.wire import client, sync_client

HI: Any = [{"role": "user", "content": "hi"}]
SAID: list[Any] = [Started("up"), Delta("hm", "reasoning"), Delta("Hel"), Delta("lo"), Finished("stop"), Usage(3, 4)]
CALLS: list[Event] = [
    ToolCalled(0, "c1", "weather"),
    Delta('{"city":', "arguments", 0),
    Delta('"Oslo"}', "arguments", 0),
    ToolCalled(1, "c2", "time"),
    Delta("{}", "arguments", 1),
    Finished("tool_calls"),
]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "strict": True,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CARD = ModelCard("tiny", ModelRef("c", "tiny"), "quote", created=1_700_000_000_000_000)


async def test_a_whole_chat() -> None:
    """A whole chat completion is parsed into the SDK's types."""
    sdk, _ = client(SAID)
    answer = await sdk.chat.completions.create(model="tiny", messages=HI)
    assert answer.choices[0].message.content == "Hello"
    assert answer.usage is not None and answer.usage.total_tokens == 7
    assert answer.choices[0].finish_reason == "stop"


def test_a_whole_chat_by_the_synchronous_client() -> None:
    """The synchronous client gets whole and streamed answers alike."""
    with contextmanager(sync_client)(SAID) as sdk:
        assert sdk.chat.completions.create(model="tiny", messages=HI).choices[0].message.content == "Hello"
        stream = sdk.chat.completions.create(model="tiny", messages=HI, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "Hello"


async def test_a_streamed_chat() -> None:
    """The SDK's stream helper folds our chunks into the same completion."""
    sdk, _ = client(SAID)
    async with sdk.chat.completions.stream(model="tiny", messages=HI, stream_options={"include_usage": True}) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_completion()
    assert final.choices[0].message.content == "Hello" and final.choices[0].finish_reason == "stop"
    assert final.usage is not None and final.usage.total_tokens == 7


async def test_streamed_tool_calls() -> None:
    """Streamed tool calls are folded by the SDK into whole ones."""
    sdk, stage = client(CALLS)
    async with sdk.chat.completions.stream(model="tiny", messages=HI, tools=[WEATHER]) as stream:
        final = await stream.get_final_completion()
    assert final.choices[0].message.content is None
    calls = final.choices[0].message.tool_calls or []
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        ("c1", "weather", '{"city":"Oslo"}'),
        ("c2", "time", "{}"),
    ]
    assert stage.asked[0].ask.tools[0].name == "weather"


async def test_an_sdk_answer_can_be_sent_back() -> None:
    """The SDK's own message object, nulls and all, is understood in the next turn."""
    sdk, stage = client(CALLS, SAID)
    first = await sdk.chat.completions.create(model="tiny", messages=HI, tools=[WEATHER])
    results: Any = [{"role": "tool", "tool_call_id": id, "content": "1"} for id in ("c1", "c2")]
    spoken: Any = first.choices[0].message
    await sdk.chat.completions.create(model="tiny", messages=[*HI, spoken, *results], tools=[WEATHER])
    assert [type(item).__name__ for item in stage.asked[1].ask.items] == [
        "Message",
        "ToolCall",
        "ToolCall",
        "ToolResult",
        "ToolResult",
    ]


class City(BaseModel):
    """A shape for answers."""

    city: str


async def test_parsed_answers() -> None:
    """The SDK's parse sends its schema and reads our answer into it, by both routes."""
    said = [Delta('{"city":"Oslo"}')]
    sdk, stage = client(said)
    chat = await sdk.chat.completions.parse(model="tiny", messages=HI, response_format=City)
    assert chat.choices[0].message.parsed == City(city="Oslo")
    response = await sdk.responses.parse(model="tiny", input="hi", text_format=City)
    assert response.output_parsed == City(city="Oslo")
    assert [op.ask.format.kind for op in stage.asked] == ["schema", "schema"]


async def test_an_error_in_a_stream_is_raised() -> None:
    """A failure after the first word raises APIError with its code."""
    sdk, _ = client([Delta("a"), Fault(Kind.upstream, "Gone.", code="ended_early")])
    stream = await sdk.chat.completions.create(model="tiny", messages=HI, stream=True)
    with pytest.raises(openai.APIError, match=r"Gone\.") as caught:
        async for _ in stream:
            pass
    assert caught.value.code == "ended_early"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(Kind.invalid, "m", field="n"), openai.BadRequestError),
        (Fault(Kind.context_full, "m"), openai.BadRequestError),
        (Fault(Kind.unauthenticated, "m"), openai.AuthenticationError),
        (Fault(Kind.forbidden, "m"), openai.PermissionDeniedError),
        (Fault(Kind.missing, "m", code="run_not_found"), openai.NotFoundError),
        (Fault(Kind.conflict, "m"), openai.ConflictError),
        (Fault(Kind.too_large, "m"), openai.APIStatusError),
        (Fault(Kind.invalid, "m", code="wrong_type"), openai.UnprocessableEntityError),
        (Fault(Kind.over_budget, "m", retry_after=2.5), openai.RateLimitError),
        (Fault(Kind.internal, "m"), openai.InternalServerError),
    ],
)
async def test_every_failure_is_a_typed_error(fault: Fault, error: type[openai.APIStatusError]) -> None:
    """Each kind of fault is the SDK's own class of error."""
    sdk, _ = client(fault)
    with pytest.raises(error) as caught:
        await sdk.chat.completions.create(model="tiny", messages=HI)
    assert caught.value.message.endswith("m") or "'m'" in caught.value.message
    assert caught.value.param == fault.field


async def test_models() -> None:
    """The SDK lists models and finds one whose id has slashes."""
    sdk, stage = client((CARD,), CARD)
    assert [model.id async for model in sdk.models.list()] == ["tiny"]
    assert (await sdk.models.retrieve("org/tiny")).created == 1_700_000_000
    assert stage.asked[1].model == "org/tiny"


async def test_embeddings() -> None:
    """The SDK asks for base64 by itself and decodes ours; plain numbers work too."""
    sdk, stage = client(Embedded(((0.5, -1.0), (2.0, 0.25)), 5))
    for more in ({}, {"encoding_format": "float"}):
        answer = await sdk.embeddings.create(model="e", input=["a", "b"], **more)  # type: ignore[arg-type]
        assert [list(one.embedding) for one in answer.data] == [[0.5, -1.0], [2.0, 0.25]]
        assert answer.usage.prompt_tokens == 5
    assert stage.asked[0].ask.texts == ("a", "b")


async def test_completions() -> None:
    """Text completions work whole and streamed."""
    sdk, stage = client(SAID)
    answer = await sdk.completions.create(model="tiny", prompt=["a", "b"], echo=True)
    assert [choice.text for choice in answer.choices] == ["aHello", "bHello"]
    stream = await sdk.completions.create(model="tiny", prompt="a", stream=True)
    assert "".join([chunk.choices[0].text async for chunk in stream]) == "Hello"
    assert [op.ask.prompt for op in stage.asked] == ["a", "b", "a"]


async def test_a_whole_response() -> None:
    """A response has its output text, its thoughts and its token counts."""
    sdk, stage = client(SAID)
    response = await sdk.responses.create(model="tiny", input="hi", instructions="be brief", metadata={"a": "b"})
    assert response.output_text == "Hello" and response.status == "completed"
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.usage is not None and response.usage.total_tokens == 7
    assert response.metadata == {"a": "b"}
    assert stage.asked[0].ask.items == (Message("system", "be brief"), Message("user", "hi"))
    assert stage.asked[0].keep is True


async def test_a_streamed_response() -> None:
    """The SDK's stream helper follows our events to the final response, numbers in order."""
    sdk, _ = client(SAID)
    numbers, types = [], []
    async with sdk.responses.stream(model="tiny", input="hi") as stream:
        async for event in stream:
            numbers.append(event.sequence_number)
            types.append(event.type)
        final = await stream.get_final_response()
    assert final.output_text == "Hello" and final.usage is not None
    assert numbers == list(range(len(numbers)))
    assert types == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


async def test_streamed_function_calls_of_a_response() -> None:
    """Function calls come with their arguments in pieces and whole."""
    sdk, _ = client(CALLS)
    tool: Any = {"type": "function", "name": "weather", "parameters": {}, "strict": False}
    async with sdk.responses.stream(model="tiny", input="hi", tools=[tool]) as stream:
        async for _ in stream:
            pass
        final = await stream.get_final_response()
    assert [(item.call_id, item.arguments) for item in final.output if item.type == "function_call"] == [
        ("c1", '{"city":"Oslo"}'),
        ("c2", "{}"),
    ]


async def test_a_response_goes_on_from_an_earlier_one() -> None:
    """previous_response_id names the run of the earlier response; its output can also be sent back whole."""
    sdk, stage = client(SAID)
    first = await sdk.responses.create(model="tiny", input="hi")
    await sdk.responses.create(model="tiny", input="more", previous_response_id=first.id, store=False)
    again: Any = [{"role": "user", "content": "hi"}, *first.output, {"role": "user", "content": "more"}]
    await sdk.responses.create(model="tiny", input=again)
    second, third = stage.asked[1:]
    assert isinstance(second, SendMessage)
    assert (second.previous, second.keep) == ("01932c07-209c-7a4e-9b6d-000000000000", False)
    assert [type(item).__name__ for item in third.ask.items] == ["Message", "Reasoning", "Message", "Message"]


async def test_a_response_that_fails_midway_says_so() -> None:
    """A failure after the first word is the event response.failed, with what had been said."""
    sdk, _ = client([Delta("a"), Fault(Kind.upstream, "Gone.")])
    events = [event async for event in await sdk.responses.create(model="tiny", input="hi", stream=True)]
    last = events[-1]
    assert last.type == "response.failed" and last.response.error is not None
    assert last.response.error.message == "Gone." and last.response.output_text == "a"


async def test_no_base_is_asked_through_this_api() -> None:
    """`bases` is a field for an upstream, as any that we never heard of; `file_search` and its stores are refused."""
    sdk, stage = client(SAID)
    await sdk.chat.completions.create(model="tiny", messages=HI, extra_body={"bases": ["Home"]})
    [sent] = stage.asked
    assert (sent.bases, sent.ask.wire, dict(sent.ask.foreign)) == ((), "openai", {"bases": ["Home"]})
    with pytest.raises(openai.BadRequestError, match="Built-in tools are not supported"):
        await sdk.responses.create(
            model="tiny", input="hi", tools=[{"type": "file_search", "vector_store_ids": ["vs_1"]}]
        )
    with pytest.raises(openai.NotFoundError):
        await sdk.vector_stores.create(name="Home")
