"""SQLite: one writer thread with group commit, readers that never wait for it.

Change sets that wait at the same time share one transaction and one sync of the disk; each has a savepoint of its own,
so that a conflict undoes only its own. A future is resolved after the COMMIT is on the disk, never before.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from parlance.ports.stores import FEW, ChangeSet, Conflict, DatabaseKind, Row, Value
from parlance.stores.sql.sqlite_faults import fault_of, is_busy, is_conflict
from parlance.values.errors import Fault

MOST_TOGETHER = 256
"""Change sets in one transaction: enough to share a sync, few enough that nobody waits long for strangers."""
BUSY_SECONDS = 10.0
"""How long the writer waits for another process (a backup, a shell) to let go of the file."""
STATEMENTS = 512
"""Prepared statements kept by each connection."""
READERS = 2
"""Threads for reads that may be long."""
_OF_ONE = (Conflict, sqlite3.Error, ArithmeticError, ValueError, TypeError)
"""What one change set can raise: it cannot be applied, or holds a value that SQLite cannot take (half a surrogate, an
integer of 65 bits). The writer outlives all of them."""


def connect(path: str, *, wait: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection as ours are: write-ahead log, every commit synced, foreign keys checked."""
    connection = sqlite3.connect(
        path, timeout=wait, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _make(path: Path) -> None:
    """A new file is readable by nobody else: everybody's chats will be in it. SQLite gives the files beside it the same
    mode; what cannot be made it says itself."""
    with suppress(OSError):
        path.touch(mode=0o600)


def _opened(path: str, *, wait: float = BUSY_SECONDS) -> sqlite3.Connection:
    try:
        return connect(path, wait=wait)
    except sqlite3.Error as error:
        raise fault_of(error) from error


class _Wish:
    """What somebody waits for: a change set, or a read where there is only one connection."""

    __slots__ = ("changes", "error", "future", "loop", "parameters", "rows", "sql")

    def __init__(self, changes: ChangeSet, sql: str = "", parameters: Mapping[str, Value] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[list[Row]] = self.loop.create_future()
        self.changes = changes
        self.sql = sql
        self.parameters = parameters or {}
        self.rows: list[Row] = []
        self.error: Exception | None = None

    def tell(self) -> None:
        """On the loop: say how it went, if anybody still listens."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.rows)
        else:
            self.future.set_exception(self.error)


class Sqlite:
    """A `Database` in one file, or in memory (`path=None`), where everything goes through the writer's connection."""

    kind: DatabaseKind = "sqlite"

    def __init__(self, path: Path | None) -> None:
        self._path = ":memory:" if path is None else str(path)
        self._alone = path is None
        if path is not None:
            _make(path)
        self._writing = _opened(self._path)
        self._reading = None if self._alone else _opened(self._path, wait=0.0)
        # One cursor each: a connection keeps a note of up to 200 that are gone, and each such note a page of memory.
        self._writer = self._writing.cursor()
        self._reader = None if self._reading is None else self._reading.cursor()
        self._wishes: queue.SimpleQueue[_Wish | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._thread = threading.Thread(target=self._write_on, name="sqlite-writer", daemon=True)
        self._closed = False
        self._thread.start()

    @property
    def path(self) -> Path | None:
        """The file; none for one in memory."""
        return None if self._alone else Path(self._path)

    @property
    def connection(self) -> sqlite3.Connection:
        """The writer's connection, for migrations before anybody else is served."""
        return self._writing

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The rows of one SELECT."""
        if self._reader is None:
            return await self._wish(_Wish((), sql, parameters))
        try:
            if most <= FEW:
                try:
                    return self._reader.execute(sql, parameters).fetchall()
                except sqlite3.OperationalError as error:
                    if not is_busy(error):
                        raise
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read_apart, sql, parameters)
        except sqlite3.Error as error:
            raise fault_of(error) from error

    def _read_apart(self, sql: str, parameters: Mapping[str, Value]) -> list[Row]:
        reader: sqlite3.Cursor | None = getattr(self._local, "reader", None)
        if reader is None:
            self._opened.append(connection := connect(self._path))
            reader = self._local.reader = connection.cursor()
        return reader.execute(sql, parameters).fetchall()

    async def apply(self, changes: ChangeSet) -> None:
        """Apply all statements atomically and durably."""
        if changes:
            await self._wish(_Wish(changes))

    async def _wish(self, wish: _Wish) -> list[Row]:
        if self._closed:
            raise RuntimeError("the database is closed")
        self._wishes.put(wish)
        return await wish.future

    async def close(self) -> None:
        """Write what waits, and close the file."""
        if self._closed:
            return
        self._closed = True
        self._wishes.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._pool.shutdown(wait=True)
        for connection in (*self._opened, self._reading, self._writing):
            if connection is not None:
                connection.close()

    # -- the writer's thread ----------------------------------------------------------------------------------------

    def _write_on(self) -> None:
        going = True
        while going:
            wishes, going = self._together()
            if wishes:
                self._write(wishes)
                _tell(wishes)

    def _together(self) -> tuple[list[_Wish], bool]:
        """The next wish and all that wait behind it; whether to go on after them."""
        wishes: list[_Wish] = []
        wish = self._wishes.get()
        while wish is not None:
            wishes.append(wish)
            if len(wishes) == MOST_TOGETHER or self._wishes.empty():
                return wishes, True
            wish = self._wishes.get()
        return wishes, False

    def _write(self, wishes: list[_Wish]) -> None:
        writer = self._writer
        try:
            writer.execute("BEGIN IMMEDIATE")
            for wish in wishes:
                self._grant(wish)
            writer.execute("COMMIT")
        except sqlite3.Error as error:
            # The transaction as a whole is lost: nobody in it may believe otherwise.
            if self._writing.in_transaction:
                writer.execute("ROLLBACK")
            for wish in wishes:
                wish.error = fault_of(error)

    def _grant(self, wish: _Wish) -> None:
        writer = self._writer
        try:
            if wish.sql:
                wish.rows = writer.execute(wish.sql, wish.parameters).fetchall()
                return
            writer.execute("SAVEPOINT wish")
            for statement in wish.changes:
                touched = writer.execute(statement.sql, statement.parameters).rowcount
                if statement.rows is not None and touched != statement.rows:
                    raise Conflict
            writer.execute("RELEASE wish")
        except _OF_ONE as error:
            self._take_back(wish, error)

    def _take_back(self, wish: _Wish, error: Exception) -> None:
        """Undo one wish. What concerns the file (a full disk) is raised again: it concerns everybody."""
        if not self._writing.in_transaction or (
            isinstance(error, sqlite3.Error) and isinstance(fault_of(error), Fault)
        ):
            raise error
        wish.error = Conflict() if is_conflict(error) else error
        if not wish.sql:
            self._writer.execute("ROLLBACK TO wish")
            self._writer.execute("RELEASE wish")


def _tell(wishes: Iterable[_Wish]) -> None:
    """Wake everybody who waits, each loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Wish]] = {}
    for wish in wishes:
        by_loop.setdefault(wish.loop, []).append(wish)
    for loop, those in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell_each, those)
        except RuntimeError:  # the loop is closed: nobody is left to hear it
            continue


def _tell_each(wishes: list[_Wish]) -> None:
    for wish in wishes:
        wish.tell()
