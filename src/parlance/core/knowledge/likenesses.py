"""What was found out of the embedders of bases: whether each is still the model that made their vectors."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

from parlance.values.errors import Fault

MOST = 1024
"""Results that are remembered."""


class Which(NamedTuple):
    """The vectors that are asked about: those of a `generation` of a base, by a model with this digest."""

    tenant: str
    base: str
    generation: int
    embedder: str
    digest: str = ""


FAILED_SECONDS = 5.0
"""How long a failure is told again: whoever waited for the same hears of it, and does not try it one after another."""


class Lasting(NamedTuple):
    """How old in seconds a result may be, by what it says: `nothing` where there was nothing to compare with."""

    fit: float = 0.0
    misfit: float = 0.0
    nothing: float = 0.0


class _Known(NamedTuple):
    """What was found, and when; or why it could not be."""

    code: str | None
    since: float
    fault: Fault | None = None

    def counts(self, now: float, lasts: Lasting) -> bool:
        """Whether it need not be found anew."""
        if self.fault is not None:
            return now - self.since < min(FAILED_SECONDS, lasts.fit)
        within = lasts.nothing if self.code is None else lasts.misfit if self.code else lasts.fit
        return now - self.since < within


class Likenesses:
    """What is known of the embedders of bases. Who asks while it is being found out waits for that."""

    def __init__(self) -> None:
        self._known: OrderedDict[Which, _Known] = OrderedDict()
        self._asking: WeakValueDictionary[Which, asyncio.Lock] = WeakValueDictionary()

    async def of(
        self, which: Which, find: Callable[[], Awaitable[str | None]], now: Callable[[], float], lasts: Lasting
    ) -> str | None:
        """The code of what is wrong, empty where they fit; none where there is nothing to compare with. `now` in
        seconds. Raises `Fault` as `find` does."""
        lock = self._asking.get(which)
        if lock is None:
            lock = self._asking[which] = asyncio.Lock()
        async with lock:
            known = self._known.get(which)
            if known is None or not known.counts(now(), lasts):
                known = self._known[which] = await _found(find, now)
                self._known.move_to_end(which)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        if known.fault is not None:
            raise known.fault
        return known.code


async def _found(find: Callable[[], Awaitable[str | None]], now: Callable[[], float]) -> _Known:
    try:
        return _Known(await find(), now())
    except Fault as fault:
        return _Known(None, now(), fault)
