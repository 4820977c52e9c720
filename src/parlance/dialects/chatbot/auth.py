"""`/login`, `/signup`, `/logout`: forms, and the session that they begin or end."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

import msgspec

from parlance.core.chatbot.operations import EnterVisit, JoinChatbot, LeaveVisit
from parlance.dialects.chatbot.errors import Form, Forms, told
from parlance.dialects.chatbot.sessions import redirect, set_cookie, visit_of
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values.errors import Fault, Kind

FORM_BYTES = 64 * 1024
MOST_FIELDS = 50
LOGIN: Forms = {"form_odd": (400, "text", None), "credentials_wrong": (401, "text", None)}
LOGIN_FAILED: Form = (500, "text", "Unable to log in")
SIGNUP: Forms = {
    "form_odd": (400, "text", None),
    "credentials_missing": (400, "text", None),
    "name_odd": (400, "text", None),
    "name_taken": (400, "text", None),
}
SIGNUP_FAILED: Form = (500, "text", "Unable to create user")


class Credentials(msgspec.Struct, frozen=True):
    """The fields of both forms."""

    username: str = ""
    password: str = ""
    csrf_token: str = ""


def credentials(body: bytes) -> Credentials:
    """The form in a body. Raises `Fault(code="form_odd")` for what is none."""
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError:  # no UTF-8, or more fields than any form has
        raise _odd() from None
    if body and fields.keys().isdisjoint(Credentials.__struct_fields__):
        raise _odd()
    return msgspec.convert({name: fields.get(name, "") for name in Credentials.__struct_fields__}, Credentials)


def _odd() -> Fault:
    return Fault(Kind.invalid, "Invalid form payload", code="form_odd")


async def login(secure: bool, request: Request, do: Do) -> Reply:
    """Sign in: a new session, and the way home."""
    try:
        form = credentials(request.body)
        visited = await do(EnterVisit(visit_of(request), form.csrf_token, form.username, form.password))
    except Fault as fault:
        return told(fault, LOGIN, LOGIN_FAILED)
    return redirect(request, "/", set_cookie(request, visited, secure=secure))


async def signup(request: Request, do: Do) -> Reply:
    """Sign up; signing in comes next."""
    try:
        form = credentials(request.body)
        await do(JoinChatbot(visit_of(request), form.csrf_token, form.username, form.password))
    except Fault as fault:
        return told(fault, SIGNUP, SIGNUP_FAILED)
    return redirect(request, "/login")


async def logout(secure: bool, request: Request, do: Do) -> Reply:
    """Sign out: another cookie, whether there was a session or not."""
    try:
        visited = await do(LeaveVisit(visit_of(request)))
    except Fault as fault:
        return told(fault, {})
    return redirect(request, "/", set_cookie(request, visited, secure=secure))


def rows(*, secure: bool) -> tuple[Row, ...]:
    """The routes."""
    login_row = Row("POST", "/login", "chatbot.login", partial(login, secure), (EnterVisit,), "Sign in", body="bytes")
    signup_row = Row("POST", "/signup", "chatbot.signup", signup, (JoinChatbot,), "Sign up", body="bytes")
    # Without a referrer, as the pages' headers have it, a browser calls the origin of their forms `null`: what proves
    # them is the token, whose cookie no browser sends with what another site starts.
    sent = {"takes": Credentials, "takes_media": "application/x-www-form-urlencoded", "limit": FORM_BYTES}
    gone = {"open": True, "statuses": (302,)}
    leave = Row("GET", "/logout", "chatbot.logout", partial(logout, secure), (LeaveVisit,), "Sign out")
    return (
        msgspec.structs.replace(login_row, **sent, **gone),
        msgspec.structs.replace(signup_row, **sent, **gone),
        msgspec.structs.replace(leave, **gone),
    )
