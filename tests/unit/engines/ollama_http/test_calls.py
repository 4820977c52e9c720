"""One call of a chat: how it is stopped, slowed down, and told that a model is being loaded."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parlance.engines.ollama_http import engine as make
from parlance.engines.ollama_http.loading import LoadingWatch
from parlance.engines.plug import Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.testing.engines import RecordingSink, heard
from parlance.testing.upstreams import MockOllama, Script
from parlance.testing.upstreams.answers import block
from parlance.values.asks import EmbedAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Finished
from parlance.values.messages import Message
from parlance.values.notices import Loading, Notice, Reading
from parlance.values.time import SystemClock
from tests.unit.engines.ollama_http.stage import KEY, OddOllama, ask, staged, until
from tests.unit.engines.openai_http.stage import whole_request


def test_nothing_is_connected_before_the_first_call() -> None:
    """An engine without a URL is this machine's usual Ollama; a URL that is none is refused at once."""
    surroundings = Surroundings(Client(), SystemClock(), lambda text: text)
    assert make(Upstream("box"), surroundings).chat is not None
    with pytest.raises(Fault):
        make(Upstream("box", "ftp://x"), surroundings)
    for wrong in (True, "9", 0):
        with pytest.raises(Fault):
            make(Upstream("box", options={"silence_seconds": wrong}), surroundings)


async def test_key_and_headers_go_with_every_call() -> None:
    """What the operator wrote stands above our own."""
    async with staged(MockOllama(key=KEY), key=KEY, headers={"X-Team": "a", "User-Agent": "me"}) as stage:
        await heard(stage.chat, ask())
        await stage.catalogue.cards()
        for call in stage.upstream.calls:
            assert call.headers["authorization"] == f"Bearer {KEY}"
            assert (call.headers["x-team"], call.headers["user-agent"]) == ("a", "me")


async def test_a_base_path_is_kept() -> None:
    """An Ollama behind a proxy's prefix."""
    async with staged() as stage:
        client = Client()
        prefixed = make(
            Upstream("p", f"{stage.upstream.base_url}/ollama/"), Surroundings(client, SystemClock(), lambda text: text)
        )
        with pytest.raises(Fault):
            await prefixed.catalogue.cards()
        assert stage.upstream.calls[-1].path == "/ollama/api/tags"
        await client.close()


@pytest.mark.parametrize("model", ["mock-d5000", "mock-p20-n500"])
async def test_a_caller_who_leaves_closes_the_socket_at_once(model: str) -> None:
    """Before the first token as in mid-stream."""
    async with staged() as stage:
        sink = RecordingSink()
        task = asyncio.create_task(stage.chat.chat(ask(model=model), sink))
        await stage.upstream.until(lambda upstream: bool(upstream.calls))
        if "p20" in model:
            await until(lambda: bool(sink.events))
        left = stage.upstream.now()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stage.upstream.until(lambda upstream: bool(upstream.closed_early_at))
        assert stage.upstream.closed_early_at[0] - left < 4 * 0.25
        assert sink.taps[-1] is None


@pytest.mark.slow
async def test_a_slow_reader_gets_the_tap_and_the_answer_waits() -> None:
    """A paused flow reads no further until it is resumed."""
    async with staged(MockOllama(script=Script(tokens=40_000))) as stage:
        sink = RecordingSink()
        task = asyncio.create_task(stage.chat.chat(ask(), sink))
        await until(lambda: bool(sink.events))
        flow = sink.taps[0]
        assert flow is not None
        flow.pause()
        await asyncio.sleep(0.1)
        seen = len(sink.events)
        await asyncio.sleep(0.1)
        assert len(sink.events) == seen < 40_000
        flow.resume()
        await task
        assert isinstance(sink.events[-2], Finished) and len(sink.of(Delta)) == 40_000


