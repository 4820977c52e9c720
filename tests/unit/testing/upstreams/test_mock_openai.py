"""The fake OpenAI upstream, judged by the official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import openai
import pytest

from parlance.testing.upstreams import MockOpenAI, Script, vector_of
from parlance.testing.upstreams.samples import sample_of
from tests.unit.testing.upstreams.raw import ask

WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
HELLO: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello you"}]


@pytest.fixture
async def upstream() -> AsyncIterator[MockOpenAI]:
    async with MockOpenAI(key="right") as running:
        yield running


@pytest.fixture
async def client(upstream: MockOpenAI) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=upstream.base_url, api_key="right", max_retries=0) as sdk:
        yield sdk


async def test_a_chat_in_one_block_has_text_finish_and_usage(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock", messages=HELLO)
    assert answer.choices[0].message.content == "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (4, 8)


async def test_a_streamed_chat_says_the_same_as_one_in_a_block(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="mock-n3", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "tok0 tok1 tok2"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 7
    assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_n_answers_differ_when_the_script_asks_for_nonces(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock-nonce", messages=HELLO, n=3)
    assert len({choice.message.content for choice in answer.choices}) == 3


async def test_a_bound_on_tokens_cuts_the_answer(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="mock", messages=HELLO, max_completion_tokens=2)
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("tok0 tok1", "length")


async def test_reasoning_comes_before_the_answer(client: openai.AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model="mock-think", messages=HELLO)
    assert whole.choices[0].message.model_dump()["reasoning_content"].startswith("The user")
    stream = await client.chat.completions.create(model="mock-think", messages=HELLO, stream=True)
    fields = [list(chunk.choices[0].delta.model_dump(exclude_none=True)) async for chunk in stream]
    assert fields[0] == ["role", "reasoning_content"]
    assert fields[-2] == ["content"]


async def test_a_prompt_that_says_call_gets_a_tool_call_from_the_schema(client: openai.AsyncOpenAI) -> None:
    asked: Any = [{"role": "user", "content": "please call weather and call nothing"}]
    answer = await client.chat.completions.create(model="mock", messages=asked, tools=[WEATHER])
    assert answer.choices[0].finish_reason == "tool_calls"
    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert (call.function.name, call.function.arguments) == ("weather", '{"city":"mock"}')


async def test_streamed_tool_arguments_come_in_fragments(client: openai.AsyncOpenAI) -> None:
    asked: Any = [{"role": "user", "content": 'call weather {"city": "Zürich {1}"} now'}]
    stream = await client.chat.completions.create(model="mock", messages=asked, tools=[WEATHER], stream=True)
    pieces = [
        call.function.arguments or ""
        async for chunk in stream
        for call in chunk.choices[0].delta.tool_calls or []
        if call.function
    ]
    assert len(pieces) > 3
    assert msgspec.json.decode("".join(pieces)) == {"city": "Zürich {1}"}


async def test_a_tools_result_is_quoted_instead_of_calling_again(client: openai.AsyncOpenAI) -> None:
    asked: Any = [
        {"role": "user", "content": "call weather"},
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "sunny"},
    ]
    answer = await client.chat.completions.create(model="mock", messages=asked, tools=[WEATHER])
    assert answer.choices[0].message.content == "The tool says: sunny"


async def test_logprobs_cover_every_token(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="mock-n2", messages=HELLO, logprobs=True, top_logprobs=2, response_format={"type": "text"}
    )
    found = answer.choices[0].logprobs
    assert found is not None
    assert [entry.token for entry in found.content or []] == ["tok0", " tok1"]
    assert len((found.content or [])[0].top_logprobs) == 2


async def test_json_modes_answer_json_that_fits_the_schema(client: openai.AsyncOpenAI) -> None:
    plain = await client.chat.completions.create(model="mock", messages=HELLO, response_format={"type": "json_object"})
    assert msgspec.json.decode(plain.choices[0].message.content or "") == {"answer": "mock"}
    schema: Any = {"type": "object", "properties": {"n": {"type": "integer"}, "of": {"type": "array", "items": {}}}}
    fitted = await client.chat.completions.create(
        model="mock",
        messages=HELLO,
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
    )
    assert msgspec.json.decode(fitted.choices[0].message.content or "") == {"n": 1, "of": ["mock"]}


def test_samples_fit_the_common_parts_of_a_schema() -> None:
    assert sample_of({"anyOf": [{"type": ["number", "null"]}]}) == 1.5
    assert sample_of({"enum": ["red", "green"]}) == "red"
    assert sample_of({"const": 3}) == 3
    assert sample_of({"type": "boolean"}) is True
    assert sample_of({"type": "null"}) is None
    assert sample_of({"type": "array"}) == []
    recursive: dict[str, Any] = {"type": "object", "properties": {}}
    recursive["properties"]["again"] = recursive
    assert isinstance(sample_of(recursive), dict)


async def test_text_completions_answer_each_prompt(client: openai.AsyncOpenAI) -> None:
    answer = await client.completions.create(model="mock-echo", prompt=["one", "two"], logprobs=1)
    assert [choice.text for choice in answer.choices] == ["one", "two"]
    assert answer.choices[0].logprobs is not None
    assert answer.choices[0].logprobs.text_offset == [0]
    stream = await client.completions.create(model="mock-n2", prompt="x", stream=True)
    assert [chunk.choices[0].text async for chunk in stream] == ["tok0", " tok1", ""]


@pytest.mark.slow
async def test_a_response_streams_the_events_that_build_its_items(client: openai.AsyncOpenAI) -> None:
    whole = await client.responses.create(model="mock-n2", input="hello", previous_response_id="resp_before")
    assert (whole.output_text, whole.previous_response_id) == ("tok0 tok1", "resp_before")
    stream = await client.responses.create(model="mock-n2-think", input="hello", stream=True)
    kinds = [event.type async for event in stream]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert "response.reasoning_summary_text.delta" in kinds
    assert kinds.count("response.output_text.delta") == 2


async def test_a_response_calls_tools_and_takes_their_results(client: openai.AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "strict": None, **WEATHER["function"]}
    called = await client.responses.create(model="mock", input="call weather", tools=[tool])
    assert called.output[0].type == "function_call"
    stream = await client.responses.create(model="mock", input="call weather", tools=[tool], stream=True)
    deltas = [event.delta async for event in stream if event.type == "response.function_call_arguments.delta"]
    assert "".join(deltas) == '{"city":"mock"}'
    history: Any = [{"role": "user", "content": "call weather"}]
    history += [{"type": "function_call_output", "call_id": "call_mock_0", "output": "rain"}]
    assert (await client.responses.create(model="mock", input=history)).output_text == "The tool says: rain"


async def test_a_response_can_be_cut_or_json(client: openai.AsyncOpenAI) -> None:
    cut = await client.responses.create(model="mock", input="hello", max_output_tokens=1)
    assert (cut.status, cut.output_text) == ("incomplete", "tok0")
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
    shaped: Any = {"format": {"type": "json_schema", "name": "x", "schema": schema}}
    fitted = await client.responses.create(model="mock", input="hello", text=shaped)
    assert fitted.output_text == '{"ok":true}'


async def test_vectors_depend_on_the_text_alone_and_base64_says_the_same(client: openai.AsyncOpenAI) -> None:
    coded = await client.embeddings.create(model="mock", input=["a", "b"], dimensions=20)  # the SDK asks for base64
    floats = await client.embeddings.create(model="mock", input="a", encoding_format="float", dimensions=20)
    tokens = await client.embeddings.create(model="mock", input=[[1, 2], [3]])
    assert coded.data[0].embedding == pytest.approx(vector_of("a", 20), abs=0)
    assert floats.data[0].embedding == coded.data[0].embedding
    assert coded.data[1].embedding != coded.data[0].embedding
    assert len(tokens.data) == 2


async def test_models_are_listed_and_found(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["mock", "bad", "mock-embed"]
    assert (await client.models.retrieve("mock")).id == "mock"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("other")


async def test_callers_errors_are_typed(upstream: MockOpenAI, client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="mock", messages=[])
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="mock", messages=HELLO, tools=5)  # type: ignore[call-overload]
    with pytest.raises(openai.NotFoundError) as missing:
        await client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="wrong").chat.completions.create(model="mock", messages=HELLO)
    with pytest.raises(openai.NotFoundError):
        await client.get("/nowhere", cast_to=object)
    with pytest.raises(openai.APIStatusError, match="Not allowed"):
        await client.get("/chat/completions", cast_to=object)


async def test_the_upstream_says_what_its_script_says(upstream: MockOpenAI, client: openai.AsyncOpenAI) -> None:
    upstream.script = Script(text=" two  spaces\nand a line ")
    stream = await client.chat.completions.create(model="mock", messages=HELLO, stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == " two  spaces\nand a line "


async def test_requests_are_recorded_with_headers_and_body(upstream: MockOpenAI, client: openai.AsyncOpenAI) -> None:
    await client.chat.completions.create(
        model="mock", messages=HELLO, extra_headers={"X-Probe": "1"}, extra_query={"a": "b"}, extra_body={"odd": 1}
    )
    (call,) = upstream.calls_to("/chat/completions")
    assert (call.method, call.query, call.headers["x-probe"]) == ("POST", "a=b", "1")
    assert (call.payload["odd"], call.model) == (1, "mock")
    assert call.finished_at is not None
    assert upstream.active == 0


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"model":"mock","messages":[{"role":"user","content":"x"}],%s}'])
async def test_an_odd_body_is_refused_like_any_other(upstream: MockOpenAI, body: bytes) -> None:
    """A body too deep to read, and a schema without a type, are a 400 and no defect of the fake."""
    key = "Authorization: Bearer right\r\n"
    schema = b'"response_format":{"type":"json_schema","json_schema":{"schema":{"type":[]}}}'
    answer = await ask(upstream, "POST", "/v1/chat/completions", body.replace(b"%s", schema), headers=key)
    assert answer.status == 400
