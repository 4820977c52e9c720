"""Accounts, logins and tokens, as the Vue front-end asks for them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from parlance.values.time import SECOND, SystemClock
from tests.dialects.weknora.served import BASE, PASSWORD, Client, Json, serving

DAY = 86_400.0


class Ahead(SystemClock):
    """The time of the machine, and some seconds more."""

    seconds: float = 0.0

    def now(self) -> int:
        """Microseconds since 1970."""
        return super().now() + round(self.seconds * SECOND)


async def let_in(client: Client, token: str, rule: str = "user") -> None:
    """Strangers may register from now on."""
    head, body = "POST //parlance/v1/preferences.change", {"sign_up": rule}
    await client.with_token(token).ask(head, body)


async def first(client: Client) -> Json:
    """The first account of all, signed in."""
    await client.register("ada")
    found: Json = await client.login("ada")
    return found


async def test_the_first_account_claims_the_machine_as_through_every_door(tmp_path: Path) -> None:
    """It is admin and operator of the first tenant, and use without an account is over."""
    async with serving(tmp_path) as client:
        made = await client.register("ada")
        assert (made["success"], made["user"]["username"], made["user"]["email"]) == (True, "ada", "ada@example.org")
        assert (made["user"]["tenant_id"], made["user"]["is_active"]) == (10000, True)
        await client.ask("GET /auth/me", status=401)
        ada = await client.signed_in("ada")
        read = await ada.ask("GET //parlance/v1/accounts.read")
        assert read["user"]["id"] == "owner" and set(read["scopes"]) >= {"admin", "operate"}


async def test_nobody_registers_where_the_admin_lets_nobody(tmp_path: Path) -> None:
    """403 in the envelope of errors, as long as `sign_up` is closed."""
    async with serving(tmp_path) as client:
        await first(client)
        refused = await client.register("bob", status=403)
        assert (refused["success"], refused["error"]["code"]) == (False, 1002)


async def test_whoever_registers_gets_a_tenant_of_their_own(tmp_path: Path) -> None:
    """Named after them, with the next number, administered by them, and without any power over the server."""
    async with serving(tmp_path) as client:
        await let_in(client, (await first(client))["token"])
        made = await client.register("bob")
        assert made["user"]["tenant_id"] == 10001
        entered = await client.login("bob")
        tenant = entered["tenant"]
        assert (tenant["id"], tenant["name"], tenant["description"]) == (10001, "bob's Workspace", "Default workspace")
        assert (tenant["status"], tenant["storage_quota"], tenant["storage_used"]) == ("active", 10737418240, 0)
        assert tenant["deleted_at"] is None and tenant["retriever_engines"]["engines"][0]["retriever_type"]
        bob = client.with_token(entered["token"])
        scopes = (await bob.ask("GET //parlance/v1/accounts.read"))["scopes"]
        assert set(scopes) == {"admin", "chat"}
        await bob.ask("POST //parlance/v1/models.delete", {"model": "x"}, status=403)


async def test_who_waits_for_a_word_waits_in_the_first_tenant(tmp_path: Path) -> None:
    """With `sign_up` at `pending` the account is not active, and its admin finds it where all others wait."""
    async with serving(tmp_path) as client:
        ada = (await first(client))["token"]
        await let_in(client, ada, "pending")
        assert (await client.register("bob"))["user"]["is_active"] is False
        users = (await client.with_token(ada).ask("GET //parlance/v1/users.list?role=pending"))["users"]
        assert [user["email"] for user in users] == ["bob@example.org"]


async def test_a_name_an_address_and_a_password_must_fit(tmp_path: Path) -> None:
    """400 with the code of a validation, or of a bad request; two accounts have no address in common."""
    async with serving(tmp_path) as client:
        body = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
        for odd in ({"username": "ab"}, {"username": "a" * 51}, {"email": "nobody"}, {"password": "short"}):
            refused = await client.ask("POST /auth/register", {**body, **odd}, 400)
            assert refused["error"]["code"] in (1000, 1010)
        refused = await client.ask("POST /auth/register", {**body, "password": "shorter"}, 400)
        assert "8" in refused["error"]["message"] + str(refused["error"].get("details")), refused
        await client.ask("POST /auth/register", b"{", 400)
        await let_in(client, (await first(client))["token"])
        assert (await client.register("ada", 409))["error"]["code"] == 1005


async def test_a_login_brings_what_the_front_end_keeps(tmp_path: Path) -> None:
    """`user`, `tenant` with its key, `token` and `refresh_token`, at the top of the answer."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        assert set(entered) == {"success", "message", "user", "tenant", "token", "refresh_token"}
        ada = client.with_token(entered["token"])
        me = await ada.ask("GET /auth/me")
        assert me["data"]["user"]["email"] == "ada@example.org" and me["data"]["tenant"] == entered["tenant"]
        assert (await ada.ask("GET /auth/tenant"))["data"] == entered["tenant"]
        valid = await ada.ask("GET /auth/validate")
        assert (valid["message"], valid["user"]["id"]) == ("Token is valid", entered["user"]["id"])


