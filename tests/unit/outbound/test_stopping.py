"""Whoever stops waiting stops the server: cancelling closes the socket at once, in every phase. Promises P07, P09."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from parlance.outbound.calls import Call
from parlance.outbound.client import Client
from parlance.outbound.exchange import Tap
from parlance.ports.engines import Flow
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.upstream import CHUNKED, OK, Notes, Peer, answers, serving, silent, until


async def stop(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def streaming(peer: Peer) -> None:
    await peer.request()
    await peer.send(CHUNKED + b"1\r\nx\r\n")
    await peer.gone()


async def test_cancelling_before_the_first_byte_closes_the_connection_at_once(client: Client) -> None:
    async with serving(silent) as upstream:
        task = asyncio.ensure_future(client.fetch(upstream.call()))
        await asyncio.wait_for(upstream.asked.wait(), 20)
        began = time.perf_counter()
        await stop(task)
        await asyncio.wait_for(upstream.left.wait(), 20)
        assert time.perf_counter() - began < 1.0
        assert client.counts().open == 0


async def test_cancelling_in_mid_stream_closes_the_connection_at_once(client: Client) -> None:
    async with serving(streaming) as upstream:
        notes = Notes()
        task = asyncio.ensure_future(client.exchange(upstream.call(), notes))
        await asyncio.wait_for(notes.first.wait(), 20)
        await stop(task)
        await asyncio.wait_for(upstream.left.wait(), 20)


async def test_cancelling_while_a_body_is_being_sent_closes_the_connection_at_once(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    async def reading(peer: Peer) -> None:
        await peer.gone()

    async with serving(reading) as upstream:
        task = asyncio.ensure_future(client.fetch(upstream.call(method="PUT", body=body())))
        await asyncio.sleep(0.02)
        await stop(task)
        await asyncio.wait_for(upstream.left.wait(), 20)


async def test_cancelling_while_dialling_leaves_nothing_open() -> None:
    asked = asyncio.Event()

    async def never(host: str, port: int) -> list[str]:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = Client(resolve=never)
    async with serving(silent) as upstream:
        task = asyncio.ensure_future(client.fetch(Call(upstream.origin("engine.test"))))
        await asked.wait()
        await stop(task)
        assert upstream.accepted == 0
        assert client._pools == {}


@pytest.mark.slow
async def test_two_hundred_callers_leaving_at_once_leave_no_connection_behind(client: Client) -> None:
    async with serving(streaming) as upstream:
        notes = [Notes() for _ in range(200)]
        tasks = [asyncio.ensure_future(client.exchange(upstream.call(), each)) for each in notes]
        await until(lambda: all(each.first.is_set() for each in notes))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await until(lambda: client.counts().open == 0)


async def test_a_paused_answer_stops_within_64_kib_and_goes_on_where_it_stopped(client: Client) -> None:
    total = 8 * 1024 * 1024
    sent = 0

    async def fast(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        for _ in range(total // 65536):
            peer.writer.write(bytes(65536))
            await peer.writer.drain()
            sent += 65536
        await peer.gone()

    class Pausing(Notes):
        def on_data(self, data: bytes) -> None:
            super().on_data(data)
            assert self.flow is not None
            self.flow.pause()
            self.flow.pause()

    async with serving(fast) as upstream:
        notes = Pausing()
        task = asyncio.ensure_future(client.exchange(upstream.call(), notes))
        await asyncio.wait_for(notes.first.wait(), 20)
        await asyncio.sleep(0.1)
        assert 0 < len(notes.body) <= 65536
        assert sent < total
        assert notes.flow is not None
        while not task.done():
            notes.flow.resume()
            notes.flow.resume()
            await asyncio.sleep(0)
        await task
        assert len(notes.body) == total


async def test_a_pause_that_outlives_its_answer_does_not_touch_the_next_one(client: Client) -> None:
    class Pausing(Notes):
        def on_data(self, data: bytes) -> None:
            super().on_data(data)
            assert self.flow is not None
            self.flow.pause()

    async with serving(answers(OK)) as upstream:
        first = Pausing()
        await client.exchange(upstream.call(), first)
        assert first.flow is not None
        first.flow.resume()
        first.flow.pause()
        assert (await client.fetch(upstream.call())).body == b"ok"
        assert upstream.accepted == 1


async def test_closing_ends_what_is_idle_at_once_and_what_is_under_way_after_its_grace(client: Client) -> None:
    async with serving(answers(OK), silent) as upstream:
        await client.fetch(upstream.call())
        hanging = asyncio.gather(*[client.fetch(upstream.call()) for _ in range(2)], return_exceptions=True)
        await asyncio.sleep(0.02)
        await client.close(within=0.05)
        fault = (await hanging)[1]
        assert isinstance(fault, Fault) and fault.kind is Kind.cancelled
        with pytest.raises(Fault, match="shutting down"):
            await client.fetch(upstream.call())
        assert client.counts().open == 0


async def test_closing_lets_calls_under_way_finish_within_its_grace(client: Client) -> None:
    async def slow(peer: Peer) -> None:
        await peer.request()
        await asyncio.sleep(0.05)
        await peer.send(OK)
        await peer.gone()

    async with serving(slow) as upstream:
        task = asyncio.ensure_future(client.fetch(upstream.call()))
        await asyncio.sleep(0.01)
        await client.close(within=5)
        assert (await task).body == b"ok"


async def test_a_receiver_may_close_the_client(client: Client) -> None:
    class Closing(Notes):
        def on_data(self, data: bytes) -> None:
            closers.append(asyncio.ensure_future(client.close()))
            coroutine = client.close()
            with pytest.raises(StopIteration):
                for _ in range(20):
                    coroutine.send(None)

    closers: list[asyncio.Future[None]] = []
    async with serving(answers(OK)) as upstream:
        with pytest.raises(Fault, match="shutting down"):
            await client.exchange(upstream.call(), Closing())
        await asyncio.gather(*closers)


async def test_a_connection_made_after_closing_is_not_used() -> None:
    gate = asyncio.Event()

    async def slow(host: str, port: int) -> list[str]:
        await gate.wait()
        return ["127.0.0.1"]

    client = Client(resolve=slow)
    async with serving(answers(OK)) as upstream:
        task = asyncio.ensure_future(client.fetch(Call(upstream.origin("engine.test"))))
        await asyncio.sleep(0.01)
        await client.close()
        gate.set()
        with pytest.raises(Fault, match="shutting down"):
            await task
        await client.close()
        assert not upstream.asked.is_set()


async def test_a_receiver_that_gives_up_closes_the_connection_and_its_reason_is_raised(client: Client) -> None:
    """Giving up an answer that is over does nothing to the next one on its connection."""

    class Impatient(Notes):
        def on_flow(self, flow: Flow) -> None:
            super().on_flow(flow)
            self.tap: Tap = flow  # type: ignore[assignment]

    reason = Fault(Kind.timed_out, "Long enough.")
    async with serving(streaming) as upstream:
        receiver = Impatient()
        task = asyncio.ensure_future(client.exchange(upstream.call(), receiver))
        await asyncio.wait_for(receiver.first.wait(), 20)
        receiver.tap.give_up(reason)
        with pytest.raises(Fault) as caught:
            await task
        assert caught.value is reason
        await asyncio.wait_for(upstream.left.wait(), 20)
        assert client.counts().open == 0
    async with serving(answers(OK, OK)) as upstream:
        receiver = Impatient()
        await client.exchange(upstream.call(), receiver)
        receiver.tap.give_up(reason)
        assert (await client.fetch(upstream.call())).status == 200
