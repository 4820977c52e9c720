"""The pages, their files, health, and what is not there (contract §1 to §3, §12)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.chatbot.served import Browser, serving

COOKIE = re.compile(r"session=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=3600")


async def test_health_and_icon(tmp_path: Path) -> None:
    """Neither makes a session."""
    async with serving(tmp_path) as browser:
        status, headers, body = await browser.raw("GET /health")
        assert (status, json.loads(body)) == (200, {"status": "healthy"})
        assert (await browser.raw("GET /favicon.ico"))[::2] == (204, b"")
        assert "set-cookie" not in headers and browser.cookie is None


@pytest.mark.parametrize("path", ["/", "/login", "/signup"])
async def test_a_page_brings_a_session_and_its_headers(tmp_path: Path, path: str) -> None:
    """Cookie to the letter, a policy without any other origin, and no word that tells of providers."""
    async with serving(tmp_path) as browser:
        status, headers, body = await browser.raw(f"GET {path}")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert COOKIE.fullmatch(headers["set-cookie"])
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; base-uri 'self'; frame-ancestors 'none'; connect-src 'self'")
        assert "http" not in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        text = body.decode()
        for word in ("api_key", "base_url", "OPENAI", "OPENROUTER", "Bearer", "Authorization", "http://", "https://"):
            assert word not in text


async def test_the_token_stays_while_the_session_does(tmp_path: Path) -> None:
    """Over repeated pages, for one cookie; another browser has another."""
    async with serving(tmp_path) as browser:
        await browser.page()
        cookie, token = browser.cookie, browser.csrf
        for path in ("/", "/login", "/signup"):
            await browser.page(path)
            assert (browser.cookie, browser.csrf) == (cookie, token)
        other = Browser(browser.server)
        await other.page()
        assert other.cookie != cookie and other.csrf != token


async def test_the_home_page_has_its_machine_readable_parts(tmp_path: Path) -> None:
    """For a guest without premium models and without a choice of models; for the signed in with one."""
    async with serving(tmp_path) as browser:
        text = await browser.page()
        assert f'<meta name="csrf-token" content="{browser.csrf}">' in text
        assert 'data-logged-in="false" data-user-tier="free"' in text and f'data-csrf-token="{browser.csrf}"' in text
        data = _data(text)
        assert data["loggedIn"] is False and "gold" not in text and 'id="modelSelect"' not in text
        assert {"provider_name": "free one", "tier": "free"} in data["availableModels"]
        await browser.sign_up()
        text = await browser.page()
        assert 'data-logged-in="true"' in text and 'id="modelSelect"' in text and "gold" not in text
        assert _data(text)["defaultSystemPrompt"].startswith("You are a helpful AI assistant.")


async def test_premium_models_are_shown_to_premium_users(tmp_path: Path) -> None:
    """Whatever the case in which either tier is written."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await promote(browser)
        text = await browser.page()
        assert 'data-user-tier="PREMIUM"' in text and '<option value="gold">' in text
        assert await browser.say("Hi", model_name="gold") == "rich"


async def test_what_people_name_is_text_on_a_page(tmp_path: Path) -> None:
    """A provider's name and a prompt with markup in them are neither tags nor the end of the data."""
    config = """
llms: [{provider_name: "<b>'\\"&", type: ollama, model_name: m}]
default_system_prompt: "</template><script>alert(1)</script>"
"""
    async with serving(tmp_path, config) as browser:
        text = await browser.page()
        assert "<script>alert" not in text and "</template><" not in text.replace("</template>\n<", "")
        data = _data(text)
        assert data["defaultSystemPrompt"] == "</template><script>alert(1)</script>"
        assert data["availableModels"][0]["provider_name"] == "<b>'\"&"


async def test_login_and_sign_up_pages_have_their_forms(tmp_path: Path) -> None:
    """With the fields that a client fills in."""
    async with serving(tmp_path) as browser:
        for path in ("/login", "/signup"):
            text = await browser.page(path)
            assert f'<form action="{path}" method="post">' in text
            assert f'<input type="hidden" name="csrf_token" value="{browser.csrf}">' in text
            assert 'name="username"' in text and 'name="password"' in text


async def test_files_of_the_pages_are_served_and_no_others(tmp_path: Path) -> None:
    """A real one is there; nothing leads out of their folder."""
    async with serving(tmp_path) as browser:
        for name, kind in (("chatbot.js", "text/javascript"), ("chatbot.css", "text/css")):
            status, headers, body = await browser.raw(f"GET /static/{name}")
            assert status == 200 and headers["content-type"].startswith(kind) and body
        for path in (
            *("/.env", "/.config.yml", "/static/../.env", "/static/%2e%2e/.env", "/static/..%2f.env"),
            *("/static/none.js", "/static/__init__.py", "/static/", "/nothing", "/docs"),
        ):
            status, headers, body = await browser.raw(f"GET {path}")
            assert (status, body) == (404, b""), path


async def test_a_wrong_method_is_405_and_head_works_where_get_does(tmp_path: Path) -> None:
    """Both without a body; the 405 names what there is."""
    async with serving(tmp_path) as browser:
        for head, allowed in (
            ("GET /chat", "POST"),
            ("DELETE /login", "GET, HEAD, POST"),
            ("POST /health", "GET, HEAD"),
        ):
            status, headers, body = await browser.raw(head)
            assert (status, headers["allow"], body) == (405, allowed, b"")
        for path in ("/health", "/", "/login", "/signup", "/static/chatbot.js"):
            status, _, body = await browser.raw(f"HEAD {path}")
            assert (status, body) == (200, b"")


async def test_the_cookie_can_be_for_plain_http(tmp_path: Path) -> None:
    """And says how long it lasts, within its bounds."""
    flags = {"chatbot.cookie_secure": False, "chatbot.session_seconds": 10}
    async with serving(tmp_path, flags=flags) as browser:
        _, headers, _ = await browser.raw("GET /")
        assert re.fullmatch(r"session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60", headers["set-cookie"])


async def test_a_page_of_another_origin_calls_nothing(tmp_path: Path) -> None:
    """Nor does one that came under another name of this machine; a link to the page works."""
    async with serving(tmp_path) as browser:
        await browser.page()
        for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {"host": "evil.example"}):
            assert (await browser.post("/chat", {"message": "x"}, **headers))[0] == 403
            assert (await browser.post("/api/tts", {"text": "x"}, **headers))[0] == 403
        assert (await browser.raw("GET /", sec_fetch_site="cross-site"))[0] == 200


async def promote(browser: Browser, name: str = "ada") -> None:
    """Give somebody the premium tier, as an operator does in the app's users.json."""
    from parlance.ports.stores import Statement

    assert browser.server.house is not None
    change = "UPDATE chatbot_users SET tier = 'PREMIUM' WHERE tenant = 'default' AND name = :name"
    await browser.server.house.database.apply((Statement(change, {"name": name}),))


def _data(text: str) -> dict[str, Any]:
    found = re.search(r'<template id="app-data" type="application/json">(.*?)</template>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data
