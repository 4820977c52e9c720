"""Opening a connection: look-up, several addresses raced with a head start each, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from parlance.outbound import faults
from parlance.outbound.addresses import is_numeric
from parlance.outbound.calls import Call, Origin
from parlance.outbound.connection import Connection

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) to numeric addresses, best first. Raises OSError when there are none."""

HEAD_START = 0.25
"""Seconds before the next address is tried beside the last one (RFC 8305, section 5)."""

MAX_ADDRESSES = 8
"""A name with more addresses than this is served well enough by the first ones."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """The system's answer, in its order, without doubles."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Dialer:
    """Makes connections to the addresses of an origin. Certificates are verified against the host's name."""

    def __init__(self, resolve: Resolver, tls: ssl.SSLContext | None) -> None:
        self._resolve = resolve
        self._tls = tls

    async def dial(self, call: Call, make: Callable[[], Connection]) -> Connection:
        """An open connection for the call. Raises `Fault(upstream)`; the deadline is the caller's."""
        made: list[Connection] = []

        def remember() -> Connection:
            made.append(make())
            return made[-1]

        winner: Connection | None = None
        try:
            addresses = call.addresses or await self._addresses(call.origin)
            winner = await self._race(call, addresses[:MAX_ADDRESSES], remember)
            return winner
        except ssl.SSLCertVerificationError as error:
            raise faults.untrusted() from error
        except OSError as error:
            raise faults.unreachable() from error
        finally:
            for connection in made:
                if connection is not winner:
                    # Not every event loop closes what it was opening when the task that waits for it is cancelled.
                    connection.discard()

    async def _addresses(self, origin: Origin) -> Sequence[str]:
        return (origin.host,) if is_numeric(origin.host) else await self._resolve(origin.host, origin.port)

    async def _race(self, call: Call, addresses: Sequence[str], make: Callable[[], Connection]) -> Connection:
        """The first address that takes the connection; each has a head start before the next one is tried beside it."""
        if len(addresses) == 1:
            return await self._connect(call, addresses[0], make)
        left = list(addresses)
        running: set[asyncio.Task[Connection]] = set()
        failure: BaseException = OSError("the name has no address")
        try:
            while left or running:
                if left:
                    running.add(asyncio.create_task(self._connect(call, left.pop(0), make)))
                done, running = await asyncio.wait(
                    running, timeout=HEAD_START if left else None, return_when=asyncio.FIRST_COMPLETED
                )
                outcomes = {task: task.exception() for task in done}
                for task, error in outcomes.items():
                    if error is None:
                        return task.result()
                    failure = error
            raise failure
        finally:
            for loser in running:
                loser.cancel()

    async def _connect(self, call: Call, address: str, make: Callable[[], Connection]) -> Connection:
        origin = call.origin
        context = self._context() if origin.scheme == "https" else None
        _, connection = await asyncio.get_running_loop().create_connection(
            make, address, origin.port, ssl=context, server_hostname=origin.host if context else None
        )
        return connection

    def _context(self) -> ssl.SSLContext:
        """Made at the first https call: reading the certificate store takes some 20 ms."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
