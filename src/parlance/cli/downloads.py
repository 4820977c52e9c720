"""Large files, piece by piece through the guarded fetch, so that a break costs one piece."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from parlance.cli.exits import Exit, Failure
from parlance.outbound.addresses import is_numeric, is_public
from parlance.outbound.client import Client
from parlance.outbound.guard import Guard, Whole, is_local
from parlance.outbound.urls import parse
from parlance.ports.fetching import Deadlines, Fetched
from parlance.values.errors import Fault, Kind

PIECE = 16 * 1024 * 1024
"""Bytes asked for at once; also the most that a server without parts may give."""
PATIENT = Deadlines(connect=20.0, first_byte=60.0, between=60.0, total=600.0)
GONE = (404, 410)
CLOSED = (401, 403)
NOT_FETCHED = "not_fetched"
Step = dict[str, Any]
"""`status`, and with `total` and `completed` how many bytes there are."""
_Answer = tuple[Fetched, Whole]


def _resolved(host: str, port: int) -> Sequence[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def downloaded(url: str, target: Path, most: int, allowed: Sequence[str] = (), piece: int = PIECE) -> Iterator[Step]:
    """Fetch a file, going on where it was broken off; where there is nothing at the address, there is no file at the
    end. What has another length or tag by now is fetched anew: pieces of two files are none. `allowed` are addresses
    whose origins may be private. Raises Failure."""
    if target.exists():
        return
    half = target.with_name(target.name + ".part")
    places = [place for each in allowed if (place := parse(each)) is not None]
    with asyncio.Runner() as runner:
        client = Client()
        guard = Guard(client, allowed=frozenset(place.origin for place in places))
        try:
            yield from _pieces(url, half, most, lambda start: runner.run(_asked(guard, url, start, piece)), piece)
        finally:
            runner.run(client.close())
    if half.exists():
        half.replace(target)
        _tag(half).unlink(missing_ok=True)


def _pieces(url: str, half: Path, most: int, asked: Callable[[int], _Answer], piece: int) -> Iterator[Step]:
    """Write one behind the other; where there is nothing at the address, nothing is left. Raises Failure."""
    anew, whole = 0, False
    while not whole:
        have = half.stat().st_size if half.exists() else 0
        found, of = asked(have)
        if found.status in GONE:
            _tag(half).unlink(missing_ok=True)
            return half.unlink(missing_ok=True)
        if have and _differs(half, have, found.status, of):
            half.unlink()
            anew += 1
            if anew > 1:
                raise Failure(f"{url} changes while it is fetched. Try again later.")
            continue
        _kept(half, have, found, of)
        done = half.stat().st_size
        if max(done, of.length or 0) > most:
            raise Failure(f"{url} is larger than {most} bytes.")
        yield {"status": f"pulling {url.rpartition('/')[2]}", "total": of.length or done, "completed": done}
        whole = found.status != 206 or (len(found.body) < piece if of.length is None else done >= of.length)


async def _asked(guard: Guard, url: str, start: int, piece: int) -> _Answer:
    try:
        return await guard.part(url, start, piece, PATIENT)
    except Fault as fault:
        if fault.kind is Kind.too_large:
            raise Failure(f"{url} is large, and its server gives no parts of it.") from None
        trusted = guard.trusts(url)
        reason = why(url, trusted) if fault.code == NOT_FETCHED else fault.message
        raise Failure(f"{url} cannot be fetched: {reason}") from None


def why(url: str, trusted: bool, resolve: Callable[[str, int], Sequence[str]] = _resolved) -> str:
    """Why nothing came from an address, for whoever typed it on this machine. The guard says the same of all, since
    others may ask it, who are to learn nothing of a network."""
    place = parse(url)
    if place is None:
        return "it is no address of http or https."
    host, port = place.origin.host, place.origin.port
    try:
        addresses = [host] if is_numeric(host) else resolve(host, port)
    except (OSError, UnicodeError):
        return f"the name {host} is not known (DNS)."
    if not trusted and (is_local(host) or not all(map(is_public, addresses))):
        return f"{host} is a private address. Say --private if you trust it."
    return f"no connection to {host} port {port} could be made, or it gave no answer in time."


def _tag(half: Path) -> Path:
    """Where it is kept what the pieces that are there are of."""
    return half.with_name(half.name + "-of")


def _differs(half: Path, have: int, status: int, of: Whole) -> bool:
    """Whether the pieces that are there are of something else than is there now."""
    if status == 416:
        return of.length not in (None, have)
    tag = _tag(half)
    return status == 206 and tag.exists() and tag.read_text(encoding="utf-8") != _said(of)


def _said(of: Whole) -> str:
    return f"{of.length} {of.tag}"


def _kept(half: Path, have: int, found: Fetched, of: Whole) -> None:
    """Write a piece behind the others. Raises Failure for what is none."""
    if found.status == 416 and have:
        return
    if found.status not in (200, 206):
        closed = ": there is no such model, or not for everybody" if found.status in CLOSED else ""
        raise Failure(f"The server answered {found.status}{closed}.", Exit.MISSING if closed else Exit.ERROR)
    if found.status == 206 and not found.body:
        raise Failure("The server gave an empty piece.")
    if not have:
        _tag(half).write_text(_said(of), encoding="utf-8")
    with half.open("wb" if found.status == 200 else "ab") as file:
        file.write(found.body)
