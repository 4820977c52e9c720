"""What an admin can want of the people of a tenant, and an operator of the tenants; and what the house wants itself."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.cursors import PAGE
from parlance.core.operation import Named, Operation
from parlance.values.accounts import Group, Preferences, Role, Scope, SignUpRule, Tenant, User

# -- users ------------------------------------------------------------------------------------------------------------


class UserPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Users, and the cursor of the next page; none is the last one."""

    users: tuple[User, ...]
    cursor: str | None = None


class ListUsers(Operation[UserPage], frozen=True):
    """The users of the tenant by name. `sought` is a piece of the name or address; `role` asks for one role."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.list"

    sought: str = ""
    role: str = ""
    cursor: str = ""
    limit: int = PAGE


class ReadUser(Operation[User], frozen=True):
    """One user."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.read"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user"),)

    user: str


class CreateUser(Operation[User], frozen=True):
    """Make an account for somebody. The first account of the server becomes its admin and operator, whatever is said
    here. An operator may name another `tenant`. Without a password nobody can sign in with one."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.create"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "tenant"),)

    name: str
    password: str | None = None
    email: str | None = None
    role: Role = "user"
    operates: bool = False
    tenant: str | None = None


class ChangeUser(Operation[User], frozen=True):
    """Change somebody's name, address (empty: none), role, or whether they may come in at all; what is null stays."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.change"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)

    user: str
    name: str | None = None
    email: str | None = None
    role: Role | None = None
    operates: bool | None = None
    disabled: bool | None = None


class EndSessions(Operation[None], frozen=True):
    """End all sessions of somebody."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.sign_out"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)

    user: str


class DeleteUser(Operation[None], frozen=True):
    """Delete somebody with all that is theirs, for good. The machine's owner and the last admin stay."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)

    user: str


# -- groups -----------------------------------------------------------------------------------------------------------


class GroupPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Groups, and the cursor of the next page; none is the last one."""

    groups: tuple[Group, ...]
    cursor: str | None = None


class ListGroups(Operation[GroupPage], frozen=True):
    """The groups of the tenant by name."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.list"

    cursor: str = ""
    limit: int = PAGE


class GroupMembers(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group and who is in it, by name, with the cursor of the next page of them."""

    group: Group
    users: tuple[User, ...]
    cursor: str | None = None


class ReadGroup(Operation[GroupMembers], frozen=True):
    """One group, and who is in it."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.read"
    names: ClassVar[tuple[Named, ...]] = (Named("group", "group"),)

    group: str
    cursor: str = ""
    limit: int = PAGE


class CreateGroup(Operation[Group], frozen=True):
    """Make a group."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.create"

    name: str
    description: str = ""


class ChangeGroup(Operation[Group], frozen=True):
    """Change a group's name or description; what is null stays."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.change"
    names: ClassVar[tuple[Named, ...]] = (Named("group", "group", "write"),)

    group: str
    name: str | None = None
    description: str | None = None


class DeleteGroup(Operation[None], frozen=True):
    """Delete a group; its members stay users."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("group", "group", "write"),)

    group: str


class ChangeMembers(Operation[Group], frozen=True):
    """Put users into a group and take others out; who is in already, or out, stays so."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "groups.members"
    names: ClassVar[tuple[Named, ...]] = (
        Named("group", "group", "write"),
        Named("add", "user"),
        Named("remove", "user"),
    )

    group: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


# -- tenants ----------------------------------------------------------------------------------------------------------


class TenantPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tenants, and the cursor of the next page; none is the last one."""

    tenants: tuple[Tenant, ...]
    cursor: str | None = None


class ListTenants(Operation[TenantPage], frozen=True):
    """All tenants by name."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "tenants.list"

    cursor: str = ""
    limit: int = PAGE


class CreateTenant(Operation[Tenant], frozen=True):
    """Make a tenant: people who see nothing of the others."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "tenants.create"

    name: str


class ChangeTenant(Operation[Tenant], frozen=True):
    """Change a tenant's name, or whether its people may come in; what is null stays. The first tenant cannot be shut
    out."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "tenants.change"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "tenant", "write"),)

    tenant: str
    name: str | None = None
    disabled: bool | None = None


# -- preferences ------------------------------------------------------------------------------------------------------


class ReadPreferences(Operation[Preferences], frozen=True):
    """What an admin of the tenant has decided."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "preferences.read"


class ChangePreferences(Operation[Preferences], frozen=True):
    """Decide otherwise; what is null stays. With a `version` it is a conflict when somebody else decided meanwhile."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "preferences.change"

    version: int | None = None
    sign_up: SignUpRule | None = None


# -- of the house itself ----------------------------------------------------------------------------------------------


class FileUser(msgspec.Struct, frozen=True):
    """A user whom a key of the settings file names."""

    tenant: str
    id: str
    name: str
    role: Role
    operates: bool = False


class Settle(Operation[None], frozen=True):
    """Begin to serve: whom the settings file names gets a row that it owns, and the server's secret must be the one
    that the database was begun with. Raises `Fault(conflict, code="other_secret")`."""

    scope: ClassVar[Scope | None] = "operate"

    users: tuple[FileUser, ...] = ()
