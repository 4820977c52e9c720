"""What a provider publishes about itself, kept for as long as it says: where it is asked, and its signing keys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import msgspec

from parlance.core.accounts.federation.people import Provider
from parlance.ports.federation import Answered, ProviderCalls, TokenReader
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 60.0, 3600.0, 86_400.0
"""How long a document is kept: at least, where its answer says nothing, and at most."""
AGAIN_SECONDS = 10.0
"""Between two looks for a key that was not there: whoever sends made-up tokens must not make us ask all the time."""
WELL_KNOWN = "/.well-known/openid-configuration"
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})")
_ADDRESS = re.compile(r"(https?)://[!-~]+")


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says about itself (OpenID Connect Discovery 1.0), as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Errand:
    """Something that is fetched for all who ask at the same time: they share what comes of it, a failure too, so that
    nobody waits for a silent provider behind others who do."""

    def __init__(self, fetch: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._fetch = fetch
        self._going: asyncio.Task[None] | None = None

    @property
    def going(self) -> bool:
        """Whether it is under way."""
        return self._going is not None

    async def __call__(self) -> None:
        """Fetch it, or join those for whom it is being fetched."""
        if self._going is None:
            self._going = asyncio.get_running_loop().create_task(self._fetch())
            self._going.add_done_callback(self._over)
        await asyncio.shield(self._going)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._going = None
        _ = task.cancelled() or task.exception()  # whoever waited has heard of it, or has left


class Book:
    """One provider's documents. Raises `Fault(upstream)` or `Fault(timed_out)` where they cannot be had."""

    def __init__(self, provider: Provider, calls: ProviderCalls, tokens: TokenReader, clock: Clock) -> None:
        self.provider = provider
        self.calls = calls
        self._tokens = tokens
        self._clock = clock
        self._metadata: Metadata | None = None
        self._metadata_until = 0.0
        self._asking = _Errand(self._ask)
        self._keys: Any = None
        self._keys_until = 0.0
        self._looked = float("-inf")
        self._looking = _Errand(self._look)

    async def metadata(self) -> Metadata:
        """Where it is asked."""
        if self._metadata is None or self._metadata_until <= self._clock.monotonic():
            await self._asking()
        assert self._metadata is not None
        return self._metadata

    async def claims(self, token: str) -> Mapping[str, Any] | None:
        """What a token of the provider says, or `None` where none of its keys has signed it. New keys of the provider
        are found."""
        if self._keys is None or self._keys_until <= self._clock.monotonic():
            await self._looking()
        found = self._tokens.claims(token, self._keys)
        if found is None and (self._looking.going or self._looked + AGAIN_SECONDS <= self._clock.monotonic()):
            await self._looking()
            found = self._tokens.claims(token, self._keys)
        return found

    async def _ask(self) -> None:
        answered = await self._document(self.provider.issuer.rstrip("/") + WELL_KNOWN)
        self._metadata = self._read(answered.body)
        self._metadata_until = self._clock.monotonic() + seconds_of(answered.headers)

    async def _look(self) -> None:
        metadata = await self.metadata()
        self._looked = self._clock.monotonic()
        answered = await self._document(metadata.jwks_uri)
        keys = self._tokens.keys_in(answered.body)
        if keys is None:
            raise misconfigured("publishes no keys that can be used")
        self._keys, self._keys_until = keys, self._clock.monotonic() + seconds_of(answered.headers)

    async def _document(self, url: str) -> Answered:
        answered = await self.calls.get(url)
        if answered.status != 200:
            raise misconfigured("does not give what it should")
        return answered

    def _read(self, body: bytes) -> Metadata:
        try:
            found = msgspec.json.decode(body, type=Metadata)
        except (msgspec.DecodeError, RecursionError):
            raise misconfigured("does not say about itself what it should") from None
        if found.issuer != self.provider.issuer:
            raise misconfigured("calls itself by another name than `issuer` in the settings")
        plain = self.provider.issuer.startswith("http://")
        named = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
        for url in filter(None, named):
            fits = _ADDRESS.fullmatch(url)
            if fits is None or (fits[1] == "http" and not plain):
                raise misconfigured("names an address that is none")
        return found


def seconds_of(headers: Mapping[str, str]) -> float:
    """How long a document may be kept, by the headers of its answer, within reason."""
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    if found is None:
        return USUAL_SECONDS
    return min(max(float(found[1]), LEAST_SECONDS), MOST_SECONDS)


def misconfigured(why: str) -> Fault:
    """The provider answers, but not as a provider."""
    return Fault(
        Kind.upstream,
        f"The sign-in provider {why}.",
        hint="An admin finds it in the settings, under `accounts.oidc`.",
        code="provider_misconfigured",
    )
