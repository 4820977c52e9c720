"""Signing in by another server's word: who is meant, what that server is asked, and whether a token is its own.

Contract suite of `Identities`: `tests/contract/test_identity_stores.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parlance.ports.stores import Statement


class Identity(msgspec.Struct, frozen=True):
    """A person as an issuer names them, and which user of ours that is. `created` is in microseconds since 1970."""

    issuer: str
    subject: str
    user: str
    created: int


class Identities(Protocol):
    """Whom issuers vouch for, of one tenant. Deleting a user takes their identities along (`ports/accounts.py`)."""

    async def find(self, issuer: str, subject: str) -> Identity | None:
        """The user of an issuer's person; both texts are compared by their bytes."""
        ...

    async def of(self, user: str) -> Sequence[Identity]:
        """By whose word a user signs in, at most 100."""
        ...

    def insert(self, identity: Identity) -> Statement:
        """This person is that user from now on; a conflict when they are a user already."""
        ...


class Answered(msgspec.Struct, frozen=True):
    """What a provider answered. Header names are in lower case, of several with one name the first."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ProviderCalls(Protocol):
    """Asks one provider. Addresses of its own origin are the operator's word; any other must be public and `https`.

    Raises `Fault(upstream)` or `Fault(timed_out)` for everything that may not, cannot or does not answer properly, and
    within seconds; redirects are answers.
    """

    async def get(self, url: str, token: str | None = None) -> Answered:
        """A document; `token` is what opens it, in the `Authorization` header."""
        ...

    async def post(self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None = None) -> Answered:
        """The answer to a form; `basic` are a name and a password in the `Authorization` header."""
        ...


class TokenReader(Protocol):
    """Reads signed tokens of others. What their claims mean is judged in the core."""

    def keys_in(self, document: bytes) -> Any | None:
        """The keys that can check signatures in a JWKS document; `None` where it is none, or holds no such key."""
        ...

    def claims(self, token: str, keys: Any) -> Mapping[str, Any] | None:
        """The claims of a token that one of these keys has signed, with an algorithm of public keys: never `none`,
        never a shared secret, never a key for another algorithm. `None` for every other token."""
        ...
