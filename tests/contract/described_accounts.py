"""Calls of the operations on accounts that must go well: people, groups, tenants, keys and sessions made for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

import requests
from pyotp.totp import TOTP

PASSWORD = "blue chair under a cloud"
STEADY = "a steady person"
TRIED = "a person whose password is tried"
_numbers = itertools.count()


class Calls(Protocol):
    """Who calls."""

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One answer."""
        ...


def done(caller: Calls, operation: str, /, **body: Any) -> Any:
    """The JSON of a native operation that must go well."""
    answer = caller.call("POST", f"/parlance/v1/{operation}", json=body, headers=_from_elsewhere())
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def _from_elsewhere() -> dict[str, str]:
    """The header of a proxy in front: an address that nobody has guessed from."""
    number = next(_numbers)
    return {"x-forwarded-for": f"198.18.{number // 250 % 250}.{number % 250 + 1}"}


def user(caller: Calls, **more: Any) -> dict[str, Any]:
    """A new account; the very first becomes the owner's, which nobody may delete."""
    made: dict[str, Any] = {"id": "owner"}
    while made["id"] == "owner":
        made = done(caller, "users.create", name=f"person {next(_numbers)}", password=PASSWORD, **more)
    return made


def session(caller: Calls, account: str = STEADY) -> dict[str, Any]:
    """A session of an account that is used to this machine: wrong passwords of others do not keep it out."""
    body = {"account": account, "password": PASSWORD}
    answer = caller.call("POST", "/parlance/v1/accounts.sign_in", json=body, headers=_from_elsewhere())
    if answer.status_code == 401:
        user(caller)
        done(caller, "users.create", name=account, password=PASSWORD)
        answer = caller.call("POST", "/parlance/v1/accounts.sign_in", json=body, headers=_from_elsewhere())
    assert answer.ok, answer.text
    signed: dict[str, Any] = answer.json()
    return signed


def _sign_in(caller: Calls) -> dict[str, Any]:
    session(caller, TRIED)
    return {"body": {"account": TRIED, "password": PASSWORD}}


def group(caller: Calls) -> str:
    """The id of a new group."""
    made: str = done(caller, "groups.create", name="a group")["id"]
    return made


def key(caller: Calls) -> str:
    """The id of a new key."""
    made: str = done(caller, "keys.create", name="a key")["about"]["id"]
    return made


def _sign_up(caller: Calls) -> dict[str, Any]:
    user(caller)
    done(caller, "preferences.change", sign_up="user")
    return {"body": {"name": f"newcomer {next(_numbers)}", "password": PASSWORD}}


def _session_id(caller: Calls) -> str:
    signed = session(caller)
    listed = caller.call("GET", "/parlance/v1/sessions.list", params={"user": signed["user"]["id"]}).json()
    found: str = listed["sessions"][0]["id"]
    return found


def _members(caller: Calls) -> dict[str, Any]:
    return {"body": {"group": group(caller), "add": [user(caller)["id"]], "remove": []}}


def _link(caller: Calls) -> dict[str, Any]:
    return {
        "body": {"token": done(caller, "users.password_link", user=user(caller)["id"])["token"], "password": PASSWORD}
    }


def _form(caller: Calls) -> dict[str, Any]:
    body = urlencode({"password": PASSWORD, "again": PASSWORD}).encode()
    return {"piece": _link(caller)["body"]["token"], "body": body}


def _factor(caller: Calls, *, confirmed: bool = True) -> dict[str, Any]:
    """A new account with a second factor: its token, its id, and what its app shows now."""
    made = user(caller)
    body = {"account": made["name"], "password": PASSWORD}
    token = done(caller, "accounts.sign_in", **body)["token"]
    headers = {"authorization": f"Bearer {token}"}
    path = "/parlance/v1/accounts.begin_second_factor"
    begun = caller.call("POST", path, json={"password": PASSWORD}, headers=headers).json()
    code = TOTP(begun["secret"]).now()
    if confirmed:
        path = "/parlance/v1/accounts.confirm_second_factor"
        assert caller.call("POST", path, json={"code": code}, headers=headers).ok
    return {"token": token, "user": made["id"], "code": code}


