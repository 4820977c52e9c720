"""What browsers keep for us, above all a session: set by signing up and in, taken away by signing out and going.

Scripts cannot read it, and a browser does not send it with what another site starts (`SameSite=Lax`). What such a site
sends anyway is known by `Origin` and `Sec-Fetch-Site`: the cookie does not count then (`transports/http/origins.py`).
"""

from __future__ import annotations

from typing import Any, Literal

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
        return (cookie(request, SESSION_COOKIE, value.token, value.seconds), _NO_STORE)
    if isinstance(operation, SignOut | SignOutEverywhere | DeleteAccount):
        return (cookie(request, SESSION_COOKIE, "", 0), _NO_STORE)
    return (_NO_STORE,) if isinstance(value, _SHOWN_ONCE) else ()


def cookie(
    request: Request,
    name: str,
    value: str,
    seconds: int,
    *,
    path: str = "/",
    same_site: Literal["Lax", "Strict"] = "Lax",
    secure: bool = False,
) -> tuple[bytes, bytes]:
    """The header that leaves a cookie in the browser; 0 seconds take it away. It goes over HTTPS only where this
    request came so, by our own TLS or by a trusted proxy's word, or where `secure` is known otherwise."""
    only = "; Secure" if secure or request.secure else ""
    text = f"{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; Max-Age={seconds}{only}"
    return b"set-cookie", text.encode()
