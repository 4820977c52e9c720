"""An office that lets people in by the word of others: a provider without a network, and a proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from parlance.core.accounts.federation.book import Book
from parlance.core.accounts.federation.handlers import AREA
from parlance.core.accounts.federation.operations import Arrived, BeginSignIn, Begun, FinishSignIn, SignInVouched
from parlance.core.accounts.federation.people import Provider, Terms, Vouched
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.federation.vouched import Vouchers
from parlance.core.accounts.operations import SignedIn
from parlance.core.admission.gate import Gate, Rates
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.operation import Operation
from parlance.stores.sql.identities import SqlIdentities
from parlance.testing.accounts import Office
from parlance.testing.databases import fresh
from parlance.testing.providers import CLIENT, GRACE, SECRET, StandIn
from parlance.values.accounts import NOBODY, Circumstances
from parlance.vault.id_tokens import JoseTokenReader

T = TypeVar("T")
ELSEWHERE = Circumstances("192.0.2.7", "a browser")
PUBLIC = "https://chat.example/ai"


class Hall:
    """Where people arrive: an office, a provider called `work`, and what may be wanted of them."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.provider = StandIn("https://id.example/realm", office.clock)
        self.configured = Provider("work", "Work", self.provider.issuer, CLIENT, lambda: SECRET)
        self.terms = Terms(unknown="user")
        self.arrange()

    def arrange(self, terms: Terms | None = None, **more: Any) -> None:
        """Other terms, or another configuration of the provider; what it published is forgotten."""
        self.terms = terms or self.terms
        self.configured = msgspec.structs.replace(self.configured, terms=self.terms, **more)
        book = Book(self.configured, self.provider, JoseTokenReader(), self.office.clock)
        identities = partial(SqlIdentities, self.office.database)
        room = FederationRoom(
            self.office.room, identities, self.office.counter, {"work": book}, PUBLIC, vouching=self.terms
        )
        handlers = {kind: partial(handle, room) for kind, handle in AREA.items()}
        gate = Gate(self.office.counter, Rates())
        self.dispatch = Dispatch(handlers, {}, gate, self.office.database)
        self.vouchers = Vouchers(self.office.registered, self.vouched)

    async def do(self, operation: Operation[T], came: Circumstances = ELSEWHERE) -> T:
        """For somebody who is not known yet. A moment passes, so that what is written down has an order."""
        self.office.clock.move(0.001)
        return await Caller(self.dispatch, NOBODY, "request-1", came)(operation)

    async def vouched(self, vouched: Vouched, came: Circumstances = ELSEWHERE) -> SignedIn:
        """By the word of a proxy."""
        return await self.do(SignInVouched(vouched), came)

    async def begun(self, **more: Any) -> Begun:
        """On the way to the provider."""
        return await self.do(BeginSignIn("work", **more))

    def back(self, begun: Begun, who: Mapping[str, Any] = GRACE, **more: Any) -> FinishSignIn:
        """On the way back, in the same browser."""
        query = {name: values[0] for name, values in parse_qs(self.provider.consent(begun.url, who)).items()}
        came = {"code": query["code"], "state": query["state"], "issuer": query["iss"], "browser": begun.browser}
        return FinishSignIn("work", **{**came, **more})

    async def sign_in(self, who: Mapping[str, Any] = GRACE, **more: Any) -> Arrived:
        """There and back again."""
        return await self.do(self.back(await self.begun(), who, **more))

    async def acts(self, act: str) -> list[dict[str, Any]]:
        """The details of the audit log's entries of one kind, newest first."""
        rows = await self.office.database.read(
            "SELECT details FROM audit_log WHERE act = :act ORDER BY id DESC", {"act": act}
        )
        return [msgspec.json.decode(str(row[0])) for row in rows]


def asked(begun: Begun) -> dict[str, str]:
    """What the browser says to the provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Hall]:
    """Nobody has an account yet."""
    async with fresh("memory", tmp_path) as rows:
        office = Office(rows)
        yield Hall(office)
        office.close()


@pytest.fixture
async def hall(empty: Hall) -> Hall:
    """Somebody is admin here already."""
    await empty.office.owner()
    return empty
