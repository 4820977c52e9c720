"""Who asks, and who is known: tenants, users with roles, groups, keys, sessions, and the principal they become.

Ids are UUIDv7 as text, but for the two that exist before anybody made them (`DEFAULT_TENANT`, `OWNER`) and for users
that a settings file names. Times are in microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Protocol, get_args, runtime_checkable

import msgspec

from parlance.values.texts import folded

Scope = Literal["chat", "models:write", "observe", "admin", "operate"]
"""`chat`: models, chats, runs. `models:write`: pull, create, copy, delete. `observe`: metrics. `admin`: the people,
keys and preferences of one tenant. `operate`: the server itself and all tenants."""
ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))

Role = Literal["pending", "user", "admin"]
"""What somebody is in a tenant. `pending`: known, but not let in yet."""
ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    "pending": frozenset(),
    "user": frozenset({"chat"}),
    "admin": frozenset({"chat", "models:write", "observe", "admin"}),
}
OwnedBy = Literal["database", "file", "machine"]
"""Who may change a user: the API, the settings file (then the row is read-only), or nobody yet: the machine's owner
until the first account claims that row."""

DEFAULT_TENANT = "default"
OWNER = "owner"
"""The user id of the machine's owner in local mode; the first account claims it."""


def scopes_of(role: Role, operates: bool) -> frozenset[Scope]:
    """What a person may do by role; an operator the server too, unless still pending."""
    scopes = ROLE_SCOPES[role]
    return scopes | {"operate"} if operates and scopes else scopes


class Principal(msgspec.Struct, frozen=True, dict=True):
    """The one who asks. Made at the edge, from a key, a session, local mode or a door for guests.

    `key` is the id of a key (the name of one that the settings file owns), `session` that of a session. `stored` says
    that rows of the database stand behind it, and may stop doing so at any moment. `models` are glob patterns of model
    ids. `share_answers` is the key's or door's word on the answer cache and on joining: `None` leaves it to the
    default. `keep_chats` says that what is said through any dialect is kept as chats. `oversees`: an operator whom the
    settings let read what others have. Rates are per window of a minute; `None` means no limit of its own. `flow` tells
    those apart who share the name of a guest: each takes turns by itself.
    """

    tenant: str
    user: str
    key: str | None = None
    guest: bool = False
    scopes: frozenset[Scope] = frozenset({"chat"})
    models: tuple[str, ...] = ("*",)
    share_answers: bool | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    session: str | None = None
    stored: bool = False
    keep_chats: bool = False
    oversees: bool = False
    flow: str = ""

    @cached_property
    def scope_key(self) -> str:
        """The part of every cache, flight and slot name that keeps callers apart: tenant, kind and id.

        Lengths come first, so that no choice of names lets two principals collide.
        """
        kind = "guest" if self.guest else "key" if self.key else "user"
        name = self.key or self.user
        return f"{len(self.tenant)}:{self.tenant}/{kind}/{len(name)}:{name}"

    @cached_property
    def lane_key(self) -> str:
        """The part that is the same for all that one user does, whatever key is used."""
        return f"{len(self.tenant)}:{self.tenant}/{'guest' if self.guest else 'user'}/{self.user}"

    @cached_property
    def flow_key(self) -> str:
        """The part that the fair queue takes turns over: the user, or a guest's own flow."""
        return f"{self.lane_key}/{self.flow}" if self.flow else self.lane_key


class Allowance(msgspec.Struct, frozen=True):
    """What is left of one rate: `limit` and `remaining` in its unit, `resets` in seconds from now."""

    unit: Literal["requests", "tokens"]
    limit: int
    remaining: int
    resets: float


@runtime_checkable
class Owned(Protocol):
    """A thing that belongs to one user of one tenant: a chat, a file, a folder."""

    @property
    def tenant(self) -> str:
        """The tenant's id."""
        ...

    @property
    def user(self) -> str:
        """The user's id."""
        ...


class Circumstances(msgspec.Struct, frozen=True):
    """Where a request came from: the client's address (a trusted proxy's word where there is one), what it calls
    itself, and whether it is surely a program or a page of this machine."""

    address: str = ""
    agent: str = ""
    local: bool = False


