"""How many change sets one process has under way at a database server, and what becomes of those that collide.

Two change sets that take the same rows in different orders stand in each other's way until the server, or a timeout,
breaks one of them off. It goes again when nobody else of this process is under way. That is rare; where it is not, many
lanes only collide more: so each collision halves them, and one more is opened after a long time without any.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from parlance.ports.stores import Conflict

CALM = 500
"""Change sets without a collision after which one more lane is opened; twice as many after each further collision."""
MOST_CALM = 16_000
"""Some ten seconds of what a server takes."""
ATTEMPTS = 3
"""How often a change set is applied anew that stands in the way of another process."""


class Collided(Exception):
    """A change set stood in another's way and was undone. `waited`: for a row that somebody holds for long, which is no
    deadlock."""

    def __init__(self, *, waited: bool = False) -> None:
        super().__init__()
        self.waited = waited


class _Turn:
    """Somebody who waits to be let through, perhaps alone."""

    __slots__ = ("alone", "come")

    def __init__(self, alone: bool) -> None:
        self.alone = alone
        self.come: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Lanes:
    """Lets so many through at once, in the order of asking."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = most
        self._going = 0
        self._alone = False
        self._line: deque[_Turn] = deque()
        self._needed = CALM
        self._calm = 0
        self._patient = asyncio.Lock()

    @property
    def open(self) -> int:
        """How many may be under way now."""
        return self._open

    async def carry(self, attempt: Callable[[bool], Awaitable[None]]) -> None:
        """Apply a change set, again where it collides. `attempt(patient)` raises `Collided`; patient, it waits for
        other processes, while this one goes on without it. Raises `Conflict` where that does not help either."""
        for again in (False, True):
            try:
                async with self._lane(alone=again):
                    await attempt(False)
                return self._widen()
            except Collided as collision:
                self._narrow()
                if collision.waited:
                    break
        async with self._patient:
            for _ in range(ATTEMPTS):
                try:
                    return await attempt(True)
                except Collided:
                    continue
        raise Conflict

    @asynccontextmanager
    async def _lane(self, *, alone: bool) -> AsyncIterator[None]:
        turn = _Turn(alone)
        if alone:
            self._line.appendleft(turn)
        else:
            self._line.append(turn)
        self._admit()
        try:
            await turn.come
            yield
        finally:
            self._leave(turn)

    def _admit(self) -> None:
        while self._line and not self._alone:
            turn = self._line[0]
            if turn.come.cancelled():  # it is leaving, too: many give up in the same moment
                self._line.popleft()
                continue
            if self._going >= (1 if turn.alone else self._open):
                return
            self._line.popleft()
            self._going += 1
            self._alone = turn.alone
            turn.come.set_result(None)

    def _leave(self, turn: _Turn) -> None:
        if turn.come.cancelled():  # it gave up before its turn came
            if turn in self._line:
                self._line.remove(turn)
        else:
            self._going -= 1
            self._alone = False
        self._admit()

    def _narrow(self) -> None:
        if self._open > 1:
            self._open //= 2
            self._needed = min(2 * self._needed, MOST_CALM)
        self._calm = 0

    def _widen(self) -> None:
        if self._open == self._most:
            return
        self._calm += 1
        if self._calm < self._needed:
            return
        self._calm = 0
        self._open += 1
        if self._open == self._most:
            self._needed = CALM
        self._admit()
