"""A server's life: it listens, it drains, it ends in time, whatever still runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import FakeGateway, RecordingWatcher, served
from parlance.transports.http.app import App
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.line import Unwatched
from parlance.transports.http.server import Address, Listener, raise_file_limit, run, serve
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock
from tests.unit.transports.small import Leaving, Raw, door, request, row, streaming

HEALTH = row("GET", "/health", open=True)


class Runs:
    """Streams that go on until they are told to end, as the core's runs do."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.ending = asyncio.Event()

    async def frames(self) -> AsyncIterator[bytes]:
        """Something, and an end mark when told."""
        yield b"data: 1\n\n"
        await self.ending.wait()
        yield b"data: [DONE]\n\n"

    async def drain(self, seconds: float) -> None:
        """End all of them, when the test has seen what it wanted to see meanwhile."""
        await self.told.wait()
        self.ending.set()


async def test_a_drain_ends_streams_refuses_what_is_new_and_answers_health() -> None:
    """Twelve running streams get their end marks, and the server goes."""
    runs = Runs()
    rows = (row("GET", "/s", streaming(runs.frames)), row("GET", "/a"), HEALTH)
    async with served(door(*rows), drain=runs.drain, drain_seconds=30.0) as here:
        clients = [await Raw.to(here.port) for _ in range(12)]
        for client in clients:
            await client.send(request("GET /s"))
            await client.until(b"data: 1\n\n")
        began = time.monotonic()
        here.stop()
        await asyncio.sleep(0.05)
        late = await Raw.to(here.port)
        status, headers, body = await late.ask("GET /a")
        assert (status, json.loads(body)["code"], headers["connection"]) == (503, "draining", "close")
        assert (await (await Raw.to(here.port)).ask("GET /health"))[0] == 200
        runs.told.set()
        for client in clients:
            assert (await client.rest()).endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        await here.over
        assert time.monotonic() - began < 15
        with pytest.raises(OSError):
            await Raw.to(here.port)


async def test_an_answer_that_is_written_but_not_yet_read_still_arrives() -> None:
    """The end waits a moment for a slow reader."""

    async def large(request: Request, do: Do) -> Reply:
        return Reply(b"x" * 8_000_000)

    async with served(door(row("GET", "/large", large)), drain_seconds=5.0) as here:
        client = await Raw.to(here.port, limit=1024)
        await client.send(request("GET /large"))
        await asyncio.sleep(0.1)
        here.stop()
        await asyncio.sleep(0.3)
        assert len((await client.answer())[2]) == 8_000_000
        await here.over


async def test_endless_streams_do_not_hold_the_end_up() -> None:
    """After the drain time they are cut, without an end mark, and their work is cancelled."""
    leaving = Leaving()
    async with served(door(row("GET", "/s", leaving.talking)), drain_seconds=1.0) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /s"))
        await client.until(b"data: 2\n\n")
        began = time.monotonic()
        here.stop()
        await here.over
        assert time.monotonic() - began < 4.0
        assert leaving.cancelled.is_set()
        assert not (await client.rest()).endswith(b"0\r\n\r\n")


async def test_a_drain_that_hangs_is_given_up() -> None:
    """Whatever the hook does, the server ends in time."""

    async def hang(seconds: float) -> None:
        await asyncio.Event().wait()

    async with served(door(HEALTH), drain=hang, drain_seconds=0.7) as here:
        began = time.monotonic()
        here.stop()
        await here.over
        assert time.monotonic() - began < 4 * 0.7


async def test_a_drain_that_fails_says_so_after_everything_is_closed() -> None:
    """A defect of the hook is not swallowed."""

    async def fail(seconds: float) -> None:
        raise ValueError("broken")

    context = served(door(HEALTH), drain=fail)
    here = await context.__aenter__()
    here.stop()
    with pytest.raises(ValueError, match="broken"):
        await here.over
    with pytest.raises(OSError):
        await Raw.to(here.port)


