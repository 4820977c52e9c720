"""From the code that a browser brought back to the person whom the provider names for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core.accounts.federation.book import Book, Metadata, misconfigured
from parlance.core.accounts.federation.claims import Claims, found, person, wrong
from parlance.core.accounts.federation.people import Person
from parlance.values.errors import Fault, Kind


class Coming(msgspec.Struct, frozen=True):
    """A browser that has come back: with which code, to which address, and what was kept of the way there. `begun` and
    `now` are in seconds since 1970."""

    code: str
    callback: str
    verifier: str
    nonce: str
    begun: int
    now: int


class _Tokens(msgspec.Struct, frozen=True):
    """What a token endpoint answers, as far as it is used."""

    id_token: str
    access_token: str = ""


async def person_of(book: Book, coming: Coming) -> Person:
    """Whom the provider names. Raises `Fault` where its word does not hold, or it gives none."""
    metadata = await book.metadata()
    tokens = await _tokens(book, metadata, coming)
    claims = await book.claims(tokens.id_token)
    if claims is None:
        raise no_word("bad_signature")
    why = wrong(claims, book.provider, coming.nonce, coming.begun, coming.now)
    if why is not None:
        raise no_word(why)
    return person(await _whole(book, metadata, tokens.access_token, claims), book.provider)


async def _tokens(book: Book, metadata: Metadata, coming: Coming) -> _Tokens:
    """What the provider gives for the code."""
    provider = book.provider
    form = {
        "grant_type": "authorization_code",
        "code": coming.code,
        "redirect_uri": coming.callback,
        "code_verifier": coming.verifier,
    }
    basic = None
    ways = metadata.token_endpoint_auth_methods_supported
    if provider.secret is None:
        form["client_id"] = provider.client_id
    elif "client_secret_basic" in ways or "client_secret_post" not in ways:
        basic = provider.client_id, provider.secret()
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.secret()}
    answered = await book.calls.post(metadata.token_endpoint, form, basic)
    if answered.status in (400, 401, 403):
        if b"invalid_grant" in answered.body:
            raise no_word("bad_code")
        raise misconfigured("does not take us for its client")
    try:
        return msgspec.json.decode(answered.body, type=_Tokens)
    except (msgspec.DecodeError, RecursionError):
        raise misconfigured("does not give what it should") from None


async def _whole(book: Book, metadata: Metadata, access: str, claims: Claims) -> Claims:
    """The claims with what the provider says about the person elsewhere: strict ones keep names and addresses out of
    their tokens (OpenID Connect Core 1.0, 5.4). What the token says counts more."""
    provider, url = book.provider, metadata.userinfo_endpoint
    wanted = [provider.name_claim, provider.email_claim]
    wanted += [] if provider.terms.admin_group is None else [provider.groups_claim]
    if url is None or not access or all(found(claims, name) is not None for name in wanted):
        return claims
    answered = await book.calls.get(url, access)
    said = _object(answered.body) if answered.status == 200 else None
    if said is None:
        raise misconfigured("does not say who came")
    if said.get("sub") != claims["sub"]:
        raise no_word("wrong_subject")
    if found(claims, provider.email_claim) is None:  # whether an address is verified is said where the address is
        claims = {name: value for name, value in claims.items() if name != "email_verified"}
    return {**said, **claims}


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def no_word(why: str) -> Fault:
    """What the provider says about who came does not hold."""
    return Fault(Kind.unauthenticated, "The sign-in provider's word does not hold.", hint="Begin again.", code=why)
