"""The official OpenAI SDK, synchronous and not, over a socket: before an OpenAI-compatible upstream."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Literal

import openai
import pydantic
import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI, vector_of
from tests.dialects.judges.parties import PATIENCE, PIXEL, WEATHER, Sdk, served
from tests.flows.callers import until

MODELS = (
    *("mock", "mock-echo", "mock-think", "mock-p20-n1000", "mock-idle", "mock-d5000", "mock-embed", "org/mock"),
    *("bad-reset-midway", "bad-error-in-200", "bad-internal-error"),
)
SAID = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOL: Any = {"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER}}


class Place(pydantic.BaseModel):
    """What a model is to answer with."""

    city: str
    people: int
    kind: Literal["town", "village"]


@pytest.fixture(scope="module")
def upstream() -> MockOpenAI:
    return MockOpenAI(models=MODELS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, upstream: MockOpenAI) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("judged"), (upstream, {})) as server:
        yield server


@pytest.fixture(params=["async", "sync"])
async def sdk(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Sdk]:
    known: Any = {"base_url": f"{server.url}/v1", "api_key": "unused", "max_retries": 0, "timeout": PATIENCE}
    if request.param == "async":
        async with openai.AsyncOpenAI(**known) as client:
            yield Sdk(client, True)
        return
    with openai.OpenAI(**known) as blocking:
        yield Sdk(blocking, False)


def shown(name: str) -> Callable[[Any], Any]:
    """A call that looks a model up."""
    return lambda client: client.models.retrieve(name)


def chat(**ask: Any) -> Callable[[Any], Any]:
    """A call that asks a model."""
    return lambda client: client.chat.completions.create(**{"model": "mock", "messages": HELLO, **ask})


def embed(**ask: Any) -> Callable[[Any], Any]:
    """A call that embeds."""
    return lambda client: client.embeddings.create(**{"model": "mock-embed", **ask})


def text_of(chunks: list[Any], choice: int = 0) -> str:
    """What the chunks of a streamed chat say."""
    found = [one for chunk in chunks for one in chunk.choices if one.index == choice]
    return "".join(one.delta.content or "" for one in found)


async def test_models(sdk: Sdk) -> None:
    """The models are listed, and one is found, also when its name has a slash."""
    listed = [model.id for model in (await sdk.do(lambda c: c.models.list())).data]
    assert set(MODELS) <= set(listed) and listed[0] == "mock"
    for name in ("mock", "org/mock"):
        found = await sdk.do(shown(name))
        assert (found.id, found.object) == (name, "model")


async def test_a_chat(sdk: Sdk) -> None:
    """A whole answer is typed, counted, and says which model gave it."""
    answer = await sdk.do(chat())
    assert answer.choices[0].message.content == SAID and answer.choices[0].finish_reason == "stop"
    assert (answer.object, answer.model) == ("chat.completion", "mock") and answer.id.startswith("chatcmpl-")
    assert answer.usage.completion_tokens == 8 and answer.usage.total_tokens == 9
    assert answer.created > 1_700_000_000


async def test_a_streamed_chat_with_its_usage(sdk: Sdk) -> None:
    """The chunks say the same text, and the last one counts the tokens, because it was asked for."""
    options: Any = {"include_usage": True}
    chunks = await sdk.pieces(chat(stream=True, stream_options=options))
    assert text_of(chunks) == SAID and chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == 8
    assert {chunk.id for chunk in chunks} == {chunks[0].id} and all(chunk.usage is None for chunk in chunks[:-1])


async def test_a_stream_without_usage_has_none(sdk: Sdk) -> None:
    """Who did not ask for the counts gets no chunk without a choice."""
    chunks = await sdk.pieces(chat(stream=True))
    assert text_of(chunks) == SAID and all(chunk.choices and chunk.usage is None for chunk in chunks)


async def test_a_response_can_be_read_raw(sdk: Sdk) -> None:
    """The SDK finds the request id, its own where it sends one."""
    raw = await sdk.do(
        lambda c: c.chat.completions.with_raw_response.create(
            model="mock", messages=HELLO, extra_headers={"x-request-id": "mine-1"}
        )
    )
    assert raw.headers["x-request-id"] == "mine-1" and raw.parse().choices[0].message.content == SAID
    own = await sdk.do(chat())
    assert own._request_id


async def test_the_stream_helper(server: Server) -> None:
    """The SDK's own accumulator follows the stream to a final answer, in both manners."""
    known: Any = {"base_url": f"{server.url}/v1", "api_key": "unused", "max_retries": 0, "timeout": PATIENCE}
    async with openai.AsyncOpenAI(**known) as client:
        async with client.chat.completions.stream(model="mock", messages=HELLO) as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_completion()
    assert final.choices[0].message.content == SAID and "content.delta" in kinds and kinds[-1] == "content.done"
    assert await asyncio.to_thread(_helped, known) == SAID


