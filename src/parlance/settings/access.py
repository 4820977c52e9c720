"""Settings of who may ask, and how much: keys and rates."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from parlance.settings.secret import Secret
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, Scope

KeyScope = Literal[Scope, "all"]


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """One API key. Only its SHA-256 is written down; the key itself should be long and random."""

    name: Annotated[str, Meta(min_length=1, max_length=64, description="Name of the key, for logs and lists.")]
    hash: Annotated[
        Secret,
        Meta(
            extra={
                "shape": "`sha256:` and 64 lower-case hexadecimal digits (the key's hash, not the key)",
                "pattern": "sha256:[0-9a-f]{64}",
            },
            description="`sha256:` and the SHA-256 of the key in hexadecimal.",
        ),
    ]
    user: Annotated[str, Meta(min_length=1, max_length=128, description="User the key acts for.")]
    tenant: Annotated[str, Meta(min_length=1, max_length=128, description="Tenant of that user.")] = DEFAULT_TENANT
    scopes: Annotated[tuple[KeyScope, ...], Meta(description="What the key may do; `all` is every scope.")] = ("chat",)
    models: Annotated[tuple[str, ...], Meta(description="Glob patterns of the models it may use.")] = ("*",)
    share_answers: (
        Annotated[
            bool, Meta(description="Whether identical asks with this key share an answer; none is the door's word.")
        ]
        | None
    ) = None
    keep_chats: Annotated[
        bool, Meta(description="Whether what is said with this key, through any dialect, is kept as chats of the user.")
    ] = False
    requests_per_minute: Annotated[int, Meta(ge=1, description="Requests a minute; none is no own limit.")] | None = (
        None
    )
    tokens_per_minute: Annotated[int, Meta(ge=1, description="Tokens a minute; none is no own limit.")] | None = None

    @property
    def granted(self) -> frozenset[Scope]:
        """The scopes as principals carry them: `all` spelled out."""
        if "all" in self.scopes:
            return ALL_SCOPES
        return frozenset(scope for scope in self.scopes if scope != "all")


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """What one caller of a kind may use in a window."""

    requests: Annotated[int, Meta(ge=1, description="Requests in a window; none is no limit.")] | None = None
    tokens: Annotated[int, Meta(ge=1, description="Prompt and answer tokens in a window; none is no limit.")] | None = (
        None
    )


class Rates(Struct, frozen=True, forbid_unknown_fields=True):
    """Requests and tokens over a window, for each user, key, tenant and guest."""

    window_seconds: Annotated[float, Meta(gt=0, description="Length of the window.")] = 60.0
    user: Rate = Rate()
    key: Rate = Rate()
    tenant: Rate = Rate()
    guest: Rate = Rate()
