"""The official Ollama SDK, synchronous and not, over a socket: before an Ollama."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import ollama
import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOllama, vector_of
from tests.dialects.judges.parties import PATIENCE, PIXEL, WEATHER, Sdk, served
from tests.flows.callers import key_toml, until

MODELS = ("mock", "mock-echo", "mock-p20-n1000", "bad-reset-midway", "bad-internal-error", "mock-embed")
SAID = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
HELLO: Any = [{"role": "user", "content": "Hello"}]
TOOL: Any = {"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": WEATHER}}
KEY, CHATTER, HASTY = ("-".join(("sk", name, "0123456789abcdef")) for name in ("owner", "chatter", "hasty"))
TOML = key_toml(KEY, "owner", "ada", scopes=["all"]) + key_toml(CHATTER, "chatter", "bob")


@pytest.fixture(scope="module")
def upstream() -> MockOllama:
    return MockOllama(models=MODELS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, upstream: MockOllama) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("shelf"), (upstream, {"kind": "ollama"}), toml=TOML) as server:
        yield server


@pytest.fixture(params=["async", "sync"])
async def sdk(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Sdk]:
    known: Any = {"headers": {"authorization": f"Bearer {KEY}"}, "timeout": PATIENCE}
    if request.param == "async":
        async with ollama.AsyncClient(server.url, **known) as client:
            yield Sdk(client, True)
        return
    with ollama.Client(server.url, **known) as blocking:
        yield Sdk(blocking, False)


@pytest.fixture
def name(sdk: Sdk) -> str:
    """A model's name that the other manner of the SDK does not use."""
    return "mine-async" if sdk.waits else "mine-sync"


async def test_list_show_and_ps(sdk: Sdk) -> None:
    """The models are listed as an Ollama lists them, one is shown with all that the Ollama tells of it, and a model
    that was asked is in memory."""
    listed = await sdk.do(lambda c: c.list())
    found = {model.model: model for model in listed.models}
    assert {"mock:latest", "mock-embed:latest"} <= set(found)
    assert found["mock:latest"].digest and found["mock:latest"].size == 1 << 20
    assert found["mock:latest"].details.family == "mock" and found["mock:latest"].modified_at is not None
    shown = await sdk.do(lambda c: c.show("mock"))
    assert "tools" in shown.capabilities and shown.modelinfo["mock.context_length"] == 4096
    assert shown.template == "{{ .Prompt }}" and shown.license == "Apache-2.0"
    await sdk.do(lambda c: c.chat("mock", HELLO))
    running = await sdk.do(lambda c: c.ps())
    assert "mock:latest" in {model.model for model in running.models}


async def test_a_chat(sdk: Sdk) -> None:
    """A whole answer has its text, why it ended, and its counts in nanoseconds."""
    answer = await sdk.do(lambda c: c.chat("mock", HELLO))
    assert (answer.message.content, answer.message.role) == (SAID, "assistant")
    assert (answer.done, answer.done_reason, answer.model) == (True, "stop", "mock")
    assert answer.eval_count == 8 and answer.eval_duration == 80_000_000 and answer.total_duration == 180_000_000
    assert answer.prompt_eval_count == 1 and answer.created_at