async def test_log_probabilities_are_asked_only_of_releases_that_have_them() -> None:
    """Older ones would ignore the field without a word."""
    async with staged() as stage:
        with pytest.raises(Fault) as refused:
            await heard(stage.chat, ask(logprobs=True))
        assert refused.value.kind is Kind.unsupported
        stage.upstream.version = "0.13.0-rc1"
        await heard(stage.chat, ask(logprobs=True, top_logprobs=3))
        assert stage.sent()["top_logprobs"] == 3
        stage.upstream.calls.clear()
        await heard(stage.chat, ask(logprobs=True))
        assert [call.path for call in stage.upstream.calls] == ["/api/chat"]


async def explained(upstream: MockOllama, notices: int = 1) -> list[Notice]:
    """What a watch with no patience tells: so many notices, or none by the time its look is over."""
    async with staged(upstream) as stage:
        sink = RecordingSink()
        watch = LoadingWatch(stage.wire, "mock", sink, 0.0)
        await until(lambda: len(sink.notices) >= notices and bool(upstream.calls_to("/api/ps")))
        await asyncio.sleep(0.0 if notices else 0.05)
        watch.close()
        assert len(upstream.calls_to("/api/ps")) <= 1
        return sink.notices


async def test_a_long_silence_is_explained() -> None:
    """The model is being loaded, or already reads the prompt."""
    assert await explained(MockOllama()) == [Loading()]
    upstream = MockOllama()
    upstream.shelf.loaded.add("mock:latest")
    assert await explained(upstream) == [Reading()]


@pytest.mark.parametrize("said", [{"models": 5}, {"models": [5]}, {}])
async def test_a_list_of_loaded_models_that_is_none_holds_none(said: Any) -> None:
    """Then the model is not in it either."""
    assert await explained(OddOllama({"/api/ps": said})) == [Loading()]


async def test_a_watch_that_cannot_look_says_nothing() -> None:
    """And its end leaves nothing behind, also while it is looking."""
    assert await explained(OddOllama({"/api/ps": block({"error": "no"}, status=500)}), 0) == []
    assert await explained(OddOllama({"/api/ps": None}), 0) == []


async def test_an_answer_that_comes_soon_needs_no_explanation() -> None:
    """Nobody looks."""
    async with staged() as stage:
        sink = await heard(stage.chat, ask())
        assert sink.notices == [] and stage.upstream.calls_to("/api/ps") == []


@pytest.mark.parametrize("vectors", [[[1.0]], [[1.0], [1.0, 2.0]], [[], []], [[None], [1.0]], "no", None])
async def test_vectors_that_are_not_those_asked_for_are_refused(vectors: Any) -> None:
    """Too few, of several lengths, empty, or no numbers."""
    async with staged(OddOllama({"/api/embed": {"embeddings": vectors}})) as stage:
        with pytest.raises(Fault) as refused:
            await stage.embed.embed(EmbedAsk("mock", ("a", "b")))
        assert refused.value.code == "bad_vectors"


async def test_an_error_with_status_200_is_one() -> None:
    """Also where a whole object is awaited."""
    async with staged(OddOllama({"/api/embed": {"error": "it broke"}})) as stage:
        with pytest.raises(Fault) as failed:
            await stage.embed.embed(EmbedAsk("mock", ("a",)))
        assert failed.value.message == "It broke."


async def test_a_connection_that_breaks_behind_the_last_line_breaks_nothing() -> None:
    """The answer is whole by then."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        line = msgspec.json.encode({"message": {"content": "all"}, "done": True, "status": "success"}) + b"\n"
        if paths[0] == "pull":
            line = b'{"status":"success"}\n'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + line)
        await writer.drain()
        writer.close()

    paths = ["chat"]
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = Client()
    port = server.sockets[0].getsockname()[1]
    made = make(Upstream("x", f"http://127.0.0.1:{port}"), Surroundings(client, SystemClock(), lambda text: text))
    assert made.chat is not None and made.store is not None
    assert (await heard(made.chat, ask(Message("user", "x")))).answer.text == "all"
    paths[0] = "pull"
    await made.store.pull("x", {}, RecordingSink())
    await client.close()
    server.close()
