"""The connections to one origin: which are free, how many there are, who waits for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from parlance.outbound.connection import Connection


class Pool:
    """Hands out the connection that was used last, so that the others can grow old and close."""

    __slots__ = ("_emptied", "_limit", "_max_idle", "_waiting", "dialling", "idle", "members")

    def __init__(self, limit: int | None, max_idle: int, emptied: Callable[[], None]) -> None:
        self._limit = limit
        self._max_idle = max_idle
        self._emptied = emptied
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.dialling = 0
        self.members: set[Connection] = set()
        self.idle: list[Connection] = []

    # The client's side.

    def take(self) -> Connection | None:
        """A free connection, unless somebody waits for one already."""
        return None if self._waiting else self._take()

    async def acquire(self, dial: Callable[[], Awaitable[Connection]], fresh: bool) -> tuple[Connection, bool]:
        """A connection (one never used before if `fresh`), in turn where there is a limit; and whether it was used."""
        if self._limit is not None:
            connection = await self._queue(self._limit, fresh)
            if connection is not None:
                return connection, True
        self.dialling += 1
        try:
            return await dial(), False
        finally:
            self.dialling -= 1
            self._changed()

    # The connections' side.

    def made(self, connection: Connection) -> None:
        """One more."""
        self.members.add(connection)

    def free(self, connection: Connection) -> None:
        """It may carry another exchange: keep it, or close it when enough are kept."""
        if len(self.idle) < self._max_idle:
            self.idle.append(connection)
            self._wake()
        else:
            connection.abort()

    def lost(self, connection: Connection) -> None:
        """One less."""
        self.members.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._changed()

    # Inside.

    def _take(self) -> Connection | None:
        while self.idle:
            connection = self.idle.pop()
            if connection.usable:
                return connection
        return None

    async def _queue(self, limit: int, fresh: bool) -> Connection | None:
        """Wait until a connection is free or (None) one more may be dialled; first come, first served."""
        woken = False
        while True:
            if woken or not self._waiting:
                connection = None if fresh else self._take()
                if connection is not None or len(self.members) + self.dialling < limit:
                    return connection
                if self.idle:
                    self.idle.pop().abort()  # makes room for a new one
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            if woken:
                self._waiting.appendleft(turn)
            else:
                self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                else:
                    self._changed()  # woken and gone: the turn is the next one's
                raise
            woken = True

    def _changed(self) -> None:
        if not self._wake() and not self.members and not self.dialling:
            self._emptied()

    def _wake(self) -> bool:
        """True when somebody's turn has come: the pool is theirs then, even if it is empty."""
        if not self._waiting:
            return False
        self._waiting.popleft().set_result(None)
        return True
