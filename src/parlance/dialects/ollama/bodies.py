"""Reading a request body: into a struct of known fields, and the unknown ones beside it.

Most bodies hold known fields only, and one typed decode is all. The structs forbid unknown fields; a body with some (or
a wrong one) is read a second time: what is unknown is taken out, kept, and the rest decoded by the same struct.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from parlance.dialects.ollama.wire import Known, NamedRequest, WireMessage
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Foreign

T = TypeVar("T", bound=Known)
N = TypeVar("N", bound=NamedRequest)


class Kept(msgspec.Struct, frozen=True):
    """Unknown fields: of the body itself, and of its messages by their place."""

    top: Foreign = {}
    messages: dict[int, Foreign] = {}


NOTHING_KEPT = Kept()
_MESSAGE = frozenset(WireMessage.__struct_fields__)


def read(body: bytes, type: type[T]) -> tuple[T, Kept]:
    """The body as a struct, and its unknown fields. Raises `Fault` (invalid, too_large)."""
    try:
        return json_door.decode(body, type), NOTHING_KEPT
    except Fault:
        pass  # the second reading finds out whether unknown fields were all that was wrong
    value = json_door.decode(body, dict[str, Any])
    top = _taken(value, frozenset(type.__struct_fields__))
    messages: dict[int, Foreign] = {}
    said = value.get("messages")
    for index, message in enumerate(said if isinstance(said, list) else ()):
        if isinstance(message, dict) and (odd := _taken(message, _MESSAGE)):
            messages[index] = odd
    return json_door.decode(msgspec.json.encode(value), type), Kept(top, messages)


def read_named(body: bytes, type: type[N]) -> tuple[N, str]:
    """A body that names a model, and that name. Raises `Fault(invalid)` without one."""
    asked = json_door.decode(body, type)
    return asked, required(asked.model or asked.name)


def required(model: str | None) -> str:
    """The model's name. Raises `Fault(invalid)` without one, as Ollama does."""
    if not model:
        raise invalid("model", "The field model is required.")
    return model


def invalid(field: str, message: str) -> Fault:
    """The fault of a field whose value makes no sense."""
    return Fault(Kind.invalid, message, field=field)


def _taken(value: dict[str, Any], known: frozenset[str]) -> Foreign:
    """Take the unknown fields out of an object."""
    return {name: value.pop(name) for name in list(value) if name not in known}
