"""All that signing in by another server's word needs, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from parlance.core.accounts.federation.book import Book
from parlance.core.accounts.federation.people import Terms
from parlance.core.accounts.room import AccountRoom
from parlance.ports.coordination import Counter
from parlance.ports.federation import Identities


class FederationRoom(msgspec.Struct, frozen=True):
    """The room. `identities` gives those of one tenant; `books` are the providers by name, each with what it publishes;
    `public_url` is where browsers reach this server, without a slash at its end; `vouching` the terms of those for whom
    a proxy vouches, where one may."""

    accounts: AccountRoom
    identities: Callable[[str], Identities]
    counter: Counter
    books: Mapping[str, Book] = {}
    public_url: str = ""
    vouching: Terms = Terms()
