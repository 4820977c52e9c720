"""Registering, signing in and out, renewing tokens, and who one is. These answers have their fields at the top."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from parlance.core.accounts.operations import ChangePassword, SignOut
from parlance.core.accounts.password_rules import FEWEST
from parlance.core.weknora.operations import EnterWeknora, JoinWeknora, Place, ReadPlace, RenewTokens
from parlance.dialects.fault_headers import fault_headers
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Done, Success, done, given
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.shapes import TenantShown, UserShown, tenant_shown, user_shown
from parlance.dialects.weknora.wire import BASE
from parlance.values import json_door
from parlance.values.accounts import User
from parlance.values.errors import Fault, Kind

Password = Annotated[str, Meta(min_length=6)]
NewPassword = Annotated[str, Meta(min_length=FEWEST)]
"""Longer than the original wants: said at once, and not when six characters have been found too few."""


class Registration(msgspec.Struct, frozen=True):
    """The body of `/auth/register`."""

    username: Annotated[str, Meta(min_length=3, max_length=50)]
    email: Annotated[str, Meta(min_length=3)]
    password: NewPassword


class Registered(msgspec.Struct, frozen=True):
    """There is an account."""

    success: bool
    message: str
    user: UserShown


class Credentials(msgspec.Struct, frozen=True):
    """The body of `/auth/login`."""

    email: Annotated[str, Meta(min_length=1)]
    password: Password


class LoggedIn(msgspec.Struct, frozen=True):
    """Somebody is signed in."""

    success: bool
    message: str
    user: UserShown
    tenant: TenantShown
    token: str
    refresh_token: str


class NotLoggedIn(msgspec.Struct, frozen=True):
    """Nobody is, and why."""

    success: bool
    message: str


class Refresh(msgspec.Struct, frozen=True, rename={"refresh_token": "refreshToken"}):
    """The body of `/auth/refresh`."""

    refresh_token: Annotated[str, Meta(min_length=1)]


class Refreshed(msgspec.Struct, frozen=True):
    """Two new tokens."""

    success: bool
    message: str
    access_token: str
    refresh_token: str


class Valid(msgspec.Struct, frozen=True):
    """The token is good."""

    success: bool
    message: str
    user: UserShown


class Passwords(msgspec.Struct, frozen=True):
    """The body of `/auth/change-password`."""

    old_password: Annotated[str, Meta(min_length=1)]
    new_password: NewPassword


class Me(msgspec.Struct, frozen=True):
    """Who one is, and where."""

    user: UserShown
    tenant: TenantShown


_REFUSED = {
    "wrong_password": "Invalid email or password",
    "account_disabled": "Account is disabled",
    "refresh_over": "Invalid or expired refresh token",
}
"""Sentences of refusals that this wire's clients know, by the fault's code."""


async def register(request: Request, do: Do) -> Reply:
    """`POST /auth/register`."""
    body = read_body(request.body, Registration)
    joined = await do(JoinWeknora(body.username, body.email, body.password))
    shown = user_shown(joined.user, joined.number)
    return Reply(json_door.encode(Registered(True, "Registration successful", shown)), status=201)


async def login(request: Request, do: Do) -> Reply:
    """`POST /auth/login`."""
    body = read_body(request.body, Credentials)
    try:
        entered = await do(EnterWeknora(body.email, body.password))
    except Fault as fault:
        return _refused(fault)
    place = entered.workspace
    shown = LoggedIn(
        True,
        "Login successful",
        user_shown(entered.user, place.tenant.number),
        tenant_shown(place),
        entered.token,
        entered.refresh_token,
    )
    return Reply(json_door.encode(shown))


async def refresh(request: Request, do: Do) -> Reply:
    """`POST /auth/refresh`."""
    body = read_body(request.body, Refresh)
    try:
        renewed = await do(RenewTokens(body.refresh_token))
    except Fault as fault:
        return _refused(fault)
    told = Refreshed(True, "Token refreshed successfully", renewed.token, renewed.refresh_token)
    return Reply(json_door.encode(told))


def _refused(fault: Fault) -> Reply:
    """Whoever is refused for what they showed hears so in the shape of the answer; all else is an error like any."""
    if fault.kind is not Kind.unauthenticated and fault.code != "account_disabled":
        raise fault
    told = NotLoggedIn(False, _REFUSED.get(fault.code or "", fault.sentence()))
    return Reply(json_door.encode(told), status=401, headers=fault_headers(fault))


async def validate(request: Request, do: Do) -> Reply:
    """`GET /auth/validate`."""
    shown = _me(await do(ReadPlace()))
    return Reply(json_door.encode(Valid(True, "Token is valid", shown.user)))


async def me(request: Request, do: Do) -> Reply:
    """`GET /auth/me`."""
    return given(_me(await do(ReadPlace())))


async def own_tenant(request: Request, do: Do) -> Reply:
    """`GET /auth/tenant`, which the front-end asks for."""
    return given(tenant_shown((await do(ReadPlace())).workspace))


def _me(place: Place) -> Me:
    """Of somebody who is in no row there is little to tell."""
    tenant = place.workspace.tenant
    user = place.user or User("", tenant.id, "", "user", tenant.created, tenant.updated)
    return Me(user_shown(user, tenant.number), tenant_shown(place.workspace))


async def logout(request: Request, do: Do) -> Reply:
    """`POST /auth/logout`."""
    await do(SignOut())
    return done("Logout successful")


async def change_password(request: Request, do: Do) -> Reply:
    """`POST /auth/change-password`."""
    body = read_body(request.body, Passwords)
    await do(ChangePassword(body.old_password, body.new_password))
    return done("Password changed successfully")


_row = rows_of("auth", f"{BASE}/auth/")
ROWS = (
    _row(
        "POST",
        "register",
        "register",
        answer=register,
        operations=(JoinWeknora,),
        summary="Make an account with a tenant of its own",
        takes=Registration,
        gives=Registered,
        statuses=(201,),
        anyone=True,
    ),
    _row(
        "POST",
        "login",
        "login",
        answer=login,
        operations=(EnterWeknora,),
        summary="Sign in",
        takes=Credentials,
        gives=LoggedIn,
        anyone=True,
    ),
    _row(
        "POST",
        "refresh",
        "refresh",
        answer=refresh,
        operations=(RenewTokens,),
        summary="Have new tokens for one to refresh with",
        takes=Refresh,
        gives=Refreshed,
        anyone=True,
    ),
    _row(
        "GET",
        "validate",
        "validate",
        answer=validate,
        operations=(ReadPlace,),
        summary="Whether a token is good",
        gives=Valid,
    ),
    _row("GET", "me", "me", answer=me, operations=(ReadPlace,), summary="Who one is", gives=Success[Me]),
    _row(
        "GET",
        "tenant",
        "tenant",
        answer=own_tenant,
        operations=(ReadPlace,),
        summary="Where one is",
        gives=Success[TenantShown],
    ),
    _row("POST", "logout", "logout", answer=logout, operations=(SignOut,), summary="Sign out", gives=Done),
    _row(
        "POST",
        "change-password",
        "change_password",
        answer=change_password,
        operations=(ChangePassword,),
        summary="Set another password; all other logins are over",
        takes=Passwords,
        gives=Done,
    ),
)
"""The seven of the contract, and the one that the front-end asks for besides."""
