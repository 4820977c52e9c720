"""Tokens: opaque ones, which the database knows by their SHA-256, and signed ones for dialects whose clients read them.

A signed token is worth nothing by itself: it names a session (`sid`) that must go on, and says what it is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from parlance.ports.secrets import Signer
from parlance.values.time import SECOND, Clock

SESSION_PREFIX, KEY_PREFIX, LINK_PREFIX = "ps_", "pk_", "pl_"
SHOWN = 8
"""Characters of a key behind its prefix that lists show: enough to tell keys apart, far too few to guess the rest."""
LEEWAY = 30
"""Seconds that the clocks of two machines may be apart."""
ISSUER = "parlance"


class Claims(msgspec.Struct, frozen=True):
    """What a signed token says: for what it is (`use`), of which session of which user of which tenant, and from when
    to when (seconds since 1970)."""

    iss: str
    use: str
    tid: str
    sub: str
    sid: str
    iat: int
    exp: int
    nbf: int | None = None


class Tokens:
    """Makes and reads tokens. `draw` gives the random part of an opaque one."""

    def __init__(self, draw: Callable[[], str], signer: Signer, clock: Clock) -> None:
        self._draw = draw
        self._signer = signer
        self._clock = clock

    def opaque(self, prefix: str) -> str:
        """A new token that nobody can guess."""
        return prefix + self._draw()

    def signed(self, use: str, tenant: str, user: str, session: str, expires: int) -> str:
        """A token for one use of a session; `expires` is in microseconds."""
        now = self._clock.now() // SECOND
        claims = Claims(ISSUER, use, tenant, user, session, now, expires // SECOND, now)
        return self._signer.sign(msgspec.to_builtins(claims))

    def read(self, use: str, token: str) -> Claims | None:
        """What a signed token says, if it is ours, for this use, and neither over nor from the future."""
        found = self._signer.read(token)
        if found is None:
            return None
        try:
            claims = msgspec.convert(found, Claims)
        except msgspec.ValidationError:
            return None
        now = self._clock.now() // SECOND
        begun = max(claims.iat, claims.iat if claims.nbf is None else claims.nbf) <= now + LEEWAY
        if claims.iss != ISSUER or claims.use != use or not begun or claims.exp + LEEWAY < now:
            return None
        return claims


def digest_of(token: str) -> str:
    """How a token is known: its SHA-256 in hexadecimal. It is long and random, so that needs no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_signed(token: str) -> bool:
    """Whether a token claims to be a signed one: three parts, of which the first is a JSON object."""
    return token.startswith("ey") and token.count(".") == 2


def is_ours(token: str) -> bool:
    """Whether a token has the form of those that are made here."""
    return token.startswith((SESSION_PREFIX, KEY_PREFIX)) or is_signed(token)


def shown(key: str) -> str:
    """How a key begins, for lists."""
    return key[: len(KEY_PREFIX) + SHOWN]
