"""The names of everything that upstreams were seen to do wrong, and what their wrong answers carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from parlance.testing.upstreams.calls import Bounds

RETRY_AFTER = 7
"""Seconds that a rate-limited answer asks for."""

INNER_HOST = "gpu-7.internal.example:8443"
INNER_PATH = "/srv/models/llama/weights.bin"
INNER_KEY = "-".join(("sk", "upstream", "only", "0123456789abcdef"))
SECRETS = (INNER_HOST, INNER_PATH, INNER_KEY, "Traceback (most recent call last)", "runner.py")
"""What an internal error of these upstreams tells; none of it may reach a client."""

SPOKEN = "Café, 漢字 und 😀 bleiben ganz."
"""What a split character is split from. The client must see exactly this."""

BROKEN_PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in a text where a lone surrogate or a bad byte goes."""


class Behaviour(StrEnum):
    """What an upstream does. The value is the name in `bad-<behaviour>`."""

    HEALTHY = "healthy"
    REFUSED = "refused"  # nobody listens on the port
    CONNECT_HANG = "connect-hang"  # SYNs are dropped: the backlog is full
    HEADER_HANG = "header-hang"  # the request is read, nothing comes back
    FIRST_TOKEN_HANG = "first-token-hang"  # headers, then nothing
    SILENCE = "silence"  # half the answer, then nothing
    RESET_BEFORE = "reset-before"  # RST instead of headers
    RESET_MIDWAY = "reset-midway"  # RST after half the answer
    FIN_BEFORE = "fin-before"  # FIN instead of headers
    EARLY_FIN = "early-fin"  # FIN after half the answer, between two frames
    SHORT_BODY = "short-body"  # FIN before Content-Length is reached
    SHORT_LENGTH = "short-length"  # Content-Length below the body: the rest poisons the connection
    CUT_CHUNK = "cut-chunk"  # FIN inside a chunk
    HTML = "html"  # a proxy's page with status 200
    ERROR_IN_200 = "error-in-200"  # a JSON error with status 200, in a stream after the first frame
    UNAUTHORIZED = "unauthorized"  # 401 that quotes the key it was shown
    RATE_LIMITED = "rate-limited"  # 429 with Retry-After
    INTERNAL_ERROR = "internal-error"  # 500 with a key, a host, a path and a stack trace
    REDIRECT = "redirect"  # 307 to the canary, which must see nobody
    HALF_LINE = "half-line"  # ends properly, but in the middle of a line
    SPLIT_UTF8 = "split-utf8"  # harmless: characters cut over two writes
    BAD_UTF8 = "bad-utf8"  # a byte that is no UTF-8
    LONE_SURROGATE = "lone-surrogate"  # a \ud800 escape without its other half
    ENDLESS_LINE = "endless-line"  # one line that does not end
    GZIP_BOMB = "gzip-bomb"  # small on the wire, huge inside, and nobody asked for gzip
    MISSING_END = "missing-end"  # ends properly without the marker (an answer in one block has none: healthy)
    DOUBLE_END = "double-end"  # the marker twice (an answer in one block has none: healthy)
    NOT_HTTP = "not-http"  # another protocol's greeting


SOCKET_BEHAVIOURS = frozenset({Behaviour.REFUSED, Behaviour.CONNECT_HANG})
BY_NAME = {f"bad-{behaviour}": behaviour for behaviour in Behaviour if behaviour not in SOCKET_BEHAVIOURS}
TEXTS = {
    Behaviour.SPLIT_UTF8: SPOKEN,
    Behaviour.BAD_UTF8: f"before {BROKEN_PLACE} after",
    Behaviour.LONE_SURROGATE: f"before {BROKEN_PLACE} after",
}
"""What the model says under behaviours that need something to break."""


@dataclass(frozen=True)
class Scene:
    """What a behaviour may need to know besides the answer."""

    bounds: Bounds
    canary: str
    """URL that nobody may call."""
    error: Callable[[int, str], Any]
    """(status, message) → the body of an error in the upstream's own shape."""
    error_frame: Callable[[str], bytes]
    """message → an error as a frame of a stream."""
