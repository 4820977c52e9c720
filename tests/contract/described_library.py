"""One call of each operation on folders, tags and links that must go well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _made(caller: Any, operation: str, /, **body: Any) -> Any:
    found = caller.call("POST", f"/parlance/v1/{operation}", json=body)
    assert found.ok, found.text
    return found.json()


def _folder(caller: Any) -> str:
    found: str = _made(caller, "folders.create", name="A folder")["id"]
    return found


def _chat(caller: Any) -> str:
    found: str = _made(caller, "chats.create", title="A chat")["id"]
    return found


def _link(caller: Any) -> Any:
    return _made(caller, "shares.create", chat=_chat(caller))


LIBRARY: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "chats.search": lambda caller: {"query": {"query": "tea"}},
    "chats.tag": lambda caller: {"body": {"chat": _chat(caller), "add": ["tea"]}},
    "folders.create": lambda caller: {"body": {"name": "Another"}},
    "folders.update": lambda caller: {"body": {"folder": _folder(caller), "name": "Other"}},
    "folders.move": lambda caller: {"body": {"folder": _folder(caller)}},
    "folders.delete": lambda caller: {"body": {"folder": _folder(caller)}},
    "shares.create": lambda caller: {"body": {"chat": _chat(caller)}},
    "shares.revoke": lambda caller: {"body": {"share": _link(caller)["share"]["id"]}},
    "chats.import": lambda caller: {"body": {"format": "parlance.chats", "version": 1, "chats": []}},
    "share": lambda caller: {"piece": _link(caller)["token"]},
}
"""How to call what needs more than its address, by operation id."""
