"""Large files, piece by piece through the guarded fetch, so that a break costs one piece."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from parlance.cli.exits import Failure
from parlance.outbound.client import Client
from parlance.outbound.guard import Guard
from parlance.outbound.urls import parse
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind

PIECE = 16 * 1024 * 1024
"""Bytes asked for at once; also the most that a server without parts may give."""
PATIENT = Deadlines(connect=20.0, first_byte=60.0, between=60.0, total=600.0)
GONE = (404, 410)
Step = dict[str, Any]
"""`status`, and with `total` and `completed` how many bytes there are."""


def downloaded(url: str, target: Path, most: int, allowed: Sequence[str] = (), piece: int = PIECE) -> Iterator[Step]:
    """Fetch a file, going on where it was broken off; where there is nothing at the address, there is no file at the
    end. `allowed` are addresses whose origins may be private. Raises Failure."""
    if target.exists():
        return
    half = target.with_name(target.name + ".part")
    places = [place for each in allowed if (place := parse(each)) is not None]
    with asyncio.Runner() as runner:
        client = Client()
        guard = Guard(client, allowed=frozenset(place.origin for place in places))
        try:
            whole = False
            while not whole:
                have = half.stat().st_size if half.exists() else 0
                status, body, total = runner.run(_asked(guard, url, have, piece))
                if status in GONE:
                    return
                whole = _kept(half, have, status, body) or len(body) < piece or have + len(body) == total
                done = half.stat().st_size
                if max(done, total or 0) > most:
                    raise Failure(f"{url} is larger than {most} bytes.")
                yield {"status": f"pulling {url.rpartition('/')[2]}", "total": total or done, "completed": done}
        finally:
            runner.run(client.close())
    half.replace(target)


async def _asked(guard: Guard, url: str, start: int, piece: int) -> tuple[int, bytes, int | None]:
    try:
        found, total = await guard.part(url, start, piece, PATIENT)
    except Fault as fault:
        if fault.kind is Kind.too_large:
            raise Failure(f"{url} is large, and its server gives no parts of it.") from None
        raise Failure(f"{fault.message} {url}") from None
    return found.status, found.body, total


def _kept(half: Path, have: int, status: int, body: bytes) -> bool:
    """Write a piece behind the others; whether nothing comes after it. Raises Failure for what is none."""
    if status == 416 and have:
        return True
    if status not in (200, 206):
        raise Failure(f"The server answered {status}.")
    with half.open("wb" if status == 200 else "ab") as file:
        file.write(body)
    return status == 200
