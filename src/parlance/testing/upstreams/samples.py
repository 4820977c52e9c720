"""What a fake model can make without being one: vectors, tool arguments, JSON after a schema. All deterministic."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from dataclasses import dataclass
from typing import Any

import msgspec

DIMENSIONS = 8
"""Length of a vector unless the request says otherwise; short, so that a failing test can be read."""

_DEPTH = 8
"""How deep a schema is followed; recursive ones would never end."""


@dataclass(frozen=True)
class WantedCall:
    """A tool call that the prompt asked for."""

    name: str
    arguments: dict[str, Any]


def vector_of(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A unit vector that depends on the text alone, of 32-bit precision (so base64 and JSON say the same)."""
    values: list[float] = []
    for block in range(math.ceil(dimensions / 16)):
        digest = hashlib.sha512(f"{block}:{text}".encode("utf-8", "surrogatepass")).digest()
        values += [part / 2**31 - 1.0 for part in struct.unpack("<16I", digest)]
    values = values[:dimensions]
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    return list(struct.unpack(f"<{dimensions}f", struct.pack(f"<{dimensions}f", *(v / norm for v in values))))


def base64_vector(vector: list[float]) -> str:
    """The vector as OpenAI's `encoding_format: base64` has it: little-endian 32-bit floats."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def counted(text: str) -> int:
    """How many tokens a fake tokenizer sees: words."""
    return len(text.split())


def sample_of(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits the common part of JSON Schema (type, enum, const, properties, items, anyOf)."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return sample_of(options[0], depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {}) if depth < _DEPTH else {}
        return {name: sample_of(inner, depth + 1) for name, inner in properties.items()}
    if kind == "array":
        return [sample_of(schema["items"], depth + 1)] if "items" in schema and depth < _DEPTH else []
    return {"string": "mock", "integer": 1, "number": 1.5, "boolean": True}.get(kind)


def wanted_calls(prompt: str, tools: list[dict[str, Any]]) -> list[WantedCall]:
    """The calls that a prompt such as `call weather {"city": "Paris"}` or `call weather and call clock` asks for.

    Only offered tools count. Without arguments in the prompt they are made from the tool's schema.
    """
    offered = {found["name"]: found for tool in tools if (found := tool.get("function", tool)).get("name")}
    wanted = []
    for match in re.finditer(r"\bcall ([\w.-]+)\s*", prompt):
        if match[1] in offered:
            arguments = _object_at(prompt, match.end())
            if arguments is None:
                arguments = sample_of(offered[match[1]].get("parameters") or {"type": "object"})
            wanted.append(WantedCall(match[1], arguments))
    return wanted


def _object_at(text: str, start: int) -> dict[str, Any] | None:
    """The JSON object that begins at `start`, if there is one."""
    if text[start : start + 1] != "{":
        return None
    for end in (index + 1 for index, letter in enumerate(text) if letter == "}" and index > start):
        try:
            found = msgspec.json.decode(text[start:end])
        except msgspec.DecodeError:
            continue
        return found if isinstance(found, dict) else None
    return None


def fragments(text: str, size: int = 5) -> list[str]:
    """The text in pieces of `size` characters, as models stream tool arguments."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def text_of(content: Any) -> str:
    """The text of a message's content in any of the shapes that APIs have: a string, or parts with `text`."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)


def last_message(messages: list[dict[str, Any]], role: str) -> str:
    """The text of the last message with this role; empty when there is none."""
    said = [text_of(message.get("content")) for message in messages if message.get("role") == role]
    return said[-1] if said else ""
