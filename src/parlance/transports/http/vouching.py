"""Headers in which a proxy says who asks: believed from the proxies that are listed, and seen by nobody else.

They are taken out of every request, whoever sent them, so that nothing behind can take them for the truth.
"""

from __future__ import annotations

import ipaddress
from collections.abc import MutableMapping
from typing import NamedTuple

import msgspec

from parlance.core.accounts.federation.people import Vouched


class Vouching(msgspec.Struct, frozen=True):
    """Whose word counts (addresses or networks), and the lower-case names of the headers that carry it; one that is
    empty is not used."""

    networks: tuple[str, ...]
    user: str
    name: str = ""
    email: str = ""
    groups: str = ""


class Taken(NamedTuple):
    """What was taken out of a request's headers: for whom a listed proxy vouches, and whether anybody said anything at
    all: then it is no program of this machine that asks directly."""

    vouched: Vouched | None
    said: bool


NOT_VOUCHED = Taken(None, False)


class Vouchers:
    """What `Vouching` says, ready to be asked."""

    def __init__(self, vouching: Vouching) -> None:
        self._networks = tuple(ipaddress.ip_network(text, strict=False) for text in vouching.networks)
        self._names = (vouching.user, vouching.name, vouching.email, vouching.groups)

    def take(self, headers: MutableMapping[str, str], peer: str) -> Taken:
        """Take them out. `peer` is who is connected, not what a header says of it."""
        said = [headers.pop(name, "") for name in self._names]
        if not said[0].strip() or not self._believes(peer):
            return Taken(None, any(said))
        return Taken(Vouched(*map(_text, said)), True)

    def _believes(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


def _text(value: str) -> str:
    """Proxies write names in UTF-8, where HTTP has Latin-1."""
    raw = value.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return value
