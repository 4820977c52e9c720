"""Signing in, up and out: the order of checks, the texts, what becomes of cookie, token and key (contract §2, §4)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from parlance.stores.sql.chatbot import SqlChatbot
from parlance.testing.clocks import HandClock
from parlance.testing.faulty import Faults, FaultyDatabase
from tests.dialects.chatbot.served import PASSWORD, Browser, Heard, serving


def said(heard: Heard) -> tuple[int, str]:
    """Status and text of an answer that is bare text."""
    status, headers, body = heard
    assert headers["content-type"] == "text/plain; charset=utf-8", headers
    return status, body.decode()


async def test_signing_up_leads_to_the_login_and_signing_in_home(tmp_path: Path) -> None:
    """No cookie comes with the first; the second brings a session with another cookie and another token."""
    async with serving(tmp_path) as browser:
        await browser.page("/signup")
        guest, token = browser.cookie, browser.csrf
        status, headers, body = await browser.form("/signup", username=" ada ", password=PASSWORD)
        assert (status, headers["location"], body) == (302, "/login", b"") and "set-cookie" not in headers
        assert 'data-logged-in="false"' in await browser.page()
        status, headers, _ = await browser.form("/login", username="ada", password=PASSWORD)
        assert (status, headers["location"]) == (302, "/") and headers["set-cookie"].startswith("session=")
        assert 'data-logged-in="true"' in await browser.page()
        assert browser.cookie != guest and browser.csrf != token
        before = Browser(browser.server)
        before.cookie = guest
        assert 'data-logged-in="false"' in await before.page(), "who knew the cookie of before is nobody"


async def test_a_form_is_proved_by_its_token_and_not_by_its_origin(tmp_path: Path) -> None:
    """A browser that tells no referrer calls the origin of a form `null`; and from elsewhere it sends no cookie."""
    async with serving(tmp_path) as browser:
        await browser.page("/signup")
        cookie, body = browser.cookie, f"csrf_token={browser.csrf}&username=ada&password=x".encode()
        browser.cookie = None
        foreign = await browser.raw("POST /signup", body, origin="https://evil.example")
        assert said(foreign) == (400, "Invalid CSRF token")
        browser.cookie = cookie
        assert (await browser.raw("POST /signup", body, origin="null"))[0] == 302


async def test_signing_out_ends_the_session_everywhere_it_is_known(tmp_path: Path) -> None:
    """With another cookie, also where there was no session at all."""
    async with serving(tmp_path) as browser:
        status, headers, _ = await browser.raw("GET /logout")
        assert (status, headers["location"]) == (302, "/") and headers["set-cookie"].startswith("session=")
        await browser.sign_up()
        cookie = browser.cookie
        status, headers, _ = await browser.raw("GET /logout")
        assert status == 302 and browser.cookie not in (None, cookie)
        assert 'data-logged-in="false"' in await browser.page()
        browser.cookie = cookie
        assert 'data-logged-in="false"' in await browser.page()


@pytest.mark.slow
async def test_login_checks_in_its_order(tmp_path: Path) -> None:
    """Form, then empty credentials, then the token, then who it is."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.raw("GET /logout")
        await browser.page("/login")
        assert said(await browser.raw("POST /login", b"\xff\xfe")) == (400, "Invalid form payload")
        assert said(await browser.raw("POST /login", b'{"username": "ada"}')) == (400, "Invalid form payload")
        assert said(await browser.raw("POST /login", b"x" * (64 * 1024 + 1))) == (400, "Invalid request body")
        wrong = (401, "Invalid credentials")
        for name, password in (("", "x"), ("  ", "x"), ("ada", "")):
            assert said(await browser.form("/login", username=name, password=password, csrf_token="no")) == wrong
        for token in ("no", ""):
            heard = await browser.form("/login", username="ada", password=PASSWORD, csrf_token=token)
            assert said(heard) == (400, "Invalid CSRF token")
        for name, password in (("ada", "wrong"), ("bob", PASSWORD), ("../ada", PASSWORD), ("Ada", PASSWORD)):
            assert said(await browser.form("/login", username=name, password=password)) == wrong
        assert (await browser.form("/login", username=" ada ", password=PASSWORD))[0] == 302


