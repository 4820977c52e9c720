"""What an ID token must say, and what is read out of one (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from parlance.core.accounts.federation.people import Person, Provider
from parlance.core.accounts.names import MOST_EMAIL, MOST_NAME
from parlance.core.accounts.tokens import LEEWAY

MOST_SUBJECT = 1000
"""Characters; the standard has 255."""
MOST_GROUPS = 1000
NAMELESS = "somebody"
Claims = Mapping[str, Any]


def wrong(claims: Claims, provider: Provider, nonce: str, begun: int, now: int) -> str | None:
    """What is wrong with the claims of a token, in a word; `None` where all of it is as it must be.

    `begun` is when this sign-in began, and `now` the time, in seconds since 1970.
    """
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp")
    judged = (
        ("wrong_issuer", claims.get("iss") == provider.issuer),
        ("wrong_audience", provider.client_id in audiences),
        ("wrong_party", party == provider.client_id or (party is None and len(audiences) == 1)),
        ("no_subject", is_subject(claims.get("sub"))),
        ("expired", _is_time(claims.get("exp")) and now < claims["exp"] + LEEWAY),
        ("wrong_time", _is_time(claims.get("iat")) and begun - LEEWAY <= claims["iat"] <= now + LEEWAY),
        ("wrong_time", "nbf" not in claims or (_is_time(claims["nbf"]) and claims["nbf"] <= now + LEEWAY)),
        ("wrong_nonce", _same(claims.get("nonce"), nonce)),
    )
    return next((word for word, holds in judged if not holds), None)


def person(claims: Claims, provider: Provider) -> Person:
    """Whom the claims of a good token name. An address counts only where the provider has verified it; a name for one
    is found in any case."""
    verified, email = claims.get("email_verified"), found(claims, provider.email_claim)
    sure = verified is True or verified == "true"  # some write it as text; 1 is neither
    address = email.strip() if sure and _is_text(email, MOST_EMAIL) and _is_address(email.strip()) else None
    named = (found(claims, provider.name_claim), claims.get("name"), claims.get("preferred_username"), claims["sub"])
    return Person(
        issuer=provider.issuer,
        subject=claims["sub"],
        via=f"oidc:{provider.name}",
        name=next(filter(None, map(_called, named)), NAMELESS),
        email=address,
        handle=address,
        groups=_groups(found(claims, provider.groups_claim)),
    )


def found(claims: Claims, name: str) -> Any:
    """A claim by its name, else by its path (`realm_access.roles`): names may hold dots themselves."""
    if name in claims:
        return claims[name]
    here: Any = claims
    for piece in name.split("."):
        here = here.get(piece) if isinstance(here, dict) else None
    return here


def _groups(said: Any) -> frozenset[str]:
    if isinstance(said, str):
        return frozenset({said})
    listed = said[:MOST_GROUPS] if isinstance(said, list) else ()
    return frozenset(each for each in listed if isinstance(each, str))


def is_subject(said: Any) -> bool:
    """Whether this can be what an issuer calls somebody: text that every database keeps as it is."""
    return _is_text(said, MOST_SUBJECT) and bool(said.isprintable())


def called(text: str) -> str:
    """A text as a name that somebody may sign in with: printable, not too long, and none that looks like an address."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.replace("@", " at ").split())[:MOST_NAME].strip()


def _called(said: Any) -> str:
    return called(said) if isinstance(said, str) else ""


def _is_text(said: Any, most: int) -> bool:
    return isinstance(said, str) and 0 < len(said) <= most


def _is_address(text: str) -> bool:
    name, _, host = text.rpartition("@")
    return bool(name and host) and text.isprintable() and "@" not in name and " " not in text


def _is_time(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and 0 <= said < 1e12


def _same(said: Any, nonce: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode("utf-8", "surrogatepass"), nonce.encode())