async def test_a_streamed_chat(sdk: Sdk) -> None:
    """Each line is a piece, and only the last one is done and counts."""
    lines = await sdk.pieces(lambda c: c.chat("mock", HELLO, stream=True))
    assert "".join(line.message.content or "" for line in lines) == SAID
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
    assert lines[-1].eval_count == 8 and lines[0].eval_count is None


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_is_called_and_its_result_answered(sdk: Sdk, stream: bool) -> None:
    """The model calls with arguments as an object, and answers with what the tool said."""
    asked: list[Any] = [{"role": "user", "content": 'call weather {"city": "Oslo"}'}]
    if stream:
        lines = await sdk.pieces(lambda c: c.chat("mock", asked, tools=[TOOL], stream=True))
        calls = [call for line in lines for call in line.message.tool_calls or ()]
        message: Any = {"role": "assistant", "content": "", "tool_calls": [call.model_dump() for call in calls]}
    else:
        message = (await sdk.do(lambda c: c.chat("mock", asked, tools=[TOOL]))).message
        calls = message.tool_calls
    assert [(call.function.name, dict(call.function.arguments)) for call in calls] == [("weather", {"city": "Oslo"})]
    result = {"role": "tool", "tool_name": "weather", "content": "rain"}
    final = await sdk.do(lambda c: c.chat("mock", [*asked, message, result], tools=[TOOL]))
    assert final.message.content == "The tool says: rain"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_thinks(sdk: Sdk, stream: bool) -> None:
    """`think` reaches the model, and its thoughts stand beside the answer."""
    if stream:
        lines = await sdk.pieces(lambda c: c.chat("mock", HELLO, think=True, stream=True))
        thought, said = (
            "".join(getattr(line.message, part) or "" for line in lines) for part in ("thinking", "content")
        )
    else:
        message = (await sdk.do(lambda c: c.chat("mock", HELLO, think=True))).message
        thought, said = message.thinking, message.content
    assert thought.startswith("The user greets me.") and said == SAID


