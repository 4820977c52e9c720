"""What can be wanted of links with which somebody sets a password, once."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope

LINK_PATH = "/parlance/password"
"""Where a browser opens such a link; the token comes behind it."""
LINK_HOURS = 24
MOST_HOURS = 168
"""A week: who is away for longer asks again."""


class PasswordLink(msgspec.Struct, frozen=True):
    """A link that can be used once. `token` is shown only now: of it nothing is kept but a hash. `path` is where a
    browser opens it, `url` the whole address where the settings say how browsers reach the server. `expires` is in
    microseconds since 1970."""

    token: str
    path: str
    user: str
    expires: int
    url: str | None = None


class MakePasswordLink(Operation[PasswordLink], frozen=True):
    """Make a link with which somebody sets a password, once: for who forgot theirs, or for a new account without one.
    The links that were made for them before end. It holds for `hours`, at most a week."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.password_link"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)

    user: str
    hours: int = LINK_HOURS


class SetPassword(Operation[None], frozen=True):
    """Set one's password with the token of a link. All sessions end, the link too; a second factor stays. Raises
    `Fault(unauthenticated, code="link_over")`, whatever is wrong with the link."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.set_password"
    anyone: ClassVar[bool] = True

    token: str
    password: str
