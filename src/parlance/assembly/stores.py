"""From settings to the database, at the newest schema."""

from __future__ import annotations

from pathlib import Path

from parlance.ports.stores import Database
from parlance.settings.schema import Settings
from parlance.stores.sql.migrate import Migrator, SchemaError
from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice
from parlance.values.time import Clock

FILE = "parlance.db"
BACKUPS = "backups"
IN_MEMORY = "sqlite::memory:"


async def open_database(settings: Settings, clock: Clock) -> Database:
    """The database, migrated; in memory where there is no data folder. Raises `Fault` with what an operator can do."""
    try:
        return await _opened(settings, clock)
    except SchemaError as error:
        raise Fault(Kind.conflict, str(error), code="schema") from error


def on_sqlite(settings: Settings) -> bool:
    """Whether state is in this process, and not at a server."""
    return settings.database.url is None or settings.database.url.reveal().startswith("sqlite")


async def connect(settings: Settings) -> Database:
    """A connection to the configured database server, whatever its schema. Raises `Fault`."""
    assert settings.database.url is not None
    scheme, _, rest = settings.database.url.reveal().partition(":")
    if scheme.startswith("postgres"):
        try:
            from parlance.stores.sql.postgres import Postgres
        except ModuleNotFoundError:
            raise _without("asyncpg", "postgres") from None
        return await Postgres.open(f"postgresql:{rest}")
    try:
        from parlance.stores.sql.mysql import Mysql
    except ModuleNotFoundError:
        raise _without("asyncmy", "mysql") from None
    return await Mysql.open(f"mysql:{rest}")


async def _opened(settings: Settings, clock: Clock) -> Database:
    if on_sqlite(settings):
        kept = settings.database.url is None or settings.database.url.reveal() != IN_MEMORY
        return await _sqlite(settings.data.dir if kept else None, clock)
    database = await connect(settings)
    await Migrator(clock).any(database)
    return database


async def _sqlite(folder: str | None, clock: Clock) -> Database:
    from parlance.stores.sql.sqlite import Sqlite

    path = None if folder is None else Path(folder)
    database = Sqlite(None if path is None else path / FILE)
    await Migrator(clock).sqlite(database, None if path is None else path / BACKUPS)
    return database


def _without(package: str, extra: str) -> Fault:
    return Fault(Kind.unsupported, f"{package} is not installed: {advice(extra)}", code="driver_missing")
