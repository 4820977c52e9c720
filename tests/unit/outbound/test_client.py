"""What the client makes of well-behaved servers, and how it keeps connections."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.upstream import CHUNKED, OK, HandClock, Notes, Peer, answers, serving, silent, until

WHOLE = {
    "with a length": (OK,),
    "byte by byte": tuple(OK[i : i + 1] for i in range(len(OK))),
    "chunked": (CHUNKED, b"1\r\no\r\n", b"1;ext=1\r\nk\r\n", b"0\r\nX-Trailer: 1\r\n\r\n"),
    "after interim answers": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\n", OK),
    "gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nContent-Length: %d\r\n\r\n", gzip.compress(b"ok")),
    "two gzip members": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nContent-Length: %d\r\n\r\n",
        gzip.compress(b"o") + gzip.compress(b"k"),
    ),
    "deflate": (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n", zlib.compress(b"ok")),
    "bare deflate": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n",
        zlib.compress(b"ok")[2:-4],
    ),
    "identity": (b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",),
}


@pytest.mark.slow
@pytest.mark.parametrize("pieces", WHOLE.values(), ids=WHOLE.keys())
async def test_a_whole_answer_arrives_whole_and_its_connection_is_used_again(
    client: Client, pieces: tuple[bytes, ...]
) -> None:
    if b"%d" in pieces[0]:
        pieces = (pieces[0] % len(pieces[1]), *[pieces[1][i : i + 1] for i in range(len(pieces[1]))])
    async with serving(answers(*pieces)) as upstream:
        for _ in range(2):
            response = await client.fetch(upstream.call())
            assert (response.status, response.body) == (200, b"ok")
        assert upstream.accepted == 1
        counts = client.counts()
        assert (counts.open, counts.idle, counts.dialled, counts.reused) == (1, 1, 1, 1)


UNREUSABLE = {
    "close-delimited": (b"HTTP/1.1 200 OK\r\n\r\n", b"ok"),
    "close-delimited gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"ok")),
    "connection: close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",),
    "garbage behind it": (OK + b"garbage\r\n\r\n",),
    "a second answer behind it": (OK + OK.replace(b"ok", b"no"),),
    "bytes behind connection: close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokno",),
}


@pytest.mark.parametrize("pieces", UNREUSABLE.values(), ids=UNREUSABLE.keys())
async def test_an_answer_after_which_the_connection_cannot_be_trusted_is_whole_and_the_connection_is_not_used_again(
    client: Client, pieces: tuple[bytes, ...]
) -> None:
    async with serving(answers(*pieces, then="close")) as upstream:
        for _ in range(2):
            assert (await client.fetch(upstream.call())).body == b"ok"
        assert upstream.accepted == 2
        await until(lambda: client.counts().open == 0)


async def test_bytes_that_nobody_asked_for_close_an_idle_connection(client: Client) -> None:
    async def chatty(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await asyncio.sleep(0.01)
        await peer.send(OK.replace(b"ok", b"no"))
        await peer.gone()

    async with serving(chatty) as upstream:
        assert (await client.fetch(upstream.call())).body == b"ok"
        await asyncio.wait_for(upstream.left.wait(), 20)
        assert client.counts().open == 0
        assert (await client.fetch(upstream.call())).body == b"ok"


async def test_a_request_on_a_kept_connection_that_the_server_closed_is_sent_once_more_on_a_new_one(
    client: Client,
) -> None:
    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.request()

    async with serving(once, answers(OK)) as upstream:
        await client.fetch(upstream.call())
        response = await client.fetch(upstream.call(method="POST", body=b"again"))
        assert response.body == b"ok"
        assert upstream.accepted == 2


async def test_a_request_is_never_sent_again_once_a_byte_of_its_answer_arrived(client: Client) -> None:
    async def half(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.request()
        await peer.send(b"HTTP/1.1 2")

    async with serving(half) as upstream:
        await client.fetch(upstream.call())
        with pytest.raises(Fault, match="ended early"):
            await client.fetch(upstream.call())
        assert upstream.accepted == 1


async def test_a_second_dead_connection_in_a_row_is_an_error_and_not_a_third_attempt(client: Client) -> None:
    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.request()

    async def never(peer: Peer) -> None:
        await peer.request()

    async with serving(once, never) as upstream:
        await client.fetch(upstream.call())
        with pytest.raises(Fault, match="ended early"):
            await client.fetch(upstream.call())
        assert upstream.accepted == 2


async def test_idle_connections_close_after_their_time_and_the_pool_is_forgotten() -> None:
    clock = HandClock()
    client = Client(clock=clock, idle=30)
    async with serving(answers(OK)) as upstream:
        await client.fetch(upstream.call())
        clock.advance(20)
        await client.fetch(upstream.call())
        clock.advance(20)
        assert client.counts().idle == 1
        clock.advance(20)
        await asyncio.wait_for(upstream.left.wait(), 20)
        await until(lambda: client.counts().open == 0)
        assert client._pools == {}


async def test_a_connection_that_the_server_closes_while_idle_leaves_the_pool(client: Client) -> None:
    async with serving(answers(OK, then="close")) as upstream:
        await client.fetch(upstream.call())
        await until(lambda: client.counts().open == 0)


async def test_no_more_idle_connections_are_kept_than_allowed() -> None:
    client = Client(max_idle=1)
    async with serving(answers(OK)) as upstream:
        await asyncio.gather(*[client.fetch(upstream.call()) for _ in range(3)])
        await until(lambda: client.counts().open == 1)
        await client.close()


async def test_with_a_limit_calls_wait_for_a_connection_in_their_order() -> None:
    client = Client(limit=1)
    async with serving(answers(OK)) as upstream:
        order: list[int] = []

        async def ask(number: int) -> None:
            await client.fetch(upstream.call(target=f"/{number}"))
            order.append(number)

        await asyncio.gather(*[ask(number) for number in range(5)])
        assert order == [0, 1, 2, 3, 4]
        assert upstream.accepted == 1
        await client.close()


async def test_a_waiting_call_takes_over_when_the_connection_before_it_breaks() -> None:
    client = Client(limit=1)
    async with serving(answers(b"nonsense"), answers(OK)) as upstream:
        first, second = await asyncio.gather(
            client.fetch(upstream.call()), client.fetch(upstream.call()), return_exceptions=True
        )
        assert isinstance(first, Fault)
        assert not isinstance(second, BaseException) and second.body == b"ok"
        await client.close()


async def test_a_call_that_stops_waiting_leaves_its_place_to_the_next() -> None:
    client = Client(limit=1)
    async with serving(answers(OK)) as upstream:
        first = asyncio.create_task(client.fetch(upstream.call()))
        await asyncio.sleep(0)
        quitter = asyncio.create_task(client.fetch(upstream.call()))
        third = asyncio.create_task(client.fetch(upstream.call()))
        await asyncio.sleep(0)
        quitter.cancel()
        assert (await first).body == (await third).body == b"ok"
        await client.close()


async def test_a_call_cancelled_at_the_moment_of_its_turn_passes_the_turn_on() -> None:
    client = Client(limit=1)
    async with serving(answers(OK)) as upstream:
        quitter: asyncio.Task[object]

        class Spoiler(Notes):
            def on_data(self, data: bytes) -> None:
                super().on_data(data)
                # The connection is freed in this very callback; the waiting task is woken and cancelled at once.
                asyncio.get_running_loop().call_soon(quitter.cancel)

        first = asyncio.create_task(client.exchange(upstream.call(), Spoiler()))
        await asyncio.sleep(0)
        quitter = asyncio.create_task(client.fetch(upstream.call()))
        third = asyncio.create_task(client.fetch(upstream.call()))
        await first
        assert (await third).body == b"ok"
        with pytest.raises(asyncio.CancelledError):
            await quitter
        await client.close()


async def test_a_stale_connection_makes_room_for_a_new_one_under_a_limit() -> None:
    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.send(OK)
        await peer.request()

    async def slow(peer: Peer) -> None:
        while True:
            await peer.request()
            await asyncio.sleep(0.05)
            await peer.send(OK)

    client = Client(limit=2)
    async with serving(slow, once, answers(OK)) as upstream:
        await asyncio.gather(client.fetch(upstream.call()), client.fetch(upstream.call()))
        # Kept: `once` first, `slow` last. Both are asked; the one that died must not be answered by an idle one.
        first, second = await asyncio.gather(client.fetch(upstream.call()), client.fetch(upstream.call()))
        assert first.body == second.body == b"ok"
        assert client.counts().open <= 2
        await client.close()


async def test_a_wait_for_a_connection_ends_with_the_connect_deadline() -> None:
    client = Client(limit=1)
    async with serving(silent) as upstream:
        holder = asyncio.create_task(client.fetch(upstream.call()))
        await asyncio.sleep(0.01)
        with pytest.raises(Fault) as caught:
            await client.fetch(upstream.call(deadlines=Deadlines(connect=5, total=0.05)))
        assert caught.value.kind is Kind.timed_out
        holder.cancel()
        await client.close()


async def test_a_body_from_an_iterator_is_sent_in_chunks_and_the_connection_is_kept(client: Client) -> None:
    seen: list[bytes] = []

    async def script(peer: Peer) -> None:
        while True:
            seen.append(await peer.request())
            await peer.send(OK)

    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        yield b""
        await asyncio.sleep(0)
        yield b"second"

    async with serving(script) as upstream:
        for _ in range(2):
            assert (await client.fetch(upstream.call(method="PUT", body=body()))).body == b"ok"
        assert upstream.accepted == 1
    assert seen[0].endswith(b"\r\n\r\n5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")
    assert b"Content-Length" not in seen[0]


async def test_a_body_from_an_iterator_is_sent_no_faster_than_the_server_reads(client: Client) -> None:
    given = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(400):
            given += 65536
            yield bytes(65536)

    async def lazy(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.1)
        assert given < 20 * 1024 * 1024
        tail = b""
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            tail = (tail + await peer.reader.read(65536))[-16:]
        await peer.send(OK)

    async with serving(lazy) as upstream:
        response = await client.fetch(upstream.call(method="PUT", body=body()))
        assert response.body == b"ok"
