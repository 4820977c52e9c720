"""One call of each operation of the chatbot app, and of those on its people, that must go well."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.flows.callers import table

_NUMBERS = itertools.count()
_PROVIDER = {"name": "said", "kind": "ollama", "model": "said", "test_chunks": ["Hello."]}
FORM = "application/x-www-form-urlencoded"
UNDER = "/as/chatbot"
PERSON = {"username": "described", "password": "pass-word"}


class _Speech(BaseHTTPRequestHandler):
    """A speech service that says the same to everybody."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Two samples of silence."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(bytes(4))

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


@contextmanager
def app() -> Iterator[str]:
    """Settings with the app, whose only model says what is written down, beside its speech service."""
    service = ThreadingHTTPServer(("127.0.0.1", 0), _Speech)
    Thread(target=service.serve_forever, daemon=True).start()
    toml = f'[chatbot]\nenabled = true\ntts_host = "127.0.0.1"\ntts_port = {service.server_port}\n'
    try:
        yield toml + table("chatbot.providers", _PROVIDER)
    finally:
        service.shutdown()
        service.server_close()


def _guest(caller: Any, cookie: str = "") -> dict[str, str]:
    """The headers of a session's own page. Each comes from an address of its own: all that is made up comes from one,
    which may soon begin no more sessions."""
    where = {"x-forwarded-for": f"192.0.2.{next(_NUMBERS) % 256}"}
    page = caller.call("GET", f"{UNDER}/", headers={**where, "cookie": cookie} if cookie else where)
    token = re.search(r'name="csrf-token" content="([^"]*)"', page.text)
    assert token is not None, (page.status_code, page.text[:600])
    return {"cookie": page.headers["set-cookie"].partition(";")[0], "x-csrf-token": token[1]}


def _sent(caller: Any, path: str, form: Mapping[str, str]) -> Any:
    """A form from its page."""
    guest = _guest(caller)
    headers = {"cookie": guest["cookie"], "content-type": FORM}
    return caller.call("POST", UNDER + path, data={**form, "csrf_token": guest["x-csrf-token"]}, headers=headers)


def _person(caller: Any) -> dict[str, str]:
    """The headers of somebody who is signed in: one for each server, since a sign-in takes its time."""
    kept: dict[str, str] | None = getattr(caller.server, "chatbot_person", None)
    if kept is None:
        _sent(caller, "/signup", PERSON)
        cookie = _sent(caller, "/login", PERSON).headers["set-cookie"].partition(";")[0]
        kept = caller.server.chatbot_person = _guest(caller, cookie)
    return kept


def _form(caller: Any, **fields: str) -> dict[str, Any]:
    guest = _guest(caller)
    headers = {"cookie": guest["cookie"], "content-type": FORM}
    return {"body": {**fields, "csrf_token": guest["x-csrf-token"]}, "headers": headers, "statuses": (302,)}


def _set(caller: Any) -> dict[str, str]:
    name = f"set-{next(_NUMBERS)}"
    made = caller.call("POST", f"{UNDER}/create_set", json={"set_name": name}, headers=_person(caller))
    assert made.json() == {"status": "success"}, made.text
    return {"set_name": name}


def _said(caller: Any) -> dict[str, str]:
    text = f"question {next(_NUMBERS)}"
    assert caller.call("POST", f"{UNDER}/chat", json={"message": text}, headers=_person(caller)).ok
    return {"user_message": text}


def _moved() -> dict[str, Any]:
    return {"name": f"person-{next(_NUMBERS)}", "password_hash": "no hash", "sets": []}


def _brought(caller: Any) -> str:
    person = _moved()
    found = caller.call("POST", "/parlance/v1/chatbot.people.import", json={"person": person})
    assert found.ok, found.text
    name: str = person["name"]
    return name


def _page(body: Callable[[Any], Any], who: Callable[[Any], dict[str, str]] = _guest) -> Callable[[Any], dict[str, Any]]:
    """A call from the page of somebody."""
    return lambda caller: {"body": body(caller), "headers": who(caller)}


CHATBOT: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "chatbot.people.read": lambda caller: {"query": {"name": _brought(caller)}},
    "chatbot.people.import": lambda caller: {"body": {"person": _moved()}},
    "chatbot.static": lambda caller: {"piece": "chatbot.css"},
    "chatbot.login": lambda caller: (_person(caller), _form(caller, **PERSON))[1],
    "chatbot.signup": lambda caller: _form(caller, username=f"new-{next(_NUMBERS)}", password="pass-word"),
    "chatbot.logout": lambda caller: {"statuses": (302,)},
    "chatbot.chat": _page(lambda caller: {"message": "Hello"}),
    "chatbot.regenerate": _page(lambda caller: {"message": "Hello"}),
    "chatbot.get_sets": lambda caller: {"headers": _person(caller)},
    "chatbot.create_set": _page(lambda caller: {"set_name": f"new-{next(_NUMBERS)}"}, _person),
    "chatbot.delete_set": _page(_set, _person),
    "chatbot.load_set": _page(lambda caller: {}, _person),
    "chatbot.reset_chat": _page(lambda caller: {}),
    "chatbot.update_memory": _page(lambda caller: {"memory": "Likes tea."}),
    "chatbot.update_system_prompt": _page(lambda caller: {"system_prompt": "Be brief."}),
    "chatbot.delete_message": _page(_said, _person),
    "chatbot.tts": _page(lambda caller: {"text": "Hello"}),
    "chatbot.api_tts": lambda caller: {"body": {"text": "Hello"}},
    "chatbot.api_tts_stream": lambda caller: {"body": {"text": "Hello"}},
}
"""How to call what needs more than its address, by operation id."""
