"""Settings of the files that people keep here."""

from typing import Annotated

from msgspec import Meta, Struct


class Files(Struct, frozen=True, forbid_unknown_fields=True):
    """How large files may be, one by one and together."""

    max_size_mb: Annotated[float, Meta(gt=0, description="Largest file that is taken.")] = 1024.0
    user_quota_mb: (
        Annotated[float, Meta(ge=0, description="Room for all files of one user; none is no bound.")] | None
    ) = 10_240.0
    tenant_quota_mb: (
        Annotated[float, Meta(ge=0, description="Room for all files of one tenant; none is no bound.")] | None
    ) = None
    max_image_mb: Annotated[float, Meta(gt=0, description="Largest picture that is given to a model.")] = 20.0
    private_origins: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins such as `http://nas.lan:9000` of which messages may name pictures for an engine to "
            "fetch; others must have public addresses."
        ),
    ] = ()
    max_text_kb: Annotated[float, Meta(gt=0, description="Longest text file that is given to a model whole.")] = 1024.0
