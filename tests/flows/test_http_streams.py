"""Streams over a real socket: heads, bursts, silence, failures and slow readers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import served
from parlance.values.errors import Fault, Kind
from tests.unit.transports.small import Raw, door, request, row, streaming


async def three() -> AsyncIterator[bytes]:
    """Three frames: the first two at once, the third after a wait."""
    yield b"data: 1\n\n"
    yield b"data: 2\n\n"
    await asyncio.sleep(0.01)
    yield b"data: 3\n\n"


async def test_a_stream_arrives_whole_with_the_headers_proxies_need() -> None:
    """Nothing may buffer or keep it, and its end is marked."""
    async with served(door(row("GET", "/s", streaming(three)))) as here:
        client = await Raw.to(here.port)
        status, headers, body = await client.ask("GET /s")
        assert (status, body) == (200, b"data: 1\n\ndata: 2\n\ndata: 3\n\n")
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-cache"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["transfer-encoding"] == "chunked"
        assert (await client.ask("GET /s"))[0] == 200, "the connection can be used again"
        answered = here.watcher.answers[0]
        assert (answered.streamed, answered.cut, answered.sent, answered.status) == (True, False, 27, 200)
        assert here.watcher.open_streams == 0


async def test_frames_that_are_ready_together_leave_in_one_chunk() -> None:
    """A burst costs one write, not one per event."""

    async def burst() -> AsyncIterator[bytes]:
        for _ in range(500):
            yield b"data: x\n\n"

    async with served(door(row("GET", "/s", streaming(burst)))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /s"))
        await client.until(b"\r\n\r\n")
        assert await client.until(b"\r\n") == b"%x\r\n" % (500 * 9)


async def test_a_stream_without_frames_is_an_empty_answer() -> None:
    """It has a head and an end."""

    async def nothing() -> AsyncIterator[bytes]:
        return
        yield b""

    async with served(door(row("GET", "/s", streaming(nothing)))) as here:
        assert (await (await Raw.to(here.port)).ask("GET /s"))[::2] == (200, b"")


async def test_an_empty_frame_sends_the_head_at_once() -> None:
    """A dialect may want its stream to be open before there is anything to say."""

    async def opened() -> AsyncIterator[bytes]:
        yield b""
        await asyncio.Event().wait()

    async with served(door(row("GET", "/s", streaming(opened)))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /s"))
        assert b" 200 OK" in await client.until(b"\r\n\r\n")
        client.fin()


async def test_head_answers_with_the_head_of_a_stream_alone() -> None:
    """And the stream is closed without being read."""
    closed = asyncio.Event()

    async def frames() -> AsyncIterator[bytes]:
        try:
            yield b"x"
        finally:
            closed.set()

    async with served(door(row("GET", "/s", streaming(frames)))) as here:
        client = await Raw.to(here.port)
        assert (await client.ask("HEAD /s"))[0] == 200
        assert (await client.ask("HEAD /s"))[0] == 200


async def failing(error: Exception, frames: int) -> AsyncIterator[bytes]:
    for _ in range(frames):
        yield b"data: x\n\n"
        await asyncio.sleep(0)
    raise error


async def test_a_fault_before_the_first_byte_is_an_answer_of_its_own() -> None:
    """The status still can say so."""
    answer = streaming(lambda: failing(Fault(Kind.busy, "Full."), 0))
    async with served(door(row("GET", "/s", answer))) as here:
        client = await Raw.to(here.port)
        status, headers, body = await client.ask("GET /s")
        assert (status, b'"busy"' in body) == (503, True)
        assert headers["content-type"] == "application/json"
        assert here.watcher.failures == []


async def test_a_defect_before_the_first_byte_is_an_internal_error() -> None:
    """Logged with its exception; the client learns nothing of it."""
    async with served(door(row("GET", "/s", streaming(lambda: failing(ValueError("s3cret"), 0))))) as here:
        status, _, body = await (await Raw.to(here.port)).ask("GET /s")
        assert (status, b"s3cret" in body) == (500, False)
        assert [type(error) for _, _, error in here.watcher.failures] == [ValueError]


@pytest.mark.parametrize("error", [ValueError("s3cret"), Fault(Kind.upstream, "Gone.")])
async def test_a_stream_that_fails_later_is_cut_without_an_end(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody may take half an answer for a whole one."""
    async with served(door(row("GET", "/s", streaming(lambda: failing(error, 2))))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /s"))
        sent = await client.rest()
        assert sent.count(b"data: x\n\n") == 2
        assert not sent.endswith(b"0\r\n\r\n")
        assert here.watcher.failures[0][2] is error
        assert here.watcher.answers[0].cut
    assert caplog.records == []


async def test_a_silent_stream_gets_heartbeats_and_a_talking_one_gets_none() -> None:
    """The first heartbeat sends the head too."""

    async def silent() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def talking() -> AsyncIterator[bytes]:
        for _ in range(20):
            await asyncio.sleep(0.1)
            yield b"data: x\n\n"

    rows = (
        row("GET", "/silent", streaming(silent, b": still here\n\n")),
        row("GET", "/talking", streaming(talking, b": still here\n\n")),
    )
    async with served(door(*rows), silence=1.0) as here:
        quiet, busy = await Raw.to(here.port), await Raw.to(here.port)
        await quiet.send(request("GET /silent"))
        await busy.send(request("GET /talking"))
        assert b" 200 OK" in await quiet.until(b": still here\n\n")
        _, _, body = await busy.answer()
        assert body == b"data: x\n\n" * 20
        assert len(here.app.wheel) == 1
        quiet.fin()
        async with asyncio.timeout(5):
            while len(here.app.wheel):
                await asyncio.sleep(0.01)


async def test_a_reader_that_stops_reading_stops_the_writer() -> None:
    """Little is made ahead for somebody who does not read, and the work ends when they go."""
    made = 0
    ended = asyncio.Event()

    async def flood() -> AsyncIterator[bytes]:
        nonlocal made
        try:
            while True:
                made += 1
                yield b"x" * 16384
        finally:
            ended.set()

    async with served(door(row("GET", "/s", streaming(flood, b":\n\n"))), silence=0.5) as here:
        client = await Raw.to(here.port, limit=1024)
        await client.send(request("GET /s"))
        last = -1
        async with asyncio.timeout(10):
            while made != last:
                last = made
                await asyncio.sleep(0.3)
        assert made * 16384 < 20_000_000
        await asyncio.sleep(1.2)
        assert made == last, "a heartbeat does not pass a full buffer"
        client.rst()
        async with asyncio.timeout(5):
            await ended.wait()


async def test_a_deadline_inside_the_frames_holds_while_the_client_is_slow() -> None:
    """What was ready when it struck still arrives, before what the frames say about it."""

    async def limited() -> AsyncIterator[bytes]:
        try:
            async with asyncio.timeout(0.3):
                for _ in range(200):
                    yield b"x" * 65536
                    await asyncio.sleep(0)
        except TimeoutError:
            yield b"too late"

    async with served(door(row("GET", "/s", streaming(limited)))) as here:
        client = await Raw.to(here.port, limit=1024)
        await client.send(request("GET /s"))
        await asyncio.sleep(0.6)
        _, _, body = await client.answer()
        assert body.endswith(b"too late")
        assert body.removesuffix(b"too late").strip(b"x") == b""


def kept() -> int:
    """How many parts of requests are alive."""
    gc.collect()
    return sum(type(held).__name__ in ("Relay", "Exchange", "Connection", "Request") for held in gc.get_objects())


async def test_many_idle_streams_are_given_back() -> None:
    """Nothing of a finished stream stays behind."""

    async def silent() -> AsyncIterator[bytes]:
        yield b"data: 0\n\n"
        await asyncio.Event().wait()

    before = kept()
    async with served(door(row("GET", "/s", streaming(silent, b":\n\n")))) as here:
        clients = [await Raw.to(here.port) for _ in range(100)]
        for client in clients:
            await client.send(request("GET /s"))
        for client in clients:
            await client.until(b"data: 0\n\n")
        assert here.watcher.open_streams == 100
        for client in clients:
            client.fin()
        async with asyncio.timeout(5):
            while here.watcher.open_streams:
                await asyncio.sleep(0.01)
        assert kept() <= before


async def test_frames_of_any_async_iterator_are_carried() -> None:
    """They need not come from a generator, nor be closable."""

    class Counting:
        def __init__(self) -> None:
            self.count = 0

        def __aiter__(self) -> Counting:
            return self

        async def __anext__(self) -> bytes:
            self.count += 1
            await asyncio.sleep(0)
            if self.count > 3:
                raise StopAsyncIteration
            return b"%d" % self.count

    async def answer(request: Request, do: Do) -> Reply:
        return Reply(frames=Counting())

    async with served(door(row("GET", "/s", answer))) as here:
        assert (await (await Raw.to(here.port)).ask("GET /s"))[2] == b"123"
