"""Asking a sign-in provider: where the operator pointed us to, and where it points to itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.guard import Caller, Guard
from parlance.outbound.urls import parse
from parlance.ports.federation import Answered
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind

QUICK = Deadlines(connect=3.0, first_byte=5.0, between=5.0, total=8.0)
"""Somebody waits in front of a browser, and a provider answers within a second."""
MOST_BYTES = 1024 * 1024
"""Of an answer: the largest known key document has a hundredth of it."""
_FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
_JSON = (b"Accept", b"application/json")


class HttpProvider:
    """`ProviderCalls` over the client. `origin` is the one that the operator configured; it may be private, and plain
    `http`. What the provider itself names elsewhere is judged like an address that a user wrote."""

    def __init__(self, client: Caller, origin: Origin, guard: Guard, deadlines: Deadlines = QUICK) -> None:
        self._client = client
        self._origin = origin
        self._guard = guard
        self._deadlines = deadlines

    async def get(self, url: str, token: str | None = None) -> Answered:
        """A document."""
        shown = () if token is None else ((b"Authorization", f"Bearer {token}".encode()),)
        return await self._ask(url, "GET", (_JSON, *shown), b"")

    async def post(self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None = None) -> Answered:
        """The answer to a form."""
        shown = () if basic is None else (_basic(*basic),)
        return await self._ask(url, "POST", (_JSON, _FORM, *shown), urlencode(form).encode())

    async def _ask(self, url: str, method: str, headers: Headers, body: bytes) -> Answered:
        place = parse(url)
        if place is None or (place.origin != self._origin and place.origin.scheme != "https"):
            raise _unreachable(Kind.upstream)
        try:
            addresses = await self._guard.judged(place.origin, self._deadlines.connect)
            response = await self._client.fetch(
                Call(place.origin, method, place.target, headers, body, self._deadlines, MOST_BYTES, None, addresses)
            )
        except Fault as fault:
            if fault.kind is Kind.cancelled:
                raise
            raise _unreachable(Kind.timed_out if fault.kind is Kind.timed_out else Kind.upstream) from None
        named = {key.decode("latin-1"): value.decode("latin-1") for key, value in reversed(response.headers)}
        return Answered(response.status, named, response.body)


def _basic(name: str, password: str) -> tuple[bytes, bytes]:
    """Both are encoded as in a form first (RFC 6749, 2.3.1): a secret may hold a colon."""
    pair = f"{quote(name, safe='')}:{quote(password, safe='')}"
    return b"Authorization", b"Basic " + base64.b64encode(pair.encode())


def _unreachable(kind: Kind) -> Fault:
    """One sentence for whatever went wrong on the way: it names no address."""
    return Fault(
        kind,
        "The sign-in provider cannot be reached.",
        hint="Try again in a moment; if it stays so, an admin finds the provider's address in the settings.",
        code="provider_unreachable",
    )