def _helped(known: Any) -> str | None:
    with openai.OpenAI(**known) as client, client.chat.completions.stream(model="mock", messages=HELLO) as stream:
        return stream.get_final_completion().choices[0].message.content


async def test_an_answer_parsed_into_a_model(sdk: Sdk, upstream: MockOpenAI) -> None:
    """`parse` sends the schema of a pydantic class, the upstream gets it, and the answer comes back as an instance."""
    answer = await sdk.do(
        lambda c: c.chat.completions.parse(model="mock", messages=HELLO, response_format=Place, temperature=0.3)
    )
    assert isinstance(answer.choices[0].message.parsed, Place)
    sent = upstream.calls[-1].payload["response_format"]["json_schema"]
    assert (sent["name"], sent["strict"], sent["schema"]["required"]) == ("Place", True, ["city", "people", "kind"])


@pytest.mark.parametrize("stream", [False, True])
async def test_a_json_schema(sdk: Sdk, stream: bool) -> None:
    """An answer keeps to the schema that was asked for, whole and streamed; any JSON works likewise."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    form: Any = {"type": "json_schema", "json_schema": {"name": "one", "schema": schema, "strict": True}}
    for wanted in (form, {"type": "json_object"}):
        ask = {"model": "mock", "messages": HELLO, "response_format": wanted, "stream": stream}
        said = (
            text_of(await sdk.pieces(chat(**ask))) if stream else (await sdk.do(chat(**ask))).choices[0].message.content
        )
        assert isinstance(json.loads(said), dict)


@pytest.mark.parametrize("stream", [False, True])
async def test_several_answers(sdk: Sdk, stream: bool) -> None:
    """`n` answers come as choices with their own index."""
    if stream:
        chunks = await sdk.pieces(chat(n=3, stream=True))
        assert [text_of(chunks, index) for index in range(3)] == [SAID] * 3
        return
    answer = await sdk.do(chat(n=3))
    assert [(choice.index, choice.message.content) for choice in answer.choices] == [(n, SAID) for n in range(3)]


@pytest.mark.parametrize("stream", [False, True])
async def test_log_probabilities(sdk: Sdk, stream: bool) -> None:
    """Every token comes with its probability and as many alternatives as were asked for."""
    ask: Any = {"model": "mock", "messages": HELLO, "logprobs": True, "top_logprobs": 2, "stream": stream}
    if stream:
        chunks = await sdk.pieces(chat(**ask))
        found = [one for chunk in chunks for part in chunk.choices if part.logprobs for one in part.logprobs.content]
    else:
        found = (await sdk.do(chat(**ask))).choices[0].logprobs.content
    assert "".join(one.token for one in found) == SAID and all(len(one.top_logprobs) == 2 for one in found)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_is_called_and_its_result_answered(sdk: Sdk, stream: bool) -> None:
    """The model calls, the client runs the tool and sends the result, and the model answers with it."""
    asked: Any = [{"role": "user", "content": 'call weather {"city": "Oslo"}'}]
    message = await _calling(sdk, asked, stream)
    [call] = message["tool_calls"]
    assert call["function"]["name"] == "weather" and json.loads(call["function"]["arguments"]) == {"city": "Oslo"}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "rain"}
    final = await sdk.do(chat(messages=[*asked, message, result], tools=[TOOL]))
    assert final.choices[0].message.content == "The tool says: rain"


async def _calling(sdk: Sdk, asked: Any, stream: bool) -> dict[str, Any]:
    """The message that calls, as the client sends it back."""
    ask: Any = {"model": "mock", "messages": asked, "tools": [TOOL], "tool_choice": "auto"}
    if not stream:
        answer = await sdk.do(chat(**ask))
        assert answer.choices[0].finish_reason == "tool_calls"
        kept: dict[str, Any] = answer.choices[0].message.model_dump(exclude_none=True)
        return kept
    chunks = await sdk.pieces(chat(**ask, stream=True))
    parts = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert [choice.finish_reason for choice in chunks[-1].choices] == ["tool_calls"]
    said = "".join(part.function.arguments or "" for part in parts)
    function = {"name": parts[0].function.name, "arguments": said}
    return {"role": "assistant", "tool_calls": [{"id": parts[0].id, "type": "function", "function": function}]}


async def test_a_picture(sdk: Sdk, upstream: MockOpenAI) -> None:
    """A picture in a data URL arrives at the upstream as it was."""
    url = f"data:image/png;base64,{PIXEL}"
    content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    await sdk.do(chat(messages=[{"role": "user", "content": content}]))
    assert upstream.calls[-1].payload["messages"][0]["content"] == content


async def test_a_model_that_thinks(sdk: Sdk) -> None:
    """Thoughts stand beside the answer, whole and streamed."""
    answer = await sdk.do(chat(model="mock-think"))
    assert answer.choices[0].message.reasoning_content.startswith("The user greets me.")
    chunks = await sdk.pieces(chat(model="mock-think", stream=True))
    thought = "".join(getattr(chunk.choices[0].delta, "reasoning_content", None) or "" for chunk in chunks)
    assert thought == answer.choices[0].message.reasoning_content and text_of(chunks) == SAID


async def test_unknown_fields_reach_the_upstream(sdk: Sdk, upstream: MockOpenAI) -> None:
    """What the SDK sends as an extra body is handed on."""
    await sdk.do(chat(extra_body={"brand_new": [1]}))
    assert upstream.calls[-1].payload["brand_new"] == [1]


async def test_completions(sdk: Sdk) -> None:
    """Text completions work for several prompts, with an echo, cut short and streamed."""
    answer = await sdk.do(lambda c: c.completions.create(model="mock", prompt=["a", "b"], echo=True, max_tokens=2))
    assert [choice.text for choice in answer.choices] == ["atok0 tok1", "btok0 tok1"]
    assert {choice.finish_reason for choice in answer.choices} == {"length"}
    chunks = await sdk.pieces(lambda c: c.completions.create(model="mock", prompt="a", stream=True))
    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == SAID


async def test_a_response(sdk: Sdk, upstream: MockOpenAI) -> None:
    """A response has its text, its counts and what was asked beside; the next one goes on from it."""
    first = await sdk.do(lambda c: c.responses.create(model="mock-echo", input="one", instructions="Be brief."))
    assert (first.output_text, first.status, first.instructions) == ("one", "completed", "Be brief.")
    second = await sdk.do(
        lambda c: c.responses.create(model="mock-echo", input="two", previous_response_id=first.id, metadata={"a": "b"})
    )
    assert (second.output_text, second.previous_response_id, second.metadata) == ("two", first.id, {"a": "b"})
    assert [said["content"] for said in upstream.calls[-1].payload["messages"]] == ["Be brief.", "one", "one", "two"]


async def test_a_streamed_response(sdk: Sdk) -> None:
    """Events are numbered without a gap, build the text, and end with the whole response."""
    events = await sdk.pieces(lambda c: c.responses.create(model="mock", input="Hello", stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == SAID
    assert events[-1].type == "response.completed" and events[-1].response.output_text == SAID
    assert events[-1].response.usage.output_tokens == 8


async def test_a_response_that_calls_a_tool(sdk: Sdk) -> None:
    """A function call and its output go there and back, by the id of the response."""
    tools: Any = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}]
    ask: Any = {"model": "mock", "tools": tools}
    first = await sdk.do(lambda c: c.responses.create(**ask, input='call weather {"city": "Oslo"}'))
    [call] = [item for item in first.output if item.type == "function_call"]
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "Oslo"})
    result = [{"type": "function_call_output", "call_id": call.call_id, "output": "rain"}]
    final = await sdk.do(lambda c: c.responses.create(**ask, input=result, previous_response_id=first.id))
    assert final.output_text == "The tool says: rain"


async def test_a_response_parsed_into_a_model(sdk: Sdk) -> None:
    """`responses.parse` works as `chat.completions.parse` does."""
    answer = await sdk.do(lambda c: c.responses.parse(model="mock", input="Hello", text_format=Place))
    assert isinstance(answer.output_parsed, Place)


async def test_embeddings(sdk: Sdk, upstream: MockOpenAI) -> None:
    """The SDK's base64 and plain numbers say the same, in the length that was asked for, in order."""
    texts = ["first text", "second text", "third"]
    for more in ({}, {"encoding_format": "float"}, {"encoding_format": "base64"}):
        ask: Any = {"input": texts, "dimensions": 16, **more}
        answer = await sdk.do(embed(**ask))
        found = [_numbers(one.embedding) for one in answer.data]
        assert found == [pytest.approx(vector_of(text, 16)) for text in texts]
        assert [one.index for one in answer.data] == [0, 1, 2] and answer.usage.prompt_tokens == 5
    single = await sdk.do(embed(input="one"))
    assert _numbers(single.data[0].embedding) == pytest.approx(vector_of("one"))


