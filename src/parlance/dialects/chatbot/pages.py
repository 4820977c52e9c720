"""The pages: home, login, sign-up; their files, the icon, and whether the server lives.

Everything comes from our own origin. What a script or a test reads off the pages is that of the contract's §3.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from parlance.core.chatbot.operations import OpenVisit, Visited
from parlance.core.server.operations import ReadHealth
from parlance.dialects.chatbot.errors import STORAGE, told
from parlance.dialects.chatbot.sessions import set_cookie, visit_of
from parlance.dialects.chatbot.templates import HOME, LOGIN, PAGE, SIGNUP
from parlance.dialects.table import Do, Headers, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

HTML = b"text/html; charset=utf-8"
FORMS = {"login": LOGIN, "signup": SIGNUP}
TYPES = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}
HEADERS: Headers = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'self'; frame-ancestors 'none'; connect-src 'self'; img-src 'self' data:; "
        b"font-src 'self' data:; style-src 'self'; script-src 'self'; media-src 'self' blob: data:; form-action 'self'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
)
"""`nosniff` is on every answer. With no referrer a browser says no origin of a form either: the token proves it."""


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "healthy"


async def page(name: str, secure: bool, request: Request, do: Do) -> Reply:
    """One of the pages, and the session that goes with it."""
    try:
        visited = await do(OpenVisit(visit_of(request)))
    except Fault as fault:
        return told(fault, {}, STORAGE)
    template = FORMS.get(name)
    body = home(visited, request.prefix) if template is None else form(template, visited, request.prefix)
    return Reply(body, type=HTML, headers=(*HEADERS, *set_cookie(request, visited, secure=secure)))


def home(visited: Visited, prefix: str) -> bytes:
    """The page with the chat. Its choice of models is there for those who are signed in."""
    data = {
        "userTier": visited.tier,
        "availableModels": [{"provider_name": name, "tier": tier} for name, tier in visited.models],
        "loggedIn": visited.user is not None,
        "defaultSystemPrompt": visited.prompt,
    }
    options = "".join(f'<option value="{_safe(name)}">{_safe(name)}</option>' for name, _ in visited.models)
    chosen = f'<label for="modelSelect">Model</label> <select id="modelSelect">{options}</select>'
    signed_in = visited.user is not None
    return _page(
        HOME,
        visited,
        prefix,
        title="Chat",
        choice=chosen if signed_in else "",
        who=_who(visited, prefix),
        prompt=_safe(visited.prompt),
        sets="" if signed_in else "hidden",
        data=_embedded(data),
        kept=_embedded(_kept(visited)),
    )


def _kept(visited: Visited) -> dict[str, object] | None:
    """What a guest has said, as `/load_set` says it of a user, who alone may ask there."""
    if visited.contents is None:
        return None
    prompt, history = visited.contents.prompt, visited.contents.history
    return {
        "memory": visited.contents.memory,
        "system_prompt": visited.prompt if prompt is None else prompt,
        "history": history,
    }


def _embedded(data: object) -> str:
    """JSON within a page. What reads it may take it as text or as markup: neither `<` nor `&` may mean anything."""
    return json_door.encode(data).decode().replace("<", "\\u003c").replace("&", "\\u0026")


def form(template: str, visited: Visited, prefix: str) -> bytes:
    """A page with a form."""
    return _page(template, visited, prefix, title="Sign in" if template is LOGIN else "Sign up")


def _who(visited: Visited, prefix: str) -> str:
    here = _safe(prefix)
    if visited.user is None:
        return f'<a href="{here}/login">Sign in</a> <a href="{here}/signup">Sign up</a>'
    return f'<span>{_safe(visited.user)}</span> <a href="{here}/logout">Sign out</a>'


def _page(template: str, visited: Visited, prefix: str, **values: str) -> bytes:
    known = {"prefix": _safe(prefix), "csrf": _safe(visited.csrf)}
    body = template.format(**known, **values)
    attributes = (
        f'data-logged-in="{str(visited.user is not None).lower()}" data-user-tier="{_safe(visited.tier)}" '
        f'data-default-system-prompt="{_safe(visited.prompt)}" data-csrf-token="{known["csrf"]}"'
    )
    return PAGE.format(**known, title=values["title"], attributes=attributes, body=body).encode()


def _safe(text: str) -> str:
    return html.escape(text, quote=True)


async def health(request: Request, do: Do) -> Reply:
    """200 as long as the process lives."""
    await do(ReadHealth())
    return Reply(json_door.encode(Health()))


async def static(files: Mapping[str, bytes], request: Request, do: Do) -> Reply:
    """A file of the pages, by its name alone."""
    name = request.params["name"]
    if name not in files:
        raise Fault(Kind.missing, "There is no such file here.", code="not_found")
    return Reply(files[name], type=TYPES["." + name.rpartition(".")[2]], headers=((b"cache-control", b"max-age=300"),))


async def icon(request: Request, do: Do) -> Reply:
    """None."""
    return Reply(status=204, type=b"")


def rows(files: Mapping[str, bytes], *, secure: bool) -> tuple[Row, ...]:
    """The routes."""
    shown: Any = {"media": "text/html", "open": True}
    file: Any = {"media": "text/*", "bare": (404,), "open": True}
    return (
        Row("GET", "/health", "chatbot.health", health, (ReadHealth,), "Whether it lives", gives=Health, open=True),
        Row("GET", "/", "chatbot.home", partial(page, "home", secure), (OpenVisit,), "The chat", **shown),
        Row("GET", "/login", "chatbot.login.page", partial(page, "login", secure), (OpenVisit,), "Sign in", **shown),
        Row("GET", "/signup", "chatbot.signup.page", partial(page, "signup", secure), (OpenVisit,), "Sign up", **shown),
        Row("GET", "/static/{name}", "chatbot.static", partial(static, files), (), "A file of the pages", **file),
        Row("GET", "/favicon.ico", "chatbot.icon", icon, (), "No icon", statuses=(204,), open=True),
    )
