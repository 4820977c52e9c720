"""What several servers share beside their database."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.secret import Secret


class Redis(Struct, frozen=True, forbid_unknown_fields=True):
    """Redis or Valkey: rates, budgets and kept answers hold over all servers that name the same one."""

    url: (
        Annotated[
            Secret,
            Meta(
                extra={
                    "shape": "`redis://…`, `rediss://…` or `unix://…`",
                    "pattern": r"(rediss?://[^\s/]+(/\d+)?|unix://\S+)(\?\S*)?",
                },
                description="`redis://…` with host, port and number of the database; none shares nothing.",
            ),
        ]
        | None
    ) = None
    prefix: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9:_-]{1,64}$",
            extra={"shape": "letters, digits, `:`, `_` and `-`, at most 64"},
            description="Stands before every key; two installations that use one Redis need different ones.",
        ),
    ] = "parlance:"