NOBODY = Principal("", "", scopes=frozenset(), models=())
"""Who asks on routes that are open to all, and as whom a proxy's word is looked at: may do only what needs no scope."""
NOWHERE = Circumstances()
"""What is asked by the house itself."""


class Tenant(msgspec.Struct, frozen=True):
    """A tenant: a team that sees nothing of the others. `number` is for dialects whose tenants have integers."""

    id: str
    name: str
    number: int
    created: int
    updated: int
    disabled: bool = False


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person (or a program with a user's id) as others may see it. `last_seen` is kept to the minute."""

    id: str
    tenant: str
    name: str
    role: Role
    created: int
    updated: int
    email: str | None = None
    operates: bool = False
    disabled: bool = False
    owned_by: OwnedBy = "database"
    last_seen: int | None = None
    has_password: bool = False
    has_totp: bool = False

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the person may do now. Models and metrics are the server's, not any tenant's (decision 0025)."""
        scopes = frozenset() if self.disabled else scopes_of(self.role, self.operates)
        own = self.operates or self.tenant == DEFAULT_TENANT
        return scopes if own else scopes - {"models:write", "observe"}

    @property
    def handle(self) -> str:
        """What the person signs in with, as it is compared: the address, else the name."""
        return folded(self.email or self.name)


class Credentials(msgspec.Struct, frozen=True):
    """What a sign-in is judged by; never leaves the core. `tenant_disabled` shuts out everybody of the tenant."""

    user: User
    password_hash: str | None
    tenant_disabled: bool = False


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """People of one tenant under a name."""

    id: str
    tenant: str
    name: str
    created: int
    updated: int
    description: str = ""
    members: int = 0


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """An API key without the key itself, of which only a SHA-256 is kept. `prefix` is how it begins."""

    id: str
    tenant: str
    user: str
    name: str
    prefix: str
    created: int
    scopes: tuple[Scope, ...] = ("chat",)
    models: tuple[str, ...] = ("*",)
    expires: int | None = None
    last_used: int | None = None
    share_answers: bool | None = None
    keep_chats: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


SessionKind = Literal["cookie", "jwt"]


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sign-in that goes on. `via` is how it was made: `password`, or a later way to sign in."""

    id: str
    tenant: str
    user: str
    kind: SessionKind
    created: int
    expires: int
    last_seen: int
    agent: str = ""
    address: str = ""
    via: str = "password"


class Known(msgspec.Struct, frozen=True):
    """Whom a credential stands for right now, in one row: the user, and the key or the session it belongs to."""

    user: User
    expires: int | None
    key: ApiKey | None = None
    session: str | None = None


AuditAct = Literal[
    "signed_up",
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "signed_out_everywhere",
    "password_changed",
    "password_link_made",
    "password_reset",
    "second_factor_set",
    "second_factor_removed",
    "recovery_codes_made",
    "recovery_code_used",
    "user_made",
    "user_changed",
    "handle_changed",
    "role_changed",
    "user_disabled",
    "user_enabled",
    "user_deleted",
    "group_made",
    "group_changed",
    "group_deleted",
    "tenant_made",
    "tenant_changed",
    "key_made",
    "key_revoked",
    "session_revoked",
    "preferences_changed",
    "chats_overseen",
    "identity_linked",
    "connection_made",
    "connection_changed",
    "connection_deleted",
    "connection_tested",
]
"""What the audit log tells of."""


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One security event. `actor` is who did it (none: nobody known), `via` the key or session, `subject` to whom or
    what. `details` never hold a secret."""

    id: str
    happened: int
    act: str
    actor: str | None = None
    via: str | None = None
    subject_kind: str = ""
    subject: str | None = None
    address: str = ""
    request: str = ""
    details: dict[str, str | int | bool | None] = {}


SignUpRule = Literal["closed", "pending", "user"]
"""What becomes of those who sign up after the first: nobody may, they wait for an admin, or they are let in."""


class Preferences(msgspec.Struct, frozen=True):
    """What an admin of a tenant decides while the server runs. `version` grows with every change."""

    version: int = 0
    sign_up: SignUpRule = "closed"
