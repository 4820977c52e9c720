"""All that the operations on accounts need, in one value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from parlance.core.accounts.access import Access
from parlance.core.accounts.guesses import Guesses
from parlance.core.accounts.operations import SignIn
from parlance.core.accounts.tokens import Tokens
from parlance.core.operation import Context, Effect
from parlance.ports.accounts import Accounts
from parlance.ports.directory import ACCESS, Directory
from parlance.ports.secrets import OneTimeCodes, Passwords, Sealer
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import Credentials, Principal
from parlance.values.errors import Fault
from parlance.values.ids import Ids
from parlance.values.time import Clock


class Verdict(msgspec.Struct, frozen=True):
    """What a verifier found: what is to be committed, and why the sign-in goes no further, if so."""

    changes: ChangeSet = ()
    refusal: Fault | None = None


Verifier = Callable[[Context, Credentials, SignIn], Awaitable[Verdict]]
"""One more thing that a sign-in must satisfy, asked when the password and the second factor were right."""


class Leaving(msgspec.Struct, frozen=True):
    """What goes with somebody who is deleted: the changes of one area, and what happens after the commit."""

    changes: ChangeSet = ()
    effects: tuple[Effect, ...] = ()


Farewell = Callable[[str, str], Awaitable[Leaving]]
"""What an area lets go with a user (tenant and id) who is deleted."""


Belonging = Callable[[Principal], AsyncIterator[bytes]]
"""What an area keeps of somebody, as the text of one JSON value."""


class AccountRoom(msgspec.Struct, frozen=True):
    """The room of the accounts. `of` gives the accounts of one tenant; `public_url` is where browsers reach this
    server, without a slash at its end, where the settings say so."""

    directory: Directory
    of: Callable[[str], Accounts]
    access: Access
    passwords: Passwords
    sealer: Sealer
    codes: OneTimeCodes
    tokens: Tokens
    guesses: Guesses
    clock: Clock
    ids: Ids
    session_seconds: float = 30 * 86_400.0
    accept_new_secret: bool = False
    public_url: str = ""
    verifiers: list[Verifier] = []
    farewells: list[Farewell] = []
    belongings: dict[str, Belonging] = {}

    def moved(self, seen: int | None = None) -> Statement:
        """The last statement of every change of who may do what: everybody will hear of it. With `seen` it is a
        conflict when anything of that kind changed since."""
        return self.directory.bump(ACCESS, seen)
