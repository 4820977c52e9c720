"""Tenants and their keys, as the Go SDK and the MCP server ask for them."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parlance.testing.servers import loaded
from tests.dialects.weknora.served import PASSWORD, serving
from tests.dialects.weknora.test_auth import first, let_in

AES = "0123456789abcdef" * 2


async def test_a_key_is_made_in_the_form_of_that_system(tmp_path: Path) -> None:
    """`sk-`, a nonce and the sealed number of the tenant, little-endian, in base64 without its padding."""
    async with serving(tmp_path, env={"TENANT_AES_KEY": AES}) as client:
        tenant = (await first(client))["tenant"]
        key = tenant["api_key"]
        raw = base64.urlsafe_b64decode(key.removeprefix("sk-") + "=" * (-len(key[3:]) % 4))
        assert key.startswith("sk-") and len(key) == 51
        assert AESGCM(AES.encode()).decrypt(raw[:12], raw[12:], None) == (10000).to_bytes(8, "little")
        assert (await client.with_key(key).ask("GET /tenants/10000"))["data"] == tenant


async def test_a_key_is_none_in_the_place_of_a_token(tmp_path: Path) -> None:
    """And beside a bad token it is as good as alone."""
    async with serving(tmp_path) as client:
        key = (await first(client))["tenant"]["api_key"]
        await client.with_token(key).ask("GET /auth/me", status=401)
        assert (await client.with_key(key).call("GET /auth/me", authorization="Bearer ey.a.b")).status == 200
        assert (await client.with_key(key[:-1]).call("GET /auth/me")).status == 401


async def test_a_change_without_the_key_makes_another_one(tmp_path: Path) -> None:
    """The old one is over at once; a change that names it leaves it."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        old, ada = entered["tenant"]["api_key"], client.with_token(entered["token"])
        kept = await ada.ask("PUT /tenants/10000", {"name": "Home", "business": "tea", "api_key": old})
        assert (kept["data"]["name"], kept["data"]["business"], kept["data"]["api_key"]) == ("Home", "tea", old)
        made = await client.with_key(old).ask("PUT /tenants/10000", {"name": "Home"})
        new = made["data"]["api_key"]
        assert new != old and made["data"]["business"] == "tea"
        await client.with_key(old).ask("GET /tenants", status=401)
        assert [each["api_key"] for each in (await client.with_key(new).ask("GET /tenants"))["data"]["items"]] == [new]


async def test_a_key_that_was_taken_away_is_not_made_anew_by_a_login(tmp_path: Path) -> None:
    """Whoever revoked it in the list of keys meant it."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        ada = client.with_token(entered["token"])
        [key] = (await ada.ask("GET //parlance/v1/keys.list"))["keys"]
        assert key["name"] == "WeKnora" and entered["tenant"]["api_key"].startswith(key["prefix"])
        await ada.call("POST //parlance/v1/keys.revoke", {"key": key["id"]})
        await client.with_key(entered["tenant"]["api_key"]).ask("GET /tenants", status=401)
        assert (await client.login("ada"))["tenant"]["api_key"] == ""


async def test_a_tenant_sees_itself_alone(tmp_path: Path) -> None:
    """Whoever operates the server sees all; another tenant's number is one that there is not."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        ada = client.with_token(entered["token"])
        await let_in(client, entered["token"])
        await client.register("bob")
        bob = await client.signed_in("bob")
        assert [each["id"] for each in (await bob.ask("GET /tenants"))["data"]["items"]] == [10001]
        answers = []
        for number in ("10000", "10009", "x", "-1", "9" * 30):
            for head, body in (("GET", None), ("PUT", {"name": "Mine"}), ("DELETE", None)):
                answers.append(await bob.ask(f"{head} /tenants/{number}", body, 404))
        assert {answer["error"]["code"] for answer in answers} == {1003}
        shown = (await ada.ask("GET /tenants"))["data"]["items"]
        assert [(each["id"], bool(each["api_key"])) for each in shown] == [(10001, False), (10000, True)]
        assert (await ada.ask("GET /tenants/10001"))["data"]["api_key"] == ""


