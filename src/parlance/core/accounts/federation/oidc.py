"""Signing in with an OpenID provider: the authorization code flow with PKCE (RFC 6749, 7636, 9207, 9700).

A sign-in that is under way is a row that is used once, found by the SHA-256 of its state. It goes on in the browser
that began it and in no other: the state alone, which stands in addresses, is worth nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from parlance.core.accounts.federation.arrival import refused, signed_in
from parlance.core.accounts.federation.book import Book, Metadata
from parlance.core.accounts.federation.operations import (
    PATH,
    Arrived,
    BeginSignIn,
    Begun,
    FinishSignIn,
    ListProviders,
    Offered,
    Offers,
    cookie_of,
)
from parlance.core.accounts.federation.people import Person, Provider
from parlance.core.accounts.federation.redeem import Coming, no_word, person_of
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.guesses import site_of
from parlance.core.accounts.signing import may_sign_up
from parlance.core.accounts.tokens import digest_of
from parlance.core.operation import Context, Result, step
from parlance.ports.directory import OneTime
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND

PURPOSE = "oidc"
SECONDS = 600
"""How long somebody may take with the provider: to find a password and a phone."""
MOST, WINDOW = 200, 600.0
"""Sign-ins that may be begun from one address in ten minutes: a whole office in the morning."""
_BACK = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")
"""A path of this server: no host (`//`), no backslash that a browser takes for a slash, nothing that it leaves out."""
MOST_BACK = 1000
Details = Mapping[str, str]


async def list_providers(room: FederationRoom, context: Context, op: ListProviders) -> Result[Offers]:
    """Handle `ListProviders`."""
    offered = (Offered(name, book.provider.title, f"{PATH}/{name}") for name, book in room.books.items())
    return Result(Offers(tuple(offered), await may_sign_up(room.accounts)))


async def begin_sign_in(room: FederationRoom, context: Context, op: BeginSignIn) -> Result[Begun]:
    """Handle `BeginSignIn`."""
    book, back = _book(room, op.provider), op.back or f"{_path(room)}/"
    if len(back) > MOST_BACK or _BACK.fullmatch(back) is None:
        raise Fault(
            Kind.invalid,
            "The field back does not fit: expected a path of this server, such as `/docs`.",
            field="back",
            code="bad_back",
        )
    await _counted(room, context)
    metadata = await book.metadata()
    draw, now = room.accounts.tokens.opaque, room.accounts.clock.now()
    state, nonce, verifier, browser = (draw("") for _ in range(4))
    details = {"provider": op.provider, "nonce": nonce, "verifier": verifier, "back": back}
    kept = OneTime(
        PURPOSE,
        book.provider.terms.tenant,
        now,
        now + SECONDS * SECOND,
        details={**details, "browser": digest_of(browser)},
    )
    url = _address(room, book.provider, metadata, state, nonce, verifier)
    secure = room.public_url.startswith("https:")
    begun = Begun(url, cookie_of(state), browser, _path(room) + PATH, SECONDS, secure)
    return Result(begun, (room.accounts.directory.insert_one_time(digest_of(state), kept),))


def _book(room: FederationRoom, name: str) -> Book:
    book = room.books.get(name)
    if book is None:
        raise Fault(Kind.missing, "There is no such sign-in provider.", code="provider_not_found")
    return book


def _path(room: FederationRoom) -> str:
    """The path under which browsers find this server."""
    return urlsplit(room.public_url).path


async def _counted(room: FederationRoom, context: Context) -> None:
    """Count a sign-in that begins: each is a row. Raises `Fault(over_budget)`."""
    count = await room.counter.add(f"sign-ins/{site_of(context.came.address)}", 1, WINDOW)
    if count.total > MOST:
        wait = max(1.0, count.resets)
        raise Fault(
            Kind.over_budget,
            "Too many sign-ins were begun from here.",
            hint=f"Try again in {round(wait)} s.",
            retry_after=wait,
            code="too_many_sign_ins",
        )


def _callback(room: FederationRoom, provider: Provider) -> str:
    return f"{room.public_url}{PATH}/{provider.name}/callback"


def _address(
    room: FederationRoom, provider: Provider, metadata: Metadata, state: str, nonce: str, verifier: str
) -> str:
    """Where the browser goes to. The provider's own address may have a query already."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": _callback(room, provider),
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    there = metadata.authorization_endpoint.partition("#")[0]
    return f"{there}{'&' if '?' in there else '?'}{urlencode(query)}"


# -- back again -------------------------------------------------------------------------------------------------------


async def finish_sign_in(room: FederationRoom, context: Context, op: FinishSignIn) -> Result[Arrived]:
    """Handle `FinishSignIn`. Whatever comes of it, the state is used up first."""
    book, accounts = _book(room, op.provider), room.accounts
    digest, now = digest_of(op.state), accounts.clock.now()
    one = await accounts.directory.one_time(digest, PURPOSE, now) if op.state else None
    if one is None:
        raise Fault(
            Kind.invalid,
            "This sign-in is over, or never began.",
            hint="Begin again.",
            field="state",
            code="sign_in_unknown",
        )
    used = accounts.directory.use_one_time(digest, now)
    why = _unfit(one.details, op, book)
    if why is not None:
        return refused(room, context, why, one.tenant, _via(book), (used,))

    async def redeem() -> Result[Arrived]:
        return await _redeemed(room, context, op, book, one)

    return step((used,), redeem)


def _via(book: Book) -> str:
    return f"oidc:{book.provider.name}"


def _unfit(details: Details, op: FinishSignIn, book: Book) -> Fault | None:
    """Why it goes no further, by what the browser brought."""
    if op.browser is None or not hmac.compare_digest(digest_of(op.browser), details["browser"]):
        return Fault(
            Kind.invalid,
            "This sign-in was begun in another browser, or under another address.",
            hint="Begin again at the address under which this server is reached.",
            field="state",
            code="sign_in_elsewhere",
        )
    if details["provider"] != op.provider or op.issuer not in (None, book.provider.issuer):
        return Fault(Kind.unauthenticated, "This is not the provider that was asked.", code="wrong_provider")
    if op.error:
        return Fault(
            Kind.forbidden, "The provider did not sign anybody in.", hint="Begin again.", code="sign_in_declined"
        )
    if not op.code:
        return Fault(Kind.invalid, "The provider sent no code.", field="code", code="sign_in_unknown")
    return None


async def _redeemed(
    room: FederationRoom, context: Context, op: FinishSignIn, book: Book, one: OneTime
) -> Result[Arrived]:
    """What the provider says for the code; then the session, which is decided anew after a conflict, by itself."""
    try:
        who = await _person(room, op, book, one)
    except Fault as fault:
        return refused(room, context, fault, one.tenant, _via(book))
    back = one.details["back"]

    async def arrive() -> Result[Arrived]:
        result: Result[Any] = await signed_in(room, context, who, book.provider.terms)
        if result.then is not None:  # a refusal that is written down first
            return result
        arrived = Arrived(result.value, back, cookie_of(op.state), _path(room) + PATH)
        return Result(arrived, result.changes, result.effects)

    return step((), arrive)


async def _person(room: FederationRoom, op: FinishSignIn, book: Book, one: OneTime) -> Person:
    """Whom the provider names for the code. Raises `Fault`."""
    if op.issuer is None and (await book.metadata()).authorization_response_iss_parameter_supported:
        raise no_word("no_issuer")
    details, now = one.details, room.accounts.clock.now()
    callback = _callback(room, book.provider)
    return await person_of(
        book,
        Coming(op.code, callback, details["verifier"], details["nonce"], one.created // SECOND, now // SECOND),
    )
