"""MySQL and MariaDB by asyncmy: READ COMMITTED, strict, UTF-8 throughout, a bounded pool."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncmy
from asyncmy import errors
from asyncmy.constants import CLIENT

from parlance.ports.stores import FEW, ChangeSet, Conflict, DatabaseKind, Row, Value
from parlance.stores.sql.faults import PATIENCE_SECONDS, disk_full, refused, unreachable
from parlance.stores.sql.lanes import Collided, Lanes
from parlance.stores.sql.parameters import positional

CONNECTIONS = 10
"""In one process: four processes stay below half of the server's usual 151."""
LANES = 8
"""Change sets under way at once: the rest of the connections is left for reads."""
_SETTINGS = (
    "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', innodb_lock_wait_timeout=1",
    # What is there already is no news: the driver would log each note of it as a warning.
    "SET SESSION sql_notes=0",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
)
_CONFLICTS = frozenset({1062, 1451, 1452, 1586})
"""A row with the same key, or a foreign key that would dangle."""
_WAITED = 1205
"""The row was held for longer than a second: deadlocks are found at once."""
_AGAIN = frozenset({_WAITED, 1213, 1020})
"""Deadlock, lock wait timeout, and a record that changed since it was read."""
_FULL = frozenset({1021, 1114, 28})
_REFUSED = frozenset({1044, 1045, 1049, 1130, 1142, 1251, 1698, 2059})
"""Who we are, or the database's name, is wrong there."""
_READ_ONLY = frozenset({1290, 1836})
"""Another server has taken over, and this one no longer takes writes."""
_GONE = frozenset({1040, 1053, 1077, 1158, 1159, 1160, 1161, 1203, 1927, 2002, 2003, 2006, 2013, 2055, 4031})


class Mysql:
    """A `Database` on a MySQL or MariaDB server. Lost connections are replaced as needed."""

    kind: DatabaseKind = "mysql"

    def __init__(self, pool: Any, address: Mapping[str, Any]) -> None:
        self._pool = pool
        self._address = address
        # The pool wakes whoever comes, not who waited longest: under load some would wait for ever.
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._lanes = Lanes(LANES)

    @classmethod
    async def open(cls, url: str) -> Mysql:
        """Connect by a URL with user, password, host, port and database (`?unix_socket=` where there is one)."""
        async with _told(), asyncio.timeout(PATIENCE_SECONDS):
            pool = await asyncmy.create_pool(
                **address(url),
                minsize=1,
                maxsize=CONNECTIONS,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=int(PATIENCE_SECONDS),
                client_flag=CLIENT.FOUND_ROWS,
            )
        return cls(pool, address(url))

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The rows of one SELECT."""
        text, names = positional(sql)
        async with _told(), asyncio.timeout(PATIENCE_SECONDS), self.connection() as connection:
            async with connection.cursor() as cursor:
                await cursor.execute(text, [parameters[name] for name in names])
                return list(await cursor.fetchall())

    async def apply(self, changes: ChangeSet) -> None:
        """Apply all statements atomically and durably."""
        async with _told(), asyncio.timeout(PATIENCE_SECONDS):
            await self._lanes.carry(partial(self._attempt, changes))

    async def _attempt(self, changes: ChangeSet, patient: bool) -> None:
        try:
            await self._apply(changes)
        except errors.MySQLError as error:
            number = _number(error)
            if number in _CONFLICTS:
                raise Conflict from error
            if number in _AGAIN:
                raise Collided(waited=number == _WAITED) from error
            raise

    async def _apply(self, changes: ChangeSet) -> None:
        async with self.connection() as connection, connection.cursor() as cursor:
            await connection.begin()
            try:
                for statement in changes:
                    text, names = positional(statement.sql)
                    await cursor.execute(text, [statement.parameters[name] for name in names])
                    if statement.rows is not None and cursor.rowcount != statement.rows:
                        raise Conflict
                await connection.commit()
            except (Conflict, errors.MySQLError):
                await connection.rollback()
                raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """One connection of the pool, within the time a caller is promised. One that broke is not given back whole."""
        async with _told(), self._turn():
            async with asyncio.timeout(PATIENCE_SECONDS):
                connection = await self._pool.acquire()
            try:
                if not getattr(connection, "parlance_ready", False):
                    await _prepare(connection)
                yield connection
            except Conflict:
                raise
            except errors.MySQLError as error:
                if _is_gone(error):
                    connection.close()
                raise
            except BaseException:
                # Cut off in the middle of an answer it would give the rest of it to whoever has it next.
                connection.close()
                raise
            finally:
                released = self._pool.release(connection)
                if released is not None:
                    await asyncio.shield(released)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """A place among those who may have a connection, in the order of asking."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._turns.acquire()
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def lasting(self) -> AsyncIterator[Any]:
        """A connection of its own, for what may take minutes: a migration."""
        async with _told():
            connection = await asyncmy.connect(**self._address, charset="utf8mb4", autocommit=True)
        try:
            await _prepare(connection)
            yield connection
        finally:
            connection.close()

    async def close(self) -> None:
        """Finish what was begun and let go of the connections."""
        self._pool.close()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._pool.wait_closed()
        except TimeoutError:
            self._pool.terminate()


async def _prepare(connection: Any) -> None:
    async with connection.cursor() as cursor:
        for setting in _SETTINGS:
            await cursor.execute(setting)
    connection.parlance_ready = True


def address(url: str) -> dict[str, Any]:
    """What the driver takes of a URL."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        "host": parts.hostname or "localhost",
        "port": parts.port or 3306,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "db": unquote(parts.path.lstrip("/")),
    }
    for name, value in parse_qsl(parts.query):
        if name == "unix_socket":
            found[name] = value
        elif name == "ssl_ca" or (name, value) == ("ssl", "true"):
            found["ssl"] = ssl.create_default_context(cafile=value if name == "ssl_ca" else None)
        else:
            raise refused(f"`{name}` is none of unix_socket=PATH, ssl=true and ssl_ca=FILE.")
    return found


def _is_gone(error: BaseException) -> bool:
    return _number(error) in _GONE | _READ_ONLY or isinstance(error, errors.InterfaceError)


def _number(error: BaseException) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What the server's absence or a full disk is to a caller."""
    try:
        yield
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise unreachable() from error
    except errors.MySQLError as error:
        if _number(error) in _FULL:
            raise disk_full() from error
        if _number(error) in _REFUSED:
            raise refused(str(error.args[-1])) from error
        if _is_gone(error):
            raise unreachable() from error
        raise
