"""Accounts over any database, with a clock that a test moves, cheap hashes, and callers by their tokens."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, TypeVar

import msgspec

from parlance.core.accounts.access import Access
from parlance.core.accounts.audit import overseen
from parlance.core.accounts.guesses import Guesses
from parlance.core.accounts.handlers import AREA, loaders
from parlance.core.accounts.identity import Approach, Identity
from parlance.core.accounts.operations import SignedIn, SignIn, SignUp
from parlance.core.accounts.presence import Presence
from parlance.core.accounts.registered import Registered
from parlance.core.accounts.room import AccountRoom
from parlance.core.accounts.tokens import Tokens
from parlance.core.admission.gate import Gate, Rates
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.operation import Operation
from parlance.ports.stores import FEW, ChangeSet, Database, DatabaseKind, Row, Value
from parlance.stores.sql.accounts import SqlAccounts
from parlance.stores.sql.directory import SqlDirectory
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock
from parlance.values.accounts import NOBODY, Circumstances, Principal
from parlance.values.ids import RandomIds
from parlance.vault.aes_gcm import AesGcmSealer
from parlance.vault.argon2 import Argon2Passwords
from parlance.vault.jose import JoseSigner
from parlance.vault.totp import Totp

T = TypeVar("T")
SECRET = b"the secret of these tests only"
CONSOLE = "the-console-token-of-these-tests"
HERE = Circumstances("127.0.0.1", "a test", local=True)
PASSWORD = "blue chair under a cloud"
CHEAP = {"time_cost": 1, "memory_kib": 64}
"""Costs of a hash that nobody's secret depends on."""


class Yielding:
    """A database that lets everybody else go first at every call, so that races show; it counts the calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reads = 0
        self.applied = 0

    @property
    def kind(self) -> DatabaseKind:
        """That of the one behind."""
        return self._database.kind

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The same, a turn of the loop later and earlier."""
        self.reads += 1
        await asyncio.sleep(0)
        rows = await self._database.read(sql, parameters, most=most)
        await asyncio.sleep(0)
        return rows

    async def apply(self, changes: ChangeSet) -> None:
        """Likewise."""
        self.applied += 1
        await asyncio.sleep(0)
        await self._database.apply(changes)
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Nothing of its own is held."""


class Office:
    """One process that keeps accounts on a database. Two offices on one database are two processes."""

    def __init__(self, database: Database, clock: HandClock | None = None, **more: Any) -> None:
        self.clock = clock or HandClock()
        self.database = Yielding(database)
        self.directory = SqlDirectory(self.database)
        self.access = Access(self.directory, self.clock)
        counter = itertools.count()
        self.entropy = lambda size: next(counter).to_bytes(8, "big").rjust(size, b"\x5a")
        tokens = Tokens(lambda: f"{next(counter):040d}", JoseSigner(SECRET), self.clock)
        self.passwords = Argon2Passwords(**CHEAP)
        may_read = more.pop("operators_read", False)
        self.registered = Registered(self.directory, self.access, tokens, self.clock, operators_read=may_read)
        self.identity = Identity(more.pop("keys", {}), CONSOLE, self.registered)
        self.counter = MemoryCounter(self.clock)
        self.room = msgspec.structs.replace(self._room(tokens), **more)
        self.presence = Presence()
        found = loaders(self.room)
        handlers = {kind: partial(handle, self.room) for kind, handle in AREA.items()}
        gate = Gate(self.counter, Rates())
        self.dispatch = Dispatch(handlers, found, gate, self.database, partial(overseen, self.room))

    def _room(self, tokens: Tokens) -> AccountRoom:
        return AccountRoom(
            directory=self.directory,
            of=partial(SqlAccounts, self.database),
            access=self.access,
            passwords=self.passwords,
            sealer=AesGcmSealer([SECRET], self.entropy),
            codes=Totp(self.entropy),
            tokens=tokens,
            guesses=Guesses(self.counter),
            clock=self.clock,
            ids=RandomIds(self.clock),
        )

    async def who(self, token: str | None = None, *, local: bool = True, **more: Any) -> Principal:
        """Who shows this token (none: nobody), on this machine."""
        found = self.identity.identify(Approach(token, more.pop("console", None), local, **more))
        return await found if isawaitable(found) else found

    async def do(self, operation: Operation[T], who: Principal | str | None = None, came: Circumstances = HERE) -> T:
        """Do it for a principal, a token, or (none) for whoever a caller without one is."""
        principal = who if isinstance(who, Principal) else await self.who(who)
        return await Caller(self.dispatch, principal, "request-1", came)(operation)

    async def arrive(self, operation: Operation[T], came: Circumstances = HERE) -> T:
        """Do it for somebody who is not known: a sign-in."""
        return await Caller(self.dispatch, NOBODY, "request-1", came)(operation)

    async def owner(self) -> SignedIn:
        """The first account, which is admin and operator, with a session."""
        return await self.do(SignUp("Ada Lovelace", PASSWORD, "ada@example.org"))

    async def signed_in(self, account: str, password: str = PASSWORD, **more: Any) -> SignedIn:
        """A session of an account."""
        return await self.arrive(SignIn(account, password, **more))

    def close(self) -> None:
        """Let go of the threads."""
        self.passwords.close()
