"""What is open for a moment longer than somebody uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest

from parlance.core.knowledge.lingering import Lingering

SECONDS = 20.0


class Hands:
    """Timers that the test lets fire."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, callback: Callable[[], None]) -> Hand:
        self.waiting.append((seconds, callback))
        return Hand(self, callback)

    async def fire(self) -> None:
        """All that wait, and what they begin."""
        due, self.waiting = self.waiting, []
        for _, callback in due:
            callback()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class Hand:
    """One of them."""

    def __init__(self, hands: Hands, callback: Callable[[], None]) -> None:
        self._hands, self._callback = hands, callback

    def cancel(self) -> None:
        self._hands.waiting = [one for one in self._hands.waiting if one[1] is not self._callback]


class Doors:
    """What opens and closes, and keeps a list of it; one that is `stuck` cannot be opened."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stuck = False

    def way(self, name: str) -> Callable[[], AbstractAsyncContextManager[str]]:
        return partial(self._way, name)

    @asynccontextmanager
    async def _way(self, name: str) -> AsyncIterator[str]:
        await asyncio.sleep(0)
        self.seen.append(f"+{name}")
        if self.stuck:
            raise OSError("stuck")
        yield name
        self.seen.append(f"-{name}")


async def used(kept: Lingering[str], doors: Doors, name: str, size: int = 1) -> str:
    """What is behind a door, once."""
    async with kept.of(name, size, doors.way(name)) as found:
        await asyncio.sleep(0)
        return found


async def test_it_is_opened_once_for_all_who_come_together_or_soon_after() -> None:
    """And is closed when nobody wanted it for a while."""
    hands, doors = Hands(), Doors()
    kept: Lingering[str] = Lingering(9, SECONDS, hands.later)
    assert await asyncio.gather(*(used(kept, doors, "a") for _ in range(3))) == ["a"] * 3
    async with kept.of("a", 1, doors.way("a")):
        await hands.fire()
        assert doors.seen == ["+a"] and hands.waiting == []
    assert [seconds for seconds, _ in hands.waiting] == [SECONDS]
    await hands.fire()
    assert doors.seen == ["+a", "-a"] and kept.size == 0
    await used(kept, doors, "a")
    assert doors.seen == ["+a", "-a", "+a"]


async def test_what_was_used_last_stays_as_far_as_there_is_room() -> None:
    """What somebody uses now stays in any case."""
    doors = Doors()
    kept: Lingering[str] = Lingering(4, SECONDS, Hands().later)
    for name in ("a", "b"):
        await used(kept, doors, name, 2)
    async with kept.of("a", 2, doors.way("a")):
        await used(kept, doors, "c", 4)
        assert doors.seen == ["+a", "+b", "+c", "-b", "-c"] and kept.size == 2
    await used(kept, doors, "long", 5)
    assert doors.seen[-3:] == ["+long", "-a", "-long"] and kept.size == 0


async def test_what_cannot_be_opened_is_tried_again() -> None:
    """Nothing is remembered of it."""
    doors = Doors()
    kept: Lingering[str] = Lingering(4, SECONDS, Hands().later)
    doors.stuck = True
    told = await asyncio.gather(*(used(kept, doors, "a") for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in told] == [OSError, OSError] and kept.size == 0
    doors.stuck = False
    assert await used(kept, doors, "a") == "a"


async def test_at_the_end_nothing_stays() -> None:
    """What somebody still uses goes when they have left."""
    hands, doors = Hands(), Doors()
    kept: Lingering[str] = Lingering(4, SECONDS, hands.later)
    await used(kept, doors, "a")
    with pytest.raises(asyncio.CancelledError):
        async with kept.of("b", 1, doors.way("b")):
            await kept.close()
            assert doors.seen == ["+a", "+b", "-a"]
            raise asyncio.CancelledError
    assert doors.seen[-1] == "-b" and kept.size == 0 and hands.waiting == []
