"""Calls that take in what a WeKnora installation had, piece by piece, that must go well."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import Calls

API = "/parlance/v1/weknora"
_NUMBERS = itertools.count(70_000)


def _moved() -> dict[str, Any]:
    number = next(_NUMBERS)
    person = {"id": _id(), "name": f"mover {number}", "email": f"mover.{number}@example.org"}
    return {"number": number, "name": f"Moved {number}", "users": [person]}


def _id() -> str:
    return f"5e000000-0000-4000-8000-{next(_NUMBERS):012d}"


def _tenant(caller: Calls) -> str:
    """The id of a tenant that has come; of the first one for whoever may take none in."""
    found = caller.call("POST", f"{API}.tenants.import", json={"moved": _moved()})
    return str(found.json()["tenant"]) if found.ok else "default"


def _base(caller: Calls) -> dict[str, str]:
    """A base that has come, and its tenant."""
    place = {"tenant": _tenant(caller), "base": _id()}
    caller.call("POST", f"{API}.bases.import", json={"tenant": place["tenant"], "id": place["base"], "name": "Moved"})
    return place


def _model(caller: Calls) -> dict[str, Any]:
    plan = {"name": "shelved", "type": "KnowledgeQA", "source": "local"}
    return {"body": {"tenant": _tenant(caller), "id": _id(), "plan": plan}}


def _session(caller: Calls) -> dict[str, Any]:
    item = {"id": "message-1", "item": {"type": "message", "role": "user", "content": "Hello"}}
    turn = {"id": _id(), "role": "user", "items": [item]}
    return {"body": {"tenant": _tenant(caller), "session": {"id": _id(), "title": "Moved", "turns": [turn]}}}


MOVING: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "weknora.tenants.import": lambda caller: {"body": {"moved": _moved()}},
    "weknora.models.import": _model,
    "weknora.bases.import": lambda caller: {"body": {"tenant": _tenant(caller), "id": _id(), "name": "Moved"}},
    "weknora.documents.import": lambda caller: {
        "query": {**_base(caller), "id": _id(), "name": "moved.txt"},
        "body": f"Moved {_id()}.".encode(),
    },
    "weknora.sessions.import": _session,
}
"""How to call each, by operation id."""
