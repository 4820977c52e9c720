"""The accounts of one tenant, one noun at a time. What is above tenants is in `ports/directory.py`.

Contract suite: `tests/contract/test_account_stores.py`. Reads give values from committed state, each in one statement.
Changes are statements for a change set: nothing has happened until it is applied. Who may see what is decided in the
core: a store finds anything of its tenant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from parlance.ports.directory import NamePlace
from parlance.ports.factors import Factors
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import ApiKey, AuditEntry, Credentials, Group, Preferences, Role, Session, User


class People(Protocol):
    """The users of one tenant."""

    async def user(self, id: str) -> User | None:
        """A user by id."""
        ...

    async def these(self, ids: Sequence[str]) -> Mapping[str, User]:
        """Some users by their ids; what is not there is left out."""
        ...

    async def credentials(self, id: str) -> Credentials | None:
        """What a user's sign-in is judged by."""
        ...

    async def list(self, sought: str, role: Role | None, after: NamePlace | None, limit: int) -> Sequence[User]:
        """Users by name; `sought` is a piece of the folded name or address."""
        ...

    async def admins(self) -> int:
        """How many admins are not disabled."""
        ...

    def insert(self, user: User, password_hash: str | None) -> ChangeSet:
        """A new user; a conflict when the id, the address or (without one) the name is taken."""
        ...

    def claim(self, user: User, password_hash: str | None) -> ChangeSet:
        """Turn the machine's owner into an account; a conflict when somebody did already."""
        ...

    def change(self, before: User, after: User) -> ChangeSet:
        """What differs; a conflict when the row changed meanwhile, or the new address is taken."""
        ...

    def set_password(self, id: str, password_hash: str, before: str | None, at: int) -> Statement:
        """Another hash in place of the one that was read; a conflict when that changed meanwhile."""
        ...

    def delete(self, id: str) -> ChangeSet:
        """The user with all that only they had: sessions, keys, codes, memberships."""
        ...

    def seen(self, id: str, at: int) -> Statement:
        """When the user was last there."""
        ...


class Groups(Protocol):
    """The groups of one tenant."""

    async def group(self, id: str) -> Group | None:
        """A group by id."""
        ...

    async def list(self, after: NamePlace | None, limit: int) -> Sequence[Group]:
        """Groups by name."""
        ...

    async def of(self, user: str) -> Sequence[Group]:
        """The groups of a user, by name, at most 200."""
        ...

    async def members(self, group: str, after: NamePlace | None, limit: int) -> Sequence[User]:
        """Who is in a group, by name."""
        ...

    async def among(self, group: str, users: Sequence[str]) -> Sequence[str]:
        """Which of these users are in a group."""
        ...

    def insert(self, group: Group) -> Statement:
        """A new group."""
        ...

    def change(self, before: Group, after: Group) -> Statement:
        """What differs; a conflict when the row changed meanwhile."""
        ...

    def delete(self, id: str) -> ChangeSet:
        """The group; its members stay users."""
        ...

    def add(self, group: str, user: str, at: int) -> Statement:
        """Put a user in; a conflict when they are already."""
        ...

    def remove(self, group: str, user: str) -> Statement:
        """Take a user out, if they are in."""
        ...


class Keys(Protocol):
    """The API keys of one tenant."""

    async def key(self, id: str) -> ApiKey | None:
        """A key by id."""
        ...

    async def list(self, user: str | None, after: str | None, limit: int) -> Sequence[ApiKey]:
        """Keys of a user, or of everybody, newest first; `after` is the id of the last one seen."""
        ...

    def insert(self, key: ApiKey, digest: str) -> ChangeSet:
        """A new key, found by its SHA-256."""
        ...

    def revoke(self, id: str) -> ChangeSet:
        """The key is no key any more; a conflict when it was none already."""
        ...

    def used(self, id: str, at: int) -> Statement:
        """When it was last used."""
        ...


class Sessions(Protocol):
    """The sessions of one tenant. One that is over keeps its row for a while, which no read here gives but `knows`."""

    async def session(self, id: str) -> Session | None:
        """A session that goes on."""
        ...

    async def list(self, user: str, now: int, after: str | None, limit: int) -> Sequence[Session]:
        """A user's sessions that go on, newest first; `after` is the id of the last one seen."""
        ...

    async def knows(self, user: str, address: str) -> bool:
        """Whether the user has signed in from this address lately."""
        ...

    def insert(self, session: Session, digest: str) -> ChangeSet:
        """A new session, found by its token's SHA-256."""
        ...

    def end(self, id: str, at: int) -> ChangeSet:
        """It is over; nothing happens when it was already."""
        ...

    def end_all(self, user: str, at: int, but: str | None = None) -> ChangeSet:
        """All sessions of a user are over, but perhaps one."""
        ...

    def seen(self, id: str, at: int) -> Statement:
        """When it was last used."""
        ...

    def forget(self, before: int) -> ChangeSet:
        """Drop what expired before a time."""
        ...


class AuditFilter(msgspec.Struct, frozen=True):
    """Which entries of the audit log are sought; what is empty is not asked. Times are `since` ≤ happened < `until`."""

    act: str = ""
    actor: str = ""
    subject: str = ""
    since: int = 0
    until: int = 0


class Audit(Protocol):
    """The audit log of one tenant: it grows, and only age takes away from it."""

    async def list(self, which: AuditFilter, before: str | None, limit: int) -> Sequence[AuditEntry]:
        """Entries, newest first; `before` is the id of the last one seen."""
        ...

    def append(self, entry: AuditEntry) -> Statement:
        """One more."""
        ...

    def forget(self, before: int) -> Statement:
        """Drop what happened before a time: for the retention that the settings ask for, and nobody else."""
        ...


class Choices(Protocol):
    """The preferences of one tenant."""

    async def read(self) -> Preferences:
        """All of them."""
        ...

    def write(self, before: Preferences, after: Preferences, at: int, by: str) -> ChangeSet:
        """What differs; a conflict when somebody else changed any meanwhile."""
        ...


class Accounts(Protocol):
    """The accounts of one tenant."""

    @property
    def people(self) -> People:
        """Its users."""
        ...

    @property
    def groups(self) -> Groups:
        """Its groups."""
        ...

    @property
    def keys(self) -> Keys:
        """Its API keys."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Its sessions."""
        ...

    @property
    def factors(self) -> Factors:
        """Its users' second factors."""
        ...

    @property
    def audit(self) -> Audit:
        """Its audit log."""
        ...

    @property
    def choices(self) -> Choices:
        """Its preferences."""
        ...
