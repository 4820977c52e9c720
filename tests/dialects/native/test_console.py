"""The console link makes a browser of this machine the administrator, and nobody else."""

from __future__ import annotations

import hashlib

import pytest

from parlance.core.accounts.identity import Approach, Identity
from parlance.core.server.facts import ServerFacts
from parlance.core.server.operations import OpenConsole
from parlance.dialects.native.server import console
from parlance.dialects.table import Request
from parlance.testing.road import bench
from parlance.values.accounts import ALL_SCOPES, Principal
from parlance.values.errors import Fault, Kind

TOKEN = "a-long-random-token"


def asked(token: str, prefix: str = "") -> Request:
    return Request(
        "GET",
        "/parlance/console",
        params={},
        raw_query=f"token={token}",
        headers={},
        body=b"",
        content=None,
        id="r",
        prefix=prefix,
    )


async def test_the_right_link_sets_a_cookie_that_scripts_cannot_read_and_leads_home() -> None:
    identity = Identity({}, TOKEN)
    b = bench(facts=ServerFacts(is_console=identity.is_console))
    reply = await console(asked(TOKEN, "/ai"), b.caller(scopes=frozenset()))
    headers = dict(reply.headers)
    assert (reply.status, headers[b"location"]) == (303, b"/ai/")
    cookie = headers[b"set-cookie"].decode()
    assert cookie.startswith(f"parlance_console={TOKEN};")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    found = identity.identify(Approach(None, TOKEN, True))
    assert isinstance(found, Principal) and found.scopes == ALL_SCOPES


@pytest.mark.parametrize("secure", [True, False])
async def test_the_cookie_goes_over_https_alone_where_the_link_was_opened_so(secure: bool) -> None:
    """As the transport judged it, which knows our TLS and whom to trust: what the header says is not asked."""
    request = asked(TOKEN)
    request.secure = secure
    request.headers = {"x-forwarded-proto": "http" if secure else "https"}
    b = bench(facts=ServerFacts(is_console=Identity({}, TOKEN).is_console))
    cookie = dict((await console(request, b.caller(scopes=frozenset()))).headers)[b"set-cookie"].decode()
    assert ("Secure" in cookie.split("; ")) is secure


@pytest.mark.parametrize("token", ["", "wrong", hashlib.sha256(TOKEN.encode()).hexdigest()])
async def test_a_wrong_link_is_refused_and_sets_nothing(token: str) -> None:
    b = bench(facts=ServerFacts(is_console=Identity({}, TOKEN).is_console))
    with pytest.raises(Fault) as refused:
        await console(asked(token), b.caller(scopes=frozenset()))
    assert refused.value.kind is Kind.unauthenticated


async def test_without_a_console_token_no_link_is_right() -> None:
    with pytest.raises(Fault):
        await bench().caller(scopes=frozenset())(OpenConsole(""))
    assert not Identity({}, None).is_console("")
