"""Whom tokens stand for, as the database knows it, and a cache of that which never outlives a change."""

from __future__ import annotations

from parlance.core.accounts.access import Access
from parlance.core.accounts.tokens import LEEWAY, Tokens, is_signed
from parlance.ports.directory import Directory
from parlance.values.accounts import Known, Principal
from parlance.values.time import SECOND, Clock

SESSION_USE = "session"
"""What a signed token must be for to be a session's."""
MOST_KEPT = 10_000
"""Tokens that are remembered at once; what is forgotten costs one look-up."""


class Verified:
    """A token that was found: its principal, until when it holds (microseconds), and what it is a token of."""

    __slots__ = ("known", "principal", "until")

    def __init__(self, known: Known, principal: Principal, until: int | None) -> None:
        self.known = known
        self.principal = principal
        self.until = until


def principal_of(known: Known, *, operators_read: bool = False) -> Principal:
    """Who asks with a credential. A key may do what it was made for, as far as its user still may."""
    user, key, scopes = known.user, known.key, known.user.scopes
    if key is None:
        oversees = operators_read and "operate" in scopes
        return Principal(user.tenant, user.id, scopes=scopes, session=known.session, stored=True, oversees=oversees)
    return Principal(
        user.tenant,
        user.id,
        key.id,
        scopes=scopes.intersection(key.scopes),
        models=key.models,
        share_answers=key.share_answers,
        requests_per_minute=key.requests_per_minute,
        tokens_per_minute=key.tokens_per_minute,
        stored=True,
        keep_chats=key.keep_chats,
    )


class Registered:
    """Sessions and keys of the database. `operators_read` is the settings' word on what operators may read."""

    def __init__(
        self, directory: Directory, access: Access, tokens: Tokens, clock: Clock, *, operators_read: bool = False
    ) -> None:
        self.access = access
        self.visits: set[Verified] = set()
        """Who was here since somebody last looked."""
        self._directory = directory
        self._tokens = tokens
        self._clock = clock
        self._operators_read = operators_read
        self._kept: dict[str, Verified] = {}
        access.on_change.append(self._kept.clear)

    def cached(self, digest: str) -> Principal | None:
        """Whom a token stands for, where that is known and certain: without asking the database."""
        found = self._kept.get(digest)
        if found is None or not self.access.fresh or self._is_over(found.until):
            return None
        self.visits.add(found)
        return found.principal

    async def find(self, token: str, digest: str) -> Principal | None:
        """Whom a token stands for, by the database. Raises `Fault(busy)` when that cannot be reached."""
        generation = self.access.generation
        known, until = await (self._signed(token) if is_signed(token) else self._opaque(digest))
        if known is None or self._is_over(until):
            return None
        found = Verified(known, principal_of(known, operators_read=self._operators_read), until)
        self.visits.add(found)
        if generation == self.access.generation:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[digest] = found
        return found.principal

    async def _opaque(self, digest: str) -> tuple[Known | None, int | None]:
        known = await self._directory.by_digest(digest)
        return known, None if known is None else known.expires

    async def _signed(self, token: str) -> tuple[Known | None, int | None]:
        claims = self._tokens.read(SESSION_USE, token)
        if claims is None:
            return None, None
        known = (await self._directory.by_things(claims.tid, (claims.sid,))).get(claims.sid)
        if known is None or known.session != claims.sid or known.user.id != claims.sub:
            return None, None
        return known, min(known.expires or claims.exp * SECOND, (claims.exp + LEEWAY) * SECOND)

    def _is_over(self, until: int | None) -> bool:
        return until is not None and until <= self._clock.now()

    async def still(self, principals: set[Principal]) -> dict[Principal, Principal | None]:
        """What these principals may do now; `None` for those whose session or key is gone."""
        by_tenant: dict[str, set[str]] = {}
        for one in principals:
            by_tenant.setdefault(one.tenant, set()).add(_thing(one))
        found = {
            (tenant, thing): known
            for tenant, things in by_tenant.items()
            for thing, known in (await self._directory.by_things(tenant, sorted(things))).items()
        }
        now = {one: found.get((one.tenant, _thing(one))) for one in principals}
        return {
            one: None if known is None else principal_of(known, operators_read=self._operators_read)
            for one, known in now.items()
        }


def _thing(principal: Principal) -> str:
    return principal.key or principal.session or ""
