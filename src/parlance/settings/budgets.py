"""Settings of budgets that the file owns, and of the records of what was used."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from parlance.values.accounts import DEFAULT_TENANT


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody may use in a day, week or month of the calendar, in UTC. The API shows it, and cannot change it."""

    subject: Annotated[Literal["user", "group", "key", "tenant"], Meta(description="Kind of those that it is for.")]
    unit: Annotated[Literal["requests", "tokens", "money"], Meta(description="What is counted.")]
    period: Annotated[Literal["day", "week", "month"], Meta(description="How often it begins anew.")]
    limit: Annotated[
        int,
        Meta(ge=0, le=1 << 44, description="Requests, tokens, or millionths of `currency`; 0 allows nothing at all."),
    ]
    name: Annotated[
        str, Meta(min_length=1, max_length=128, description="Id of the user, group or key; `*` is each one by itself.")
    ] = "*"
    tenant: Annotated[str, Meta(min_length=1, max_length=128, description="Tenant that it is for, or in.")] = (
        DEFAULT_TENANT
    )
    currency: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Z]{3}$",
                extra={"shape": "three capital letters"},
                description="Currency of a budget of money, such as `USD`: that of the models' prices.",
            ),
        ]
        | None
    ) = None


class Usage(Struct, frozen=True, forbid_unknown_fields=True):
    """Records of what was used: one line a day for each user, key and model."""

    keep_days: Annotated[int, Meta(ge=32, description="Days that the records are kept; none is for ever.")] | None = 400
