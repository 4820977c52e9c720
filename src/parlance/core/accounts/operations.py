"""What can be wanted of one's own account: sign up, in and out, the password, sessions, keys; and the audit log."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.cursors import PAGE
from parlance.core.operation import Named, Operation
from parlance.values.accounts import ApiKey, AuditEntry, Group, Scope, Session, SessionKind, User


class SignedIn(msgspec.Struct, frozen=True):
    """A session that has begun. `token` is shown only now: programs send it as `Authorization: Bearer`, browsers get it
    as a cookie too. It holds for `seconds`, until `expires` (microseconds since 1970)."""

    token: str
    kind: SessionKind
    seconds: int
    expires: int
    user: User
    scopes: tuple[Scope, ...]


class SignUp(Operation[SignedIn], frozen=True):
    """Make an account for oneself, and sign in. The first one becomes admin and operator, owns what was made on this
    machine before, and ends use without a key or account; it is made from this machine, or with the console token as
    the key. What later ones become is the preference `sign_up`. Without an address one signs in with the name."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.sign_up"
    anyone: ClassVar[bool] = True

    name: str
    password: str
    email: str | None = None
    kind: SessionKind = "cookie"


class SignIn(Operation[SignedIn], frozen=True):
    """Begin a session. `account` is the address, or the name of an account without one; `code` answers a second factor.

    Raises `Fault(unauthenticated, code="wrong_password")` whatever was wrong, `Fault(over_budget)` after too many."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.sign_in"
    anyone: ClassVar[bool] = True

    account: str
    password: str
    code: str | None = None
    kind: SessionKind = "cookie"


class SignOut(Operation[None], frozen=True):
    """End the session that this is asked with. A key has none, and stays what it is."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.sign_out"


class SignOutEverywhere(Operation[None], frozen=True):
    """End all of one's sessions, this one too. Keys stay what they are."""

    wire_name: ClassVar[str] = "accounts.sign_out_everywhere"
    personal: ClassVar[bool] = True


class ChangePassword(Operation[None], frozen=True):
    """Set another password. All other sessions end; this one and keys stay what they are."""

    wire_name: ClassVar[str] = "accounts.change_password"
    personal: ClassVar[bool] = True

    current: str
    password: str


class Account(msgspec.Struct, frozen=True):
    """Who one is. A guest, and a key of a settings file that nobody has written down yet, has no `user`. Of the second
    factor's `recovery_codes` so many are left."""

    tenant: str
    scopes: tuple[Scope, ...]
    user: User | None = None
    groups: tuple[Group, ...] = ()
    session: str | None = None
    key: str | None = None
    guest: bool = False
    recovery_codes: int = 0


class ReadAccount(Operation[Account], frozen=True):
    """Who one is, and what one may do."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.read"


class ChangeAccount(Operation[User], frozen=True):
    """Change one's own name or address; an empty address takes it away."""

    wire_name: ClassVar[str] = "accounts.change"
    personal: ClassVar[bool] = True

    name: str | None = None
    email: str | None = None


# -- sessions ---------------------------------------------------------------------------------------------------------


class SessionPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sessions, and the cursor of the next page; none is the last one."""

    sessions: tuple[Session, ...]
    cursor: str | None = None


class ListSessions(Operation[SessionPage], frozen=True):
    """One's sessions that go on, newest first; an admin may ask for another `user`."""

    wire_name: ClassVar[str] = "sessions.list"
    personal: ClassVar[bool] = True

    user: str = ""
    cursor: str = ""
    limit: int = PAGE


class RevokeSession(Operation[None], frozen=True):
    """End a session, one's own or as an admin another's."""

    wire_name: ClassVar[str] = "sessions.revoke"
    names: ClassVar[tuple[Named, ...]] = (Named("session", "session", "write"),)
    personal: ClassVar[bool] = True

    session: str


# -- keys -------------------------------------------------------------------------------------------------------------


class KeyMade(msgspec.Struct, frozen=True):
    """A new key. `key` is shown only now: of it nothing is kept but a hash."""

    key: str
    about: ApiKey


class CreateKey(Operation[KeyMade], frozen=True):
    """Make an API key for oneself; with the console token, on the machine itself, also for another `user`. It never may
    more than who makes it, nor more than its user at the time it is used. `models` are glob patterns; `expires` is in
    microseconds since 1970. While there is no account, the first key ends use without one."""

    wire_name: ClassVar[str] = "keys.create"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)
    personal: ClassVar[bool] = True

    name: str
    scopes: tuple[Scope, ...] = ("chat",)
    models: tuple[str, ...] = ("*",)
    expires: int | None = None
    share_answers: bool | None = None
    keep_chats: bool = False
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    user: str | None = None


class KeyPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Keys, and the cursor of the next page; none is the last one."""

    keys: tuple[ApiKey, ...]
    cursor: str | None = None


class ListKeys(Operation[KeyPage], frozen=True):
    """One's keys, newest first; an admin may ask for another `user`, or with `*` for everybody's."""

    wire_name: ClassVar[str] = "keys.list"
    personal: ClassVar[bool] = True

    user: str = ""
    cursor: str = ""
    limit: int = PAGE


class RevokeKey(Operation[None], frozen=True):
    """Take a key out of service for good, one's own or as an admin another's."""

    wire_name: ClassVar[str] = "keys.revoke"
    names: ClassVar[tuple[Named, ...]] = (Named("key", "key", "write"),)
    personal: ClassVar[bool] = True

    key: str


# -- the audit log ----------------------------------------------------------------------------------------------------


class AuditPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Entries of the audit log, and the cursor of the next page; none is the last one."""

    entries: tuple[AuditEntry, ...]
    cursor: str | None = None


class ListAudit(Operation[AuditPage], frozen=True):
    """Security events of the tenant, newest first. `act`, `actor` and `subject` must be equal, times lie in
    `since` ≤ happened < `until` (microseconds since 1970); what is empty is not asked."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "audit.list"

    act: str = ""
    actor: str = ""
    subject: str = ""
    since: int = 0
    until: int = 0
    cursor: str = ""
    limit: int = PAGE
