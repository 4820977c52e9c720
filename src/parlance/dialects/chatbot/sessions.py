"""The cookie and the CSRF token of a request, and the cookie of an answer.

Under `/as/chatbot` the cookie is for that path, and so is every address in an answer.
"""

from __future__ import annotations

from parlance.core.chatbot.operations import Visited
from parlance.dialects.table import Headers, Reply, Request

COOKIE = "session"
TOKEN_HEADER = "x-csrf-token"
PROVED = ((TOKEN_HEADER, "The page's token, which proves that its session's own page asks."),)
"""What a row reads beside its body, for the OpenAPI document."""


def visit_of(request: Request) -> str | None:
    """The value of the session's cookie."""
    for piece in request.headers.get("cookie", "").split(";"):
        name, _, value = piece.strip().partition("=")
        if name == COOKIE:
            return value.strip('"')
    return None


def csrf_of(request: Request) -> str | None:
    """The token in the header."""
    return request.headers.get(TOKEN_HEADER)


def set_cookie(request: Request, visited: Visited, *, secure: bool) -> Headers:
    """The header that begins or renews a session."""
    text = (
        f"{COOKIE}={visited.token}; Path={request.prefix or '/'}; {'Secure; ' if secure else ''}HttpOnly; "
        f"SameSite=Lax; Max-Age={visited.seconds}"
    )
    return ((b"set-cookie", text.encode()),)


def redirect(request: Request, path: str, headers: Headers = ()) -> Reply:
    """The way to another page of the app."""
    return Reply(status=302, type=b"", headers=((b"location", (request.prefix + path).encode()), *headers))
