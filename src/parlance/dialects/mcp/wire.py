"""The protocol's messages: JSON-RPC 2.0, its errors, and the revisions that are spoken.

Sources: modelcontextprotocol.io/specification, revisions 2024-11-05 to 2026-07-28. Up to 2025-11-25 a client begins
with `initialize` and says the agreed revision in a header from then on; from 2026-07-28 on every request says it by
itself, in `_meta` and in headers that repeat it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from parlance.values.errors import Fault, Kind

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
"""Revisions that begin with `initialize`."""
MODERN = ("2026-07-28",)
"""Revisions whose every request stands for itself."""
KNOWN = (*HANDSHAKE, *MODERN)
BATCHED = ("2024-11-05", "2025-03-26")
"""Revisions that have several messages in one body. A client that says no revision speaks one of these."""
VERSION_HEADER = "mcp-protocol-version"
META_VERSION = "io.modelcontextprotocol/protocolVersion"
META_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
META_SERVER = "io.modelcontextprotocol/serverInfo"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods whose header `Mcp-Name` repeats a parameter."""
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
INTERNAL_ERROR, REFUSED, NO_RESOURCE = -32603, -32000, -32002
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
_SENTINEL = re.compile(r"=\?base64\?([A-Za-z0-9+/]*={0,2})\?=")

Id = str | int


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a client says: a request, or without an `id` a notification."""

    jsonrpc: Literal["2.0"]
    method: str
    id: Id | msgspec.UnsetType = msgspec.UNSET
    params: dict[str, Any] = {}


class ErrorObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: a number of JSON-RPC or of the protocol, and a sentence."""

    code: int
    message: str
    data: Any = None


class ErrorMessage(msgspec.Struct, frozen=True):
    """The answer to a request that failed; `id` is null where the request could not be read."""

    error: ErrorObject
    id: Id | None = None
    jsonrpc: Literal["2.0"] = "2.0"


class ResultMessage(msgspec.Struct, frozen=True):
    """The answer to a request."""

    result: dict[str, Any]
    id: Id
    jsonrpc: Literal["2.0"] = "2.0"


class AnswerMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Either of both, as documents tell it: `result`, or `error`."""

    id: Id | None
    jsonrpc: Literal["2.0"] = "2.0"
    result: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    error: ErrorObject | msgspec.UnsetType = msgspec.UNSET


class Trouble(Exception):
    """A request that the protocol itself has no good answer to."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def answer(self, id: Id | None) -> ErrorMessage:
        """As it is sent."""
        return ErrorMessage(ErrorObject(self.code, self.message, self.data), id)


def trouble_of(fault: Fault, *, modern: bool) -> Trouble:
    """A fault of the core as the protocol says it."""
    said = {"code": fault.code, "retryAfter": fault.retry_after, "field": fault.field}
    data = {name: value for name, value in said.items() if value is not None} or None
    if fault.kind is Kind.missing:
        return Trouble(INVALID_PARAMS if modern else NO_RESOURCE, fault.sentence(), data)
    if fault.kind is Kind.invalid:
        return Trouble(INVALID_PARAMS, fault.sentence(), data)
    if fault.kind is Kind.internal:
        return Trouble(INTERNAL_ERROR, fault.sentence(), data)
    return Trouble(REFUSED, fault.sentence(), data)


def unsupported(requested: str) -> Trouble:
    """A revision that is not spoken here."""
    return Trouble(
        UNSUPPORTED_VERSION, "Unsupported protocol version", {"supported": list(KNOWN), "requested": requested}
    )


def spoken(message: Message, headers: Mapping[str, str]) -> str:
    """The revision that a message is of. Raises `Trouble` for one that is not spoken, and where headers and message say
    different things."""
    told, meta = headers.get(VERSION_HEADER), message.params.get("_meta")
    said = meta.get(META_VERSION) if isinstance(meta, dict) else None
    if message.method == "initialize":
        return HANDSHAKE[-1]  # what is agreed upon stands in its parameters
    if told in HANDSHAKE or (told is None and said is None):
        return told or BATCHED[-1]
    if message.id is not msgspec.UNSET and told not in HANDSHAKE:
        _must_agree(message, headers, told, said)
    if told not in KNOWN:
        raise unsupported(str(told))
    return str(told)


def _must_agree(message: Message, headers: Mapping[str, str], told: str | None, said: object) -> None:
    """Whoever routes by headers, and we, must see the same request."""
    meta = message.params.get("_meta")
    if not isinstance(meta, dict) or META_VERSION not in meta or META_CAPABILITIES not in meta:
        needed = f"{META_VERSION} and {META_CAPABILITIES}"
        raise Trouble(INVALID_PARAMS, f"params._meta must say {needed}.")
    if told != said:
        raise Trouble(HEADER_MISMATCH, "The header MCP-Protocol-Version is not what the request says.")
    if headers.get("mcp-method") != message.method:
        raise Trouble(HEADER_MISMATCH, "The header Mcp-Method is not the request's method.")
    name = message.params.get(NAMED_BY.get(message.method, ""))
    if name is not None and unwrapped(headers.get("mcp-name")) != name:
        raise Trouble(HEADER_MISMATCH, "The header Mcp-Name is not what the request names.")


def unwrapped(value: str | None) -> str | None:
    """The text of a header, which may be wrapped (`=?base64?…?=`); nothing for one that is wrapped badly."""
    found = None if value is None else _SENTINEL.fullmatch(value)
    if found is None:
        return value
    try:
        return base64.b64decode(found[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
