"""SIGTERM ends the server in time and in order, however long its streams would have gone on."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.flows.answers import heard
from tests.flows.callers import CHAT, CHATQUEUE, ENDPOINTS, Answer, Caller, Endpoint, apart, measured, until
from tests.unit.transports.small import Raw

STREAMS = 12
LIMIT = 15.0
ENDLESS, SHORT = "mock-p50-n2000", "mock-p20-n50"
STREAMING = [endpoint for endpoint in ENDPOINTS if True in endpoint.ways]


async def opened(server: Server, model: str) -> list[tuple[Endpoint, Raw]]:
    """Streams of every dialect, each of which has said something."""
    caller, found = Caller(server.port), []
    for number in range(STREAMS):
        endpoint = STREAMING[number % len(STREAMING)]
        connection = await caller.raw(f"POST {endpoint.path}", endpoint.make(model, f"Stream {number}.", True))
        found.append((endpoint, connection))
    return found


async def ends(streams: list[tuple[Endpoint, Raw]]) -> list[tuple[Endpoint, Answer]]:
    """What each client heard up to a proper end of its answer."""

    async def whole(connection: Raw) -> Answer:
        # The end of the chunked body must come: a connection that is cut raises here.
        async with asyncio.timeout(LIMIT + 5):
            head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            return Answer(int(head.split(" ")[1]), headers, await connection._chunked())

    answers = await asyncio.gather(*(whole(connection) for _, connection in streams))
    return [(endpoint, answer) for (endpoint, _), answer in zip(streams, answers, strict=True)]


async def stopped(server: Server, began: float) -> float:
    """Seconds from the signal to the end of the process, whose exit is a clean one."""
    process = server.process
    assert process is not None
    await until(lambda: process.poll() is not None, within=LIMIT + 5)
    assert process.returncode == 0, server.log[-2000:]
    return time.monotonic() - began


def terminate(server: Server) -> float:
    """Send SIGTERM; gives the moment."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    return time.monotonic()


async def drained(server: Server, upstream: MockOpenAI, limit: float, what: str) -> None:
    """Twelve endless streams, a signal, and everything that must then be true."""
    streams = await opened(server, ENDLESS)
    await until(lambda: sum(call.active and call.bytes_sent > 1000 for call in upstream.calls) >= STREAMS)
    reading = asyncio.create_task(ends(streams))
    began = terminate(server)
    seconds = await stopped(server, began)
    measured(what, exit_after=f"{seconds:.2f} s")
    assert seconds <= limit
    for endpoint, answer in await reading:
        told = heard(endpoint.name, True, answer)
        assert answer.status == 200 and told.text.startswith("tok0 tok1"), (endpoint.name, answer)
        assert told.end == "error" and "shutting down" in told.error, (endpoint.name, told.end, answer.body[-300:])
    assert upstream.active == 0


async def test_endless_streams_end_with_a_typed_error_within_the_drain_time(tmp_path: Path) -> None:
    """Every dialect's own, behind all the text that had come; the upstream is let go, and the exit is clean."""
    toml = "[server]\ndrain_seconds = 2\n"
    with apart(tmp_path, toml, ENDLESS) as (server, upstream):
        await drained(server, upstream, 2 * 2.0, "drain of 12 endless streams with 2 s")


@pytest.mark.slow
async def test_the_process_is_gone_within_15_s_by_default(tmp_path: Path) -> None:
    """With the drain time that it comes with."""
    with apart(tmp_path, f"[server]\ndrain_seconds = {LIMIT}\n", ENDLESS) as (server, upstream):
        await drained(server, upstream, LIMIT, "drain of 12 endless streams by default")


async def test_a_second_signal_ends_every_stream_at_once_and_properly(tmp_path: Path) -> None:
    """Whoever cannot wait for the rest of the drain time does not cut anybody's stream: each gets its end marker."""
    with apart(tmp_path, "[server]\ndrain_seconds = 60\n", ENDLESS) as (server, upstream):
        streams = await opened(server, ENDLESS)
        await until(lambda: sum(call.active and call.bytes_sent > 1000 for call in upstream.calls) >= STREAMS)
        reading = asyncio.create_task(ends(streams))
        caller = Caller(server.port)
        began = terminate(server)
        async with asyncio.timeout(LIMIT):
            while (await caller.ask("GET /ready")).status != 503:
                pass
        terminate(server)
        seconds = await stopped(server, began)
        measured("two signals with 12 endless streams", exit_after=f"{seconds:.2f} s")
        assert seconds < LIMIT
        for endpoint, answer in await reading:
            told = heard(endpoint.name, True, answer)
            assert told.end == "error" and "shutting down" in told.error, (endpoint.name, told.end, answer.body[-300:])
        assert upstream.active == 0


async def test_streams_that_end_in_time_are_whole_and_new_work_is_refused(tmp_path: Path) -> None:
    """Whoever was there is served to the end marker, whoever comes is told to come back; then the server goes at
    once, without waiting for the rest of its time."""
    with apart(tmp_path, "[server]\ndrain_seconds = 15\n", SHORT) as (server, _):
        streams = await opened(server, SHORT)
        for _, connection in streams:
            await connection.reader.readuntil(b"\r\n\r\n")
        began = terminate(server)
        caller, refusals = Caller(server.port), []
        await asyncio.sleep(0.1)
        for endpoint in (CHAT, CHATQUEUE):
            refusals.append(await caller.ask(f"POST {endpoint.path}", endpoint.make(SHORT, "New", False)))
        assert [answer.status for answer in refusals] == [503, 503]
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refusals)
        assert (await caller.ask("GET /health")).status in (200, 503)
        assert (await caller.ask("GET /ready")).status == 503
        bodies = await asyncio.gather(*(connection._chunked() for _, connection in streams))
        for (endpoint, _), body in zip(streams, bodies, strict=True):
            told = heard(endpoint.name, True, Answer(200, {}, body))
            assert (told.end, told.text.count("tok")) == ("clean", 50), endpoint.name
        seconds = await stopped(server, began)
        measured("drain of 12 streams of 1 s", exit_after=f"{seconds:.2f} s")
        assert seconds < LIMIT / 2
