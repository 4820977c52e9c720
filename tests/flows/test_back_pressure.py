"""A reader that stops reading slows its upstream down instead of filling the server's memory."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI, Script
from tests.flows.answers import heard
from tests.flows.callers import (
    CHAT,
    ENDPOINTS,
    Answer,
    Caller,
    apart,
    call_with,
    connection_toml,
    measured,
    resident_kib,
    until,
)
from tests.naming import fresh
from tests.unit.transports.small import Raw, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the measurements read /proc")
WORD = "x" * 99
"""Short enough that what the kernel's buffers hold, frames and all, has less text than a run may keep."""
FLOOD = 120_000
"""Words: 40 MB of frames, far more than every buffer on the way together."""
FRAME = 330
"""Bytes of the upstream's frame of one word."""
BOOK = 30_000
"""An answer within the bound of a run's text."""
GROWTH_KIB = 20 * 1024
SLACK = 4
WITHIN = 0.250
STREAMING = [endpoint for endpoint in ENDPOINTS if True in endpoint.ways]
Stage = tuple[Server, MockOpenAI]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The server as a process, before an upstream that talks faster than anybody reads."""
    with apart(tmp_path_factory.mktemp("pressure"), "", "mock") as found:
        yield found


async def unread(server: Server, path: str, body: bytes) -> Raw:
    """A client with small buffers that asks, and reads nothing."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    held.setblocking(False)
    await asyncio.get_running_loop().sock_connect(held, ("127.0.0.1", server.port))
    client = Raw(*await asyncio.open_connection(sock=held, limit=4 * 1024))
    await client.send(request(f"POST {path}", body))
    return client


async def stands_still(upstream: MockOpenAI, mark: str) -> int:
    """The bytes the upstream has sent once it has begun and then sent nothing for a second: a starved process is not to
    be taken for one that is held back."""
    await until(lambda: call_with(upstream, mark) is not None)
    call = call_with(upstream, mark)
    assert call is not None
    await until(lambda: call.bytes_sent > 0)
    before, since = -1, time.monotonic()
    async with asyncio.timeout(30):
        while call.bytes_sent != before or time.monotonic() - since < 1.0:
            if call.bytes_sent != before:
                before, since = call.bytes_sent, time.monotonic()
            await asyncio.sleep(0.02)
    assert call.active
    return before


def said(upstream: MockOpenAI, words: int) -> int:
    """Make the model say so many words; gives the bytes that this takes."""
    upstream.script = Script(text=" ".join([WORD] * words))
    return words * FRAME


@pytest.mark.parametrize("endpoint", STREAMING, ids=lambda endpoint: endpoint.name)
async def test_a_reader_that_stops_reading_throttles_its_upstream(stage: Stage, endpoint: object) -> None:
    """Memory grows by less than 20 MB, the upstream stands still, and is closed within 250 ms (times four) when the
    reader goes."""
    assert isinstance(endpoint, type(CHAT))
    server, upstream = stage
    assert server.process is not None
    everything = said(upstream, FLOOD)
    before = resident_kib(server.process.pid)
    mark = fresh(f"unread {endpoint.name}")
    client = await unread(server, endpoint.path, json.dumps(endpoint.make("mock", mark, True)).encode())
    sent = await stands_still(upstream, mark)
    grown = resident_kib(server.process.pid) - before
    call = call_with(upstream, mark)
    assert call is not None and sent < everything / 2, "the upstream was not throttled"
    left_at = time.monotonic()
    client.rst()
    await until(lambda: not call.active)
    assert call.closed_early_at is not None
    seconds = call.closed_early_at - left_at
    measured(
        f"a reader that stops ({endpoint.name})",
        sent=f"{sent / 1e6:.1f} MB of {everything / 1e6:.0f}",
        grown=f"{grown / 1024:.1f} MiB",
        closed_after=f"{seconds * 1000:.1f} ms",
    )
    assert grown < GROWTH_KIB
    assert seconds <= WITHIN * SLACK


@pytest.mark.parametrize("endpoint", STREAMING, ids=lambda endpoint: endpoint.name)
async def test_a_reader_that_reads_on_misses_nothing(stage: Stage, endpoint: object) -> None:
    """After a pause it gets every byte, in order, to the end."""
    assert isinstance(endpoint, type(CHAT))
    server, upstream = stage
    said(upstream, BOOK)
    mark = fresh(f"pauses {endpoint.name}")
    client = await unread(server, endpoint.path, json.dumps(endpoint.make("mock", mark, True)).encode())
    await asyncio.sleep(0.4)
    async with asyncio.timeout(20):
        head = (await client.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = await client._chunked()
    assert head.startswith("HTTP/1.1 200")
    told = heard(endpoint.name, True, Answer(200, {}, body))
    assert told.end == "clean" and told.text == " ".join([WORD] * BOOK)


async def test_others_are_served_beside_a_reader_that_stopped(stage: Stage) -> None:
    """Ten that do not read cost the eleventh nothing it would notice."""
    server, upstream = stage
    said(upstream, FLOOD // 2)  # more than the buffers of both connections can grow to
    stuck, marks = [], [fresh(f"stuck {number}") for number in range(10)]
    for mark in marks:
        body = json.dumps(CHAT.make("mock", mark, True)).encode()
        stuck.append(await unread(server, CHAT.path, body))
    await stands_still(upstream, marks[-1])
    upstream.script = Script()
    began = time.monotonic()
    caller = Caller(server.port)
    for _ in range(10):
        assert (await caller.chat(stream=True)).status == 200
    spent = time.monotonic() - began
    measured("ten chats beside ten readers that stopped", seconds=f"{spent:.3f}")
    assert spent < 10 * WITHIN * SLACK
    for client in stuck:
        client.rst()
    await until(lambda: upstream.active == 0, within=5)


async def test_those_who_drip_are_cut_by_the_configured_limits(tmp_path: Path) -> None:
    """The settings reach the connections: headers and bodies that do not come are refused in time, and while 50 drip
    and 100 idle, others are served."""
    limits = {"server.header_seconds": 0.6, "server.body_seconds": 0.6, "server.max_header_kb": 4}
    async with MockOpenAI() as behind:
        settings = loaded(tmp_path, toml=connection_toml(behind.base_url, "mock", "mock"), flags=limits)
        async with running(settings) as server:
            idle = [await Raw.to(server.port) for _ in range(100)]
            began = time.monotonic()
            drippers = [await Raw.to(server.port) for _ in range(50)]
            for number, client in enumerate(drippers):
                start = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
                await client.send(start + (b"content-length: 100\r\n\r\n{" if number % 2 else b"x-drip: "))
            asked = time.monotonic()
            caller = Caller(server.port)
            assert (await caller.chat()).status == 200
            assert time.monotonic() - asked < WITHIN * SLACK
            answers = await asyncio.gather(*(client.rest() for client in drippers))
            assert time.monotonic() - began < 0.6 + 2 * SLACK
            assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
            large = await caller.ask("GET /v1/models", x_large="x" * 5000)
            assert large.status == 431
            for client in idle:
                client.fin()
            await asyncio.sleep(0)
