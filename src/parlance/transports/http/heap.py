"""The process's memory: what the start made is left out of the garbage collector's rounds, and what a crowd of
connections took is given back once the crowd has gone.

Freed memory does not go back by itself: the collector rests while nothing is allocated, and the C library keeps what
it has. After 5,000 streams that was 140 MiB, for as long as the server ran.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

_YOUNG = 10_000
"""Objects made before the collector looks at them. At Python's 700 it looked twice in every chat, and went through
everything that the start had made again and again: a sixth of the time of a chat (145 in place of 175 µs)."""
_CROWD = 256
"""Connections that have to leave before it is worth a round over everything: some 8 MiB."""
_STILL = 0.05
"""Share of the crowd that may come or go between two looks for it to count as gone."""


def settle() -> Callable[[], None]:
    """Take what the start made out of the garbage collector's rounds, which may have rested for so long, and make those
    rarer; gives what undoes both.

    What little of it nobody refers to any more goes along: a round to find it first was a tenth of the start (35 of
    330 ms) and left the process no smaller.
    """
    former = gc.get_threshold()
    gc.enable()
    gc.freeze()
    gc.set_threshold(_YOUNG, *former[1:])

    def stir() -> None:
        gc.set_threshold(*former)
        gc.unfreeze()

    return stir


class Tide:
    """Watches how many connections are open, and calls `give_back` once after most of a crowd has left."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back = give_back
        self._peak = 0
        self._last = 0

    def look(self, count: int) -> None:
        """Take the count of a moment; the next look is expected about a second later."""
        moved, self._last = abs(count - self._last), count
        self._peak = max(self._peak, count)
        gone = self._peak - count
        if gone >= _CROWD and gone >= count and moved <= _STILL * self._peak:
            self._peak = count
            self._give_back()


def give_back() -> None:
    """Collect what nobody refers to, and hand free pages back to the system where the C library can (glibc)."""
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
