"""Settings of the WeKnora dialect, with its contract's own defaults."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.secret import Secret
from parlance.settings.weknora_conversation import WeknoraConversation


class Weknora(Struct, frozen=True, forbid_unknown_fields=True):
    """The WeKnora dialect. The variables and the `config.yaml` of that system set these too."""

    config_file: (
        Annotated[
            str,
            Meta(
                extra={"path": True},
                description="Its `config.yaml`; none is the one that is where that system looks, if one of its "
                "variables is set or a door speaks its dialect.",
            ),
        ]
        | None
    ) = None
    strict: Annotated[
        bool,
        Meta(description="Answer 500 with code 1007, as that system does, where a row is missing; else it is 404."),
    ] = False
    older_paths: Annotated[
        bool,
        Meta(
            description="Serve the paths that its first versions had: `/initialization/status`, "
            "`/initialization/config` and `/initialization/initialize`, for the tenant's oldest base."
        ),
    ] = False
    private_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins such as `http://gpu.lan:8000` that tenants may name as the address of a model; others "
            "must have public addresses."
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...],
        Meta(description="Web origins that may use this dialect; each must show a token or key of its own."),
    ] = ("*",)
    retrieve_driver: Annotated[
        str, Meta(description="That system's name for what documents are searched with; `postgres` stands for ours.")
    ] = "postgres"
    tenant_aes_key: (
        Annotated[
            Secret,
            Meta(
                description="What new keys of tenants are made with: 16, 24 or 32 bytes; none is made of this server's "
                "own secret. Keys that were brought along stay good whatever it is."
            ),
        ]
        | None
    ) = None
    conversation: WeknoraConversation = WeknoraConversation()
