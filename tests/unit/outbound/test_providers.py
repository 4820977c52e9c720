"""Asking a sign-in provider: what the operator configured freely, what the provider names only as far as it is safe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from parlance.outbound.calls import Call, Origin
from parlance.outbound.client import Client, Response
from parlance.outbound.guard import Guard
from parlance.outbound.providers import HttpProvider
from parlance.ports.fetching import Deadlines
from parlance.testing.providers import CLIENT, SECRET
from parlance.testing.upstreams import Behaviour, MockOidc
from parlance.values.errors import Fault, Kind

SHORT = Deadlines(connect=0.3, first_byte=0.3, between=0.3, total=0.5)


class Told:
    """A client that answers as it is told, and remembers what it was asked."""

    def __init__(self, end: Response | Fault) -> None:
        self.end = end
        self.calls: list[Call] = []

    async def fetch(self, call: Call) -> Response:
        """The answer."""
        self.calls.append(call)
        if isinstance(self.end, Fault):
            raise self.end
        return self.end


async def resolved(host: str, port: int) -> Sequence[str]:
    """Names of these tests."""
    return {"id.lan": ("10.0.0.7",), "keys.example": ("93.184.215.14",)}.get(host, ("127.0.0.1",))


def provider(client: Any, url: str = "http://id.lan", deadlines: Deadlines = SHORT) -> HttpProvider:
    origin, _ = Origin.split(url)
    guard = Guard(client, resolve=resolved, allowed=frozenset({origin}))
    return HttpProvider(client, origin, guard, deadlines)


OK = Response(200, ((b"cache-control", b"max-age=5"), (b"cache-control", b"no-store")), b"{}")


async def test_the_operators_own_address_may_be_private(client: Client) -> None:
    """And whatever is elsewhere must be public, and encrypted; the address that was judged is the one that is asked."""
    told = Told(OK)
    calls = provider(told)
    answered = await calls.get("http://id.lan/realm?x=1")
    assert (answered.status, answered.headers, answered.body) == (200, {"cache-control": "max-age=5"}, b"{}")
    await calls.get("https://keys.example/keys")
    assert [(call.origin.host, call.target, call.addresses) for call in told.calls] == [
        ("id.lan", "/realm?x=1", ("10.0.0.7",)),
        ("keys.example", "/keys", ("93.184.215.14",)),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/keys",
        "https://inside.example/keys",
        "https://169.254.169.254/latest",
        "https://localhost/keys",
        "http://id.lan:81/keys",
        "file:///etc/passwd",
        "http://id.lan@evil.example/",
    ],
)
async def test_a_provider_leads_nowhere_inside(url: str) -> None:
    """What it says about itself is somebody else's word."""
    told = Told(OK)
    with pytest.raises(Fault) as caught:
        await provider(told).get(url)
    assert (caught.value.kind, caught.value.code, told.calls) == (Kind.upstream, "provider_unreachable", [])


@pytest.mark.parametrize(
    ("end", "kind", "code"),
    [
        (Fault(Kind.timed_out, "x", code="stalled"), Kind.timed_out, "provider_unreachable"),
        (Fault(Kind.upstream, "x", code="damaged"), Kind.upstream, "provider_unreachable"),
        (Fault(Kind.cancelled, "x", code="draining"), Kind.cancelled, "draining"),
    ],
)
async def test_whatever_goes_wrong_is_one_sentence(end: Fault, kind: Kind, code: str) -> None:
    """But for our own end, which is not the provider's fault."""
    with pytest.raises(Fault) as caught:
        await provider(Told(end)).get("http://id.lan/")
    assert (caught.value.kind, caught.value.code) == (kind, code)


async def test_a_form_arrives_as_it_was_meant(client: Client) -> None:
    """With a name and a password that hold what a header may not: they are encoded as the standard says."""
    async with MockOidc() as upstream:
        calls = provider(client, upstream.origin)
        answered = await calls.post(f"{upstream.origin}/token", {"code": "a b&c=d"}, (CLIENT, SECRET))
        assert (answered.status, answered.body) == (400, b'{"error":"invalid_grant"}')
        assert upstream.calls[0].body == b"code=a+b%26c%3Dd"
        answered = await calls.post(f"{upstream.origin}/token", {"code": "x"})
        assert answered.status == 401
        assert (await calls.get(f"{upstream.origin}/userinfo", "a token")).status == 401
        assert upstream.calls[-1].headers["authorization"] == "Bearer a token"


@pytest.mark.parametrize("behaviour", [Behaviour.REFUSED, Behaviour.HEADER_HANG])
async def test_a_provider_that_is_not_there_is_soon_given_up(client: Client, behaviour: Behaviour) -> None:
    async with MockOidc(behaviour=behaviour) as upstream:
        with pytest.raises(Fault) as caught:
            await provider(client, upstream.origin).get(upstream.origin + "/keys")
    assert caught.value.code == "provider_unreachable"
