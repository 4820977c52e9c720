"""All that the operations on accounts need, in one value."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from parlance.core.accounts.access import Access
from parlance.core.accounts.guesses import Guesses
from parlance.core.accounts.tokens import Tokens
from parlance.core.operation import Effect
from parlance.ports.accounts import Accounts
from parlance.ports.directory import ACCESS, Directory
from parlance.ports.secrets import OneTimeCodes, Passwords, Sealer
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import DEFAULT_TENANT, OWNER, Principal
from parlance.values.ids import Ids
from parlance.values.time import Clock


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
    farewells: list[Farewell] = []
    belongings: dict[str, Belonging] = {}
    keepers: list[Callable[[], Awaitable[None]]] = []
    """Write down who was here since they last did, and raise nothing."""

    async def noted(self) -> None:
        """Before it is told when somebody was here: it is written down only now and then else."""
        for keep in self.keepers:
            await keep()

    def moved(self, seen: int | None = None) -> Statement:
        """The last statement of every change of who may do what: everybody will hear of it. With `seen` it is a
        conflict when anything of that kind changed since."""
        return self.directory.bump(ACCESS, seen)


async def is_first(room: AccountRoom) -> bool:
    """Whether whoever gets an account now is the first of all: the machine's owner, whose row nobody claimed yet."""
    owner = await room.of(DEFAULT_TENANT).people.user(OWNER)
    return owner is not None and owner.owned_by == "machine"
