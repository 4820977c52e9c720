"""The contract of `Slots`: subclass, give the fixture `pair` (the slots of two processes), and inherit the tests."""

from __future__ import annotations

import asyncio

from parlance.ports.slots import Slots

Pair = tuple[Slots, Slots]
DEADLINE = 20.0


def ignore() -> None:
    """Nobody needs to know that somebody waits."""


class SlotsContract:
    """What all slots do."""

    async def test_no_more_are_taken_than_there_are_places(self, pair: Pair) -> None:
        """By any number of callers in either process, and all get their turn."""
        now = most = 0

        async def work(slots: Slots) -> None:
            nonlocal now, most
            ticket = await slots.take("m", 3, ignore)
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.002)
            now -= 1
            slots.give("m", ticket)

        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(work(pair[n % 2]) for n in range(40)))
        assert most == 3

    async def test_who_came_first_gets_the_slot_that_is_given_back(self, pair: Pair) -> None:
        """Whoever waits is told so once."""
        order: list[int] = []
        waiting = asyncio.Queue[None]()
        held = await pair[0].take("m", 1, lambda: order.append(-1))

        async def wait(n: int) -> None:
            ticket = await pair[n % 2].take("m", 1, lambda: waiting.put_nowait(None))
            order.append(n)
            pair[n % 2].give("m", ticket)

        tasks = []
        async with asyncio.timeout(DEADLINE):
            for n in range(4):
                tasks.append(asyncio.ensure_future(wait(n)))
                await waiting.get()
                await asyncio.sleep(0.005)  # Redis keeps the order by the millisecond
            assert order == [] and waiting.empty()
            pair[0].give("m", held)
            await asyncio.gather(*tasks)
        assert order == [0, 1, 2, 3]

    async def test_names_have_nothing_to_do_with_each_other(self, pair: Pair) -> None:
        """One that is used up leaves the other alone."""
        await pair[0].take("m", 1, ignore)
        async with asyncio.timeout(DEADLINE):
            await pair[1].take("n", 1, ignore)

    async def test_a_caller_who_leaves_has_no_slot(self, pair: Pair) -> None:
        """Whether it waits still or has just been given one."""
        held = await pair[0].take("m", 1, ignore)
        told = asyncio.Event()
        leaving = asyncio.ensure_future(pair[1].take("m", 1, told.set))
        async with asyncio.timeout(DEADLINE):
            await told.wait()
            leaving.cancel()
            await asyncio.wait([leaving])
            pair[0].give("m", held)
            again = await pair[1].take("m", 1, ignore)
            pair[1].give("m", again)
            await pair[0].take("m", 1, ignore)
