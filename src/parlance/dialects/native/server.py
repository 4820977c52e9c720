"""The server's own routes: liveness, readiness, metrics, and the page a browser sees."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from parlance.core.server.operations import OpenConsole, ReadFace, ReadHealth, ReadMetrics, ReadReady
from parlance.dialects.native.cookies import cookie
from parlance.dialects.native.page import PAGE_HEADERS, render
from parlance.dialects.plain_page import language_of
from parlance.dialects.table import HTML_TYPE, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.time import SECOND

CONSOLE_COOKIE = "parlance_console"
COOKIE_SECONDS = 30 * 24 * 3600
"""A month: an administrator of one machine need not look for the link every day; the token's file revokes it."""
METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    b'<path fill="#3d6fb6" d="M2 2h12v9H8l-4 3v-3H2z"/></svg>'
)
"""What browsers show in a tab: they ask every server for one."""
_NO_STORE = ((b"cache-control", b"no-store"),)


class Health(msgspec.Struct, frozen=True):
    """The process answers. `timestamp` is RFC 3339 in UTC."""

    status: str
    timestamp: str


class Ready(msgspec.Struct, frozen=True):
    """Whether new work is taken: `ready`, or `draining` with status 503."""

    status: str


async def health(request: Request, do: Do) -> Reply:
    """`GET /health`: 200 as long as the process lives."""
    now = await do(ReadHealth())
    stamp = datetime.fromtimestamp(now / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Reply(json_door.encode(Health("healthy", stamp)), headers=_NO_STORE)


async def ready(request: Request, do: Do) -> Reply:
    """`GET /ready`: 200 while new work is taken, else 503."""
    taken = await do(ReadReady())
    body = json_door.encode(Ready("ready" if taken else "draining"))
    return Reply(body, status=200 if taken else 503, headers=_NO_STORE)


async def metrics(request: Request, do: Do) -> Reply:
    """`GET /metrics`: for Prometheus, in its text format."""
    return Reply(await do(ReadMetrics()), type=METRICS_TYPE, headers=_NO_STORE)


async def page(request: Request, do: Do) -> Reply:
    """`GET /` of a browser: what this server is and where its interfaces are."""
    face = await do(ReadFace())
    host, language = request.headers.get("host", ""), language_of(request)
    body = render(face, host, request.prefix, secure=request.secure, language=language)
    return Reply(body, type=HTML_TYPE, headers=PAGE_HEADERS)


async def icon(request: Request, do: Do) -> Reply:
    """`GET /favicon.ico`: a speech bubble."""
    return Reply(ICON, type=b"image/svg+xml", headers=((b"cache-control", b"max-age=86400"),))


async def console(request: Request, do: Do) -> Reply:
    """`GET /parlance/console?token=…`: the link printed at start. Lets this browser administer the machine's server."""
    token = request.query.get("token", "")
    await do(OpenConsole(token))
    kept = cookie(request, CONSOLE_COOKIE, token, COOKIE_SECONDS, same_site="Strict")
    home = (b"location", f"{request.prefix}/".encode())
    # The token must not stay in the address bar, the history's next entry or a referrer.
    return Reply(status=303, headers=(kept, home, (b"referrer-policy", b"no-referrer"), *_NO_STORE))


ROWS = (
    Row("GET", "/health", "health", health, (ReadHealth,), "Whether the process lives", gives=Health, open=True),
    Row(
        "GET",
        "/ready",
        "ready",
        ready,
        (ReadReady,),
        "Whether new work is taken",
        gives=Ready,
        statuses=(200, 503),
        open=True,
    ),
    Row("GET", "/metrics", "metrics", metrics, (ReadMetrics,), "Metrics for Prometheus", media="text/plain"),
    Row(
        "GET",
        "/parlance/console",
        "console",
        console,
        (OpenConsole,),
        "Let this browser administer the server",
        queries=(("token", "The console token, as the link printed at start has it."),),
        required=frozenset({"token"}),
        statuses=(303, 401),
        open=True,
    ),
    Row("GET", "/favicon.ico", "icon", icon, (), "The icon of the tab", media="image/svg+xml", open=True),
    Row("GET", "/", "face", page, (ReadFace,), "What this server is", media="text/html", open=True, browser=True),
)
