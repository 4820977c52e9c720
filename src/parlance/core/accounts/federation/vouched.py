"""Signing in by the word of a proxy in front of us: who is vouched for, and the session that stands behind them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import msgspec

from parlance.core.accounts.federation.arrival import signed_in
from parlance.core.accounts.federation.claims import called, is_subject
from parlance.core.accounts.federation.operations import SignInVouched
from parlance.core.accounts.federation.people import Person, Vouched
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.names import checked_email, checked_name
from parlance.core.accounts.operations import SignedIn
from parlance.core.accounts.registered import Registered
from parlance.core.accounts.tokens import digest_of
from parlance.core.operation import Context, Result
from parlance.values.accounts import Circumstances, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded

ISSUER = "header"
SESSION_SECONDS = 86_400.0
"""How long a session behind a header lasts: then groups and account are looked at anew."""
MOST_KEPT = 10_000
_BETWEEN = re.compile(r"[,|]")


async def sign_in_vouched(room: FederationRoom, context: Context, op: SignInVouched) -> Result[SignedIn]:
    """Handle `SignInVouched`."""
    brief = msgspec.structs.replace(room.accounts, session_seconds=SESSION_SECONDS)
    here = msgspec.structs.replace(room, accounts=brief)
    return await signed_in(here, context, _person(op.vouched), room.vouching)


def _person(vouched: Vouched) -> Person:
    """Whom a proxy names. What it says is believed, but must be a name or an address. Raises `Fault(invalid)`."""
    user, address = vouched.user.strip(), vouched.email.strip()
    if "," in user + address or not is_subject(user):
        raise Fault(Kind.invalid, "The proxy did not name one person.", code="bad_vouching")
    email = checked_email(address or user) if address or "@" in user else None
    name = checked_name((called(vouched.name) if email else "") or called(user), signs_in=email is None)
    groups = frozenset(filter(None, (each.strip() for each in _BETWEEN.split(vouched.groups))))
    return Person(ISSUER, folded(user), "header", name, email, email or name, groups)


class Vouchers:
    """Sessions of those for whom proxies vouch, as this process began them; each is found by all that the proxy said.

    `begin` begins one (`SignInVouched`, through dispatch).
    """

    def __init__(self, registered: Registered, begin: Callable[[Vouched, Circumstances], Awaitable[SignedIn]]) -> None:
        self._registered = registered
        self._begin = begin
        self._tokens: dict[Vouched, str] = {}
        self._beginning: dict[Vouched, asyncio.Task[str]] = {}

    async def principal(self, vouched: Vouched, came: Circumstances) -> Principal:
        """Who is vouched for, with a session that goes on. Raises `Fault` where they are not let in."""
        await self._registered.access.ready()
        token = self._tokens.get(vouched)
        found = None if token is None else await self._known(token)
        if found is not None:
            return found
        found = await self._known(await self._fresh(vouched, came))
        if found is None:  # it was ended in the very moment in which it began
            raise Fault(Kind.unauthenticated, "This session is over.", hint="Ask again.", code="session_over")
        return found

    async def _known(self, token: str) -> Principal | None:
        digest = digest_of(token)
        return self._registered.cached(digest) or await self._registered.find(token, digest)

    async def _fresh(self, vouched: Vouched, came: Circumstances) -> str:
        """A new session; a page's many requests at once get one."""
        going = self._beginning.get(vouched)
        if going is None:
            going = asyncio.get_running_loop().create_task(self._begun(vouched, came))
            self._beginning[vouched] = going
            going.add_done_callback(lambda task: self._over(vouched, task))
        return await asyncio.shield(going)

    async def _begun(self, vouched: Vouched, came: Circumstances) -> str:
        token = (await self._begin(vouched, came)).token
        if len(self._tokens) >= MOST_KEPT:
            self._tokens.clear()
        self._tokens[vouched] = token
        return token

    def _over(self, vouched: Vouched, task: asyncio.Task[str]) -> None:
        del self._beginning[vouched]
        _ = task.cancelled() or task.exception()  # whoever waited has heard of it, or has left
