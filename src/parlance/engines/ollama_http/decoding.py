"""Reading the JSON of an Ollama: strictly where that is all it takes, and forgivingly before giving up.

A model's text may hold half a surrogate pair, and a proxy may break a character: neither is worth an answer. Such
places become U+FFFD, numbers that JSON does not have become null.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from parlance.engines.ollama_http import faults
from parlance.values import json_door

_OBJECT = msgspec.json.Decoder(dict[str, Any])


def object_of(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises `Fault(upstream)` with code `not_json`."""
    try:
        return _OBJECT.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _forgiven(raw)


def _forgiven(raw: bytes) -> dict[str, Any]:
    try:
        loose = json.loads(raw.decode("utf-8", "replace"), parse_constant=lambda _: None)
        return _OBJECT.decode(json_door.encode(loose))
    except (ValueError, RecursionError, OverflowError):  # msgspec's own errors are ValueErrors
        raise faults.not_json() from None
