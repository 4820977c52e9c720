"""The fetcher for URLs that users name. Its promises stand in `ports/fetching.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.outbound.addresses import is_numeric, is_public
from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.client import Response
from parlance.outbound.dialing import Resolver, look_up
from parlance.outbound.urls import Place, follow, parse
from parlance.ports.fetching import FETCHING, Deadlines, Fetched
from parlance.values.errors import Fault, Kind

MAX_HOPS = 5
"""Redirects followed, as in the promise; browsers follow twenty, honest pages need two."""

_REDIRECTS = {301, 302, 303, 307, 308}
_NOWHERE = Origin("https", "invalid", 443)
_LOCAL = (
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
    ".onion",
    ".in-addr.arpa",
    ".ip6.arpa",
)


def refusal() -> Fault:
    """The one answer for refused, closed, silent and unknown addresses, so that it tells nothing about a network."""
    return Fault(
        Kind.invalid,
        "This address cannot be fetched.",
        hint="Only public http and https addresses that answer can be fetched.",
        field="url",
        code="not_fetched",
    )


class Whole(msgspec.Struct, frozen=True):
    """What a part is one of: how many bytes that has, and the tag that changes with it, where these are said."""

    length: int | None = None
    tag: str = ""


class Caller(Protocol):
    """What a guard needs of a client."""

    async def fetch(self, call: Call) -> Response:
        """The whole answer to one call; redirects are answers."""
        ...


class Guard:
    """Fetches what it may through a `Client`, which dials only addresses that were judged here."""

    def __init__(
        self, client: Caller, *, resolve: Resolver = look_up, allowed: frozenset[Origin] = frozenset()
    ) -> None:
        """`allowed` are the operator's own origins, which may be private; they are matched whole."""
        self._client = client
        self._resolve = resolve
        self._allowed = allowed

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        deadlines: Deadlines = FETCHING,
        accept: str = "*/*",
        headers: Headers = (),
    ) -> Fetched:
        """See `ports.fetching.Fetcher`."""
        wish = Call(_NOWHERE, headers=headers, deadlines=deadlines, max_body=max_bytes)
        return (await self._bounded(url, wish, ((b"Accept", accept.encode("utf-8")),)))[0]

    async def part(self, url: str, start: int, size: int, deadlines: Deadlines = FETCHING) -> tuple[Fetched, Whole]:
        """At most `size` bytes of what is there, from `start` on, and what is said of all of it.
        Status 206: these bytes; 200: all, from a server that gives no parts; 416: there is nothing from `start` on.

        The range goes along wherever a redirect leads: it says nothing about who asks. Raises as `fetch` does.
        """
        wish = Call(_NOWHERE, deadlines=deadlines, max_body=size)
        wanted = b"bytes=%d-%d" % (start, start + size - 1)
        return await self._bounded(url, wish, ((b"Accept", b"*/*"), (b"Range", wanted)))

    async def _bounded(self, url: str, wish: Call, always: Headers) -> tuple[Fetched, Whole]:
        try:
            async with asyncio.timeout(wish.deadlines.total):
                return await self._follow(parse(url), wish, always)
        except TimeoutError:
            raise refusal() from None
        except Fault as fault:
            if fault.code == "answer_too_large":
                raise Fault(Kind.too_large, "The document is too large.", code="document_too_large") from None
            if fault.kind in (Kind.upstream, Kind.timed_out):
                raise refusal() from None
            raise

    async def _follow(self, place: Place | None, wish: Call, always: Headers) -> tuple[Fetched, Whole]:
        headers = wish.headers
        for _ in range(MAX_HOPS + 1):
            if place is None:
                break
            call = msgspec.structs.replace(
                wish,
                origin=place.origin,
                target=place.target,
                headers=(*always, *headers),
                addresses=await self.judged(place.origin, wish.deadlines.connect),
            )
            response = await self._client.fetch(call)
            location = response.header(b"location") if response.status in _REDIRECTS else None
            if location is None:
                return _fetched(place, response), _whole(response)
            here, place = place.origin, _onward(place, location)
            if place is not None and place.origin != here:
                headers = ()  # they were meant for the first origin, and do not come back with it
        raise refusal()

    def trusts(self, url: str) -> bool:
        """Whether an address is of one of the operator's own origins."""
        place = parse(url)
        return place is not None and place.origin in self._allowed

    async def judged(self, origin: Origin, patience: float) -> tuple[str, ...]:
        """The addresses that may be dialled. Raises the refusal if a single one may not."""
        trusted = origin in self._allowed
        if is_numeric(origin.host):
            addresses: Sequence[str] = (origin.host,)
        elif trusted or not is_local(origin.host):
            addresses = await self._addresses(origin, patience)
        else:
            raise refusal()
        if not addresses or not (trusted or all(is_public(address) for address in addresses)):
            raise refusal()
        return tuple(addresses)

    async def _addresses(self, origin: Origin, patience: float) -> Sequence[str]:
        try:
            async with asyncio.timeout(patience):
                return await self._resolve(origin.host, origin.port)
        except (OSError, UnicodeError):
            raise refusal() from None


def is_local(host: str) -> bool:
    """A name that only a local network can answer; it is not even looked up."""
    return "." not in host or host.endswith(_LOCAL)


def _onward(place: Place, location: bytes) -> Place | None:
    """Where a redirect leads, unless it gives up encryption."""
    following = follow(place, location)
    if following is not None and place.origin.scheme == "https" and following.origin.scheme == "http":
        return None
    return following


def _whole(response: Response) -> Whole:
    """All of it, as a part of it says."""
    total = (response.header(b"content-range") or b"").rpartition(b"/")[2]
    length = int(total) if total.isdigit() and len(total) < 19 else None
    return Whole(length, (response.header(b"etag") or b"").decode("latin-1")[:200])


def _fetched(place: Place, response: Response) -> Fetched:
    kind = (response.header(b"content-type") or b"").decode("latin-1").lower()
    media_type, *parameters = [part.strip() for part in kind.split(";")]
    charset = next((part[8:].strip("\"' ") for part in parameters if part.startswith("charset=")), "")
    return Fetched(place.url, response.status, media_type, charset, response.body)
