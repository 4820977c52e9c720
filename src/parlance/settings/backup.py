"""When backups are made by themselves."""

from typing import Annotated

from msgspec import Meta, Struct


class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """Backups that the server makes while it serves, in `backups` of the data folder."""

    every_hours: Annotated[float, Meta(gt=0, description="Time from one to the next; none makes none.")] | None = None
    keep: Annotated[int, Meta(ge=1, description="How many of them are kept.")] = 7
