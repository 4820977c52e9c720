"""Calls that may only leave for the open internet: a client that dials no private address, whoever names it."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.outbound.addresses import is_numeric, is_public
from parlance.outbound.calls import Origin
from parlance.outbound.dialing import Resolver, look_up
from parlance.outbound.guard import is_local
from parlance.values.errors import Fault, Kind


class PublicOnly:
    """A `Resolver` for a client: every address that it gives is public, so that what was judged is what is dialled."""

    def __init__(self, resolve: Resolver = look_up) -> None:
        self._resolve = resolve

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a name. Raises `Fault(invalid, code="private_address")` where a single one is private."""
        addresses = [] if is_local(host) else await self._resolve(host, port)
        if is_local(host) or not all(is_public(address) for address in addresses):
            raise refused()
        return addresses


def must_be_public(origin: Origin) -> None:
    """Refuse what can be told to be private without looking anything up; clients look up names only."""
    if not is_public(origin.host) if is_numeric(origin.host) else is_local(origin.host):
        raise refused()


def refused() -> Fault:
    """What whoever added the connection hears."""
    return Fault(
        Kind.invalid,
        "This address is not public, and connections that are added here must be.",
        hint="Put the connection into parlance.toml, or set admin_connections.private_addresses = true there.",
        field="base_url",
        code="private_address",
    )