async def test_a_wrong_password_is_told_in_the_shape_of_a_login(tmp_path: Path) -> None:
    """401 with `success` and `message`, whoever was meant; and guessing is slow, as at every door."""
    async with serving(tmp_path) as client:
        await first(client)
        wrong = await client.login("ada", "wrong password", 401)
        assert wrong == {"success": False, "message": "Invalid email or password"}
        assert await client.login("nobody", "wrong password", 401) == wrong
        statuses = [
            (await client.call("POST /auth/login", {"email": "ada@example.org", "password": "x" * 8})).status
            for _ in range(6)
        ]
        assert statuses[-1] == 429


async def test_somebody_shut_out_hears_so(tmp_path: Path) -> None:
    """The password was right, the account is disabled."""
    async with serving(tmp_path) as client:
        ada = (await first(client))["token"]
        await let_in(client, ada)
        made = await client.with_token(ada).ask(
            "POST //parlance/v1/users.create", {"name": "cy", "email": "cy@example.org", "password": PASSWORD}
        )
        cy = await client.signed_in("cy")
        await client.with_token(ada).ask("POST //parlance/v1/users.change", {"user": made["id"], "disabled": True})
        assert await client.login("cy", status=401) == {"success": False, "message": "Account is disabled"}
        await cy.ask("GET /auth/me", status=401)


async def test_a_token_to_refresh_with_is_good_once(tmp_path: Path) -> None:
    """It gives two others; it is no token of access, and what was signed out refreshes nothing."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        again = await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]})
        assert set(again) == {"success", "message", "access_token", "refresh_token"}
        assert (await client.with_token(again["access_token"]).ask("GET /auth/me"))["success"]
        refused = await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]}, 401)
        assert (refused["success"], set(refused)) == (False, {"success", "message"})
        await client.with_token(again["refresh_token"]).ask("GET /auth/me", status=401)
        await client.ask("POST /auth/refresh", {"refreshToken": entered["token"]}, 401)
        await client.ask("POST /auth/refresh", {"refresh_token": again["refresh_token"]}, 400)
        assert await client.with_token(again["access_token"]).ask("POST /auth/logout")
        await client.with_token(again["access_token"]).ask("GET /auth/me", status=401)
        await client.ask("POST /auth/refresh", {"refreshToken": again["refresh_token"]}, 401)


async def test_a_used_token_that_comes_again_later_ends_the_login(tmp_path: Path) -> None:
    """It is in two hands; two pages that renew at once are none."""
    clock = Ahead()
    async with serving(tmp_path, clock=clock) as client:
        entered = await first(client)
        again = await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]})
        await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]}, 401)
        assert (await client.with_token(again["access_token"]).call("GET /auth/me")).status == 200
        clock.seconds = 60
        await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]}, 401)
        assert (await client.with_token(again["access_token"]).call("GET /auth/me")).status == 401
        await client.ask("POST /auth/refresh", {"refreshToken": again["refresh_token"]}, 401)


async def test_tokens_are_over_in_time(tmp_path: Path) -> None:
    """One of access after a day, one to refresh with after a week."""
    clock = Ahead()
    async with serving(tmp_path, clock=clock) as client:
        entered = await first(client)
        clock.seconds = DAY + 60
        await client.with_token(entered["token"]).ask("GET /auth/me", status=401)
        again = await client.ask("POST /auth/refresh", {"refreshToken": entered["refresh_token"]})
        await client.with_token(again["access_token"]).ask("GET /auth/me")
        clock.seconds += 7 * DAY + 60
        await client.ask("POST /auth/refresh", {"refreshToken": again["refresh_token"]}, 401)


async def test_another_password_ends_all_other_logins(tmp_path: Path) -> None:
    """The old one must be known."""
    async with serving(tmp_path) as client:
        ada = client.with_token((await first(client))["token"])
        other = await client.signed_in("ada")
        body = {"old_password": "not this one", "new_password": "seven small boats"}
        await ada.ask("POST /auth/change-password", body, 400)
        told = await ada.ask("POST /auth/change-password", {**body, "old_password": PASSWORD})
        assert told == {"success": True, "message": "Password changed successfully"}
        await other.ask("GET /auth/me", status=401)
        await ada.ask("GET /auth/me")
        await client.login("ada", "seven small boats")


@pytest.mark.parametrize("path", ["/auth/me", "/auth/validate", "/auth/tenant"])
async def test_who_one_is_is_told_to_whoever_is_somebody(tmp_path: Path, path: str) -> None:
    """Also on a machine that nobody has claimed yet."""
    async with serving(tmp_path) as client:
        answer = await client.call(f"GET {path}")
        assert answer.status == 200 and msgspec.json.decode(answer.body)["success"]
        assert BASE == "/api/v1"
