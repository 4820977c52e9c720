"""People at a server, as the tests in a browser need them: with accounts, signed in, and with what they own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from parlance.testing.servers import Server
from tests.browser.browsing import Window

PASSWORD = "blue chair under a cloud"
READS = ("read", "list", "show", "search", "usage")
_PATIENCE = 30.0


class Person:
    """Somebody who asks a server by the native API; without a token whoever works on the machine."""

    def __init__(self, server: Server, token: str = "") -> None:
        self.url = server.url
        self.token = token

    @classmethod
    def at(cls, url: str) -> Person:
        """Whoever works on the machine of the server at this address."""
        return cls(Server(Path(), {"default": url}))

    def do(self, operation: str, /, **fields: Any) -> Any:
        """What an operation gives. Raises HTTPError when it is refused."""
        if operation.rpartition(".")[2] in READS:
            return self._ask(f"{operation}?{urlencode(fields)}")
        return self._ask(operation, json.dumps(fields).encode(), "application/json")

    def bring(self, content: bytes) -> Any:
        """Take in a file of chats."""
        return self._ask("chats.import", content, "application/octet-stream")

    def upload(self, name: str, content: bytes, media: str = "text/plain") -> str:
        """Keep a file; gives its id."""
        id: str = self._ask(f"files.upload?{urlencode({'name': name})}", content, media)["id"]
        return id

    def add(self, base: str, name: str, content: bytes, media: str = "text/plain") -> str:
        """Put a document into a knowledge base and await that it is read or failed; gives its id."""
        query = urlencode({"base": base, "name": name})
        id: str = self._ask(f"documents.upload?{query}", content, media)["id"]
        end = time.monotonic() + _PATIENCE
        while self.do("documents.read", document=id)["state"] not in ("ready", "failed"):
            if time.monotonic() > end:
                raise TimeoutError(name)
            time.sleep(0.05)
        return id

    def said(self, text: str, **more: Any) -> str:
        """Say something in a chat and await the answers; gives the chat's id."""
        sent = self.do("chats.send", text=text, **more)
        for answer in sent["answers"]:
            self.ended(answer["run"])
        id: str = sent["chat"]
        return id

    def ended(self, run: str) -> None:
        """Await the end of an answer."""
        self._ask(f"runs.read?{urlencode({'run': run})}", accept="text/event-stream")

    def _ask(self, path: str, body: bytes | None = None, media: str = "", accept: str = "application/json") -> Any:
        headers = {"Accept": accept}
        if media:
            headers["Content-Type"] = media
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = Request(f"{self.url}/parlance/v1/{path}", data=body, headers=headers)
        with urlopen(request, timeout=_PATIENCE) as answer:
            told = answer.read()
        return json.loads(told) if told and accept == "application/json" else None


def emptied(server: Server) -> Server:
    """The server without the chats, folders and bases of whoever works on its machine."""
    me = Person(server)
    me.do("chats.clear")
    while bases := me.do("bases.list")["bases"]:
        for base in bases:
            me.do("bases.delete", base=base["id"])
    return server


def first(server: Server, name: str = "Ada") -> Person:
    """The first account: administrator, and operator of the server."""
    signed = Person(server).do("accounts.sign_up", name=name, password=PASSWORD)
    return Person(server, signed["token"])


def another(admin: Person, name: str, **more: Any) -> Person:
    """A further account that the administrator makes, with a session."""
    admin.do("users.create", name=name, password=PASSWORD, **more)
    signed = Person.at(admin.url).do("accounts.sign_in", account=name, password=PASSWORD)
    there = Person.at(admin.url)
    there.token = signed["token"]
    return there


def signed_in(server: Server, name: str = "Ada") -> Person:
    """Somebody who has an account, in a session of their own."""
    signed = Person(server).do("accounts.sign_in", account=name, password=PASSWORD)
    return Person(server, signed["token"])


def enter(window: Window, name: str = "Ada") -> Window:
    """Sign a window in, without going through the form."""
    body = {"account": name, "password": PASSWORD}
    answer = window.context.request.post(f"{window.origin}/parlance/v1/accounts.sign_in", data=body)
    assert answer.ok, answer.text()
    return window
