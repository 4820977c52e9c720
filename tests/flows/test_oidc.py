"""Signing in with a provider over sockets: a browser, the composed server, and a stand-in for the provider."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from parlance.settings.layers import SettingsError
from parlance.testing.clocks import HandClock
from parlance.testing.providers import CLIENT, GRACE, SECRET
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import Behaviour, MockOidc
from parlance.values.time import Clock
from tests.flows.browsers import Browser, Page
from tests.flows.callers import Caller, table
from tests.flows.test_accounts import PASSWORD, owner, told

SIGN_IN = "/parlance/sign-in/work"
CALLBACK = f"{SIGN_IN}/callback"
SLACK = 4.0
PROVIDER = '[[accounts.oidc]]\nname = "work"\nissuer = "https://other.example"\nclient_id = "x"\n'
HTML = "text/html,application/xhtml+xml"


def configured(issuer: str, **more: object) -> str:
    """Settings with one provider."""
    values = {"name": "work", "title": "Work", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET}
    return '[accounts]\npublic_url = "https://chat.example"\n' + table(
        "accounts.oidc", {**values, "unknown": "user", **more}
    )


@asynccontextmanager
async def house(
    folder: Path, *, first: bool = True, clock: Clock | None = None, **more: Any
) -> AsyncIterator[tuple[Server, MockOidc]]:
    """The server and the provider; unless it is said, somebody is admin already."""
    async with MockOidc(time=clock) as upstream:
        async with running(loaded(folder, toml=configured(upstream.origin, **more)), clock=clock) as server:
            if first:
                await owner(server)
            yield server, upstream


async def there(browser: Browser, **headers: str) -> str:
    """Where the browser is sent to."""
    begun = await browser.get(f"{SIGN_IN}?back=/docs", **headers)
    assert begun.status == 303, begun.body
    return begun.headers["location"]


async def arrived(browser: Browser, query: str) -> Page:
    """Back from another site, as a browser tells it."""
    return await browser.get(f"{CALLBACK}?{query}", sec_fetch_site="cross-site")


def code_of(page: Page) -> tuple[int, str]:
    found: dict[str, str] = json.loads(page.body)
    return page.status, found["code"]


async def test_somebody_signs_in_and_is_known(tmp_path: Path) -> None:
    """There and back; the session is a cookie like that of a password, and can be ended like any other."""
    async with house(tmp_path) as (server, upstream):
        browser = Browser(server.port)
        offered = json.loads((await browser.get("/parlance/sign-in")).body)
        assert offered == {"providers": [{"name": "work", "title": "Work", "path": SIGN_IN}], "sign_up": False}
        url = await there(browser, sec_fetch_site="same-origin")
        assert urlsplit(url)._replace(query="").geturl() == f"{upstream.origin}/authorize"
        [(kept, (_, path))] = browser.cookies.items()
        assert kept.startswith("parlance_sign_in_") and path == "/parlance/sign-in"
        page = await arrived(browser, upstream.provider.consent(url))
        assert (page.status, page.headers["location"], page.headers["cache-control"]) == (303, "/docs", "no-store")
        assert list(browser.cookies) == ["parlance_session"]
        [session] = [cookie for cookie in page.set_cookies if cookie.startswith("parlance_session=")]
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(session.split("; "))
        read = json.loads((await browser.get("/parlance/v1/accounts.read", sec_fetch_site="same-origin")).body)
        assert (read["user"]["name"], read["user"]["email"]) == ("Grace Hopper", "grace@example.org")
        listed = json.loads((await browser.get("/parlance/v1/sessions.list")).body)["sessions"]
        assert [each["via"] for each in listed] == ["oidc:work"]
        token = browser.cookies["parlance_session"][0]
        assert (await told(Caller(server.port, token), "accounts.sign_out")).status == 204
        assert (await browser.get("/parlance/v1/accounts.read")).status == 401


async def test_the_cookie_of_the_way_there_is_for_this_browser_alone(tmp_path: Path) -> None:
    """Scripts and other sites do not get it, and where the server is reached by HTTPS it goes over nothing else."""
    async with house(tmp_path) as (server, _):
        begun = await Browser(server.port).get(SIGN_IN)
        [cookie] = begun.set_cookies
        attributes = {"HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600", "Path=/parlance/sign-in"}
        assert attributes <= set(cookie.split("; "))
        assert (begun.headers["cache-control"], begun.headers["referrer-policy"]) == ("no-store", "no-referrer")


async def test_a_state_that_is_wrong_anothers_or_used_lets_nobody_in(tmp_path: Path) -> None:
    async with house(tmp_path) as (server, upstream):
        mine, theirs = Browser(server.port), Browser(server.port)
        consent = upstream.provider.consent
        assert code_of(await arrived(mine, "code=x&state=made-up")) == (400, "sign_in_unknown")
        assert code_of(await arrived(mine, "")) == (400, "sign_in_unknown")
        # Somebody is lured into going on with the attacker's own sign-in.
        lured = consent(await there(theirs))
        await there(mine)
        assert code_of(await arrived(mine, lured)) == (400, "sign_in_elsewhere")
        assert code_of(await arrived(theirs, lured)) == (400, "sign_in_unknown")
        # What was used is used, in the same browser too.
        query = consent(await there(mine))
        assert (await arrived(mine, query)).status == 303
        assert code_of(await arrived(mine, query)) == (400, "sign_in_unknown")
        # The code of one sign-in is nothing to another.
        code = dict(pair.split("=") for pair in consent(await there(theirs)).split("&"))["code"]
        own = consent(await there(mine)).partition("&")[2]
        assert code_of(await arrived(mine, f"code={code}&{own}")) == (401, "bad_code")
        assert code_of(await arrived(mine, upstream.provider.decline(await there(mine)))) == (403, "sign_in_declined")
        assert "parlance_session" not in theirs.cookies


async def test_a_token_that_does_not_hold_lets_nobody_in(tmp_path: Path) -> None:
    """Wrong nonce, audience, issuer, time; no signature, the public key as a secret, another's key."""
    async with house(tmp_path) as (server, upstream):
        provider = upstream.provider

        async def end(why: str, **claims: Any) -> None:
            provider.twist = lambda said: {**said, **claims}
            browser = Browser(server.port)
            page = await arrived(browser, provider.consent(await there(browser)))
            assert code_of(page) == (401, why) and "parlance_session" not in browser.cookies

        await end("wrong_nonce", nonce="another")
        await end("wrong_audience", aud="another")
        await end("wrong_issuer", iss="https://evil.example")
        await end("expired", exp=int(time.time()) - 60)
        for way in (provider.unsigned, provider.confused, provider.foreign):
            provider.sign = way
            await end("bad_signature")
        admin = Caller(server.port, server.console_token)
        entries = (await told(admin, "audit.list", act="sign_in_failed")).json["entries"]
        assert [entry["details"]["by"] for entry in entries] == ["oidc:work"] * 7
        assert (await told(admin, "users.list", sought="grace")).json["users"] == []


