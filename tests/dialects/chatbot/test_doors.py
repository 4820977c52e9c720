"""Where the app is: at a door of its own, and under `/as/chatbot/` of the default door, with its prefix everywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from parlance.testing.servers import as_process, loaded, running
from tests.dialects.chatbot.served import DOOR, SPOKEN, Browser, announced, serving


async def test_under_a_prefix_every_address_and_the_cookie_carry_it(tmp_path: Path) -> None:
    """Pages, forms, redirects, files and the cookie's path; the rest of the door is as it was."""
    async with serving(tmp_path, toml="") as browser:
        assert browser.prefix == "/as/chatbot"
        _, headers, body = await browser.raw("GET /")
        assert "; Path=/as/chatbot; " in headers["set-cookie"]
        found = re.findall(r'(?:href|src|action)="([^"]*)"', body.decode() + await browser.page("/login"))
        assert found and all(each.startswith("/as/chatbot/") for each in found)
        await browser.sign_up()
        assert await browser.say("Hi") == SPOKEN and await browser.history() == [["Hi", "Hello"]]
        _, headers, _ = await browser.raw("GET /logout")
        assert headers["location"] == "/as/chatbot/"
        for path in ("/nothing", "/static/../../x", "/login/x"):
            assert (await browser.raw(f"GET {path}"))[::2] == (404, b"")
        assert (await browser.raw("DELETE /chat"))[0] == 405
        main = Browser(browser.server, door="default")
        assert (await main.raw("POST /chat", b"{}"))[0] == 404 and (await main.raw("GET /get_sets"))[0] == 404
        assert b"healthy" in (await main.raw("GET /health"))[2]


async def test_the_default_door_describes_the_app_wherever_it_is(tmp_path: Path) -> None:
    """All 22 routes, with what goes into them; a door of the app's own stays the app's, with a 404 for all else."""
    async with serving(tmp_path) as browser:
        default = Browser(browser.server, door="default")
        assert b'href="as/chatbot/docs"' in (await default.raw("GET /docs"))[2]
        assert (await default.raw("GET /as/chatbot/docs"))[0] == 200
        document = json.loads((await default.raw("GET /as/chatbot/openapi.json"))[2])
        said = [(path, method) for path, methods in document["paths"].items() for method in methods]
        assert len(said) == 22
        login = document["paths"]["/login"]["post"]["requestBody"]["content"]
        assert login.keys() == {"application/x-www-form-urlencoded"}
        [token] = document["paths"]["/chat"]["post"]["parameters"]
        assert (token["name"], token["in"]) == ("x-csrf-token", "header")
        for path in ("/docs", "/openapi.json", "/as/chatbot/openapi.json"):
            assert (await browser.raw(f"GET {path}"))[0] == 404


async def test_a_proxys_sub_path_comes_before_the_prefix(tmp_path: Path) -> None:
    """At a door of its own too."""
    async with serving(tmp_path, toml=DOOR, flags={"server.base_path": "/ai"}) as browser:
        browser.prefix = "/ai"
        _, headers, body = await browser.raw("GET /login")
        assert "; Path=/ai; " in headers["set-cookie"] and b'action="/ai/login"' in body


async def test_without_its_file_the_default_door_has_no_such_thing(tmp_path: Path) -> None:
    """And nothing of it is made."""
    async with running(loaded(tmp_path)) as server:
        browser = Browser(server, prefix="/as/chatbot", door="default")
        assert (await browser.raw("GET /login"))[0] == 404


@pytest.mark.slow
def test_a_plain_start_imports_nothing_of_the_dialect(tmp_path: Path) -> None:
    """Neither its pages nor YAML nor Fernet; a flag opens a door for it, which asks for no key."""
    import subprocess
    import sys

    script = (
        "import sys, parlance.app\n"
        "wanted = 'yaml bcrypt cryptography.fernet parlance.dialects.chatbot parlance.core.chatbot.asking'\n"
        "print([name for name in wanted.split() if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert told.stdout.strip() == "[]"
    with as_process(tmp_path, "--door", "chatbot=127.0.0.1:0") as server:
        assert set(announced(server).addresses) == {"default", "chatbot"}
