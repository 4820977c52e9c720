"""Which requests begin in a turn of the event loop, when a crowd comes at once.

The loop reads all sockets that have something, and then does all that this made ready. Of 256 chats that came together
the last one would have been sent on before the first one's answer was looked at, and whoever had a stream open would
have waited as long. So only a few begin in a turn; answers and events that came meanwhile are seen to in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

MOST = 16
"""Requests that begin in one turn: two or three milliseconds of work."""


class Starts:
    """Lets requests begin, a few in a turn, in the order in which they came. `most` is how many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = self._room = most
        self._waiting: deque[tuple[Callable[[Any], None], object]] = deque()

    def begin(self, start: Callable[[Any], None], request: object) -> None:
        """Start a request: now, or in one of the next turns."""
        room = self._room
        if not room:
            self._waiting.append((start, request))
            return
        if room == self._most:
            asyncio.get_running_loop().call_soon(self._turn)
        self._room = room - 1
        start(request)

    def _turn(self) -> None:
        room, waiting = self._most, self._waiting
        try:
            while waiting and room:
                room -= 1
                start, request = waiting.popleft()
                start(request)
        finally:  # one that fails takes its own request down, and not the turns of all that wait behind it
            self._room = room
            if room < self._most:
                asyncio.get_running_loop().call_soon(self._turn)
