"""The process's memory: what the start made is left out of the garbage collector's rounds, and what a crowd of
connections took is given back once the crowd has gone.

Freed memory does not go back by itself: the collector rests while nothing is allocated, and the C library keeps what
it has. After 5,000 streams that was 140 MiB, for as long as the server ran.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable
from typing import Any

_YOUNG = 10_000
"""Objects made before the collector looks at them. At Python's 700 it looked twice in every chat, and went through
everything that the start had made again and again: a sixth of the time of a chat (145 in place of 175 µs)."""
_CROWD = 256
"""Connections that have to leave before it is worth a round over everything: some 8 MiB."""
_STILL = 0.05
"""Share of the crowd that may come or go between two looks for it to count as gone."""
_ROUNDS = 3
"""After a crowd, each at a look of its own: what the server made anew since the one before lies closer together (of the
127 MiB of 5,000 streams 61, 55 and 51 were left)."""
_SPARE = 256
"""Freed objects of a kind that are kept for the next ones: 250 by uvloop, 255 by asyncio."""
_LATER, _SOON = 3600.0, 0.02
"""Seconds: a timer that is not to fire, and what the loop needs to forget it."""


def settle() -> Callable[[], None]:
    """Take what the start made out of the garbage collector's rounds, which may have rested for so long, and make those
    rarer; gives what undoes both.

    What little of it nobody refers to any more goes along: a round to find it first was a tenth of the start (35 of
    330 ms) and left the process no smaller.
    """
    former = gc.get_threshold()
    gc.enable()
    _trim()  # what its import makes must not come to lie among what a crowd takes
    gc.freeze()
    gc.set_threshold(_YOUNG, *former[1:])

    def stir() -> None:
        gc.set_threshold(*former)
        gc.unfreeze()

    return stir


class Tide:
    """Watches how many connections are open, and tells when most of a crowd has left."""

    def __init__(self) -> None:
        self._peak = 0
        self._last = 0
        self._rounds = 0

    def is_out(self, count: int) -> bool:
        """Take the count of a moment, once a second or so: true after most of a crowd has left, as often as it is
        worth a round."""
        moved, self._last = abs(count - self._last), count
        self._peak = max(self._peak, count)
        gone = self._peak - count
        if gone >= _CROWD and gone >= count and moved <= _STILL * self._peak:
            self._peak, self._rounds = count, _ROUNDS
        due, self._rounds = self._rounds > 0, max(0, self._rounds - 1)
        return due


async def give_back(pack: Callable[[], None] = lambda: None) -> None:
    """Collect what nobody refers to, have the rest moved together, and hand free pages back to the system."""
    gc.collect()
    pack()
    await _renew()
    gc.collect()
    _trim()(0)


async def _renew() -> None:
    """Exchange the freed objects that uvloop and asyncio keep for their next ones: those that a crowd left lie in all
    places that it took, and each of them holds a mebibyte. More are made than are kept, so that the last ones are new;
    those go first, and there is no room for the others."""
    loop = asyncio.get_running_loop()
    nothing = loop.create_future()
    kinds: list[list[Any]] = [
        [loop.call_soon(int) for _ in range(2 * _SPARE)],
        [loop.call_later(_LATER, int) for _ in range(2 * _SPARE)],
        [iter(nothing) for _ in range(2 * _SPARE)],
    ]
    for timer in kinds[1]:
        timer.cancel()
    await asyncio.sleep(_SOON)  # until the loop has let go of them, too
    for made in kinds:
        del made[_SPARE:]


def _trim() -> Callable[[int], object]:
    """What gives free pages back, where the C library can (glibc)."""
    if sys.platform != "linux":
        return lambda pad: None
    import ctypes

    return getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)
