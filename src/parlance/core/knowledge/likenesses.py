"""What was found out of the embedders of bases: whether each is still the model that made their vectors."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

MOST = 1024
"""Results that are remembered."""


class Which(NamedTuple):
    """The vectors that are asked about: those of a `generation` of a base, by a model with this digest."""

    tenant: str
    base: str
    generation: int
    embedder: str
    digest: str = ""


class Lasting(NamedTuple):
    """How old in seconds a result may be, by what it says."""

    fit: float = 0.0
    misfit: float = 0.0


class Likenesses:
    """What is known of the embedders of bases. Who asks while it is being found out waits for that."""

    def __init__(self) -> None:
        self._known: OrderedDict[Which, tuple[str, float]] = OrderedDict()
        self._asking: WeakValueDictionary[Which, asyncio.Lock] = WeakValueDictionary()

    async def of(
        self, which: Which, find: Callable[[], Awaitable[str | None]], now: Callable[[], float], lasts: Lasting
    ) -> str | None:
        """The code of what is wrong, empty where they fit; none where there is nothing to compare with, which is
        remembered as if they did. `now` in seconds. Raises `Fault` as `find` does."""
        lock = self._asking.get(which)
        if lock is None:
            lock = self._asking[which] = asyncio.Lock()
        async with lock:
            code, since = self._known.get(which, (None, 0.0))
            if code is not None and now() - since < (lasts.misfit if code else lasts.fit):
                return code
            found = await find()
            self._known[which] = found or "", now()  # what is written now, beside nothing, is what the next is like
            self._known.move_to_end(which)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
            return found
