"""One call of each operation on connections that must go well."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import Calls, done

NOWHERE = "http://127.0.0.1:9/v1"
"""Where nothing answers."""
_numbers = itertools.count()


def connection(caller: Calls) -> str:
    """The id of a new connection that is switched off, so that nobody waits for it."""
    made: str = done(caller, "connections.create", **_wanted())["id"]
    return made


def _wanted() -> dict[str, Any]:
    return {"name": f"lab-{next(_numbers)}", "base_url": NOWHERE, "enabled": False}


def harmless(body: Any) -> Any:
    """A made-up body that leads nowhere, whatever it would have called."""
    if isinstance(body, dict) and isinstance(body.get("base_url"), str | None):
        return {**body, "base_url": NOWHERE}
    return body


def disconnect(caller: Any) -> None:
    """Remove every connection that was added: none of them answers."""
    for each in caller.call("GET", "/parlance/v1/connections.list").json()["connections"]:
        if each["owner"] == "database":
            done(caller, "connections.delete", connection=each["id"])


CONNECTIONS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "connections.create": lambda caller: {"body": _wanted()},
    "connections.update": lambda caller: {"body": {"connection": connection(caller), "retries": 1}},
    "connections.delete": lambda caller: {"body": {"connection": connection(caller)}},
    "connections.test": lambda caller: {"body": {"connection": connection(caller)}},
}
"""How to call what needs more than its address, by operation id."""
