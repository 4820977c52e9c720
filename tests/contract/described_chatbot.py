"""One call of each operation on the chatbot app's people that must go well."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

_NUMBERS = itertools.count()


def _person() -> dict[str, Any]:
    return {"name": f"person-{next(_NUMBERS)}", "password_hash": "no hash", "sets": []}


def _brought(caller: Any) -> str:
    person = _person()
    found = caller.call("POST", "/parlance/v1/chatbot.people.import", json={"person": person})
    assert found.ok, found.text
    name: str = person["name"]
    return name


CHATBOT: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "chatbot.people.read": lambda caller: {"query": {"name": _brought(caller)}},
    "chatbot.people.import": lambda caller: {"body": {"person": _person()}},
}
"""How to call what needs more than its address, by operation id."""