def _numbers(embedding: Any) -> list[float]:
    """The vector; where the caller chose base64 itself the SDK leaves it as it is."""
    if isinstance(embedding, list):
        return embedding
    data = base64.b64decode(embedding)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


async def test_closing_a_stream_stops_the_model(sdk: Sdk, upstream: MockOpenAI) -> None:
    """The upstream sees its connection closed soon after the client has left in mid-stream."""
    before = len(upstream.calls)
    stream = await sdk.do(chat(model="mock-p20-n1000", stream=True))
    async for chunk in sdk.each(stream):
        if chunk.choices[0].delta.content:
            break
    await sdk.close(stream)
    await until(lambda: any(call.closed_early_at for call in upstream.calls[before:]), 5.0)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_timeout_of_the_client(sdk: Sdk, upstream: MockOpenAI, stream: bool) -> None:
    """A client that loses patience gets its own error, and the model is stopped."""
    before = len(upstream.calls)
    ask: Any = {"model": "mock-d5000", "messages": HELLO, "stream": stream, "timeout": 0.3}
    with pytest.raises(openai.APITimeoutError):
        await sdk.do(chat(**ask))
    await until(lambda: any(call.closed_early_at for call in upstream.calls[before:]), 5.0)


async def answered(sdk: Sdk) -> None:
    """Have the engine answer once: five failures in a row, also those of other tests, and it is left alone."""
    assert (await sdk.do(chat())).choices[0].message.content == SAID


@pytest.mark.parametrize("model", ["bad-reset-midway", "bad-error-in-200"])
async def test_an_error_in_mid_stream_is_raised_by_the_sdk(sdk: Sdk, model: str) -> None:
    """What was said arrives, then the SDK raises what the stream tells, without words of the upstream's own machine."""
    await answered(sdk)
    said: list[str] = []
    stream = await sdk.do(chat(model=model, stream=True))
    with pytest.raises(openai.APIError) as failed:
        async for chunk in sdk.each(stream):
            said += [choice.delta.content or "" for choice in chunk.choices]
    assert "".join(said) and SAID.startswith("".join(said))
    assert failed.value.type == "upstream_error" and failed.value.code


async def test_an_upstream_that_fails_is_a_server_error(sdk: Sdk) -> None:
    """502 is the SDK's InternalServerError, with a code, and what the upstream told of its inside stays there."""
    await answered(sdk)
    with pytest.raises(openai.InternalServerError) as failed:
        await sdk.do(chat(model="bad-internal-error"))
    assert failed.value.status_code == 502 and failed.value.type == "upstream_error"
    assert "gpu-7" not in str(failed.value) and "/srv" not in str(failed.value)
