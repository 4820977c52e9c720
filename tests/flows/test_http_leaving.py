"""A client that leaves stops the work at once, however it leaves and whatever it was waiting for."""

from __future__ import annotations

import asyncio

import pytest

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import ServedDoor, served
from tests.unit.transports.small import Leaving, Raw, door, request, row

AT_ONCE = 4 * 0.250
"""Seconds: what is promised, times four for a machine that is shared."""
WAYS = ["whole", "silent", "talking"]


async def gone(here: ServedDoor, leaving: Leaving, left_at: float) -> float:
    """Seconds until the work was given up, with its caller let go once and nothing of it logged as a defect."""
    async with asyncio.timeout(5):
        await leaving.cancelled.wait()
        while not here.watcher.answers:
            await asyncio.sleep(0.001)
    assert [caller.released for caller in here.gateway.callers] == [1]
    assert here.watcher.failures == []
    assert here.watcher.open_streams == 0
    return leaving.at - left_at


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("way", WAYS)
async def test_the_work_stops_when_the_client_leaves(way: str, how: str, caplog: pytest.LogCaptureFixture) -> None:
    """FIN or RST, before the first byte, in mid-stream or on a plain answer: cancelled within 250 ms."""
    leaving = Leaving()
    async with served(door(row("POST", "/ask", getattr(leaving, way), body="bytes"))) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /ask", b"{}"))
        await leaving.began.wait()
        if way == "talking":
            await client.until(b"data: 2\n\n")
        await asyncio.sleep(0.01)
        left_at = asyncio.get_running_loop().time()
        getattr(client, how)()
        assert await gone(here, leaving, left_at) <= AT_ONCE
        status = here.watcher.answers[0].status
        assert status == (200 if way == "talking" else 499)
    assert caplog.records == []


async def test_200_clients_leaving_at_once_leave_nothing_behind() -> None:
    """All are cancelled within 5 s, and every caller is let go exactly once."""
    count = 0

    async def hang(request: Request, do: Do) -> Reply:
        nonlocal count
        count += 1
        try:
            await asyncio.Event().wait()
        finally:
            count -= 1
        return Reply()

    async with served(door(row("GET", "/hang", hang))) as here:
        clients = [await Raw.to(here.port) for _ in range(200)]
        for client in clients:
            await client.send(request("GET /hang"))
        async with asyncio.timeout(5):
            while count < 200:
                await asyncio.sleep(0.01)
        for at, client in enumerate(clients):
            client.fin() if at % 2 else client.rst()
        async with asyncio.timeout(5):
            while count or len(here.watcher.answers) < 200:
                await asyncio.sleep(0.01)
        assert {caller.released for caller in here.gateway.callers} == {1}


async def test_a_client_that_pipelines_and_leaves_is_noticed_too() -> None:
    """A second request in the line does not hide that its sender is gone."""
    leaving = Leaving()
    async with served(door(row("GET", "/ask", leaving.whole))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /ask") * 3)
        await leaving.began.wait()
        left_at = asyncio.get_running_loop().time()
        client.fin()
        assert await gone(here, leaving, left_at) <= AT_ONCE


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_noticed() -> None:
    """The answer is never asked for, and nothing counts as a defect."""
    async with served(door(row("POST", "/ask", body="bytes"))) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /ask", content_length="100") + b"half")
        await asyncio.sleep(0.05)
        client.rst()
        async with asyncio.timeout(5):
            while not here.watcher.answers:
                await asyncio.sleep(0.001)
        assert here.watcher.answers[0].status == 499
        assert here.watcher.failures == []


async def test_a_handler_that_is_cancelled_by_somebody_else_is_a_broken_answer() -> None:
    """Only our own cancellation is swallowed: the client must not wait for ever."""

    async def stray(request: Request, do: Do) -> Reply:
        raise asyncio.CancelledError

    async with served(door(row("GET", "/stray", stray))) as here:
        client = await Raw.to(here.port)
        status, _, _ = await client.ask("GET /stray")
        assert status == 500


async def test_a_cleanup_that_waits_is_waited_for() -> None:
    """A handler that is cancelled may still finish an orderly end."""
    finished = asyncio.Event()

    async def tidy(request: Request, do: Do) -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            finished.set()
        return Reply()

    async with served(door(row("GET", "/tidy", tidy))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /tidy"))
        await asyncio.sleep(0.05)
        client.fin()
        async with asyncio.timeout(5):
            await finished.wait()
