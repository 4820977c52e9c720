"""A proxy that says who asks: believed where it is listed, on every dialect, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.settings.layers import SettingsError
from parlance.testing.servers import Server, loaded, running
from tests.flows.callers import Answer, Caller, key_toml, table
from tests.flows.test_accounts import PASSWORD, owner, told

KEY = "-".join(("sk", "a", "program", "0123456789"))
GRACE = {"remote_user": "grace@example.org", "remote_name": "Grace Hopper"}


def configured(networks: str = "127.0.0.0/8", **more: object) -> str:
    """Settings that believe headers from these networks."""
    names = {"user": "Remote-User", "name": "Remote-Name", "groups": "Remote-Groups", "unknown": "user"}
    tables = table("accounts.trusted_header", {**names, "networks": [networks], **more})
    return tables.replace("[[", "[").replace("]]", "]")


@asynccontextmanager
async def house(folder: Path, toml: str, *, first: bool = True) -> AsyncIterator[Server]:
    """The server; unless it is said, somebody is admin already."""
    async with running(loaded(folder, toml=toml)) as server:
        if first:
            await owner(server)
        yield server


async def account(server: Server, key: str | None = None, **headers: str) -> Answer:
    """What somebody hears about themselves."""
    return await Caller(server.port, key).ask("GET /parlance/v1/accounts.read", **headers)


async def test_who_is_named_by_a_listed_proxy_is_known(tmp_path: Path) -> None:
    """On every dialect, with one session behind it that an admin sees; the name comes from the proxy too."""
    async with house(tmp_path, configured()) as server:
        read = (await account(server, **GRACE)).json
        assert (read["user"]["name"], read["user"]["email"], read["scopes"]) == (
            "Grace Hopper",
            GRACE["remote_user"],
            ["chat"],
        )
        for path in ("/v1/models", "/api/tags", "/parlance/v1/models.list"):
            assert (await Caller(server.port).ask(f"GET {path}", **GRACE)).status == 200
        listed = await Caller(server.port).ask("GET /parlance/v1/sessions.list", **GRACE)
        assert [session["via"] for session in listed.json["sessions"]] == ["header"]
        assert (await account(server)).status == 401


@pytest.mark.parametrize("networks", ["10.0.0.0/8", "::1", "127.0.0.2"])
async def test_a_stranger_who_names_somebody_is_nobody(tmp_path: Path, networks: str) -> None:
    """Also where a forwarding header says that they are the proxy: who is connected counts."""
    proxied = '[server]\ntrusted_proxies = ["127.0.0.1"]\n' + configured(networks, link=True, admin_group="chiefs")
    async with house(tmp_path, proxied) as server:
        for more in ({}, {"x_forwarded_for": "10.0.0.1"}, {"x_forwarded_for": "127.0.0.2"}, {"x_forwarded_for": "::1"}):
            said = {"remote_user": "ada@example.org", "remote_groups": "chiefs", **more}
            assert (await account(server, **said)).status == 401
        admin = Caller(server.port, server.console_token)
        assert [user["id"] for user in (await told(admin, "users.list")).json["users"]] == ["owner"]


async def test_before_there_is_an_account_a_header_does_not_make_its_sender_the_owner(tmp_path: Path) -> None:
    """A proxy on this machine that is not listed must not be taken for a program of it."""
    async with house(tmp_path, configured("10.0.0.0/8"), first=False) as server:
        assert (await account(server)).status == 200
        assert (await account(server, **GRACE)).status == 401
    async with house(tmp_path / "second", configured(), first=False) as server:
        assert (await account(server, **GRACE)).json["code"] == "first_account_elsewhere"


async def test_a_page_of_another_site_cannot_use_the_proxys_word(tmp_path: Path) -> None:
    """It goes with every request of the browser, like a cookie, and counts as one."""
    async with house(tmp_path, configured()) as server:
        assert (await account(server, **GRACE)).status == 200
        for site in ("cross-site", "same-site"):
            assert (await account(server, sec_fetch_site=site, **GRACE)).status == 401


async def test_a_key_says_who_asks_and_one_that_is_none_does_not(tmp_path: Path) -> None:
    """A program's own key is meant; what stock clients send for want of one is not."""
    toml = key_toml(KEY, "robot", "robot") + configured()
    async with house(tmp_path, toml, first=False) as server:
        signed = await told(
            Caller(server.port, server.console_token), "accounts.sign_up", name="Ada", password=PASSWORD
        )
        assert (await account(server, KEY, **GRACE)).json["user"]["name"] == "robot"
        assert (await account(server, "ollama", **GRACE)).json["user"]["name"] == "Grace Hopper"
        cookie = f"parlance_session={signed.json['token']}"
        assert (await account(server, cookie=cookie, **GRACE)).json["user"]["name"] == "Grace Hopper"
        assert (await account(server, cookie=cookie)).json["user"]["name"] == "Ada"


async def test_two_names_at_once_are_none(tmp_path: Path) -> None:
    """A client that sends the header itself through a proxy that adds its own."""
    async with house(tmp_path, configured()) as server:
        refused = await account(server, remote_user="ada@example.org, grace@example.org")
        assert (refused.status, refused.json["code"]) == (400, "bad_vouching")


async def test_groups_make_admins(tmp_path: Path) -> None:
    """Also the first one of all."""
    async with house(tmp_path, configured(admin_group="chiefs"), first=False) as server:
        read = (await account(server, remote_groups="people, chiefs", **GRACE)).json
        assert (read["user"]["id"], read["user"]["role"], "operate" in read["scopes"]) == ("owner", "admin", True)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"networks": []}, "networks must name"),
        ({"networks": ["everybody"]}, "neither an address"),
        ({"user": "a b"}, "header"),
    ],
)
def test_settings_that_would_believe_anybody_are_refused(tmp_path: Path, more: Any, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        loaded(tmp_path, toml=configured(**more))