async def test_formats(sdk: Sdk) -> None:
    """JSON, and a JSON schema, are kept to; in a prompt too."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    for form in ("json", schema):
        said = (await sdk.do(_chat(format=form))).message.content
        assert isinstance(json.loads(said), dict) and (form == "json" or "x" in json.loads(said))
    prompted = await sdk.do(lambda c: c.generate("mock", "Hello", format=schema))
    assert "x" in json.loads(prompted.response)


def _chat(**ask: Any) -> Callable[[Any], Any]:
    return lambda client: client.chat(**{"model": "mock", "messages": HELLO, **ask})


async def test_a_picture(sdk: Sdk, upstream: MockOllama) -> None:
    """A picture arrives at the Ollama as it was, from bytes as from base64, in a chat as in a prompt."""
    for picture in (PIXEL, base64.b64decode(PIXEL)):
        await sdk.do(_chat(messages=[{"role": "user", "content": "What is it?", "images": [picture]}]))
        assert upstream.calls_to("/api/chat")[-1].payload["messages"][0]["images"] == [PIXEL]
    await sdk.do(lambda c: c.generate("mock", "What is it?", images=[PIXEL]))
    sent = upstream.calls[-1].payload
    assert PIXEL in json.dumps(sent)


async def test_options_reach_the_ollama(sdk: Sdk, upstream: MockOllama) -> None:
    """Every knob under its own name, those that only an Ollama knows too; a bound on tokens cuts the answer."""
    knobs = {"temperature": 0.5, "num_ctx": 2048, "mirostat": 1, "num_predict": 3, "stop": ["x"], "seed": 7}
    answer = await sdk.do(_chat(options=knobs, keep_alive="5m"))
    sent = upstream.calls_to("/api/chat")[-1].payload
    assert sent["options"] == knobs and sent["keep_alive"] == "5m"
    assert (answer.message.content, answer.done_reason) == ("tok0 tok1 tok2", "length")


async def test_a_prompt(sdk: Sdk) -> None:
    """A prompt is answered whole and streamed, with a system message; its end counts."""
    whole = await sdk.do(lambda c: c.generate("mock", "Hello", system="Be brief."))
    assert (whole.response, whole.done_reason) == (SAID, "stop") and whole.eval_count == 8
    lines = await sdk.pieces(lambda c: c.generate("mock", "Hello", stream=True))
    assert "".join(line.response for line in lines) == SAID and lines[-1].done


async def test_an_empty_prompt_loads_and_unloads(sdk: Sdk, upstream: MockOllama) -> None:
    """Without a prompt the model is only loaded, and with `keep_alive` 0 unloaded."""
    loaded = await sdk.do(lambda c: c.generate("mock-echo", ""))
    assert (loaded.response, loaded.done_reason) == ("", "load") and "mock-echo:latest" in upstream.shelf.loaded
    unloaded = await sdk.do(lambda c: c.generate("mock-echo", "", keep_alive=0))
    assert unloaded.done_reason == "unload" and "mock-echo:latest" not in upstream.shelf.loaded


async def test_embeddings(sdk: Sdk) -> None:
    """One vector for each text, in the length that was asked for; the older form has one."""
    answer = await sdk.do(lambda c: c.embed("mock-embed", ["one", "two words"], dimensions=16))
    assert [list(vector) for vector in answer.embeddings] == [
        pytest.approx(vector_of(text, 16)) for text in ("one", "two words")
    ]
    assert answer.prompt_eval_count == 3
    single = await sdk.do(lambda c: c.embed("mock-embed", "one"))
    assert [list(vector) for vector in single.embeddings] == [pytest.approx(vector_of("one"))]
    old = await sdk.do(lambda c: c.embeddings("mock-embed", "one"))
    assert list(old.embedding) == pytest.approx(vector_of("one"))


@pytest.mark.parametrize("verb", ["pull", "push"])
async def test_a_model_is_fetched_and_published(sdk: Sdk, name: str, verb: str) -> None:
    """Progress comes in lines with bytes, in order, up to the success; or that alone."""
    await sdk.do(lambda c: c.pull(name))
    lines = await sdk.pieces(lambda c: getattr(c, verb)(name, stream=True))
    assert lines[-1].status == "success" and len(lines) > 2
    bytes_told = [line.completed for line in lines if line.completed is not None]
    assert bytes_told == sorted(bytes_told) and any(line.total == 1 << 20 for line in lines)
    assert (await sdk.do(lambda c: getattr(c, verb)(name))).status == "success"
    assert f"{name}:latest" in {model.model for model in (await sdk.do(lambda c: c.list())).models}


async def test_a_fetched_model_can_be_asked_at_once(sdk: Sdk, name: str) -> None:
    """Whoever pulls need not wait before the first question."""
    await sdk.do(lambda c: c.pull(f"{name}-now"))
    assert (await sdk.do(_chat(model=f"{name}-now"))).message.content == SAID


async def test_a_model_that_cannot_be_fetched(sdk: Sdk) -> None:
    """The reason is raised, streamed or not."""
    for stream in (False, True):
        with pytest.raises(ollama.ResponseError) as refused:
            await sdk.pieces(_pull("missing-model", stream)) if stream else await sdk.do(_pull("missing-model", stream))
        assert "pull" in refused.value.error or "exist" in refused.value.error


def _pull(model: str, stream: bool) -> Callable[[Any], Any]:
    return lambda client: client.pull(model, stream=stream)


async def test_a_model_is_made_copied_and_removed(sdk: Sdk, upstream: MockOllama, name: str, tmp_path: Path) -> None:
    """Out of another one with a system prompt, or of a blob; then copied; then gone, also from the list."""
    lines = await sdk.pieces(lambda c: c.create(f"{name}-made", from_="mock", system="Be brief.", stream=True))
    assert lines[-1].status == "success"
    assert (await sdk.do(lambda c: c.show(f"{name}-made"))).modelfile
    assert upstream.shelf.stored[f"{name}-made:latest"].system == "Be brief."
    (tmp_path / "weights").write_bytes(f"weights of {name}".encode() * 100_000)
    digest = await sdk.do(lambda c: c.create_blob(tmp_path / "weights"))
    assert digest == "sha256:" + hashlib.sha256((tmp_path / "weights").read_bytes()).hexdigest()
    assert upstream.shelf.blobs[digest] == (tmp_path / "weights").read_bytes()
    assert (await sdk.do(lambda c: c.create(f"{name}-raw", files={"a.gguf": digest}))).status == "success"
    assert (await sdk.do(lambda c: c.copy(f"{name}-made", f"{name}-copy"))).status == "success"
    assert (await sdk.do(lambda c: c.delete(f"{name}-made"))).status == "success"
    left = {model.model for model in (await sdk.do(lambda c: c.list())).models}
    assert f"{name}-copy:latest" in left and f"{name}-made:latest" not in left


UNKNOWN: dict[str, Callable[[Any], Any]] = {
    "chat": _chat(model="nobody"),
    "generate": lambda c: c.generate("nobody", "Hello"),
    "embed": lambda c: c.embed("nobody", "Hello"),
    "show": lambda c: c.show("nobody"),
    "copy": lambda c: c.copy("nobody", "mine"),
    "delete": lambda c: c.delete("nobody"),
}


@pytest.mark.parametrize("call", UNKNOWN)
async def test_an_unknown_model(sdk: Sdk, call: str) -> None:
    """404 in Ollama's own words, for which clients look before they offer to pull it."""
    with pytest.raises(ollama.ResponseError) as refused:
        await sdk.do(UNKNOWN[call])
    assert (refused.value.status_code, refused.value.error) == (404, "model 'nobody' not found")


