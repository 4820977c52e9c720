"""A composed server with the chatbot app at a door of its own, and a browser for it that keeps cookies."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from parlance.core.chatbot.room import ChatbotRoom
from parlance.testing.servers import START_SECONDS, Server, loaded, running
from parlance.values.time import Clock
from parlance.vault.bcrypt_passwords import BcryptPasswords
from tests.unit.transports.small import Raw

Heard = tuple[int, dict[str, str], bytes]
DOOR = '[[doors]]\nname = "chatbot"\naddress = "127.0.0.1:0"\ndialects = ["chatbot"]\n'
CONFIG = """
llms:
  - provider_name: free one
    type: ollama
    model_name: llama
    test_chunks: ["<think>hm", "\\nwell</think>", "Hel", "lo"]
  - {provider_name: gold, type: openai, model_name: gpt, tier: Premium, api_key: sk-x, test_chunks: [rich]}
  - {provider_name: keyless, type: openai, model_name: gpt}
  - {provider_name: badly placed, type: ollama, model_name: gpt, base_url: "nowhere at all"}
  - {provider_name: odd, type: telepathy, model_name: gpt}
default_llm: free one
"""
SPOKEN = "<think>hm\nwell</think>Hello"
PASSWORD = "pass-word"


def announced(server: Server) -> Server:
    """A server of its own process once it has told of the app's door too: that is a line after the default one."""
    until = time.monotonic() + START_SECONDS
    while "chatbot" not in server.addresses and time.monotonic() < until:
        if found := re.search(r"^Door chatbot is at (\S+)$", server.log, re.MULTILINE):
            server.addresses["chatbot"] = found[1]
        time.sleep(0.01)
    return server


class Browser:
    """One browser: each ask is a connection of its own, the cookie and the token go with it."""

    def __init__(self, server: Server, *, prefix: str = "", door: str = "chatbot") -> None:
        self.server = server
        self.port = int(server.addresses[door].rpartition(":")[2])
        self.prefix = prefix
        self.cookie: str | None = None
        self.csrf: str | None = None

    @property
    def room(self) -> ChatbotRoom:
        """The app's inside."""
        assert self.server.house is not None and self.server.house.chatbot.room is not None
        return self.server.house.chatbot.room

    async def raw(self, head: str, body: bytes = b"", **headers: str) -> Heard:
        """One ask as it is, with the cookie if there is one."""
        method, path = head.split(" ", 1)
        connection = await Raw.to(self.port)
        sent = {"content_type": "application/json", **({"cookie": f"session={self.cookie}"} if self.cookie else {})}
        try:
            heard = await connection.ask(f"{method} {self.prefix}{path}", body, **{**sent, **headers})
        finally:
            connection.fin()
        if found := re.match(r"session=([^;]*)", heard[1].get("set-cookie", "")):
            self.cookie = found[1]
        return heard

    async def page(self, path: str = "/") -> str:
        """A page; its token is remembered."""
        status, _, body = await self.raw(f"GET {path}")
        assert status == 200, body
        text = body.decode()
        found = re.search(r'name="csrf-token" content="([^"]*)"', text)
        assert found is not None
        self.csrf = found[1]
        return text

    async def post(self, path: str, body: Any = None, *, csrf: str | None = "own", **headers: str) -> Heard:
        """JSON with the token (or another, or none)."""
        token = self.csrf if csrf == "own" else csrf
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.raw(f"POST {path}", sent, **({"x_csrf_token": token} if token is not None else {}), **headers)

    async def form(self, path: str, **fields: str) -> Heard:
        """A form with the token, unless another is given."""
        body = urlencode({"csrf_token": self.csrf or "", **fields}).encode()
        return await self.raw(f"POST {path}", body, content_type="application/x-www-form-urlencoded")

    async def done(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of an answer that must have this status."""
        found, _, answer = await self.post(path, body)
        assert found == status, answer
        return json.loads(answer)

    async def say(self, message: str, path: str = "/chat", status: int = 200, **more: Any) -> str:
        """The text of an answer."""
        found, headers, body = await self.post(path, {"message": message, **more})
        assert found == status, body
        assert status != 200 or headers["content-type"] == "text/plain; charset=utf-8"
        return body.decode()

    async def history(self, name: str = "default") -> list[list[str]]:
        """The pairs of a set."""
        found: list[list[str]] = (await self.done("/load_set", {"set_name": name}))["history"]
        return found

    async def sign_up(self, name: str = "ada", password: str = PASSWORD) -> None:
        """Sign up, and in."""
        await self.page("/signup")
        status, headers, body = await self.form("/signup", username=name, password=password)
        assert (status, headers["location"]) == (302, f"{self.prefix}/login"), body
        await self.sign_in(name, password)

    async def sign_in(self, name: str = "ada", password: str = PASSWORD) -> None:
        """Sign in, and look at the home page."""
        await self.page("/login")
        status, headers, body = await self.form("/login", username=name, password=password)
        assert (status, headers["location"]) == (302, f"{self.prefix}/"), body
        await self.page()


def _write(folder: Path, config: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".config.yml").write_text(config, "utf-8")


@asynccontextmanager
async def serving(
    folder: Path,
    config: str = CONFIG,
    *,
    toml: str = DOOR,
    env: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Browser]:
    """The composed server with this `.config.yml`; passwords are hashed cheaply."""
    _write(folder, config)
    async with running(loaded(folder, toml=toml, env=env, flags=flags), clock=clock) as server:
        own = "chatbot" in server.addresses
        browser = Browser(server) if own else Browser(server, prefix="/as/chatbot", door="default")
        passwords = browser.room.passwords
        assert isinstance(passwords, BcryptPasswords)
        passwords.cost = 4
        yield browser
