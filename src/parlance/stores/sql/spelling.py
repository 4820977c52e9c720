"""How values that a database has no type for are written into its columns: as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.ports.stores import Value
from parlance.values import json_door


def spelled(value: Any) -> Value:
    """A value as a column holds it: truth as a number; a structure, a list or a table as JSON."""
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int | float | bytes):
        return value
    return json_door.encode(value).decode()


def decoded(text: Any) -> Any:
    """What was written as JSON; nothing where there is none."""
    return None if text is None else msgspec.json.decode(text)
