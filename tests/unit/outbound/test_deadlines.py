"""Each deadline ends a silent exchange with its own sentence, and a slow reader is not a silent server. Promise P08."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.upstream import CHUNKED, OK, HandClock, Notes, Peer, Upstream, answers, serving, silent, until


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def client(clock: HandClock) -> AsyncIterator[Client]:
    client = Client(clock=clock)
    yield client
    await client.close()


async def under_way(task: asyncio.Task[object]) -> None:
    await asyncio.sleep(0.02)
    assert not task.done()


async def arrived(upstream: Upstream) -> None:
    """The exchange has begun: from here on its clock runs."""
    await asyncio.wait_for(upstream.asked.wait(), 20)


async def streaming(peer: Peer) -> None:
    await peer.request()
    await peer.send(CHUNKED + b"1\r\nx\r\n")
    await peer.gone()


async def test_a_server_that_never_answers_is_given_up_after_the_first_byte_deadline(
    client: Client, clock: HandClock
) -> None:
    async with serving(silent) as upstream:
        task = asyncio.ensure_future(client.fetch(upstream.call()))
        await arrived(upstream)
        await under_way(task)
        clock.advance(119)
        await under_way(task)
        clock.advance(1)
        with pytest.raises(Fault, match="did not begin") as caught:
            await task
        assert caught.value.kind is Kind.timed_out
        await asyncio.wait_for(upstream.left.wait(), 20)


async def test_a_head_without_a_body_does_not_stop_the_first_byte_deadline(client: Client, clock: HandClock) -> None:
    async def thinking(peer: Peer) -> None:
        await peer.request()
        await peer.send(CHUNKED)
        await peer.gone()

    async with serving(thinking) as upstream:
        task = asyncio.ensure_future(client.fetch(upstream.call()))
        await arrived(upstream)
        await under_way(task)
        clock.advance(100)
        await under_way(task)
        clock.advance(20)
        with pytest.raises(Fault, match="did not begin"):
            await task


async def test_silence_in_mid_stream_is_given_up_after_the_between_deadline(client: Client, clock: HandClock) -> None:
    more = asyncio.Event()

    async def halting(peer: Peer) -> None:
        await peer.request()
        await peer.send(CHUNKED + b"1\r\nx\r\n")
        await more.wait()
        await peer.send(b"1\r\ny\r\n")
        await peer.gone()

    async with serving(halting) as upstream:
        notes = Notes()
        task = asyncio.ensure_future(client.exchange(upstream.call(), notes))
        await asyncio.wait_for(notes.first.wait(), 20)
        clock.advance(59)
        more.set()
        await until(lambda: notes.body == b"xy")
        await under_way(task)
        clock.advance(59)
        await under_way(task)
        clock.advance(1)
        with pytest.raises(Fault, match="stopped in the middle") as caught:
            await task
        assert caught.value.kind is Kind.timed_out
        assert notes.body == b"xy"


async def test_a_pause_of_our_own_is_not_the_servers_silence(client: Client, clock: HandClock) -> None:
    async with serving(streaming) as upstream:
        notes = Notes()
        task = asyncio.ensure_future(client.exchange(upstream.call(), notes))
        await asyncio.wait_for(notes.first.wait(), 20)
        assert notes.flow is not None
        notes.flow.pause()
        clock.advance(1000)
        await under_way(task)
        notes.flow.resume()
        clock.advance(59)
        await under_way(task)
        clock.advance(1)
        with pytest.raises(Fault, match="stopped in the middle"):
            await task


async def test_the_total_deadline_counts_everything_even_pauses(client: Client, clock: HandClock) -> None:
    async with serving(streaming) as upstream:
        notes = Notes()
        task = asyncio.ensure_future(client.exchange(upstream.call(deadlines=Deadlines(total=90)), notes))
        await asyncio.wait_for(notes.first.wait(), 20)
        assert notes.flow is not None
        notes.flow.pause()
        clock.advance(89)
        await under_way(task)
        clock.advance(1)
        with pytest.raises(Fault, match="took too long") as caught:
            await task
        assert caught.value.kind is Kind.timed_out


async def test_a_large_request_on_a_thin_line_is_not_the_servers_silence(client: Client, clock: HandClock) -> None:
    async def sipping(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        upstream.asked.set()
        await asyncio.sleep(3600)

    async with serving(sipping) as upstream:
        call = upstream.call(method="POST", body=bytes(32 * 1024 * 1024), deadlines=Deadlines(first_byte=10))
        task = asyncio.ensure_future(client.fetch(call))
        await arrived(upstream)
        await under_way(task)
        clock.advance(10)
        await under_way(task)  # some of it was still unsent: one more period
        for _ in range(50):  # until nothing of it moves any more
            clock.advance(10)
            await asyncio.sleep(0.01)
            if task.done():
                break
        with pytest.raises(Fault, match="did not begin"):
            await task


async def test_one_timer_serves_many_exchanges(client: Client, clock: HandClock) -> None:
    async with serving(answers(OK)) as upstream:
        for _ in range(20):
            await client.fetch(upstream.call())
            clock.advance(0.1)
        assert clock.armed <= 2


async def test_a_connection_that_carried_a_short_deadline_lives_on_with_a_long_one(
    client: Client, clock: HandClock
) -> None:
    async with serving(answers(OK), silent) as upstream:
        await client.fetch(upstream.call(deadlines=Deadlines(first_byte=1, between=1)))
        clock.advance(5)
        assert client.counts().idle == 1
        await client.fetch(upstream.call())
        assert upstream.accepted == 1