@asynccontextmanager
async def _as(server: Server, key: str, waits: bool) -> AsyncIterator[Sdk]:
    """A client with a key."""
    known: Any = {"headers": {"authorization": f"Bearer {key}"}, "timeout": PATIENCE}
    if waits:
        async with ollama.AsyncClient(server.url, **known) as client:
            yield Sdk(client, True)
        return
    with ollama.Client(server.url, **known) as blocking:
        yield Sdk(blocking, False)


REFUSED: dict[str, tuple[int, str, Callable[[Any], Any]]] = {
    "wrong-value": (400, KEY, _chat(think="hard")),
    "wrong-key": (401, "sk-nobody", _chat()),
    "no-scope": (403, CHATTER, lambda c: c.delete("mock")),
    "broken-upstream": (502, KEY, _chat(model="bad-internal-error")),
}


async def answered(server: Server) -> None:
    """Have the Ollama answer once: five failures in a row, also those of other tests, and it is left alone."""
    async with _as(server, KEY, True) as client:
        assert (await client.do(_chat())).message.content == SAID


@pytest.mark.parametrize("waits", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal(server: Server, name: str, waits: bool) -> None:
    """A wrong value is 400, a wrong key 401, a key without the scope 403, a broken upstream 502: with a sentence."""
    status, key, call = REFUSED[name]
    await answered(server)
    async with _as(server, key, waits) as client:
        with pytest.raises(ollama.ResponseError) as refused:
            await client.do(call)
    assert (refused.value.status_code, bool(refused.value.error)) == (status, True), refused.value
    assert "gpu-7" not in refused.value.error


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, with a key that may ask once a minute: what it has used comes back too late."""
    toml = key_toml(HASTY, "hasty", "eve", requests_per_minute=1)
    with served(tmp_path, (MockOllama(models=("mock",)), {"kind": "ollama"}), toml=toml) as server:
        yield server


@pytest.mark.parametrize("waits", [True, False], ids=["async", "sync"])
async def test_a_rate_that_is_used_up(strict: Server, waits: bool) -> None:
    """The second request of a minute is 429."""
    async with _as(strict, HASTY, waits) as client:
        await client.do(_chat())
        with pytest.raises(ollama.ResponseError) as refused:
            await client.do(_chat())
    assert refused.value.status_code == 429


async def test_an_error_in_mid_stream_is_raised_by_the_sdk(sdk: Sdk, server: Server) -> None:
    """What was said arrives, then the SDK raises what the last line tells."""
    await answered(server)
    said: list[str] = []
    stream = await sdk.do(_chat(model="bad-reset-midway", stream=True))
    with pytest.raises(ollama.ResponseError) as failed:
        async for line in sdk.each(stream):
            said.append(line.message.content or "")
    assert "".join(said) and SAID.startswith("".join(said)) and failed.value.error


async def test_leaving_a_stream_stops_the_model(server: Server, upstream: MockOllama) -> None:
    """The Ollama sees its connection closed soon after the client has gone."""
    before = len(upstream.calls)
    async with ollama.AsyncClient(server.url, headers={"authorization": f"Bearer {KEY}"}) as client:
        stream = await client.chat("mock-p20-n1000", HELLO, stream=True)
        async for _ in stream:
            break
        await stream.aclose()
    await until(lambda: any(call.closed_early_at for call in upstream.calls[before:]), 5.0)