def _newcomer(caller: Calls) -> dict[str, Any]:
    body = {"account": user(caller)["name"], "password": PASSWORD}
    return {"body": {"password": PASSWORD}, "token": done(caller, "accounts.sign_in", **body)["token"]}


def _with_factor(caller: Calls) -> dict[str, Any]:
    return {"body": {"password": PASSWORD}, "token": _factor(caller)["token"]}


def _unconfirmed(caller: Calls) -> dict[str, Any]:
    begun = _factor(caller, confirmed=False)
    return {"body": {"code": begun["code"]}, "token": begun["token"]}


def _password(caller: Calls) -> dict[str, Any]:
    signed = session(caller)
    return {"body": {"current": PASSWORD, "password": PASSWORD}, "token": signed["token"]}


def _password_alone(caller: Calls) -> dict[str, Any]:
    return {"body": {"password": PASSWORD}, "token": session(caller)["token"]}


ACCOUNTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "accounts.sign_up": _sign_up,
    "accounts.sign_in": _sign_in,
    # With a provider they go well in tests/flows/test_oidc.py.
    "sign_in.begin": lambda caller: {"piece": "none", "statuses": (404,)},
    "sign_in.finish": lambda caller: {"piece": "none/callback", "statuses": (404,)},
    "accounts.sign_out": lambda caller: {"body": {}, "token": session(caller)["token"]},
    "accounts.sign_out_everywhere": lambda caller: {"body": {}, "token": session(caller)["token"]},
    "accounts.change_password": _password,
    "accounts.change": lambda caller: {"body": {"name": STEADY}, "token": session(caller)["token"]},
    "accounts.set_password": _link,
    "password_link": lambda caller: {"piece": "pl_none"},
    "password_link.use": _form,
    "accounts.begin_second_factor": _password_alone,
    "accounts.confirm_second_factor": _unconfirmed,
    "accounts.remove_second_factor": _with_factor,
    "accounts.recovery_codes": _with_factor,
    "accounts.delete": _newcomer,
    "sessions.revoke": lambda caller: {"body": {"session": _session_id(caller)}},
    "keys.create": lambda caller: {"body": {"name": "a key", "scopes": ["chat"]}},
    "keys.revoke": lambda caller: {"body": {"key": key(caller)}},
    "users.read": lambda caller: {"query": {"user": user(caller)["id"]}},
    "users.create": lambda caller: {"body": {"name": f"person {next(_numbers)}", "password": PASSWORD}},
    "users.change": lambda caller: {"body": {"user": user(caller)["id"], "role": "pending"}},
    "users.password_link": lambda caller: {"body": {"user": user(caller)["id"]}},
    "users.remove_second_factor": lambda caller: {"body": {"user": _factor(caller)["user"]}},
    "users.sign_out": lambda caller: {"body": {"user": user(caller)["id"]}},
    "users.delete": lambda caller: {"body": {"user": user(caller)["id"]}},
    "groups.read": lambda caller: {"query": {"group": group(caller)}},
    "groups.create": lambda caller: {"body": {"name": "a group"}},
    "groups.change": lambda caller: {"body": {"group": group(caller), "description": "of people"}},
    "groups.delete": lambda caller: {"body": {"group": group(caller)}},
    "groups.members": _members,
    "tenants.create": lambda caller: {"body": {"name": "a tenant"}},
    "tenants.change": lambda caller: {"body": {"tenant": "default", "name": "Home"}},
    "preferences.change": lambda caller: {"body": {"sign_up": "user"}},
}
"""What each call takes (`body`, `query`), and whose `token` it is made with where that is not the caller's key."""
