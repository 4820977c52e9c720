"""Where this wire's clients put what they are known by: a token in `Authorization`, else a key in `X-API-Key`.

A token that stands for nobody is no reason to refuse a good key beside it. A tenant's key is none in the place of a
token: there it is as if nothing was sent.
"""

from __future__ import annotations

import re

from parlance.dialects.table import Request

_TENANT_KEY = re.compile(r"sk-[A-Za-z0-9_-]{48}")
"""The form of a tenant's key: twelve bytes of a nonce and twenty-four that are sealed, in base64."""


def first(request: Request) -> str | None:
    """What is tried first."""
    return _token(request) or _key(request)


def second(request: Request) -> str | None:
    """What is tried where the first stands for nobody."""
    return _key(request) if _token(request) is not None else None


def has_form(key: str) -> bool:
    """Whether a text has the form of a tenant's key."""
    return _TENANT_KEY.fullmatch(key) is not None


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    return token if scheme == "Bearer" and token and not has_form(token) else None


def _key(request: Request) -> str | None:
    return request.headers.get("x-api-key", "").strip() or None
