"""The engine on the wire: what it sends where, how answers that surprise are taken, deadlines, taps and departures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance import __version__
from parlance.engines.openai_http import engine as make
from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.intake import Intake
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.engines import Flow
from parlance.ports.fetching import Deadlines
from parlance.testing.sinks import RecordingSink
from parlance.testing.upstreams import MockOpenAI
from parlance.values.asks import ChatAsk, EmbedAsk, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Usage, Whole
from parlance.values.messages import Message, Reasoning
from tests.unit.engines.openai_http.stage import ERRORS, Play, StillClock, chunk, connected, playing, redact, sse

ASK = ChatAsk("mock", (Message("user", "Hello"),))
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
BLOCK = b'{"id":"c","choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}]}'
WORDS = sse(chunk({"content": "hi"}), chunk({}, "stop"), b"[DONE]")
SHORT = Deadlines(connect=5.0, first_byte=0.15, between=5.0)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    yield client
    await client.close()


def built(client: Client, url: str | None, **upstream: Any) -> Engine:
    return make(Upstream("up", url, **upstream), Surroundings(client, StillClock(), redact))


async def said(play: Play, ask: ChatAsk = ASK, sink: RecordingSink | None = None, **upstream: Any) -> RecordingSink:
    """What an engine tells of an upstream that plays this."""
    sink = RecordingSink() if sink is None else sink
    async with connected(play, **upstream) as engine:
        assert engine.chat is not None
        async with asyncio.timeout(10):
            await engine.chat.chat(ask, sink)
    return sink


# -- what is sent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/v1", "/v1/", "/openai/deployments/x"])
async def test_the_configured_address_is_what_routes_are_added_to(client: Client, path: str) -> None:
    async with MockOpenAI() as upstream:
        engine = built(client, upstream.origin + path, key="sk-1234567890", headers={"X-Org": "o"})
        assert engine.chat is not None and engine.embed is not None
        try:
            await engine.chat.chat(ASK, RecordingSink())
            await engine.embed.embed(EmbedAsk("mock-embed", ("a",)))
        except Fault as fault:
            assert fault.code == "no_such_route"
        call = upstream.calls[0]
        assert call.path == path.rstrip("/") + "/chat/completions"
        assert call.headers["authorization"] == "Bearer sk-1234567890"
        assert call.headers["user-agent"] == f"parlance/{__version__}"
        assert (call.headers["x-org"], call.headers["content-type"]) == ("o", "application/json")


async def test_the_operators_headers_win_over_ours_however_they_are_spelled(client: Client) -> None:
    async with MockOpenAI() as upstream:
        headers = {"AUTHORIZATION": "Token t", "User-Agent": "me"}
        engine = built(client, upstream.base_url, key="sk-1234567890", headers=headers)
        assert engine.chat is not None
        await engine.chat.chat(ASK, RecordingSink())
        sent = upstream.calls[0].raw_headers
        assert [value for name, value in sent if name.lower() in ("authorization", "user-agent")] == ["me", "Token t"]


async def test_a_connection_without_a_key_sends_none(client: Client) -> None:
    async with MockOpenAI() as upstream:
        engine = built(client, upstream.base_url)
        assert engine.chat is not None
        await engine.chat.chat(ASK, RecordingSink())
        assert "authorization" not in upstream.calls[0].headers


def test_openai_itself_gets_what_it_wants_and_others_what_they_know(client: Client) -> None:
    for url, names in ((None, "max_completion_tokens"), ("http://127.0.0.1:1", "max_tokens")):
        engine = built(client, url)
        assert engine.chat is not None
        _, body, _ = engine.chat._asked(  # type: ignore[attr-defined]
            ChatAsk("m", (Reasoning("hm"), Message("assistant", "a")), sampling=Sampling(max_tokens=5, top_k=3)),
            RecordingSink(),
        )
        assert (b'"%s":5' % names.encode()) in body
        assert (b"top_k" in body) == (b"reasoning_content" in body) == (url is not None)


@pytest.mark.parametrize(
    "options", [{"wire": "x"}, {"max_tokens_field": 1}, {"stream_usage": "yes"}, {"colour": "red"}]
)
def test_an_option_that_cannot_be_used_is_named(client: Client, options: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        built(client, "http://127.0.0.1:1", options=options)
    (name,) = options
    assert caught.value.kind is Kind.invalid and name in caught.value.message
    assert caught.value.field == f"options.{name}"


def test_options_that_can_be_used_are_taken(client: Client) -> None:
    options = {"wire": "chat", "reasoning_field": "", "extended_sampling": False, "embedding_format": "base64"}
    assert built(client, "http://127.0.0.1:1", options=options).chat is not None


def test_an_address_that_is_none_is_refused(client: Client) -> None:
    with pytest.raises(Fault) as caught:
        built(client, "ftp://127.0.0.1")
    assert caught.value.kind is Kind.invalid


# -- answers that surprise ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("blanks", [b"", b"\xef\xbb\xbf", b"\r\n  \n"])
async def test_a_block_is_taken_whatever_was_asked_for(stream: bool, blanks: bytes) -> None:
    for head in (JSON, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"):
        text = blanks + BLOCK
        ask = ChatAsk("mock", ASK.items, stream=stream)
        sink = await said(playing(*(text[at : at + 7] for at in range(0, len(text), 7)), head=head), ask)
        assert sink.answer.text == "hi" and len(sink.of(Whole)) == 1


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("content_type", [b"text/event-stream", b"text/plain", b"application/json"])
async def test_a_stream_is_taken_whatever_was_asked_for_or_announced(stream: bool, content_type: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: " + content_type + b"\r\n\r\n"
    text = b"\xef\xbb\xbf: welcome\n\n" + WORDS
    ask = ChatAsk("mock", ASK.items, stream=stream)
    pieces = [text[at : at + 2] for at in range(0, 40, 2)] + [text[40:]]
    assert (await said(playing(*pieces, head=head), ask)).answer.text == "hi"


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ((b"<html>",), "not_json"),
        ((b"Hello",), "not_json"),
        ((b"dat", b"e: 7\n"), "not_json"),
        ((b"{",), "not_json"),
        ((b"7",), "not_json"),
        ((), "ended_early"),
        ((b"  \n", b"\n"), "ended_early"),
        ((b"da",), "ended_early"),
        ((b": only a comment\n\n",), "ended_early"),
        ((sse(chunk({"content": "a"})), b'data: {"choi'), "ended_early"),
    ],
)
async def test_what_is_no_answer_is_a_fault(pieces: tuple[bytes, ...], code: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with pytest.raises(Fault) as caught:
        await said(playing(*pieces, head=head))
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, code)


@pytest.mark.parametrize("end", [b"data: [DONE]", b"data: [DONE]\n", b"data:[DONE]\r\n", b""])
async def test_a_last_line_without_its_end_is_a_last_line(end: bytes) -> None:
    assert (await said(playing(sse(chunk({"content": "hi"}), chunk({}, "stop")) + end))).answer.text == "hi"


async def test_an_error_without_an_end_to_its_frame_is_still_an_error() -> None:
    with pytest.raises(Fault, match="broke"):
        await said(playing(sse(chunk({"content": "a"})), b'data: {"error":"broke"}'))


async def test_a_block_without_bound_is_refused() -> None:
    with pytest.raises(Fault) as caught:
        await said(playing(b'{"a":"' + b"a" * (17 << 20), head=JSON))
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, "answer_too_large")


async def test_an_error_without_bound_is_the_error_it_began_as() -> None:
    head = b"HTTP/1.1 500 No\r\n\r\n"
    with pytest.raises(Fault) as caught:
        await said(playing(b"a" * (1 << 20), head=head))
    assert (caught.value.code, caught.value.status) == ("engine_failed", 500)


async def test_an_error_that_breaks_off_is_the_error_it_began_as() -> None:
    head = b"HTTP/1.1 429 No\r\nContent-Length: 99\r\nRetry-After: 3\r\n\r\n"
    with pytest.raises(Fault) as caught:
        await said(playing(b'{"err', head=head))
    assert (caught.value.code, caught.value.retry_after) == ("upstream_rate", 3.0)


async def test_counts_that_came_before_a_break_are_kept() -> None:
    sink = RecordingSink()
    text = sse(chunk({"content": "a"}, usage={"prompt_tokens": 4, "completion_tokens": 1}))
    with pytest.raises(Fault):
        await said(playing(text), sink=sink)
    assert sink.of(Usage) == [Usage(4, 1)]


async def test_a_broken_connection_behind_the_last_choice_is_no_failure() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n"
    assert (await said(playing(sse(chunk({"content": "hi"}, "stop")), head=head))).answer.text == "hi"
    assert (await said(playing(WORDS, head=head))).answer.text == "hi"


# -- deadlines, taps, departures ---------------------------------------------------------------------------------------


def holding(*pieces: bytes, every: bytes = b"") -> Play:
    """Plays the pieces, then says `every` again and again, or nothing, until the client leaves."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await playing(*pieces)(reader, writer)
        for _ in range(500):
            if reader.at_eof() or writer.is_closing():
                return
            writer.write(every)
            await asyncio.sleep(0.02)

    return play


