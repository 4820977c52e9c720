"""Signing in with a provider, as a browser does it: away to the provider, back again, and on with a session's cookie.

These routes are open: whoever comes back from a provider comes from another origin, and knows nobody here yet. What
protects them is the cookie that the way there leaves in the browser (`core/accounts/federation/oidc.py`).
"""

from __future__ import annotations

import html

from parlance.core.accounts.federation.operations import (
    PATH,
    BeginSignIn,
    FinishSignIn,
    ListProviders,
    Offers,
    cookie_of,
)
from parlance.dialects.native.cookies import cookie, cookies
from parlance.dialects.native.errors import fault_reply, status_of
from parlance.dialects.native.page import PAGE_HEADERS, framed
from parlance.dialects.table import HTML_TYPE, Do, Headers, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault

_QUIET: Headers = ((b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer"))
"""State and code stand in addresses: no cache keeps them, and no page that follows is told of them."""
_FAILED = """<section class="notice" aria-label="Sign-in"><h2>Nobody was signed in</h2>
<p>{message}</p><p>{hint}</p><p><a href="{home}">To the start</a></p></section>"""


async def offered(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in`: with which providers one can."""
    return Reply(json_door.encode(await do(ListProviders())), headers=_QUIET)


async def begin(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in/{provider}`: the way there."""
    try:
        begun = await do(BeginSignIn(request.params["provider"], request.query.get("back", "")))
    except Fault as fault:
        return _failed(fault, request)
    # Who configured a provider said under which URL the server is found, whether its proxy is trusted or not.
    kept = cookie(request, begun.cookie, begun.browser, begun.seconds, path=begun.path, secure=begun.secure)
    return Reply(status=303, headers=(_location(begun.url), kept, *_QUIET))


async def finish(request: Request, do: Do) -> Reply:
    """`GET /parlance/sign-in/{provider}/callback`: the way back."""
    query, state = request.query, request.query.get("state", "")
    operation = FinishSignIn(
        request.params["provider"],
        state,
        query.get("code", ""),
        query.get("error", ""),
        query.get("iss"),
        _kept(request, cookie_of(state)),
    )
    try:
        arrived = await do(operation)
    except Fault as fault:
        return _failed(fault, request)
    over = cookie(request, arrived.cookie, "", 0, path=arrived.path)
    begun = cookies(operation, arrived.signed, request)
    return Reply(status=303, headers=(_location(arrived.back), over, *begun, _QUIET[1]))


def _location(url: str) -> tuple[bytes, bytes]:
    return b"location", url.encode()


def _kept(request: Request, name: str) -> str | None:
    """What this browser keeps in a cookie."""
    pairs = (pair.partition("=") for pair in request.headers.get("cookie", "").split(";"))
    return next((value.strip() for key, _, value in pairs if key.strip() == name), None)


def _failed(fault: Fault, request: Request) -> Reply:
    """Why nobody was signed in: in words for a person where a browser asks, else a problem document."""
    if "text/html" not in request.headers.get("accept", ""):
        reply = fault_reply(fault, request)
        reply.headers = (*reply.headers, *_QUIET)
        return reply
    words = {"message": fault.message, "hint": fault.hint or "", "home": f"{request.prefix}/"}
    body = framed(_FAILED.format(**{name: html.escape(value) for name, value in words.items()}))
    return Reply(body, status=status_of(fault), type=HTML_TYPE, headers=PAGE_HEADERS)


_PROVIDER = f"{PATH}/{{provider}}"
ROWS = (
    Row("GET", PATH, "providers", offered, (ListProviders,), "With whom one can sign in", gives=Offers, open=True),
    Row(
        "GET",
        _PROVIDER,
        "sign_in.begin",
        begin,
        (BeginSignIn,),
        "Sign in with a provider: sends the browser there",
        queries=(("back", "Where to go afterwards: a path of this server."),),
        statuses=(303,),
        open=True,
    ),
    Row(
        "GET",
        f"{_PROVIDER}/callback",
        "sign_in.finish",
        finish,
        (FinishSignIn,),
        "Come back from a provider",
        queries=(
            ("state", "What the way there gave to the provider."),
            ("code", "What the provider gives for it."),
            ("error", "Why it gives nothing."),
            ("iss", "Which provider this is (RFC 9207)."),
        ),
        statuses=(303,),
        open=True,
    ),
)