async def test_an_operator_makes_a_tenant_whose_key_works_at_once(tmp_path: Path) -> None:
    """As the MCP server's `create_tenant` does; nobody else may."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        body = {"name": "Acme", "description": "tests", "business": "tea", "storage_quota": 1000, "surplus": [1]}
        made = (await client.with_token(entered["token"]).ask("POST /tenants", body, 201))["data"]
        assert (made["id"], made["storage_quota"], made["business"]) == (10001, 1000, "tea")
        acme = client.with_key(made["api_key"])
        assert (await acme.ask("GET /auth/me"))["data"]["user"]["tenant_id"] == 10001
        refused = await acme.ask("POST /tenants", body, 403)
        assert refused["error"]["code"] == 1002
        assert (await acme.ask("PUT /tenants/10001", {"storage_quota": 0}))["data"]["storage_quota"] == 1000


async def test_a_tenant_gives_itself_no_room(tmp_path: Path) -> None:
    """Who sends a whole tenant back changes the rest of it; its quota is the operator's, and so is all that says what
    a tenant may do, wherever in a body it stands."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        ada = client.with_token(entered["token"])
        await let_in(client, entered["token"])
        greedy: dict[str, object] = {"username": "bob", "email": "bob@example.org", "password": PASSWORD}
        greedy |= {"tenant_id": 10000, "role": "admin", "operates": True, "is_admin": True, "storage_quota": 0}
        assert (await client.ask("POST /auth/register", greedy, 201))["user"]["tenant_id"] == 10001
        bob = await client.signed_in("bob")
        whole = (await bob.ask("GET /tenants/10001"))["data"]
        for wished in (10**15, whole["storage_quota"] + 1, 1):
            refused = await bob.ask("PUT /tenants/10001", {**whole, "name": "Mine", "storage_quota": wished}, 403)
            assert refused["error"]["code"] == 1002 and refused["error"]["details"] == {"field": "storage_quota"}
        false = {"id": 10000, "status": "inactive", "storage_used": -(10**12), "created_at": None, "storage_quota": 0}
        kept = (await bob.ask("PUT /tenants/10001", {**whole, **false, "business": "tea"}))["data"]
        assert {**kept, "updated_at": ""} == {**whole, "business": "tea", "updated_at": ""}
        told = (await ada.ask("GET /tenants/10001"))["data"]
        assert told["api_key"] == ""
        given = await ada.ask("PUT /tenants/10001", {**told, "storage_quota": 5000})
        assert given["data"]["storage_quota"] == 5000
        assert (await client.with_key(kept["api_key"]).ask("GET /tenants/10001"))["data"]["api_key"] == kept["api_key"]
        assert (await bob.ask("GET /tenants/10001"))["data"]["storage_quota"] == 5000
        await bob.ask("POST //parlance/v1/storage.set", {"tenant": "any", "unlimited": True}, 403)


async def test_who_registers_has_the_room_that_the_settings_give(tmp_path: Path) -> None:
    """Of where they give any; and what an operator sends back unchanged makes no quota of its own of it."""
    async with serving(tmp_path, flags={"knowledge.tenant_quota_mb": 1}) as client:
        entered = await first(client)
        ada = client.with_token(entered["token"])
        await let_in(client, entered["token"])
        await client.register("bob")
        shown = (await ada.ask("GET /tenants/10001"))["data"]
        made = (await ada.ask("POST /tenants", {"name": "Acme"}, 201))["data"]
        assert (shown["storage_quota"], made["storage_quota"]) == (2**20, 2**20)
        await ada.ask("PUT /tenants/10001", {**shown, "api_key": "kept"})
        found = {each["number"]: each["id"] for each in (await ada.ask("GET //parlance/v1/tenants.list"))["tenants"]}
        assert "own" not in await ada.ask(f"GET //parlance/v1/storage.read?tenant={found[10001]}")


async def test_a_deleted_tenant_lets_nobody_in(tmp_path: Path) -> None:
    """Nor is it shown any more; the first tenant stays."""
    async with serving(tmp_path) as client:
        entered = await first(client)
        ada = client.with_token(entered["token"])
        acme = (await ada.ask("POST /tenants", {"name": "Acme"}, 201))["data"]
        assert await client.with_key(acme["api_key"]).ask("DELETE /tenants/10001") == {
            "success": True,
            "message": "Tenant deleted successfully",
        }
        await client.with_key(acme["api_key"]).ask("GET /tenants", status=401)
        await ada.ask("GET /tenants/10001", status=404)
        assert [each["id"] for each in (await ada.ask("GET /tenants"))["data"]["items"]] == [10000]
        await ada.ask("DELETE /tenants/10000", status=409)


async def test_who_administers_nothing_sees_no_key_of_the_tenant(tmp_path: Path) -> None:
    """The key may do more than they."""
    async with serving(tmp_path) as client:
        ada = client.with_token((await first(client))["token"])
        who = {"name": "cy", "email": "cy@example.org", "password": "five tall ladders"}
        await ada.ask("POST //parlance/v1/users.create", who)
        entered = await client.login("cy")
        assert entered["tenant"]["api_key"] == ""
        cy = client.with_token(entered["token"])
        assert (await cy.ask("GET /tenants/10000"))["data"]["api_key"] == ""
        await cy.ask("PUT /tenants/10000", {"name": "Mine"}, status=403)


async def test_the_sample_key_that_everybody_knows_makes_no_key(tmp_path: Path) -> None:
    """A key that was brought along is known by being kept, whatever made it; a new one is made with our own secret."""
    known = "-".join(("weknorarag", "api", "key", "secret", "secret"))
    async with serving(tmp_path, env={"TENANT_AES_KEY": known}) as client:
        key = (await first(client))["tenant"]["api_key"]
        raw = base64.urlsafe_b64decode(key[3:] + "=" * (-len(key[3:]) % 4))
        nonce = bytes(12)
        with pytest.raises(InvalidTag):
            AESGCM(known.encode()).decrypt(raw[:12], raw[12:], None)
        forged = AESGCM(known.encode()).encrypt(nonce, (10000).to_bytes(8, "little"), None)
        made = "sk-" + base64.urlsafe_b64encode(nonce + forged).decode().rstrip("=")
        await client.with_key(made).ask("GET /tenants", status=401)
        with closing(sqlite3.connect(tmp_path / "data" / "parlance.db")) as database, database:
            digest = hashlib.sha256(made.encode()).hexdigest()
            database.execute("UPDATE credentials SET digest = ? WHERE kind = 'key'", (digest,))
            database.execute("UPDATE versions SET number = number + 1 WHERE name = 'access'")
        assert loaded(tmp_path, env={"TENANT_AES_KEY": known}).settings.weknora.tenant_aes_key is not None
