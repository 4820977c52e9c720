"""The fake Ollama, judged by the official client."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import ollama
import pytest

from parlance.testing.upstreams import MockOllama, vector_of
from tests.unit.testing.upstreams.raw import ask

HELLO: Any = [{"role": "user", "content": "Hello you"}]


@pytest.fixture
async def upstream() -> AsyncIterator[MockOllama]:
    async with MockOllama() as running:
        yield running


@pytest.fixture
async def client(upstream: MockOllama) -> AsyncIterator[ollama.AsyncClient]:
    async with ollama.AsyncClient(host=upstream.base_url) as sdk:
        yield sdk


async def test_a_chat_streams_by_default_and_ends_with_durations(upstream: MockOllama) -> None:
    answer = await ask(upstream, "POST", "/api/chat", {"model": "mock-n2", "messages": HELLO})
    lines = [msgspec.json.decode(line) for line in answer.body.splitlines()]
    assert [line["message"]["content"] for line in lines] == ["tok0", " tok1", ""]
    assert [line["done"] for line in lines] == [False, False, True]
    assert lines[-1]["total_duration"] > 10**8
    assert answer.headers["content-type"] == "application/x-ndjson"


async def test_a_chat_in_one_block_says_the_same(client: ollama.AsyncClient) -> None:
    answer = await client.chat("mock-n2", HELLO)
    assert (answer.message.content, answer.done_reason) == ("tok0 tok1", "stop")
    assert (answer.prompt_eval_count, answer.eval_count) == (2, 2)


async def test_thinking_comes_only_when_asked_for(client: ollama.AsyncClient) -> None:
    assert (await client.chat("mock", HELLO)).message.thinking is None
    assert (await client.chat("mock", HELLO, think=True)).message.thinking
    parts = [part async for part in await client.chat("mock", HELLO, think=True, stream=True)]
    assert "".join(part.message.thinking or "" for part in parts).startswith("The user")
    assert (await client.generate("mock", "hi", think=True)).thinking
    assert [part.response async for part in await client.generate("mock-n1", "hi", think=True, stream=True)][-2:] == [
        "tok0",
        "",
    ]


async def test_tools_are_called_with_arguments_as_an_object(client: ollama.AsyncClient) -> None:
    tool: Any = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object"}}}
    asked: Any = [{"role": "user", "content": 'call clock {"zone": "UTC"}'}]
    called = await client.chat("mock", asked, tools=[tool])
    assert called.message.tool_calls is not None
    assert called.message.tool_calls[0].function.arguments == {"zone": "UTC"}
    streamed = [part async for part in await client.chat("mock", asked, tools=[tool], stream=True)]
    assert streamed[0].message.tool_calls is not None
    answered = [*asked, {"role": "tool", "content": "noon"}]
    assert (await client.chat("mock", answered, tools=[tool])).message.content == "The tool says: noon"


async def test_formats_and_limits_hold(client: ollama.AsyncClient) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    assert (await client.chat("mock", HELLO, format=schema)).message.content == '{"n":1}'
    assert (await client.generate("mock", "hi", format="json")).response == '{"answer":"mock"}'
    cut = await client.generate("mock", "hi", options={"num_predict": 1})
    assert (cut.response, cut.done_reason) == ("tok0", "length")


async def test_images_are_recorded_as_they_came(upstream: MockOllama, client: ollama.AsyncClient) -> None:
    picture: Any = [{"role": "user", "content": "what is it", "images": [b"\x89PNG"]}]
    await client.chat("mock", picture)
    assert upstream.calls[0].payload["messages"][0]["images"] == ["iVBORw=="]


async def test_loading_and_unloading_show_in_ps(client: ollama.AsyncClient) -> None:
    assert (await client.chat("mock", [])).done_reason == "load"
    assert [model.model for model in (await client.ps()).models] == ["mock:latest"]
    assert (await client.generate("mock", "", keep_alive=0)).done_reason == "unload"
    assert not (await client.ps()).models


async def test_embeddings_come_in_both_forms(client: ollama.AsyncClient) -> None:
    assert (await client.embed("mock", ["a", "b"])).embeddings == [vector_of("a"), vector_of("b")]
    assert (await client.embed("mock", "a", dimensions=3)).embeddings == [vector_of("a", 3)]
    assert (await client.embeddings("mock", "a")).embedding == vector_of("a")


async def test_pull_push_and_create_tell_their_progress(client: ollama.AsyncClient) -> None:
    pulled = [part async for part in await client.pull("tiny", stream=True)]
    assert [part.completed for part in pulled if part.total][-1] == pulled[1].total
    assert pulled[-1].status == "success"
    assert (await client.pull("tiny")).status == "success"
    assert (await client.push("tiny")).status == "success"
    made = [part.status async for part in await client.create("mine", from_="tiny", system="Be kind.", stream=True)]
    assert made[-1] == "success"
    assert {model.model for model in (await client.list()).models} >= {"tiny:latest", "mine:latest"}
    with pytest.raises(ollama.ResponseError, match="does not exist"):
        _ = [part async for part in await client.pull("missing", stream=True)]
    for verb in (client.push("nothing"), client.create("mine", from_="nothing")):
        with pytest.raises(ollama.ResponseError, match="not found"):
            await verb
    with pytest.raises(ollama.ResponseError, match="specified"):
        await client.create("mine")


async def test_copy_show_and_delete_change_the_shelf(upstream: MockOllama, client: ollama.AsyncClient) -> None:
    await client.copy("mock", "other:v1")
    assert (await client.show("other:v1")).capabilities
    await client.delete("other:v1")
    assert "other:v1" not in upstream.shelf.stored
    for verb in (client.show("gone"), client.copy("gone", "x"), client.delete("gone"), client.chat("gone", HELLO)):
        with pytest.raises(ollama.ResponseError, match="not found"):
            await verb
    verbose = await ask(upstream, "POST", "/api/show", {"model": "mock", "verbose": True})
    assert "tokenizer.ggml.tokens" in verbose.json()["model_info"]


async def test_blobs_are_kept_by_their_digest(upstream: MockOllama) -> None:
    digest = "sha256:" + hashlib.sha256(b"weights").hexdigest()
    assert (await ask(upstream, "HEAD", f"/api/blobs/{digest}")).status == 404
    assert (await ask(upstream, "POST", f"/api/blobs/{digest}", b"weights")).status == 201
    assert (await ask(upstream, "HEAD", f"/api/blobs/{digest}")).status == 200
    assert (await ask(upstream, "POST", f"/api/blobs/{digest}", b"other")).status == 400
    made = await ask(upstream, "POST", "/api/create", {"model": "f", "files": {"a": digest}, "stream": False})
    assert made.json() == {"status": "success"}
    refused = await ask(upstream, "POST", "/api/create", {"model": "f", "files": {"a": "sha256:0"}})
    assert refused.status == 400


async def test_the_plain_routes_answer_as_ollama_does(upstream: MockOllama) -> None:
    assert (await ask(upstream, "GET", "/")).body == b"Ollama is running"
    head = await ask(upstream, "HEAD", "/")
    assert (head.status, head.body) == (200, b"")
    assert (await ask(upstream, "GET", "/api/version")).json() == {"version": upstream.version}
    assert (await ask(upstream, "GET", "/api/chat")).status == 405
    assert (await ask(upstream, "GET", "/api/nothing")).status == 404
    assert (await ask(upstream, "POST", "/api/show", {})).status == 400
    assert (await ask(upstream, "POST", "/api/chat", b"{")).status == 400


async def test_a_tag_hides_no_script(client: ollama.AsyncClient) -> None:
    """Who took a name from the list, tag and all, meets the same model as who typed it."""
    assert (await client.chat("mock-n2:latest", HELLO)).message.content == "tok0 tok1"
    with pytest.raises(ollama.ResponseError):
        await client.chat("bad-internal-error:latest", HELLO)
