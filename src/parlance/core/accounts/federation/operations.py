"""What can be wanted of signing in by another server's word."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.accounts.federation.people import Vouched
from parlance.core.accounts.operations import SignedIn
from parlance.core.accounts.tokens import digest_of
from parlance.core.operation import Operation
from parlance.values.accounts import Scope

PATH = "/parlance/sign-in"
"""Where these are reached by a browser: `<PATH>/<provider>`, and `<PATH>/<provider>/callback` on the way back."""


class Offered(msgspec.Struct, frozen=True):
    """A provider that one can sign in with: its `name` stands in the address, `title` is for people."""

    name: str
    title: str
    path: str


class Offers(msgspec.Struct, frozen=True):
    """All of them, and whether somebody may make an account by themselves (`sign_up`)."""

    providers: tuple[Offered, ...]
    sign_up: bool = False


class ListProviders(Operation[Offers], frozen=True):
    """The ways in: the providers that one can sign in with, and whether one can make an account."""

    scope: ClassVar[Scope | None] = None


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that is under way. The browser is sent to `url` and keeps `browser` in a cookie (`cookie`, at `path`,
    only over HTTPS where `secure`) for `seconds`: whoever comes back without it did not begin this sign-in."""

    url: str
    cookie: str
    browser: str
    path: str
    seconds: int
    secure: bool


class BeginSignIn(Operation[Begun], frozen=True):
    """Begin to sign in with a provider. `back` is where the browser goes afterwards: a path of this server.

    Raises `Fault(missing)` for a provider that is not there, `Fault(invalid)` for another `back`, `Fault(upstream)` or
    `Fault(timed_out)` where the provider does not answer, `Fault(over_budget)` after too many."""

    scope: ClassVar[Scope | None] = None

    provider: str
    back: str = ""


class Arrived(msgspec.Struct, frozen=True):
    """Somebody has signed in, and goes on to `back`. The cookie of the sign-in has done its work."""

    signed: SignedIn
    back: str
    cookie: str
    path: str


class FinishSignIn(Operation[Arrived], frozen=True):
    """Come back from a provider, as it says in the query: with a `code`, or with an `error`. `browser` is what this
    browser's cookie of the sign-in holds.

    Raises `Fault(invalid)` where no such sign-in is under way in this browser, `Fault(unauthenticated)` where the
    provider's word does not hold, `Fault(forbidden)` where who came is not let in, and as `BeginSignIn`."""

    scope: ClassVar[Scope | None] = None

    provider: str
    state: str = ""
    code: str = ""
    error: str = ""
    issuer: str | None = None
    browser: str | None = None


class SignInVouched(Operation[SignedIn], frozen=True):
    """Begin a session for somebody for whom a proxy vouches. No route leads here: who may vouch is judged by the
    transport.

    Raises `Fault(forbidden)` where they are not let in, `Fault(invalid)` where the proxy's words are none."""

    scope: ClassVar[Scope | None] = None

    vouched: Vouched


def cookie_of(state: str) -> str:
    """The cookie of one sign-in: several may be under way in one browser."""
    return "parlance_sign_in_" + digest_of(state)[:16]
