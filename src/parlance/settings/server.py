"""Settings of the listening side: the server, its doors and the data folder.

A field's name ends in its unit (`_seconds`, `_ms`, `_mb`, `_kb`); its description is the text of the reference.
"""

from typing import Annotated

from msgspec import Meta, Struct

DIALECT_ORDER = ("native", "openai", "anthropic", "ollama", "chatqueue", "openwebui", "weknora", "tabagent")
"""The default door's dialects, in the order in which they win a clash; those not installed are left out."""

Names = tuple[str, ...]
PATH = {"path": True}


class Server(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens and what it lets in."""

    host: Annotated[str, Meta(min_length=1, description="Address of the default door.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="TCP port of the default door; 0 lets the system choose one.")
    ] = 8080
    base_path: Annotated[
        str,
        Meta(
            pattern=r"^(/[A-Za-z0-9._~-]+)*$",
            extra={"shape": "empty, or a path such as `/ai` without a slash at its end"},
            description="Path under which a proxy serves us, such as `/ai`.",
        ),
    ] = ""
    tls_cert: Annotated[str, Meta(extra=PATH, description="PEM file with the certificate chain.")] | None = None
    tls_key: Annotated[str, Meta(extra=PATH, description="PEM file with the certificate's key.")] | None = None
    trusted_proxies: Annotated[
        Names, Meta(description="Addresses or networks whose forwarding headers are believed; none by default.")
    ] = ()
    public_hosts: Annotated[
        Names, Meta(description="Further names a `Host` header may carry, beside the doors' own addresses.")
    ] = ()
    cors_origins: Annotated[
        Names, Meta(description="Web origins whose pages may call this server; `*` allows any, without cookies.")
    ] = ()
    cors_methods: Annotated[Names, Meta(description="Methods such pages may use.")] = (
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "HEAD",
        "OPTIONS",
    )
    cors_headers: Annotated[Names, Meta(description="Request headers such pages may send; `*` allows any.")] = ("*",)
    workers: Annotated[
        int,
        Meta(
            ge=1,
            le=256,
            description="Server processes that one command starts at one address; more than 1 need PostgreSQL or "
            "MySQL, and Redis.",
        ),
    ] = 1
    drain_seconds: Annotated[
        float, Meta(ge=0, description="How long running answers may go on after a request to stop.")
    ] = 15.0
    max_body_mb: Annotated[
        float, Meta(gt=0, description="Largest request body; images in messages count, uploads have their own bound.")
    ] = 20.0
    max_header_kb: Annotated[float, Meta(gt=0, description="Largest request line and headers together.")] = 32.0
    header_seconds: Annotated[float, Meta(gt=0, description="Time a client has to send its headers.")] = 30.0
    body_seconds: Annotated[float, Meta(gt=0, description="Longest silence while a client sends its body.")] = 60.0
    keep_alive_seconds: Annotated[float, Meta(ge=0, description="How long an idle connection is kept open.")] = 30.0
    max_connections: Annotated[int, Meta(ge=1, description="Connections open at once; further ones are refused.")] = (
        10_000
    )


class Door(Struct, frozen=True, forbid_unknown_fields=True):
    """An address and the dialects it speaks. The door named `default` is the server's own host and port."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
            extra={"shape": "letters, digits, `_` and `-`, at most 64"},
            description="Name of the door; `default` stands for the one at `server.host` and `server.port`.",
        ),
    ]
    address: (
        Annotated[
            str,
            Meta(
                pattern=r"^(\[[0-9A-Fa-f:.%a-z]+\]|[^\s:/\[\]]*):[0-9]{1,5}$",
                extra={"shape": "`host:port`, `:port` or `[ipv6]:port`"},
                description="`host:port`; `:port` takes `server.host`. Not given for the door named `default`.",
            ),
        ]
        | None
    ) = None
    dialects: Annotated[Names, Meta(description="Dialects in the order in which they win a clash; empty is all.")] = ()
    anonymous: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Name of the guest that callers without credentials become; none refuses them.",
            ),
        ]
        | None
    ) = None
    share_answers: (
        Annotated[
            bool, Meta(description="Whether identical asks of one caller share an answer; none is `cache.share`.")
        ]
        | None
    ) = None
    keep_chats: Annotated[
        bool, Meta(description="Whether what is said at this door is kept as chats of whoever says it; not of guests.")
    ] = False


class Data(Struct, frozen=True, forbid_unknown_fields=True):
    """Where state lives."""

    dir: (
        Annotated[
            str,
            Meta(extra=PATH, description="Data folder; by default `parlance` in the user's own data home."),
        ]
        | None
    ) = None
    ephemeral: Annotated[bool, Meta(description="Keep everything in memory and write nothing to disk.")] = False