async def test_an_address_in_use_is_an_error_and_nothing_stays_open() -> None:
    """The doors that were already open are closed again."""
    clock = SystemClock()
    app = App(door(HEALTH), FakeGateway(), RecordingWatcher(), Wheel(clock), RandomIds(clock))
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        ports = (free.getsockname()[1], taken.getsockname()[1])
        free.close()

        async def nothing(seconds: float) -> None:
            raise AssertionError

        listeners = [Listener(app, "127.0.0.1", port) for port in ports]
        with pytest.raises(OSError):
            await serve(listeners, drain=nothing, on_ready=lambda addresses: None, signals=False)
        with pytest.raises(OSError):
            await Raw.to(ports[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_begins_the_drain_and_a_second_one_ends_it(number: signal.Signals) -> None:
    """Several doors in one process end together, and the former handlers come back."""
    leaving = Leaving()
    clock = SystemClock()
    wheel = Wheel(clock)
    apps = [
        App(door(row("GET", "/s", leaving.silent)), FakeGateway(), RecordingWatcher(), wheel, RandomIds(clock))
        for _ in range(2)
    ]
    ready: asyncio.Future[list[Address]] = asyncio.get_running_loop().create_future()
    before = signal.getsignal(number)

    async def hang(seconds: float) -> None:
        await asyncio.Event().wait()

    serving = asyncio.create_task(
        serve([Listener(app, "127.0.0.1", 0) for app in apps], drain=hang, on_ready=ready.set_result)
    )
    addresses = await ready
    assert len({address.port for address in addresses}) == 2
    assert addresses[0].url == f"http://127.0.0.1:{addresses[0].port}"
    client = await Raw.to(addresses[1].port)
    await client.send(request("GET /s"))
    await leaving.began.wait()
    began = time.monotonic()
    os.kill(os.getpid(), number)
    await asyncio.sleep(0.1)
    assert not serving.done() and all(app.draining for app in apps)
    os.kill(os.getpid(), number)
    await serving
    assert time.monotonic() - began < 10
    assert leaving.cancelled.is_set()
    assert signal.getsignal(number) == before


async def test_a_door_speaks_tls(tmp_path: Path) -> None:
    """With a certificate and its key, and says so in its address."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    key.write_bytes(issued.private_key_pem.bytes())
    cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    async with served(door(row("GET", "/a")), tls_cert=str(cert), tls_key=str(key)) as here:
        assert here.url.startswith("https://")
        context = ssl.create_default_context()
        authority.configure_trust(context)
        client = await Raw.to(here.port, ssl=context, server_hostname="localhost")
        assert (await client.ask("GET /a", origin=f"https://localhost:{here.port}", host=f"localhost:{here.port}"))[
            0
        ] == 200
        client.fin()


def test_an_ipv6_address_is_a_link_with_brackets() -> None:
    """As every browser wants it."""
    assert Address("d", "::1", 80, False).url == "http://[::1]:80"


def test_the_file_limit_is_raised_as_far_as_the_system_lets() -> None:
    """Every client is a file."""
    import resource

    raise_file_limit()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard


def test_run_runs_a_coroutine() -> None:
    """On uvloop, where there is one."""

    async def which() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run(which()) == "uvloop"


async def called(app: App, scope: dict[str, object], *messages: dict[str, object]) -> list[dict[str, object]]:
    """What an app sends when it is called without our server."""
    sent: list[dict[str, object]] = []
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        return waiting.pop(0)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent


async def test_the_app_can_be_called_without_our_server() -> None:
    """As any ASGI application: a client that leaves ends it quietly, a stream that fails raises."""
    clock = SystemClock()

    async def failing(request: Request, do: Do) -> Reply:
        async def frames() -> AsyncIterator[bytes]:
            yield b"x"
            await asyncio.sleep(0)
            raise ValueError

        return Reply(frames=frames())

    rows = (row("POST", "/a", body="bytes"), row("GET", "/s", failing), row("PUT", "/a", body="bytes"))
    app = App(door(*rows), FakeGateway(), RecordingWatcher(), Wheel(clock), RandomIds(clock))
    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/a",
        "raw_path": b"/a",
        "query_string": b"",
        "scheme": "http",
    }
    scope |= {"client": ["127.0.0.1", 1], "headers": [(b"host", b"localhost")]}
    body: dict[str, object] = {"type": "http.request", "body": b"x", "more_body": False}
    assert [message["type"] for message in await called(app, dict(scope), body)] == [
        "http.response.start",
        "http.response.body",
    ]
    assert await called(app, dict(scope), {"type": "http.disconnect"}) == []
    half: dict[str, object] = {"type": "http.request", "body": b"x", "more_body": True}
    assert await called(app, dict(scope), half, {"type": "http.disconnect"}) == []
    with pytest.raises(ValueError):
        await called(
            app, dict(scope) | {"method": "GET", "path": "/s", "raw_path": b"/s", "headers": [(b"host", b"localhost")]}
        )
    unknown = await called(app, scope | {"client": None, "headers": [(b"host", b"localhost")]}, body)
    assert unknown[0]["status"] == 401, "whoever has no address is not local"
    with pytest.raises(ValueError, match="websocket"):
        await called(app, {"type": "websocket"})
    assert Unwatched().cut() is False
