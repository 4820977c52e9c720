"""Where state is kept.

A database has one owner: SQLite's file belongs to the data folder and to one server, PostgreSQL and MySQL to as many as
share their address.
"""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.secret import Secret


class Database(Struct, frozen=True, forbid_unknown_fields=True):
    """The database."""

    url: (
        Annotated[
            Secret,
            Meta(
                extra={
                    "shape": "`sqlite`, `sqlite::memory:`, `postgresql://…` or `mysql://…` with the name of a database",
                    "pattern": r"sqlite(::memory:)?|(postgres(ql)?|mysql|mariadb)://[^\s/]+/[^\s/?]+(\?\S*)?",
                },
                description="`postgresql://…` or `mysql://…` with user, password, host and database; by default "
                "`sqlite`, a file in the data folder. `sqlite::memory:` keeps nothing.",
            ),
        ]
        | None
    ) = None
