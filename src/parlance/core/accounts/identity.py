"""From credentials to a principal: configured keys, the console token, what the database knows, local mode, guests.

Before any key or account exists, a caller on this machine is its owner for chat, models and own chats; all else needs
the console token, which only somebody who can read the owner's files has.

Who is known in memory is answered at once, without asking the database; everybody else is awaited.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Iterable, Mapping

import msgspec

from parlance.core.accounts.registered import Registered
from parlance.core.accounts.tokens import digest_of, is_ours
from parlance.core.server.facts import UNLOCKING
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, OWNER, Principal, Scope
from parlance.values.errors import Fault, Kind

LOCAL: frozenset[Scope] = frozenset({"chat", "models:write", "observe"})
"""What the machine's owner may do without the console token: chat, models, own chats, and watching."""


class Approach(msgspec.Struct, frozen=True):
    """How a caller came: what credential it showed, and whether it is surely a program of this machine.

    `token` is what the request carries as its key, `session` and `console` are cookies, which count only where there is
    no key. `guest` is the name the door gives to callers without credentials; `share` the door's word on sharing
    answers, `keep` its word on keeping what is said as chats. `wide` says that the door listens beyond this machine,
    `anyone` that what is asked for is for those who are not known yet.
    """

    token: str | None
    console: str | None
    local: bool
    guest: str | None = None
    share: bool | None = None
    wide: bool = True
    session: str | None = None
    anyone: bool = False
    keep: bool = False


class Identity:
    """Knows the configured keys by the SHA-256 of their text. `console` is the token of the 0600 file, if there is one;
    `registered` knows the keys and sessions of the database, if there is one."""

    def __init__(
        self, keys: Mapping[str, Principal], console: str | None, registered: Registered | None = None
    ) -> None:
        self._keys = dict(keys)
        self._console = digest_of(console) if console else None
        self._registered = registered
        self._seen: dict[str, str] = {}

    @property
    def has_keys(self) -> bool:
        """Whether anybody but the machine's owner is known: a configured key, a stored one, or an account."""
        return bool(self._keys) or (self._registered is not None and self._registered.access.inhabited)

    def identify(self, approach: Approach) -> Principal | Awaitable[Principal]:
        """The principal, or `Fault(unauthenticated)` with what to do about it; awaited where the database must be
        asked, which may be a `Fault(busy)`."""
        principal = self._at_once(approach)
        return self._asked(approach) if principal is None else shared(approach, principal)

    def is_console(self, token: str) -> bool:
        """Whether this is the console token; where it counts is `identify`'s business."""
        return self._console is not None and hmac.compare_digest(digest_of(token), self._console)

    def _at_once(self, approach: Approach) -> Principal | None:
        """The principal where memory is enough; `None` where the database must be asked."""
        token, registered = approach.token or approach.session, self._registered
        if token is not None:
            found = self._remembered(approach, token)
            if found is not None:
                return found
        if registered is None or (token is None and self._shows_console(approach)):
            return self._without(approach)
        certain = registered.access.fresh and not self._may_be_known(token)
        return self._without(approach) if certain else None

    def _remembered(self, approach: Approach, token: str) -> Principal | None:
        digest = self._digest(token)
        if approach.token is not None:
            key = self._keys.get(digest)
            if key is not None:
                return key
            shown = self._console is not None and hmac.compare_digest(digest, self._console)
            if shown and (approach.local or approach.anyone):
                # From elsewhere it says who makes the first account, and no more than that.
                return Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES if approach.local else frozenset())
        return None if self._registered is None else self._registered.cached(digest)

    def _may_be_known(self, token: str | None) -> bool:
        """Whether the database may know a token: while nobody has an account, only one that was made here, perhaps by
        another process a moment ago."""
        registered = self._registered
        return token is not None and registered is not None and (registered.access.inhabited or is_ours(token))

    async def _asked(self, approach: Approach) -> Principal:
        registered = self._registered
        assert registered is not None
        await registered.access.ready()
        token = approach.token or approach.session
        found = None
        if token is not None and self._may_be_known(token):
            found = await registered.find(token, self._digest(token))
        return shared(approach, found or self._without(approach))

    def _without(self, approach: Approach) -> Principal:
        """Who a caller is whose token, if there is one, stands for nobody."""
        if approach.token is None and self._shows_console(approach):
            return Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)
        if approach.local and not self.has_keys:
            # Stock clients always send some key: on one's own machine, with no key configured, it means nothing.
            return Principal(DEFAULT_TENANT, OWNER, scopes=LOCAL)
        if approach.token is None and approach.guest is not None:
            return Principal(DEFAULT_TENANT, approach.guest, guest=True)
        raise self._refusal(approach)

    def _shows_console(self, approach: Approach) -> bool:
        return approach.console is not None and approach.local and self.is_console(approach.console)

    def _digest(self, token: str) -> str:
        """SHA-256 of a token; the last ones are remembered, since a client sends the same one every time."""
        digest = self._seen.get(token)
        if digest is None:
            if len(self._seen) >= 1024:
                self._seen.clear()
            digest = self._seen[token] = digest_of(token)
        return digest

    def _refusal(self, approach: Approach) -> Fault:
        if not self.has_keys:
            return Fault(
                Kind.unauthenticated,
                "This door is open beyond this machine, but no key exists yet."
                if approach.wide
                else "Without a key only programs of this machine are served, and this came through a proxy or a page.",
                hint=UNLOCKING.format(command="parlance"),
                code="no_keys",
            )
        if approach.token is not None:
            return Fault(Kind.unauthenticated, "This API key is not known here.", code="invalid_api_key")
        if approach.session is not None:
            return Fault(Kind.unauthenticated, "This session is over.", hint="Sign in again.", code="session_over")
        return Fault(
            Kind.unauthenticated,
            "No API key was sent.",
            hint="Send it as `Authorization: Bearer <key>`.",
            code="missing_api_key",
        )


def shared(approach: Approach, principal: Principal) -> Principal:
    """With the door's word on sharing answers and keeping chats, where the principal has none of its own."""
    if approach.share is not None and principal.share_answers is None:
        principal = msgspec.structs.replace(principal, share_answers=approach.share)
    if approach.keep and not principal.keep_chats:
        principal = msgspec.structs.replace(principal, keep_chats=True)
    return principal


def principals(keys: Iterable[tuple[str, Principal]]) -> dict[str, Principal]:
    """Keys by their hexadecimal hash, from (`sha256:<hex>`, principal) pairs."""
    return {hash.removeprefix("sha256:").lower(): principal for hash, principal in keys}