async def test_a_provider_may_change_its_keys_while_the_server_runs(tmp_path: Path) -> None:
    """The documents are asked for once; new keys are found when the old ones do not fit any more."""
    clock = HandClock()
    async with house(tmp_path, clock=clock) as (server, upstream):
        for _ in range(2):
            browser = Browser(server.port)
            assert (await arrived(browser, upstream.provider.consent(await there(browser)))).status == 303
        assert (len(upstream.calls_to("/keys")), len(upstream.calls_to("/openid-configuration"))) == (1, 1)
        clock.move(60)
        upstream.provider.rotate()
        assert (await arrived(browser, upstream.provider.consent(await there(browser)))).status == 303
        assert len(upstream.calls_to("/keys")) == 2


async def test_a_provider_that_is_broken_is_said_to_be(tmp_path: Path) -> None:
    """Quickly, and without a word of what it said."""
    async with house(tmp_path) as (server, upstream):
        for behaviour in (Behaviour.RESET_BEFORE, Behaviour.INTERNAL_ERROR, Behaviour.HTML, Behaviour.REDIRECT):
            upstream.behaviour = behaviour
            began = time.monotonic()
            page = await Browser(server.port).get(SIGN_IN)
            assert page.status == 502 and json.loads(page.body)["code"].startswith("provider_")
            assert time.monotonic() - began < 1.0 * SLACK
            assert b"127.0.0.1" not in page.body and b"internal.example" not in page.body
        assert upstream.canary_calls == []


