"""What the fakes record, above all when a client leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
import urllib.request
from typing import Any

import pytest

from parlance.testing.upstreams import Bounds, Call, MockOpenAI, Script, Upstream, in_thread
from parlance.testing.upstreams.answers import Answer, block
from parlance.testing.upstreams.scripts import Script as Told
from tests.unit.testing.upstreams.raw import ask

PATH = "/v1/chat/completions"


def request(model: str, stream: bool = True) -> bytes:
    body = b'{"model":"%s","stream":%s,"messages":[{"role":"user","content":"hi"}]}' % (
        model.encode(),
        b"true" if stream else b"false",
    )
    return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (PATH.encode(), len(body), body)


async def leaves(upstream: MockOpenAI, model: str, *, reset: bool, read: bool, stream: bool = True) -> float:
    """Ask, leave, and return how many seconds it took the upstream to notice."""
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
    writer.write(request(model, stream))
    await (reader.readuntil(b"tok0") if read else upstream.until(lambda u: u.active == 1))
    left = time.monotonic()
    if reset:
        owned = writer.get_extra_info("socket")
        owned.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()
    await upstream.until(lambda u: bool(u.closed_early))
    return upstream.closed_early_at[0] - left


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize(
    ("model", "read", "stream"),
    [("mock-idle", True, True), ("mock-p1000", True, True), ("mock-d9000", False, True), ("mock-d9000", False, False)],
)
async def test_a_client_that_leaves_is_seen_at_once(model: str, read: bool, stream: bool, reset: bool) -> None:
    async with MockOpenAI() as upstream:
        assert await leaves(upstream, model, reset=reset, read=read, stream=stream) < 0.2
        assert upstream.active == 0
        assert upstream.calls[0].finished_at is None


async def test_a_client_that_leaves_after_its_answer_did_not_leave_early() -> None:
    async with MockOpenAI() as upstream:
        await ask(upstream, "POST", PATH, request("mock").partition(b"\r\n\r\n")[2])
        await upstream.until(lambda u: not u.open_connections)
        assert upstream.closed_early == []
        assert upstream.calls[0].finished_at is not None


async def test_a_reader_that_stops_reading_holds_the_upstream_up() -> None:
    """`bytes_sent` stands still when the client does not read, so that back-pressure can be measured."""
    async with MockOpenAI(script=Script(text=" ".join(["y" * 65536] * 200))) as upstream:
        _, writer = await asyncio.open_connection("127.0.0.1", upstream.port, limit=1 << 12)
        writer.write(request("mock"))
        await upstream.until(lambda u: u.active == 1 and u.calls[0].bytes_sent > 0)
        before = -1
        while before != upstream.calls[0].bytes_sent:
            before = upstream.calls[0].bytes_sent
            await asyncio.sleep(0.1)
        assert upstream.active == 1
        writer.transport.abort()
        await upstream.until(lambda u: u.active == 0)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(5))
async def test_a_long_answer_ends_where_its_reader_left(turn: int) -> None:
    """Even when the reader goes while the upstream is busy writing: the rest is not written into nothing."""
    async with MockOpenAI(script=Script(text=" ".join(["y" * 100] * 100_000))) as upstream:
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(request("mock"))
        await reader.readexactly(200_000 + turn * 50_000)
        writer.transport.abort()
        await upstream.until(lambda u: u.active == 0)
        assert upstream.calls[0].closed_early_at is not None and upstream.calls[0].bytes_sent < 30_000_000


async def test_delay_and_pace_are_kept() -> None:
    async with MockOpenAI() as upstream:
        began = time.monotonic()
        await ask(upstream, "POST", PATH, request("mock-d60-p20-n4").partition(b"\r\n\r\n")[2], patience=5)
        assert time.monotonic() - began >= 0.06 + 4 * 0.02 - 0.01
        call = upstream.calls[0]
        assert call.first_byte_at is not None
        assert call.first_byte_at - call.arrived_at >= 0.055


async def test_one_connection_carries_many_requests_in_order() -> None:
    async with MockOpenAI() as upstream:
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(request("mock-n1", stream=False) * 3)
        for _ in range(3):
            await reader.readuntil(b'"system_fingerprint"')
        writer.close()
        assert [call.number for call in upstream.calls] == [1, 2, 3]
        assert upstream.connections_made == 1


async def test_chunked_bodies_and_expect_continue_are_understood() -> None:
    async with MockOpenAI() as upstream:
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(
            b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        )
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        body = b'{"model":"mock","input":"hi"}'
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        assert await reader.readuntil(b"HTTP/1.1 200")
        writer.close()
        assert upstream.calls[0].payload["input"] == "hi"


async def test_garbage_gets_400_and_a_body_without_end_is_dropped() -> None:
    async with MockOpenAI(bounds=Bounds(request_body=1000)) as upstream:
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(b"\x16\x03\x01 no HTTP\r\n\r\n")
        assert (await reader.read(100)).startswith(b"HTTP/1.1 400")
        writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + b"x" * 2000)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read(100) == b""
        writer.close()
        assert upstream.calls == []


async def test_stopping_raises_what_a_broken_fake_did() -> None:
    class Broken(Upstream):
        async def answer(self, call: Call, script: Told) -> Answer:
            raise LookupError("a bug in the fake")

    upstream = Broken()
    await upstream.start()
    await ask(upstream, "GET", "/")
    with pytest.raises(ExceptionGroup, match="fake upstream failed"):
        await upstream.stop()


async def test_a_call_without_a_json_object_has_no_model() -> None:
    async with MockOpenAI() as upstream:
        for body in (b"[]", b"{", b'{"model":7}'):
            assert (await ask(upstream, "POST", PATH, body)).status in (400, 404)
        assert [call.model for call in upstream.calls] == ["", "", ""]


async def test_waiting_for_what_never_comes_times_out() -> None:
    async with MockOpenAI() as upstream:
        with pytest.raises(TimeoutError):
            await upstream.until(lambda u: u.active == 1, within=0.01)


async def test_a_subclass_can_answer_whatever_it_likes() -> None:
    class Greeting(Upstream):
        async def answer(self, call: Call, script: Told) -> Answer:
            return block({"hello": call.path})

        def error(self, status: int, message: str) -> Any:
            return {"oops": message}

    async with Greeting() as upstream:
        assert (await ask(upstream, "GET", "/there")).json() == {"hello": "/there"}


def test_an_upstream_runs_in_a_thread_for_synchronous_tests() -> None:
    with in_thread(MockOpenAI()) as upstream:
        with urllib.request.urlopen(upstream.base_url + "/models") as answer:
            assert b'"mock"' in answer.read()
        assert upstream.calls_to("/models")
