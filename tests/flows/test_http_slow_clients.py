"""Clients that drip, idle or crowd in: they are cut, and nobody else notices them."""

from __future__ import annotations

import asyncio
import time

import pytest

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import served
from parlance.transports.http.limits import Limits
from tests.unit.transports.small import Raw, door, request, row

SOON = Limits(header_seconds=0.4, body_seconds=0.4, body_rate=1000, keep_alive_seconds=0.4, sweep_seconds=0.1)


async def seconds_until_cut(client: Raw, drip: bytes = b"") -> tuple[float, bytes]:
    """How long the server lets a client go on that sends a drop every 50 ms, and what it says at the end."""
    began = time.monotonic()
    reading = asyncio.create_task(client.rest())
    while not reading.done() and time.monotonic() - began < 9:
        if drip:
            try:
                await client.send(drip)
            except ConnectionError:
                break
        await asyncio.sleep(0.05)
    return time.monotonic() - began, await reading


@pytest.mark.parametrize(
    ("start", "drip"),
    [
        (b"", b""),
        (b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: ", b"y"),
        (b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n", b"y"),
        (b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n", b""),
        (b"POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
async def test_a_client_that_dawdles_is_cut(start: bytes, drip: bytes) -> None:
    """Whether it says nothing, drips a head, or drips a body: with a 408, and the row never hears of it."""
    async with served(door(row("POST", "/a", body="bytes"), row("GET", "/a")), limits=SOON) as here:
        client = await Raw.to(here.port)
        if start:
            await client.send(start)
        seconds, said = await seconds_until_cut(client, drip)
        assert seconds < 5
        # A drop that is under way when we close makes the kernel reset, and the answer is lost with it.
        assert said.startswith(b"HTTP/1.1 408") or (drip and not said)
        assert here.watcher.failures == []


@pytest.mark.parametrize(
    "endless",
    [b"2\r\n{}\r\n0\r\n" + b"a: b\r\n" * 1000, b"2\r\n{}\r\n0\r\nx: " + b"a" * 1000, b"2;" + b"a" * 1000],
    ids=["trailers", "a long trailer", "a chunk extension"],
)
@pytest.mark.parametrize("path", ["/a", "/unread"])
async def test_what_is_neither_head_nor_body_has_the_bound_of_a_head(endless: bytes, path: str) -> None:
    """Else trailers without end would fill the memory, and nobody would even have to show a key for it."""
    rows = (row("POST", "/a", body="bytes"), row("POST", "/unread"))
    async with served(door(*rows), limits=Limits(header_bytes=4096)) as here:
        client = await Raw.to(here.port)
        await client.send(request(f"POST {path}", transfer_encoding="chunked") + endless)
        went_on = 0
        try:
            while went_on < 100:
                await client.send(endless[-1000:].split(b"\r\n", 1)[-1] or b"a")
                await asyncio.sleep(0.01)
                went_on += 1
        except ConnectionError:
            pass
        assert went_on < 50
        assert here.watcher.failures == []


async def test_a_trailer_does_not_pass_for_a_header() -> None:
    """A proxy checks what is in the head; what comes behind the body must not count as that."""
    heard: list[str | None] = []

    async def listen(asked: Request, do: Do) -> Reply:
        heard.append(asked.headers.get("x-forwarded-for"))
        return Reply(b"{}")

    async with served(door(row("POST", "/a", listen, body="bytes"))) as here:
        client = await Raw.to(here.port)
        body = b"2\r\n{}\r\n0\r\nx-forwarded-for: 203.0.113.9\r\n\r\n"
        await client.send(request("POST /a", transfer_encoding="chunked") + body)
        assert (await client.answer())[0] == 200
        assert heard == [None]


async def test_a_body_that_moves_is_not_cut() -> None:
    """An honest upload over a slow line goes on for as long as it moves."""
    limits = Limits(body_seconds=1.0, body_rate=1000, sweep_seconds=0.1)
    async with served(door(row("POST", "/a", body="bytes")), limits=limits) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /a", content_length="15000"))
        for _ in range(30):
            await client.send(b"x" * 500)
            await asyncio.sleep(0.05)
        assert (await client.answer())[0] == 200


async def test_an_idle_connection_is_closed_after_its_answer() -> None:
    """Quietly, once the keep-alive time is over."""
    async with served(door(row("GET", "/a")), limits=SOON) as here:
        client = await Raw.to(here.port)
        assert (await client.ask("GET /a"))[0] == 200
        seconds, said = await seconds_until_cut(client)
        assert 0.2 < seconds < 5 and said == b""


async def test_a_slow_answer_is_not_a_slow_client() -> None:
    """Once the request is whole, the time is ours."""

    async def slow(request: Request, do: Do) -> Reply:
        await asyncio.sleep(0.8)
        return Reply(b"{}")

    async with served(door(row("POST", "/a", slow, body="bytes")), limits=SOON) as here:
        assert (await (await Raw.to(here.port)).ask("POST /a", b"x"))[0] == 200


async def test_an_upload_that_we_hold_back_is_not_cut() -> None:
    """Whoever waits for us is not slow."""

    async def take(request: Request, do: Do) -> Reply:
        size = 0
        assert request.content is not None
        await asyncio.sleep(0.8)
        async for piece in request.content:
            size += len(piece)
        return Reply(b"%d" % size)

    limits = Limits(header_seconds=0.4, body_seconds=0.4, body_rate=10_000_000, sweep_seconds=0.1)
    async with served(door(row("PUT", "/a", take, body="upload")), limits=limits) as here:
        client = await Raw.to(here.port)
        sending = asyncio.create_task(client.send(request("PUT /a", b"x" * 5_000_000)))
        assert (await client.answer())[2] == b"5000000"
        await sending


async def test_too_many_connections_are_refused() -> None:
    """With a 503, while those that are in go on."""
    async with served(door(row("GET", "/a")), limits=Limits(connections=2)) as here:
        first, second = await Raw.to(here.port), await Raw.to(here.port)
        assert (await first.ask("GET /a"))[0] == 200
        assert (await (await Raw.to(here.port)).rest()).startswith(b"HTTP/1.1 503")
        assert (await second.ask("GET /a"))[0] == 200


async def test_a_body_that_nobody_wants_is_thrown_away_only_so_long() -> None:
    """Its sender gets to read the answer, but not to send for ever."""
    async with served(door(row("POST", "/a", body="bytes", limit=10)), limits=Limits(spill_bytes=100_000)) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /a", content_length="99999999"))
        assert (await client.answer())[0] == 413
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                await client.send(b"x" * 10_000)
                await asyncio.sleep(0)


async def test_a_closed_connection_that_nobody_reads_is_not_kept() -> None:
    """Its answer is in memory until then, so it is dropped after a while."""

    async def large(request: Request, do: Do) -> Reply:
        return Reply(b"x" * 20_000_000)

    limits = Limits(flush_seconds=0.3, sweep_seconds=0.1)
    async with served(door(row("GET", "/a", large)), limits=limits) as here:
        client = await Raw.to(here.port, limit=1024)
        await client.send(request("GET /a", connection="close"))
        await asyncio.sleep(1.0)
        assert len(await client.rest()) < 20_000_000


async def test_500_drippers_and_1500_idlers_leave_the_others_alone() -> None:
    """The p99 of a health check stays under 250 ms, times four for a shared machine; in time they are all cut."""
    health = row("GET", "/health", open=True)
    limits = Limits(header_seconds=2.0, sweep_seconds=0.1)
    async with served(door(row("GET", "/a"), health), limits=limits) as here:
        crowd = [await Raw.to(here.port) for _ in range(2000)]
        for client in crowd[:500]:
            client.writer.write(b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: ")
        probe = await Raw.to(here.port)
        taken: list[float] = []
        for at in range(100):
            for client in crowd[at * 5 : at * 5 + 5]:
                client.writer.write(b"y")
            began = time.monotonic()
            assert (await probe.ask("GET /health"))[0] == 200
            taken.append(time.monotonic() - began)
        assert sorted(taken)[98] < 4 * 0.25
        async with asyncio.timeout(20):
            for client in crowd:
                await client.rest()