async def test_comments_are_signs_of_life_but_no_first_token() -> None:
    with pytest.raises(Fault) as caught:
        await said(holding(sse(chunk({"role": "assistant", "content": ""})), every=b": wait\n\n"), deadlines=SHORT)
    assert (caught.value.kind, caught.value.code) == (Kind.timed_out, "first_token_timeout")


async def test_after_the_first_token_its_deadline_is_forgotten() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await playing(b": wait\n\n", sse(chunk({"content": "h"})))(reader, writer)
        for _ in range(6):
            await asyncio.sleep(0.05)
            writer.write(b": wait\n\n")
        writer.write(sse(chunk({"content": "i"}), b"[DONE]"))

    assert (await said(play, deadlines=SHORT)).answer.text == "hi"


async def test_an_upstream_that_does_not_hang_up_behind_the_end_is_left() -> None:
    began = time.monotonic()
    sink = await said(holding(WORDS, every=sse(chunk({"content": "more"}), b"not json")))
    assert sink.answer.text == "hi"
    assert time.monotonic() - began < 8.0


async def test_a_reader_that_pauses_holds_the_upstream_back_until_it_reads_on(client: Client) -> None:
    class Slow(RecordingSink):
        def tap(self, flow: Flow | None) -> None:
            super().tap(flow)
            if flow is not None:
                flow.pause()

    async with MockOpenAI() as upstream:
        engine = built(client, upstream.base_url)
        assert engine.chat is not None
        sink = Slow()
        ask = ChatAsk("mock-n50-p5", ASK.items)
        task = asyncio.ensure_future(engine.chat.chat(ask, sink))
        await upstream.until(lambda one: bool(one.calls) and one.active == 0)
        assert len(sink.of(Delta)) < 50 and not task.done()
        assert sink.taps[0] is not None
        sink.taps[0].resume()
        await asyncio.wait([task], timeout=5)
        assert len(sink.of(Delta)) == 50 and sink.taps[-1] is None


