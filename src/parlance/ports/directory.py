"""What the server knows that belongs to no single tenant: who a name or a token stands for, tenants, versions.

Reads give values from committed state, each in one statement. Changes are statements for a change set: nothing has
happened until it is applied. Contract suite: `tests/contract/test_account_stores.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from parlance.ports.secrets import Sealed
from parlance.ports.stores import Statement
from parlance.values.accounts import Credentials, Known, Tenant

NamePlace = tuple[str, str]
"""Where a list by name goes on: the folded name and the id of its last entry."""
ACCESS = "access"
"""The version that grows with every change of who may do what."""
PASSWORD_LINK = "password"
"""The purpose of a link with which somebody sets a password."""


class AccessState(msgspec.Struct, frozen=True):
    """What every process must hear of soon: the version, and whether an account or a stored key exists."""

    version: int
    inhabited: bool


class OneTime(msgspec.Struct, frozen=True):
    """What may be used once: a link to set a new password, a sign-in at another server that is under way."""

    purpose: str
    tenant: str
    created: int
    expires: int
    user: str | None = None
    details: Mapping[str, str] = {}
    used: int | None = None


class Directory(Protocol):
    """What belongs to the server and not to one tenant. Raises `Fault(busy)` as its database does."""

    async def by_handle(self, handle: str) -> Credentials | None:
        """Who signs in with this (folded) name or address."""
        ...

    async def by_digest(self, digest: str) -> Known | None:
        """For whom a token with this SHA-256 stands."""
        ...

    async def by_things(self, tenant: str, things: Sequence[str]) -> Mapping[str, Known]:
        """For whom sessions and keys stand, by their ids; those that are gone are left out."""
        ...

    async def version(self, name: str) -> int:
        """The number of a version; 0 of one that nobody ever changed."""
        ...

    async def access(self) -> AccessState:
        """The version of who may do what, and what it says."""
        ...

    async def tenant(self, id: str) -> Tenant | None:
        """A tenant by its id."""
        ...

    async def tenants(self, after: NamePlace | None, limit: int) -> Sequence[Tenant]:
        """All tenants by name."""
        ...

    async def last_number(self) -> int:
        """The highest number that a tenant has."""
        ...

    async def fact(self, name: str) -> Sealed | None:
        """Something that the server must remember of itself."""
        ...

    async def one_time(self, digest: str, purpose: str, now: int) -> OneTime | None:
        """What may still be used once, by its token's SHA-256."""
        ...

    async def spent_one_time(self, digest: str, purpose: str) -> OneTime | None:
        """What has been used, as long as it is remembered."""
        ...

    def bump(self, name: str, seen: int | None = None) -> Statement:
        """Let a version grow. With `seen` it is a conflict when it is not at that number any more."""
        ...

    def insert_tenant(self, tenant: Tenant) -> Statement:
        """A new tenant; a conflict when its id or number is taken."""
        ...

    def change_tenant(self, before: Tenant, after: Tenant) -> Statement:
        """What differs; a conflict when the row changed meanwhile."""
        ...

    def put_fact(self, name: str, fact: Sealed, at: int, before: Sealed | None) -> Statement:
        """Remember it; a conflict when somebody else did meanwhile."""
        ...

    def insert_one_time(self, digest: str, one: OneTime) -> Statement:
        """What may be used once from now on."""
        ...

    def use_one_time(self, digest: str, at: int) -> Statement:
        """Use it; a conflict when it has been used or is over."""
        ...

    def drop_one_time(self, purpose: str, tenant: str, user: str) -> Statement:
        """What a user has for this purpose can be used no more."""
        ...

    def forget_one_time(self, before: int) -> Statement:
        """Drop what was over before a time."""
        ...
