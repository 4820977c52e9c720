"""From settings to signing in by another server's word: providers, and whose headers are believed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from parlance.assembly.access import row_id
from parlance.assembly.accounts import Staff
from parlance.core.accounts.federation.book import Book
from parlance.core.accounts.federation.operations import SignInVouched
from parlance.core.accounts.federation.people import Provider, Terms, Vouched
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.federation.vouched import Vouchers
from parlance.core.accounts.identity import Approach, shared
from parlance.core.accounts.operations import SignedIn
from parlance.core.accounts.room import AccountRoom
from parlance.core.dispatch import Dispatch
from parlance.outbound.calls import Origin
from parlance.outbound.client import Client
from parlance.outbound.guard import Guard
from parlance.outbound.providers import HttpProvider
from parlance.ports.coordination import Counter
from parlance.ports.stores import Database
from parlance.settings.federation import Oidc, TrustedHeader
from parlance.settings.schema import Settings
from parlance.stores.sql.identities import SqlIdentities
from parlance.transports.http.gateway import Facts
from parlance.transports.http.vouching import Vouching
from parlance.values.accounts import NOBODY, Circumstances, Principal
from parlance.values.errors import Fault, Kind
from parlance.vault.id_tokens import JoseTokenReader


class Federation:
    """The room, and those for whom proxies vouch. `dispatch` is asked for when it is needed: it is made later."""

    def __init__(
        self,
        settings: Settings,
        staff: Staff,
        database: Database,
        counter: Counter,
        client: Client,
        dispatch: Callable[[], Dispatch],
    ) -> None:
        self.room = _room(settings, staff.room, database, counter, client)
        self._staff = staff
        self._dispatch = dispatch
        self._vouchers = Vouchers(staff.registered, self._begin)

    async def vouched(self, facts: Facts, approach: Approach) -> Principal:
        """Who asks through a proxy that vouches for somebody: whoever a key stands for that is sent and known, else the
        one that is named. Raises `Fault` as signing in does."""
        bare = msgspec.structs.replace(approach, session=None, console=None, local=False, guest=None)
        try:
            if approach.token is not None:
                found = self._staff.identity.identify(bare)
                return found if isinstance(found, Principal) else await found
        except Fault as fault:
            if fault.kind is not Kind.unauthenticated:
                raise
        assert facts.vouched is not None
        came = Circumstances(facts.peer, facts.agent)
        return shared(approach, await self._vouchers.principal(facts.vouched, came))

    async def _begin(self, vouched: Vouched, came: Circumstances) -> SignedIn:
        return await self._dispatch()(NOBODY, "vouched", SignInVouched(vouched), came)


def _room(
    settings: Settings, accounts: AccountRoom, database: Database, counter: Counter, client: Client
) -> FederationRoom:
    chosen = settings.accounts
    return FederationRoom(
        accounts=accounts,
        identities=partial(SqlIdentities, database),
        counter=counter,
        books={each.name: _book(each, accounts, client) for each in chosen.oidc},
        public_url=(chosen.public_url or "").rstrip("/"),
        vouching=_terms(chosen.trusted_header),
    )


def _book(configured: Oidc, accounts: AccountRoom, client: Client) -> Book:
    origin, _ = Origin.split(configured.issuer)
    calls = HttpProvider(client, origin, Guard(client, allowed=frozenset({origin})))
    return Book(_provider(configured), calls, JoseTokenReader(), accounts.clock)


def _provider(configured: Oidc) -> Provider:
    secret = configured.client_secret
    return Provider(
        name=configured.name,
        title=configured.title or configured.name,
        issuer=configured.issuer,
        client_id=configured.client_id,
        secret=None if secret is None else secret.reveal,
        scopes=tuple(dict.fromkeys(("openid", *configured.scopes))),
        name_claim=configured.name_claim,
        email_claim=configured.email_claim,
        groups_claim=configured.groups_claim,
        terms=_terms(configured),
    )


def _terms(configured: Oidc | TrustedHeader) -> Terms:
    return Terms(row_id(configured.tenant), configured.unknown, configured.link, configured.admin_group)


def vouching(settings: Settings) -> Vouching | None:
    """Whose headers say who asks, if anybody's."""
    header = settings.accounts.trusted_header
    if header.user is None:
        return None
    names = (header.user, header.name, header.email, header.groups)
    return Vouching(header.networks, *("" if name is None else name.lower() for name in names))