async def test_nobody_is_sent_on_to_another_server(tmp_path: Path) -> None:
    """However the way back is spelled; nor is a provider that nobody configured asked."""
    async with house(tmp_path) as (server, upstream):
        browser = Browser(server.port)
        for back in (
            "//evil.example",
            "/%5Cevil.example",
            "https:evil.example",
            "/%09/evil.example",
            "%2F%2Fevil.example",
        ):
            assert code_of(await browser.get(f"{SIGN_IN}?back={back}")) == (400, "bad_back")
        assert code_of(await browser.get("/parlance/sign-in/other")) == (404, "provider_not_found")
        assert upstream.calls == []


async def test_a_person_is_told_in_words_why_it_went_wrong(tmp_path: Path) -> None:
    """A browser gets a page, without a script and with a way on."""
    async with house(tmp_path) as (server, _):
        failing = {f"{CALLBACK}?state=x": 400, f"{SIGN_IN}?back=//x": 400, "/parlance/sign-in/other": 404}
        for path, status in failing.items():
            page = await Browser(server.port).get(path, accept=HTML)
            assert page.status == status and page.headers["content-type"].startswith("text/html")
            assert b"Nobody was signed in" in page.body and b'href="/"' in page.body
            assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_the_first_account_can_be_an_admin_of_the_provider(tmp_path: Path) -> None:
    """Of the group that the settings name, and of nobody else who has an account there."""
    async with house(tmp_path, first=False, admin_group="chiefs") as (server, upstream):
        browser = Browser(server.port)
        page = await arrived(browser, upstream.provider.consent(await there(browser)))
        assert code_of(page) == (403, "first_account_elsewhere")
        chief = {**GRACE, "groups": ["chiefs"]}
        assert (await arrived(browser, upstream.provider.consent(await there(browser), chief))).status == 303
        read = json.loads((await browser.get("/parlance/v1/accounts.read")).body)
        assert (read["user"]["id"], read["user"]["operates"]) == ("owner", True)


async def test_a_sub_path_is_kept_on_the_way(tmp_path: Path) -> None:
    """Behind a proxy that serves us under `/ai` the browser comes back there, and so do its cookies. The provider is a
    strict one here, which must be asked who it was."""
    async with MockOidc() as upstream:
        toml = configured(upstream.origin).replace("chat.example", "chat.example/ai")
        async with running(loaded(tmp_path, toml=toml, flags={"server.base_path": "/ai"})) as server:
            first = {"name": "Ada", "password": PASSWORD}
            assert (await Caller(server.port).ask("POST /ai/parlance/v1/accounts.sign_up", first)).status == 200
            browser = Browser(server.port)
            upstream.provider.strict = True
            begun = await browser.get(f"/ai{SIGN_IN}")
            url = begun.headers["location"]
            assert "redirect_uri=https%3A%2F%2Fchat.example%2Fai%2Fparlance%2Fsign-in%2Fwork%2Fcallback" in url
            page = await browser.get(f"/ai{CALLBACK}?{upstream.provider.consent(url)}", sec_fetch_site="cross-site")
            assert (page.status, page.headers["location"]) == (303, "/ai/")
            assert list(browser.cookies) == ["parlance_session"]
            read = json.loads((await browser.get("/ai/parlance/v1/accounts.read")).body)
            assert read["user"]["email"] == GRACE["email"] and len(upstream.calls_to("/userinfo")) == 1


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (configured("https://id.example").replace("public_url", "# public_url"), "public_url"),
        (configured("http://id.example"), "https://"),
        (configured("https://id.example") + PROVIDER, "2 times"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, toml: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        loaded(tmp_path, toml=toml)
