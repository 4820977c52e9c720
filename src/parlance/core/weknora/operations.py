"""What WeKnora's clients can want of accounts and tenants. None of it is in the native API, which has its own words."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope, User
from parlance.values.weknora import Engine, Entered, Workspace


class Joined(msgspec.Struct, frozen=True):
    """Who has just come, and the number of their tenant."""

    user: User
    number: int


class JoinWeknora(Operation[Joined], frozen=True):
    """Make an account for oneself, with a tenant of one's own. The first of all claims the machine, as through every
    other door; who waits for an admin's word waits in the tenant of that one. Nobody is signed in by it."""

    scope: ClassVar[Scope | None] = None
    anyone: ClassVar[bool] = True

    name: str
    email: str
    password: str


class EnterWeknora(Operation[Entered], frozen=True):
    """Sign in by address and password."""

    scope: ClassVar[Scope | None] = None
    anyone: ClassVar[bool] = True

    email: str
    password: str


class Renewed(msgspec.Struct, frozen=True):
    """Two tokens in the place of two."""

    token: str
    refresh_token: str


class RenewTokens(Operation[Renewed], frozen=True):
    """Have new tokens for one to refresh with, which is no good afterwards."""

    scope: ClassVar[Scope | None] = None
    anyone: ClassVar[bool] = True

    refresh_token: str


class Place(msgspec.Struct, frozen=True):
    """Who one is, and where. A key of a settings file, and a guest, has no user."""

    user: User | None
    workspace: Workspace


class ReadPlace(Operation[Place], frozen=True):
    """Who one is, and where."""

    scope: ClassVar[Scope | None] = None


class ListWorkspaces(Operation[tuple[Workspace, ...]], frozen=True):
    """One's own tenant; an operator's are all of them."""


class ReadWorkspace(Operation[Workspace], frozen=True):
    """A tenant by its number."""

    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "workspace"),)

    tenant: str


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants to be noted of a tenant; what is `None` stays, or is as usual. `quota` is in bytes (0: no
    bound)."""

    name: str | None = None
    description: str | None = None
    business: str | None = None
    engines: tuple[Engine, ...] | None = None
    quota: int | None = None


class CreateWorkspace(Operation[Workspace], frozen=True):
    """Make a tenant with a key, whose owner is a user that nobody can sign in as."""

    scope: ClassVar[Scope | None] = "operate"

    wanted: Wanted


class ChangeWorkspace(Operation[Workspace], frozen=True):
    """Change what is noted of a tenant. Without the key that it has, it gets another one; the old one is over."""

    scope: ClassVar[Scope | None] = "admin"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "workspace", "write"),)

    tenant: str
    wanted: Wanted
    keeps_key: bool = False


class DeleteWorkspace(Operation[None], frozen=True):
    """Shut a tenant for everybody in it. An operator can open it again; the first tenant stays."""

    scope: ClassVar[Scope | None] = "admin"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "workspace", "write"),)

    tenant: str
