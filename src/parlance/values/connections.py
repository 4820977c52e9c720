"""Connections to engines as people look after them while the server runs: what one is, who owns it, and how it fares.

A key is in none of these values. Times are in microseconds since 1970.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Owner = Literal["file", "database", "found", "built_in"]
"""Who may change a connection: the settings (file, environment, flags), admins while the server runs, or nobody: it was
found at start, or is always there."""
Circuitry = Literal["closed", "half_open", "open"]
"""`closed`: it is used. `open`: it keeps failing and is left alone for a moment. `half_open`: one call is trying it."""
Standing = Literal["used", "off", "hidden", "locked", "unfit"]
"""`used`; `off`: switched off; `hidden`: the settings have one of the same name, which wins; `locked`: its key was
sealed with another secret; `unfit`: no engine can be made of it (its plug-in is gone). `last_error` says more."""

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")]
EngineKind = Annotated[str, Meta(min_length=1, max_length=64)]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s/?#@\\]+[^\s?#]*\Z", max_length=2048)]
Key = Annotated[str, Meta(pattern=r"^[!-~]{1,4096}\Z")]
"""What can stand in a header: printable ASCII without blanks."""
_UNSEEN = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
"""Characters that nobody sees, or that turn the text around them: control, format and direction."""
VISIBLE = rf"^[^{_UNSEEN}]*\Z"
Prefix = Annotated[str, Meta(max_length=64, pattern=VISIBLE)]
Offered = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=255)], ...], Meta(max_length=500)]
Count = Annotated[int, Meta(ge=0, le=100_000)]
Positive = Annotated[int, Meta(ge=1, le=100_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Retries = Annotated[int, Meta(ge=0, le=10)]


class ConnectionPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection is to be. `kind` is an engine of this installation, `base_url` its address (none: the kind's
    usual one), `prefix` stands before its models' names, `models` are those to offer (none: ask the engine which there
    are). `max_concurrent` and `max_queue_size` bound its line (none: as `queue` of the settings says); the seconds are
    those to connect, until the first token, between two tokens, and for a whole answer (none: no bound)."""

    name: Name
    kind: EngineKind = "openai"
    base_url: Url | None = None
    prefix: Prefix = ""
    models: Offered = ()
    enabled: bool = True
    max_concurrent: Positive | None = None
    max_queue_size: Count | None = None
    connect_seconds: Seconds = 10.0
    first_token_seconds: Seconds = 120.0
    between_seconds: Seconds = 60.0
    total_seconds: Seconds | None = None
    retries: Retries = 2


class KeptConnection(msgspec.Struct, frozen=True):
    """A connection that the database owns. `version` grows with every change; `key_ending` are the last characters of
    its key (`None`: it has none), as many as give nothing away."""

    id: str
    plan: ConnectionPlan
    created: int
    updated: int
    version: int = 1
    key_ending: str | None = None


class ConnectionTrouble(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong with a connection: when, of which kind, and in safe sentences."""

    at: int
    kind: str
    message: str
    hint: str | None = None
    code: str | None = None


class ConnectionFacts(ConnectionPlan, frozen=True, kw_only=True):
    """A connection and how it fares, as the server that answers sees it. `origin` is where the settings have it: a file
    and its line, or a variable. Of its key only is told whether there is one, and its last characters where admins set
    it. `model_count` are the models it has as far as is known, `model_names` the first of them."""

    id: str
    owner: Owner
    origin: str = ""
    has_key: bool = False
    key_ending: str = ""
    standing: Standing = "used"
    circuit: Circuitry = "closed"
    serving: int = 0
    waiting: int = 0
    model_count: int = 0
    model_names: tuple[str, ...] = ()
    last_error: ConnectionTrouble | None = None
    created: int = 0
    updated: int = 0


class ConnectionKind(msgspec.Struct, frozen=True, omit_defaults=True):
    """A kind that a connection can be of, and the address that it goes to where none is given."""

    name: str
    usual_url: str | None = None


class ConnectionList(msgspec.Struct, frozen=True):
    """Every connection, in the order in which their models are listed, and the kinds of which one can be added."""

    connections: tuple[ConnectionFacts, ...]
    kinds: tuple[ConnectionKind, ...]


class ConnectionTested(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of asking an engine for its models: how many there are, the first of their names, and the time that it
    took; or what went wrong. `rerankers` are those of them that can `rerank`."""

    ok: bool
    milliseconds: int
    model_count: int = 0
    model_names: tuple[str, ...] = ()
    rerankers: tuple[str, ...] = ()
    error: ConnectionTrouble | None = None
