"""What takes long to open and is soon wanted again: it stays open for some seconds after the last who used it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Timer(Protocol):
    """A timer that can be taken back."""

    def cancel(self) -> None:
        """Never fire."""
        ...


Opening = Callable[[], AbstractAsyncContextManager[T]]
Later = Callable[[float, Callable[[], None]], Timer]
"""Calls back once after so many seconds, on the event loop."""


class _Kept(Generic[T]):
    """One thing, opened once for all who use it; who comes after one that failed tries again."""

    def __init__(self, opening: Opening[T], size: int) -> None:
        self.size, self.users = size, 0
        self.timer: Timer | None = None
        self._opening, self._lock = opening, asyncio.Lock()
        self._open: tuple[AsyncExitStack, T] | None = None

    @property
    def is_open(self) -> bool:
        return self._open is not None

    async def value(self) -> T:
        async with self._lock:
            if self._open is None:
                stack = AsyncExitStack()
                self._open = stack, await stack.enter_async_context(self._opening())
            return self._open[1]

    def stay(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    async def close(self) -> None:
        self.stay()
        found, self._open = self._open, None
        if found is not None:
            await found[0].aclose()


class Lingering(Generic[T]):
    """Things by their keys. Of those that nobody uses `most` bytes stay for `seconds`, the last used ones."""

    def __init__(self, most: int, seconds: float, later: Later | None = None) -> None:
        self._most, self._seconds, self._later = most, seconds, later
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def size(self) -> int:
        """Bytes of all that are open."""
        return sum(one.size for one in self._kept.values())

    @asynccontextmanager
    async def of(self, key: str, size: int, opening: Opening[T]) -> AsyncIterator[T]:
        """The thing of a key, of so many bytes. Raises what `opening` does."""
        one = self._kept.setdefault(key, _Kept(opening, size))
        self._kept.move_to_end(key)
        one.users += 1
        one.stay()
        try:
            yield await one.value()
        finally:
            one.users -= 1
            if not one.users:
                await self._left(key, one)

    async def close(self) -> None:
        """Close all that nobody uses now, and the others when they are left."""
        self._closed = True
        await self._shrink(0)
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _left(self, key: str, one: _Kept[T]) -> None:
        if self._closed or not one.is_open:
            return await self._end(key)
        call = asyncio.get_running_loop().call_later if self._later is None else self._later
        one.timer = call(self._seconds, partial(self._over, key))
        await self._shrink(self._most)

    async def _shrink(self, most: int) -> None:
        for key, one in list(self._kept.items()):
            if self.size > most and not one.users:
                await self._end(key)

    def _over(self, key: str) -> None:
        task = asyncio.ensure_future(self._end(key))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, key: str) -> None:
        """Forget it first: who wants it while it is being closed opens it anew."""
        if (one := self._kept.get(key)) is not None and not one.users:
            await self._kept.pop(key).close()
