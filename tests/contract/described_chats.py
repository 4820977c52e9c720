"""One call of each operation on saved chats that must go well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _native(caller: Any, name: str, **body: Any) -> Any:
    found = caller.call("POST", f"/parlance/v1/{name}", json=body)
    assert found.ok, found.text
    return found.json() if found.content else None


def _chat(caller: Any) -> str:
    found: str = _native(caller, "chats.create", title="A chat")["id"]
    return found


def _sent(caller: Any, **more: Any) -> dict[str, str]:
    found: dict[str, str] = _native(caller, "chats.send", text="Hello", models=["mock"], **more)
    return found


def _whole(caller: Any, sent: dict[str, str]) -> dict[str, str]:
    """After its answer has ended."""
    caller.call("GET", f"/parlance/v1/runs.read?run={sent['run']}", headers={"accept": "text/event-stream"})
    return sent


def _answered(caller: Any) -> dict[str, str]:
    """A chat whose answer is whole."""
    return _whole(caller, _sent(caller))


def _cut(caller: Any) -> dict[str, str]:
    """A chat whose answer ended at its bound."""
    return _whole(caller, _sent(caller, sampling={"max_tokens": 2}))


CHATS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "chats.read": lambda caller: {"query": {"chat": _chat(caller)}},
    "chats.update": lambda caller: {"body": {"chat": _chat(caller), "pinned": True}},
    "chats.move": lambda caller: {"body": {"chat": _chat(caller)}},
    "chats.delete": lambda caller: {"body": {"chat": _chat(caller)}},
    "chats.send": lambda caller: {"body": {"text": "Hello", "models": ["mock"]}},
    "chats.regenerate": lambda caller: {"body": {"turn": _answered(caller)["answer"]}},
    "chats.edit": lambda caller: {"body": {"turn": _answered(caller)["turn"], "text": "Hi"}},
    "chats.continue": lambda caller: {"body": {"turn": _cut(caller)["answer"]}},
    "chats.stop": lambda caller: {"body": {"chat": _chat(caller)}},
    "turns.delete": lambda caller: {"body": {"turn": _answered(caller)["turn"]}},
    "turns.rate": lambda caller: {"body": {"turn": _answered(caller)["answer"], "rating": 1}},
}
"""How to call what needs more than its address, by operation id."""
