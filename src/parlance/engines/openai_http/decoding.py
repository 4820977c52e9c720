"""JSON from an upstream, read generously: its text may be broken, its answer is wanted all the same.

What is broken in a text (bytes that are no UTF-8, lone surrogates, U+0000) becomes U+FFFD; what is no JSON value (NaN,
Infinity) or cannot be kept (integers beyond 64 bits, nesting beyond 32 levels) becomes null.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

DEPTH = 32
"""Levels of a value that are kept: half of what the JSON door lets in, since ours are put around it."""
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a text that it cannot read."""

_TROUBLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_decode = msgspec.json.Decoder().decode


class NotJson(ValueError):
    """Nothing can be made of this text."""


BACKSLASH, LINE_FEED, RETURN = b"\\\n\r"
"""As numbers: asked whether it holds one of these as bytes, CPython first raises an error and clears it, five times the
look itself."""


def troubled(data: bytes) -> bool:
    """Whether the text may escape a surrogate or U+0000, which a plain reading would let through."""
    return BACKSLASH in data and b"\\u" in data and _TROUBLE.search(data) is not None


def value_of(data: bytes) -> Any:
    """The value of a JSON text. Raises `NotJson`."""
    if not troubled(data):
        try:
            return _decode(data)
        except UNREADABLE:
            pass
    try:
        return cleaned(json.loads(data.decode("utf-8", "replace"), parse_constant=_nothing))
    except (ValueError, RecursionError):
        raise NotJson("not a JSON text") from None


def cleaned(value: Any, depth: int = DEPTH) -> Any:
    """A value that can be stored and sent on."""
    if isinstance(value, str):
        return sound(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth <= 0:
        return None
    if isinstance(value, dict):
        return {sound(key): cleaned(held, depth - 1) for key, held in value.items()}
    return [cleaned(held, depth - 1) for held in value]


def sound(text: str) -> str:
    """The text with U+FFFD for every lone surrogate and for U+0000."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd") if "\0" in text else text


def text_of(value: Any) -> str:
    """A text; anything else is none."""
    return value if isinstance(value, str) else ""


def mapping_of(value: Any) -> dict[str, Any]:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """An array; anything else is an empty one."""
    return value if isinstance(value, list) else []


def count_of(value: Any) -> int:
    """A count of tokens; whatever cannot be one is 0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def rest_of(value: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that are not known and say something."""
    return {name: cleaned(held) for name, held in value.items() if name not in known and held is not None}


def _nothing(_: str) -> None:
    """NaN and Infinity are no JSON values."""
