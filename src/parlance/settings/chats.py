"""Settings of saved chats."""

from typing import Annotated

from msgspec import Meta, Struct


class Chats(Struct, frozen=True, forbid_unknown_fields=True):
    """Chats that people keep here."""

    title_model: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Model that writes a chat's title after its first answer; none takes the title from the "
                "text.",
            ),
        ]
        | None
    ) = None
    retention_days: (
        Annotated[
            float,
            Meta(
                gt=0,
                description="Days after its last change at which a chat is deleted, pinned ones too; none keeps all.",
            ),
        ]
        | None
    ) = None
    mirror_folder: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Folder in which chats are Markdown files, kept current; none writes none.",
            ),
        ]
        | None
    ) = None
    mirror_users: Annotated[
        tuple[str, ...],
        Meta(
            description="Ids of the users whose chats are mirrored, each in a folder of its own (of another tenant: "
            "`tenant/user`); `owner` is the machine's owner."
        ),
    ] = ("owner",)
