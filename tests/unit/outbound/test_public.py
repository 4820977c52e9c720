"""A client that only leaves for the open internet."""

from __future__ import annotations

import pytest

from parlance.outbound.calls import Call, Origin
from parlance.outbound.client import Client
from parlance.outbound.public import PublicOnly, must_be_public
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.test_pointing import PUBLIC, Names


async def test_the_addresses_of_a_public_name_are_passed_on() -> None:
    """As they were judged, so that nothing else is dialled."""
    assert await PublicOnly(Names(*PUBLIC))("api.example.org", 443) == PUBLIC


@pytest.mark.parametrize("addresses", [("10.0.0.7",), (*PUBLIC, "127.0.0.1"), ("::1",), ("169.254.169.254",)])
async def test_a_name_with_a_single_private_address_is_refused(addresses: tuple[str, ...]) -> None:
    """One is enough to be led inside."""
    with pytest.raises(Fault) as refused:
        await PublicOnly(Names(*addresses))("api.example.org", 443)
    assert (refused.value.kind, refused.value.code) == (Kind.invalid, "private_address")


async def test_a_local_name_is_not_even_looked_up() -> None:
    """Only a local network can answer it."""
    names = Names(*PUBLIC)
    with pytest.raises(Fault):
        await PublicOnly(names)("printer.local", 80)
    assert names.asked == []


async def test_a_client_dials_nothing_that_is_private() -> None:
    """Its caller hears why."""
    client = Client(resolve=PublicOnly(Names("127.0.0.1")))
    with pytest.raises(Fault) as refused:
        await client.fetch(Call(Origin("http", "inside.example.org", 80)))
    assert refused.value.code == "private_address"
    await client.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "192.168.1.4", "localhost", "ollama", "gpu.internal"])
def test_what_is_plainly_private_is_refused_before_anything_is_looked_up(host: str) -> None:
    """Numbers are never looked up, so nobody else would judge them."""
    with pytest.raises(Fault) as refused:
        must_be_public(Origin("http", host, 80))
    assert refused.value.field == "base_url" and "private_addresses" in (refused.value.hint or "")


@pytest.mark.parametrize("host", [PUBLIC[0], "api.example.org"])
def test_what_may_be_public_passes(host: str) -> None:
    """Names are judged by what they turn out to be."""
    must_be_public(Origin("https", host, 443))
