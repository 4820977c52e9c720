"""What can be asked of another server: an origin, a call, and how a call is written on the wire."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from ipaddress import IPv6Address
from typing import TypeAlias

import msgspec

from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

PORTS = {"http": 80, "https": 443}

_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_URL = re.compile(r"(?i:(https?))://(\[[0-9A-Fa-f:.]{2,45}\]|[^\s/?#@:\[\]\\%]+)(?::([0-9]{1,5}))?(/[^?#]*)?")
_METHOD = re.compile(r"[A-Z]{1,20}")
_TARGET = re.compile(r"/[!-~]*|\*")
# One pass over the rendered block: token names, values without control characters, and none of the names that frame a
# message (two opinions about where a request ends are how requests get split) or choose its encoding.
_BLOCK = re.compile(
    rb"(?:(?!(?i:host|content-length|transfer-encoding|connection|te|trailer|upgrade|expect|keep-alive"
    rb"|accept-encoding|proxy-connection):)"
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++: [^\x00-\x08\x0a-\x1f\x7f]*+\r\n)*+"
)


class Origin(msgspec.Struct, frozen=True):
    """Scheme, host (lower case, no brackets) and port: what connections are pooled by and credentials belong to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def split(cls, url: str) -> tuple[Origin, str]:
        """The origin of an operator's base URL and its path without a trailing slash. Raises `Fault(invalid)`.

        `https://api.example.com/v1/` gives `(Origin("https", "api.example.com", 443), "/v1")`.
        """
        match = _URL.fullmatch(url)
        if match is None:
            raise Fault(Kind.invalid, "This is not a plain http or https address.", field="url")
        scheme, host, port, path = match[1].lower(), match[2].lower(), match[3], (match[4] or "").rstrip("/")
        if path and _TARGET.fullmatch(path) is None:
            raise Fault(
                Kind.invalid, "The path of the address holds characters that must be percent-encoded.", field="url"
            )
        return cls(scheme, host.strip("[]"), int(port) if port else PORTS[scheme]), path

    def __post_init__(self) -> None:
        """Raises `Fault(invalid)` unless the three parts can stand in a request."""
        if (
            self.scheme not in PORTS
            or not 0 < self.port < 65536
            or not (_HOST.fullmatch(self.host) or _is_v6(self.host))
        ):
            raise Fault(Kind.invalid, "This is not a plain http or https address.", field="url")

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port, as they stand in a `Host` header and in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


class Call(msgspec.Struct, frozen=True):
    """One request and the bounds of its answer. Sizes are in bytes."""

    origin: Origin
    method: str = "GET"
    target: str = "/"
    """Path and query, percent-encoded."""
    headers: Headers = ()
    body: bytes | AsyncIterator[bytes] = b""
    """Bytes go with a Content-Length and may be sent again when a kept connection turns out to be dead; an iterator
    goes in chunks, once."""
    deadlines: Deadlines = Deadlines()
    max_body: int = 64 * 1024 * 1024
    """Of the answer, after decompression."""
    max_line: int | None = None
    """The longest line of the answer (SSE, NDJSON), counted without its end; at least 64 KiB to be exact."""
    addresses: tuple[str, ...] = ()
    """Numeric addresses to dial instead of looking the host up; what a guard has judged."""


class Heads:
    """Renders requests. What engines send again and again, all but the body, is checked and put together once."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[Call, bytes, bytes]] = {}
        """By the identity of the headers, which the kept call keeps from being another tuple's."""

    def render(self, call: Call) -> bytes:
        """The request's head, ending in the empty line, and the body behind it when that is bytes.

        Raises `Fault(invalid)` when anything in it could be read as a second header or a second request.
        """
        headers = call.headers
        kept = self._known.get(id(headers))
        if kept is None or not _alike(kept[0], call):
            start, block = _checked(call)
            if len(self._known) >= _KEPT:
                self._known.clear()
            kept = self._known[id(headers)] = (msgspec.structs.replace(call, body=b""), start, block)
        return _framed(call, kept[1], kept[2])


_KEPT = 64
"""Heads that are remembered: a few for each connection that is configured."""


def _alike(one: Call, other: Call) -> bool:
    same = one.headers is other.headers and one.target == other.target and one.method == other.method
    return same and (one.origin is other.origin or one.origin == other.origin)


def render(call: Call) -> bytes:
    """`Heads.render` for a single call."""
    return _framed(call, *_checked(call))


def _checked(call: Call) -> tuple[bytes, bytes]:
    """What stands before and behind the line that frames the body."""
    if _METHOD.fullmatch(call.method) is None or _TARGET.fullmatch(call.target) is None:
        raise Fault(Kind.invalid, "The request line holds a character that is not allowed there.")
    block = b"".join([b"%b: %b\r\n" % pair for pair in call.headers])
    if _BLOCK.fullmatch(block) is None or block.count(b"\n") != len(call.headers):
        raise Fault(Kind.invalid, "A request header is not allowed or holds a character that is not allowed there.")
    start = f"{call.method} {call.target} HTTP/1.1\r\nHost: {call.origin.authority}\r\nAccept-Encoding: identity\r\n"
    return start.encode("ascii"), block


def _framed(call: Call, start: bytes, block: bytes) -> bytes:
    if not isinstance(call.body, bytes):
        return b"%bTransfer-Encoding: chunked\r\n%b\r\n" % (start, block)
    if not call.body and call.method in ("GET", "HEAD"):
        return b"%b%b\r\n" % (start, block)
    return b"%bContent-Length: %d\r\n%b\r\n%b" % (start, len(call.body), block, call.body)


def _is_v6(host: str) -> bool:
    try:
        return not IPv6Address(host).scope_id
    except ValueError:
        return False
