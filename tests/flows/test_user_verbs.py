"""`parlance user` against a running server: people are let in, given links, shut out and deleted."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyotp.totp import TOTP

from parlance.testing.servers import Server, loaded, running
from tests.flows.callers import Caller
from tests.flows.test_accounts import PASSWORD, Person, owner, told
from tests.flows.voices import OverCli


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(loaded(tmp_path)) as made:
        yield made


@pytest.fixture
async def admin(server: Server) -> Person:
    return await owner(server)


async def test_somebody_is_let_in_with_a_link_and_gets_another_one(server: Server, admin: Person) -> None:
    """The link is all that is on standard output; the newest counts."""
    verbs = OverCli(server.url, admin.token)
    code, out, error = await verbs.typed("user", "add", "Bob", "--email", "bob@example.org")
    assert code == 0 and "once, until" in error
    first = re.fullmatch(rf"{server.url}/parlance/password/(pl_\S+)\n", out)
    assert first is not None
    anew = json.loads(await verbs.printed("user", "reset-password", "BOB@example.org", "--hours", "2", "--json"))
    assert anew["url"] == server.url + anew["path"]
    for token, status in ((first[1], 401), (anew["token"], 204), (anew["token"], 401)):
        answer = await told(Caller(server.port), "accounts.set_password", token=token, password=PASSWORD)
        assert answer.status == status
    signed = await told(Caller(server.port), "accounts.sign_in", account="bob@example.org", password=PASSWORD)
    assert signed.json["user"]["name"] == "Bob"


async def test_the_list_knows_who_was_here_just_now(server: Server, admin: Person) -> None:
    """Somebody who only signed in was, too."""
    verbs = OverCli(server.url, admin.token)
    code, _, error = await verbs.typed("user", "add", "Bob", "--password-stdin", stdin=PASSWORD.encode())
    assert code == 0 and "from now on" not in error

    async def listed() -> Any:
        return json.loads(await verbs.printed("user", "list", "--json"))["users"]

    before = {user["name"]: user.get("last_seen") for user in await listed()}
    assert before["Bob"] is None and before["Ada"] is not None
    await told(Caller(server.port), "accounts.sign_in", account="Bob", password=PASSWORD)
    after = {user["name"]: user["last_seen"] for user in await listed()}
    assert after["Bob"] >= before["Ada"] and after["Ada"] > before["Ada"]


async def test_of_the_first_account_it_is_said_what_ends_with_it(server: Server) -> None:
    verbs = OverCli(server.url, server.console_token)
    code, _, error = await verbs.typed("user", "add", "Ada", "--password-stdin", stdin=PASSWORD.encode())
    assert code == 0 and "from now on every program needs a key" in error


async def test_people_are_listed_changed_and_deleted(server: Server, admin: Person) -> None:
    verbs = OverCli(server.url, admin.token)
    made = await verbs.typed("user", "add", "Cleo", "--role", "pending", "--password-stdin", stdin=PASSWORD.encode())
    assert made[0] == 0 and re.fullmatch(r"added Cleo \(\S+\)\n", made[1])
    assert await verbs.printed("user", "role", "cleo", "user") == "Cleo is user now\n"
    signed = await told(Caller(server.port), "accounts.sign_in", account="Cleo", password=PASSWORD)
    cleo = Person(server.port, signed.json)
    head, first, second = (await verbs.printed("user", "list")).splitlines()
    assert head.split() == ["ID", "NAME", "ADDRESS", "ROLE", "STATE", "SEEN"]
    assert re.match(r"owner +Ada +- +admin, operator +- +", first)
    assert re.match(rf"{cleo.id} +Cleo +- +user +- +", second)
    assert await verbs.printed("user", "sign-out", "Cleo") == f"signed out Cleo ({cleo.id})\n"
    assert (await cleo.ask("GET /parlance/v1/accounts.read")).status == 401
    assert await verbs.printed("user", "disable", "Cleo") == "Cleo is shut out\n"
    assert (await cleo.ask("GET /parlance/v1/accounts.read")).status == 401
    assert json.loads(await verbs.printed("user", "list", "le", "--json"))["users"][0]["disabled"] is True
    assert (await verbs.printed("user", "list", "--role", "user")).splitlines()[1].split()[4] == "disabled"
    assert json.loads(await verbs.printed("user", "enable", cleo.id, "--json"))["id"] == cleo.id
    code, _, asked = await verbs.typed("user", "rm", "Cleo", stdin=b"n\n")
    assert code == 1 and "the bases that are theirs alone with all documents" in asked
    assert await verbs.printed("user", "rm", "Cleo", stdin=b"y\n") == f"deleted Cleo ({cleo.id})\n"
    assert (await verbs.typed("user", "rm", "Cleo", "--yes"))[0] == 3


async def test_a_second_factor_is_taken_away(server: Server, admin: Person) -> None:
    """Whoever has one is told apart in the list."""
    verbs = OverCli(server.url, admin.token)
    begun = await admin.native("accounts.begin_second_factor", password=PASSWORD)
    await admin.native("accounts.confirm_second_factor", code=TOTP(begun["secret"]).now())
    assert "second factor" in await verbs.printed("user", "list")
    assert await verbs.printed("user", "remove-second-factor", "Ada") == "took the second factor of Ada (owner)\n"
    assert (await verbs.typed("user", "remove-second-factor", "Ada"))[0] == 1


async def test_who_is_meant_is_never_guessed(server: Server, admin: Person) -> None:
    """An address or a name to sign in with is one person's; names beside addresses may be several people's."""
    verbs = OverCli(server.url, admin.token)
    ids = []
    for email in ("eve@example.org", "eva@example.org"):
        made = json.loads(await verbs.printed("user", "add", "Eve", "--email", email, "--json"))
        ids.append(made["user"]["id"])
    code, _, error = await verbs.typed("user", "disable", "eve")
    assert code == 1 and all(id in error for id in ids)
    assert json.loads(await verbs.printed("user", "rm", ids[1], "--yes", "--json")) == {"user": ids[1]}
    assert await verbs.printed("user", "disable", "eve") == "Eve is shut out\n"
    assert (await verbs.typed("user", "disable", ""))[0] == 3


async def test_the_verbs_say_why_not(server: Server, admin: Person) -> None:
    """By the exit codes of all verbs."""
    verbs = OverCli(server.url, admin.token)
    await admin.native("users.create", name="Bob", password=PASSWORD)
    bob = await told(Caller(server.port), "accounts.sign_in", account="Bob", password=PASSWORD)
    for words in (("list",), ("reset-password", "Ada"), ("role", "Bob", "admin")):
        assert (await OverCli(server.url, bob.json["token"]).typed("user", *words))[0] == 77
    code, _, error = await verbs.typed("user", "disable", "Ada")
    assert code == 1 and "last admin" in error
    assert (await verbs.typed("user", "role", "Bob", "king"))[0] == 2
    assert (await verbs.typed("user", "add", "Bob"))[0] == 1