@pytest.mark.parametrize(
    ("model", "stream"),
    [("mock-d60000", True), ("mock-d60000", False), ("mock-idle", True), ("mock-p50-n100", True)],
)
async def test_cancelling_closes_the_upstream_at_once(client: Client, model: str, stream: bool) -> None:
    async with MockOpenAI() as upstream:
        engine = built(client, upstream.base_url)
        assert engine.chat is not None
        sink = RecordingSink()
        task = asyncio.ensure_future(engine.chat.chat(ChatAsk(model, ASK.items, stream=stream), sink))
        await upstream.until(lambda one: one.active == 1)
        await asyncio.sleep(0.05)
        left = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await upstream.until(lambda one: bool(one.closed_early))
        assert upstream.closed_early_at[0] - left < 1.0
        assert not sink.taps or sink.taps[-1] is None


def test_bytes_that_arrive_when_nobody_waits_any_more_arm_no_deadline() -> None:
    sink = RecordingSink()
    intake = Intake(ChatReader(sink, ERRORS, "m"), sink, ERRORS, 1.0)
    intake.on_head(200, ())
    intake.on_data(WORDS)
    assert sink.answer.text == "hi"


async def test_no_texts_need_no_call(client: Client) -> None:
    engine = built(client, "http://127.0.0.1:1")
    assert engine.embed is not None
    assert (await engine.embed.embed(EmbedAsk("m", ()))).vectors == ()
