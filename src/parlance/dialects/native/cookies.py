"""The cookie in which a browser keeps a session: set by signing up and in, taken away by signing out and going.

Scripts cannot read it, and a browser does not send it with what another site starts (`SameSite=Lax`). What such a site
sends anyway is known by `Origin` and `Sec-Fetch-Site`: the cookie does not count then (`transports/http/origins.py`).
"""

from __future__ import annotations

from typing import Any

from parlance.core.accounts.departure_operations import DeleteAccount
from parlance.core.accounts.factor_operations import FactorBegun, RecoveryCodes
from parlance.core.accounts.link_operations import PasswordLink
from parlance.core.accounts.operations import KeyMade, SignedIn, SignOut, SignOutEverywhere
from parlance.core.operation import Operation
from parlance.dialects.table import Headers, Request

SESSION_COOKIE = "parlance_session"
_NO_STORE = (b"cache-control", b"no-store")
_SHOWN_ONCE = (KeyMade, PasswordLink, FactorBegun, RecoveryCodes)
"""Answers with a secret in them."""


def cookies(operation: Operation[Any], value: Any, request: Request) -> Headers:
    """The headers that go with an answer: a session begins or ends, and secrets are kept by no cache."""
    if isinstance(value, SignedIn):
        return (_cookie(request, value.token, value.seconds), _NO_STORE)
    if isinstance(operation, SignOut | SignOutEverywhere | DeleteAccount):
        return (_cookie(request, "", 0), _NO_STORE)
    return (_NO_STORE,) if isinstance(value, _SHOWN_ONCE) else ()


def _cookie(request: Request, token: str, seconds: int) -> tuple[bytes, bytes]:
    secure = "; Secure" if request.secure else ""
    text = f"{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    return b"set-cookie", text.encode()
