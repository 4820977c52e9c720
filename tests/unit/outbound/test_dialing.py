"""How a connection comes about: look-up, several addresses, TLS, and what is said when none does."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time

import pytest
import trustme

from parlance.outbound import dialing
from parlance.outbound.calls import Call
from parlance.outbound.client import Client
from parlance.outbound.connection import Connection
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.upstream import OK, HandClock, Notes, Peer, answers, serving, silent, until


def resolving(*addresses: str) -> dialing.Resolver:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_side(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_the_systems_resolver_gives_numeric_addresses_without_doubles() -> None:
    found = await dialing.look_up("localhost", 80)
    assert "127.0.0.1" in found
    assert len(found) == len(set(found))


async def test_a_numeric_host_is_never_looked_up() -> None:
    async def forbidden(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    client = Client(resolve=forbidden)
    async with serving(answers(OK)) as upstream:
        assert (await client.fetch(upstream.call())).body == b"ok"
        await client.close()


async def test_a_closed_port_an_unknown_name_and_a_name_without_addresses_sound_the_same() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        messages = set()
        for resolve in (unknown, resolving(), resolving("127.0.0.1"), resolving("127.0.0.1", "127.0.0.1")):
            client = Client(resolve=resolve)
            async with serving(silent) as upstream:
                origin = upstream.origin("engine.test")
                upstream.port = port
                with pytest.raises(Fault) as caught:
                    await client.fetch(Call(upstream.origin("engine.test")))
                assert caught.value.kind is Kind.upstream
                messages.add(caught.value.message)
                assert origin.host not in caught.value.message
            assert client.counts().open == 0
        assert len(messages) == 1


async def test_the_next_address_is_tried_when_one_refuses() -> None:
    client = Client(resolve=resolving("127.0.0.9", "127.0.0.1"))
    async with serving(answers(OK)) as upstream:
        assert (await client.fetch(Call(upstream.origin("engine.test")))).body == b"ok"
        await client.close()


async def test_an_address_that_hangs_costs_only_a_head_start(authority: trustme.CA) -> None:
    """A TLS handshake that never answers stands for an address that swallows packets."""
    accepted = asyncio.Event()

    async def swallow(peer: Peer) -> None:
        accepted.set()
        await peer.gone()

    client = Client(resolve=resolving("127.0.0.1", "127.0.0.2"), tls=client_side(authority))
    async with serving(swallow) as hanging:
        context = server_side(authority, "engine.test")
        server = await asyncio.start_server(_answer_once, "127.0.0.2", hanging.port, ssl=context)
        began = time.perf_counter()
        assert (await client.fetch(Call(hanging.origin("engine.test", "https")))).body == b"ok"
        assert dialing.HEAD_START * 0.9 < time.perf_counter() - began < dialing.HEAD_START * 8
        assert accepted.is_set()
        await asyncio.wait_for(hanging.left.wait(), 20)
        assert client.counts().open == 1
        await client.close()
        server.close()


async def _answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK)
    await reader.read()
    writer.transport.abort()


async def test_of_two_addresses_that_answer_together_one_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialing, "HEAD_START", 0.0)
    client = Client(resolve=resolving("127.0.0.1", "127.0.0.1"))
    async with serving(answers(OK)) as upstream:
        for _ in range(5):
            assert (await client.fetch(Call(upstream.origin("engine.test")))).body == b"ok"
        await until(lambda: client.counts().open == 1)
        await client.close()


async def test_a_hanging_address_is_waited_for_when_all_others_refused(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialing, "HEAD_START", 0.01)
    client = Client(resolve=resolving("127.0.0.1", "127.0.0.9"), tls=client_side(authority))
    async with serving(silent) as upstream:
        call = Call(upstream.origin("engine.test", "https"), deadlines=Deadlines(connect=0.2))
        with pytest.raises(Fault, match="No connection"):
            await client.fetch(call)
        await client.close()


async def test_a_dial_that_hangs_ends_with_the_connect_deadline(authority: trustme.CA) -> None:
    async with serving(silent) as upstream:
        client = Client(tls=client_side(authority))
        call = Call(upstream.origin("127.0.0.1", "https"), deadlines=Deadlines(connect=0.05))
        with pytest.raises(Fault, match="No connection") as caught:
            await client.fetch(call)
        assert caught.value.kind is Kind.timed_out
        await asyncio.wait_for(upstream.left.wait(), 20)
        await client.close()


async def test_tls_is_verified_against_the_name_and_the_connection_is_used_again(authority: trustme.CA) -> None:
    client = Client(resolve=resolving("127.0.0.1"), tls=client_side(authority))
    async with serving(answers(OK), tls=server_side(authority, "engine.test")) as upstream:
        for _ in range(2):
            assert (await client.fetch(Call(upstream.origin("engine.test", "https")))).body == b"ok"
        assert upstream.accepted == 1
        with pytest.raises(Fault, match="certificate") as caught:
            await client.fetch(Call(upstream.origin("other.test", "https")))
        assert caught.value.kind is Kind.upstream
        await client.close()


async def test_a_large_answer_over_tls_arrives_whole_through_pauses(authority: trustme.CA) -> None:
    total = 4 * 1024 * 1024

    class Pausing(Notes):
        def on_data(self, data: bytes) -> None:
            super().on_data(data)
            assert self.flow is not None
            self.flow.pause()
            asyncio.get_running_loop().call_soon(self.flow.resume)

    client = Client(resolve=resolving("127.0.0.1"), tls=client_side(authority))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total + bytes(total)
    async with serving(answers(answer), tls=server_side(authority, "engine.test")) as upstream:
        notes = Pausing()
        await client.exchange(Call(upstream.origin("engine.test", "https")), notes)
        assert len(notes.body) == total
        await client.close()


async def test_without_a_context_of_its_own_the_client_trusts_the_systems_certificates(authority: trustme.CA) -> None:
    client = Client(resolve=resolving("127.0.0.1"))
    async with serving(answers(OK), tls=server_side(authority, "engine.test")) as upstream:
        for _ in range(2):
            with pytest.raises(Fault, match="certificate"):
                await client.fetch(Call(upstream.origin("engine.test", "https")))
    await client.close()


class Nobody:
    """A keeper that counts."""

    def __init__(self) -> None:
        self.open = 0

    def made(self, connection: Connection) -> None:
        self.open += 1

    def free(self, connection: Connection) -> None:
        raise AssertionError

    def lost(self, connection: Connection) -> None:
        self.open -= 1


async def test_a_connection_given_up_before_it_opens_closes_as_soon_as_it_does() -> None:
    async with serving(silent) as upstream:
        keeper = Nobody()
        connection = Connection(keeper, memoryview(bytearray(1024)), HandClock(), 30)
        connection.discard()
        await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", upstream.port)
        await asyncio.wait_for(upstream.left.wait(), 20)
        assert keeper.open == 0


async def test_an_exchange_on_a_connection_that_is_already_lost_ends_at_once() -> None:
    async with serving(silent) as upstream:
        loop = asyncio.get_running_loop()
        clock = HandClock()
        _, connection = await loop.create_connection(
            lambda: Connection(Nobody(), memoryview(bytearray(1024)), clock, 30), "127.0.0.1", upstream.port
        )
        connection.abort()
        await asyncio.sleep(0.01)
        assert not connection.usable
        done = loop.create_future()
        exchange = connection.begin(upstream.call(), b"", Notes(), done, clock.time())
        await done
        assert isinstance(exchange.failure, Fault)
        connection.pause()
        connection.resume()