async def test_sign_up_checks_in_its_order(tmp_path: Path) -> None:
    """Form, empty fields, the token, the name, whether it is taken."""
    async with serving(tmp_path) as browser:
        await browser.page("/signup")
        assert said(await browser.raw("POST /signup", b"\xff")) == (400, "Invalid form payload")
        empty = (400, "Username and password required.")
        assert said(await browser.raw("POST /signup")) == empty
        assert said(await browser.form("/signup", username=" ", password="x", csrf_token="no")) == empty
        heard = await browser.form("/signup", username="a b", password="x", csrf_token="no")
        assert said(heard) == (400, "Invalid CSRF token")
        odd = (400, "Username may only include letters, numbers, '_' or '-'")
        for name in ("a b", "../x", "a.b", "ä", "a" * 65, "a\x00"):
            assert said(await browser.form("/signup", username=name, password="x")) == odd
        assert (await browser.form("/signup", username="a" * 64, password="x"))[0] == 302
        assert said(await browser.form("/signup", username="a" * 64, password="y")) == (400, "User already exists.")


async def test_of_many_who_want_one_name_one_gets_it(tmp_path: Path) -> None:
    """At the same moment, and nobody is lost."""
    async with serving(tmp_path) as browser:
        await browser.page("/signup")
        many = [browser.form("/signup", username="same", password=f"p{at}") for at in range(6)]
        others = [browser.form("/signup", username=f"u{at}", password="x") for at in range(6)]
        heard = await asyncio.gather(*many, *others)
        assert sorted(status for status, _, _ in heard[:6]) == [302] + [400] * 5
        assert [status for status, _, _ in heard[6:]] == [302] * 6
        assert len(await browser.room.store.users("", 100)) == 7


async def test_a_session_ends_when_it_is_idle_and_goes_on_while_it_is_used(tmp_path: Path) -> None:
    """Its time runs from the last use."""
    clock = HandClock()
    async with serving(tmp_path, clock=clock) as browser:
        await browser.sign_up()
        for _ in range(3):
            clock.move(3000)
            assert 'data-logged-in="true"' in await browser.page()
        cookie = browser.cookie
        clock.move(3601)
        assert 'data-logged-in="false"' in await browser.page() and browser.cookie != cookie


async def test_the_token_is_judged_in_the_header(tmp_path: Path) -> None:
    """Absent, wrong, of another session, and without a session at all."""
    async with serving(tmp_path) as browser:
        await browser.page()
        other = Browser(browser.server)
        await other.page()
        assert said(await browser.post("/reset_chat", csrf=None)) == (400, "Missing CSRF token")
        for token in ("wrong", other.csrf):
            assert said(await browser.post("/reset_chat", csrf=token)) == (400, "Invalid CSRF token")
        browser.cookie = None
        assert said(await browser.post("/reset_chat")) == (400, "Invalid CSRF token")


async def test_guessing_is_slow(tmp_path: Path) -> None:
    """After five wrong passwords for one name there is one attempt every half minute; the right one waits too."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.page("/login")
        statuses = [(await browser.form("/login", username="ada", password="x"))[0] for _ in range(7)]
        assert statuses == [401] * 6 + [429]
        heard = await browser.form("/login", username="ada", password=PASSWORD)
        assert said(heard) == (429, "Too many requests, please slow down.") and int(heard[1]["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/login", "/signup"])
async def test_a_store_that_fails_is_told_in_the_routes_words(tmp_path: Path, path: str) -> None:
    """Never a page of a defect."""
    async with serving(tmp_path) as browser:
        await browser.page(path)
        faults = Faults()
        store = browser.room.store
        assert isinstance(store, SqlChatbot)
        store.database = FaultyDatabase(store.database, faults)
        faults.begin(1, "gone")
        words = {"/login": "Unable to log in", "/signup": "Unable to create user"}[path]
        assert said(await browser.form(path, username="ada", password="x")) == (500, words)


async def test_people_of_the_app_are_nobody_at_other_doors(tmp_path: Path) -> None:
    """A stranger who signs up here does not end local mode there (decision 0011)."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        main = Browser(browser.server, door="default")
        assert (await main.raw("GET /v1/models"))[0] == 200
