"""Streams of a known length: they are sent with it, and never pass for whole when they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parlance.dialects.table import Answer, Do, Reply, Request
from parlance.testing.gateways import served
from parlance.values.errors import Fault, Kind
from tests.unit.transports.small import Raw, door, request, row

PIECE = bytes(100_000)


def sending(pieces: int, length: int, fails: bool = False) -> Answer:
    """An answer of so many pieces that announces a length, and may fail after the last of them."""

    async def frames() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE
        if fails:
            raise Fault(Kind.missing, "It is gone.", code="content_lost")

    async def answer(request: Request, do: Do) -> Reply:
        headers = ((b"cache-control", b"private, no-store"),)
        return Reply(frames=frames(), length=length, headers=headers, type=b"application/octet-stream")

    return answer


async def test_a_content_is_sent_with_its_length_and_its_own_cache_rule() -> None:
    """As a browser needs it to show progress; the connection can be used again."""
    async with served(door(row("GET", "/c", sending(5, 500_000)))) as here:
        client = await Raw.to(here.port)
        for _ in range(2):
            status, headers, body = await client.ask("GET /c")
            assert (status, len(body), headers["content-length"]) == (200, 500_000, "500000")
            assert headers["cache-control"] == "private, no-store"
            assert "transfer-encoding" not in headers
        status, headers, body = await client.ask("HEAD /c")
        assert (status, headers["content-length"], body) == (200, "500000", b"")
        assert (await client.ask("GET /c"))[0] == 200
        assert not here.watcher.failures


async def test_a_content_that_breaks_off_is_cut_and_not_whole() -> None:
    """The client has fewer bytes than were announced, and a closed connection."""
    async with served(door(row("GET", "/c", sending(2, 500_000, fails=True)))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /c"))
        got = await client.rest()
        assert got.startswith(b"HTTP/1.1 200") and len(got) < 300_000
        assert here.watcher.answers[0].cut


async def test_a_content_that_is_not_there_is_an_error_with_a_status() -> None:
    """As long as nothing of it went out."""
    async with served(door(row("GET", "/c", sending(0, 500_000, fails=True)))) as here:
        status, headers, _ = await (await Raw.to(here.port)).ask("GET /c")
        assert status == 404 and int(headers["content-length"]) < 1000
