"""What was found out of the embedders of bases: whether each is still the model that made their vectors."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

MOST = 1024
"""Results that are remembered."""


class Which(NamedTuple):
    """The vectors that are asked about: those of a `generation` of a base, or of one `document` that is not ready, by a
    model with this digest."""

    tenant: str
    base: str
    generation: int
    embedder: str
    document: str = ""
    digest: str = ""


class Lasting(NamedTuple):
    """How old in seconds a result may be, by what it says: `nothing` where there was nothing to compare with."""

    fit: float = 0.0
    misfit: float = 0.0
    nothing: float = 0.0


class _Known(NamedTuple):
    """What was found, and when."""

    code: str | None
    since: float

    def counts(self, now: float, lasts: Lasting) -> bool:
        """Whether it need not be found anew."""
        within = lasts.nothing if self.code is None else lasts.misfit if self.code else lasts.fit
        return now - self.since < within


class Looks:
    """Results, and what is being found out. Whoever asks for the same meanwhile, in the same user's name, waits for
    that; it goes on when nobody waits any more, so that what takes long is known in the end. A failure is told to those
    who wait, and is not remembered: it may be the user's own, or over."""

    def __init__(self) -> None:
        self._known: OrderedDict[Which, _Known] = OrderedDict()
        self._going: dict[tuple[Which, str], asyncio.Task[str | None]] = {}

    async def of(
        self,
        which: Which,
        user: str,
        find: Callable[[], Awaitable[str | None]],
        now: Callable[[], float],
        lasts: Lasting,
    ) -> str | None:
        """The code of what is wrong, empty where they fit; none where there is nothing to compare with. `now` in
        seconds. Raises `Fault` as `find` does."""
        known = self._known.get(which)
        if known is not None and known.counts(now(), lasts):
            return known.code
        going = self._going.get((which, user))
        if going is None:
            going = self._going[which, user] = asyncio.ensure_future(self._found(which, find, now))
            going.add_done_callback(partial(self._over, (which, user)))
        return await asyncio.shield(going)

    async def _found(
        self, which: Which, find: Callable[[], Awaitable[str | None]], now: Callable[[], float]
    ) -> str | None:
        code = await find()
        self._known[which] = _Known(code, now())
        self._known.move_to_end(which)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return code

    def _over(self, key: tuple[Which, str], going: asyncio.Task[str | None]) -> None:
        del self._going[key]
        if not going.cancelled():
            going.exception()  # told to whoever waits, if anybody does
