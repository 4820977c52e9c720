"""Addresses that somebody names for an engine to fetch. It goes there itself, in a network that we may share with it:
what we would not fetch we do not name either."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from parlance.outbound.addresses import is_numeric, is_public
from parlance.outbound.calls import Origin
from parlance.outbound.dialing import Resolver, look_up
from parlance.outbound.guard import is_local
from parlance.outbound.urls import parse
from parlance.values.errors import Fault, Kind

PATIENCE = 2.0
"""Seconds for one look-up of a name."""


class Pointing:
    """Judges URLs. `allowed` are the operator's own origins, which may be private."""

    def __init__(self, allowed: Iterable[str] = (), *, resolve: Resolver = look_up) -> None:
        places = [place for url in allowed if (place := parse(url)) is not None]
        self._allowed = frozenset(place.origin for place in places)
        self._resolve = resolve

    async def __call__(self, url: str) -> None:
        """Return if an engine may be sent there. Raises `Fault(invalid, code="address_refused")`.

        A name that nobody here can look up passes: where this server has no resolver, an engine may have one.
        """
        place = parse(url)
        if place is None:
            raise _refusal()
        if place.origin not in self._allowed and not await self._is_public(place.origin):
            raise _refusal()

    async def _is_public(self, origin: Origin) -> bool:
        if is_numeric(origin.host):
            return is_public(origin.host)
        if is_local(origin.host):
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                addresses = await self._resolve(origin.host, origin.port)
        except (OSError, UnicodeError, TimeoutError):
            return True
        return all(is_public(address) for address in addresses)


def _refusal() -> Fault:
    return Fault(
        Kind.invalid,
        "An engine is not sent to this address.",
        hint="Name a public http or https address, or send the picture itself.",
        field="url",
        code="address_refused",
    )
