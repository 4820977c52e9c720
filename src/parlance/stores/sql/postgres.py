"""PostgreSQL by asyncpg: READ COMMITTED, prepared statements, a bounded pool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import asyncpg

from parlance.ports.stores import FEW, ChangeSet, Conflict, DatabaseKind, Row, Statement, Value
from parlance.stores.sql.faults import PATIENCE_SECONDS, disk_full, refused, unreachable
from parlance.stores.sql.lanes import Collided, Lanes
from parlance.stores.sql.parameters import numbered

CONNECTIONS = 10
"""In one process: four processes stay below half of PostgreSQL's usual hundred."""
LANES = 8
"""Change sets under way at once: the rest of the connections is left for reads."""
STATEMENTS = 512
"""Prepared statements kept by each connection."""
LOCK_WAIT_MS = 100
"""Our change sets hold a row for a millisecond or two: who waits longer stands in a deadlock, which PostgreSQL itself
would look for only after a second."""
LONG_LOCK_WAIT = "SET LOCAL lock_timeout = 1000"
"""For whoever was in nobody's way here: another process holds the row, perhaps to delete much."""
RELEASE_SECONDS = 0.5
"""For giving a connection back, beside the time its use may take."""
SETTINGS = {
    "application_name": "parlance",
    "default_transaction_isolation": "read committed",
    "lock_timeout": str(LOCK_WAIT_MS),
}
_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,  # another server has taken over
)
_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)
"""Who we are, or the database's name, is wrong there."""


class Postgres:
    """A `Database` on a PostgreSQL server. `open` connects; afterwards lost connections are replaced as needed."""

    kind: DatabaseKind = "postgres"

    def __init__(self, pool: Any, url: str) -> None:
        self._pool = pool
        self._url = url
        self._lanes = Lanes(LANES)

    @classmethod
    async def open(cls, url: str) -> Postgres:
        """Connect. Raises `Fault` when the server is not there."""
        async with _told():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=PATIENCE_SECONDS,
                command_timeout=PATIENCE_SECONDS,
                statement_cache_size=STATEMENTS,
                server_settings=SETTINGS,
                reset=_as_it_is,
            )
        return cls(pool, url)

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The rows of one SELECT."""
        text, names = numbered(sql)
        values = [parameters[name] for name in names]
        async with _told(), asyncio.timeout(PATIENCE_SECONDS), self.connection() as connection:
            return [tuple(row) for row in await connection.fetch(text, *values)]

    async def apply(self, changes: ChangeSet) -> None:
        """Apply all statements atomically and durably."""
        async with _told(), asyncio.timeout(PATIENCE_SECONDS):
            await self._lanes.carry(partial(self._attempt, changes))

    async def _attempt(self, changes: ChangeSet, patient: bool) -> None:
        try:
            async with self.connection() as connection:
                transaction = connection.transaction()
                await transaction.start()
                try:
                    if patient:
                        await connection.execute(LONG_LOCK_WAIT)
                    for statement in changes:
                        await _execute(connection, statement)
                except (Conflict, asyncpg.PostgresError):
                    await transaction.rollback()
                    raise
                await transaction.commit()
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError) as error:
            raise Conflict from error
        except _AGAIN as error:
            raise Collided from error

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One connection of the pool, within the time a caller is promised."""
        async with _told():
            connection = await self._pool.acquire(timeout=PATIENCE_SECONDS)
            try:
                yield connection
            except _GONE:
                connection.terminate()  # to give it back would ask the server once more, and wait as long again
                raise
            except (Conflict, asyncpg.PostgresError):
                raise
            except BaseException:
                connection.terminate()  # given up in the middle of a statement
                raise
            finally:
                await self._pool.release(connection, timeout=RELEASE_SECONDS)

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator[Any]:
        """A connection of its own without a deadline, for what may take minutes: a backup."""
        async with _told():
            connection = await asyncpg.connect(self._url, timeout=PATIENCE_SECONDS)
        try:
            yield connection
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def _execute(connection: Any, statement: Statement) -> None:
    text, names = numbered(statement.sql)
    status = await connection.execute(text, *[statement.parameters[name] for name in names])
    if statement.rows is not None and _touched(status) != statement.rows:
        raise Conflict


async def _as_it_is(connection: Any) -> None:
    """What asyncpg is to do with a connection that is given back: ours leave nothing behind outside a transaction, and
    its own way would cost every read a second round trip."""


def _touched(status: str) -> int:
    """The row count of a command's status (`INSERT 0 1`, `UPDATE 3`)."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What the server's absence or a full disk is to a caller."""
    try:
        yield
    except asyncpg.DiskFullError as error:
        raise disk_full() from error
    except _REFUSED as error:
        raise refused(f"{error}.") from error
    except _GONE as error:
        raise unreachable() from error
