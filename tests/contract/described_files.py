"""Calls of the operations on files, budgets and ledgers that must go well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import Calls, done


def file(caller: Calls) -> str:
    """The id of a new file."""
    answer = caller.call("POST", "/parlance/v1/files.upload", params={"name": "a.txt"}, data=b"some text")
    assert answer.ok, answer.text
    found: str = answer.json()["id"]
    return found


def _budget(caller: Calls) -> str:
    made: str = done(caller, "budgets.set", **_BUDGET)["id"]
    return made


def _run(caller: Calls) -> str:
    items = [{"type": "message", "role": "user", "content": "Hello"}]
    found: str = done(caller, "messages.send", ask={"model": "mock", "items": items})["run"]
    return found


_BUDGET = {"subject": "tenant", "unit": "requests", "period": "month", "limit": 1_000_000_000}
FILES: Mapping[str, Callable[[Calls], dict[str, Any]]] = {
    "files.upload": lambda caller: {"query": {"name": "a.txt"}, "body": b"some text"},
    "files.read": lambda caller: {"query": {"file": file(caller)}},
    "files.delete": lambda caller: {"body": {"file": file(caller)}},
    "files.content": lambda caller: {"piece": f"{file(caller)}/content"},
    "budgets.set": lambda caller: {"body": _BUDGET},
    "budgets.delete": lambda caller: {"body": {"budget": _budget(caller)}},
    "ledgers.read": lambda caller: {"query": {"run": _run(caller)}},
}
