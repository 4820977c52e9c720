"""Change sets go through in the order of asking, and one that collided goes again alone."""

from __future__ import annotations

import asyncio

import pytest

from parlance.ports.stores import Conflict
from parlance.stores.sql.lanes import ATTEMPTS, CALM, Collided, Lanes


class Work:
    """A change set that takes until it is told to end. It collides as often as `collisions` says."""

    def __init__(self, name: str, seen: list[str], *collisions: Collided) -> None:
        self.name = name
        self.seen = seen
        self.collisions = list(collisions)
        self.end = asyncio.Event()
        self.patient = False

    async def __call__(self, patient: bool) -> None:
        """One attempt."""
        self.seen.append(self.name)
        self.patient = patient
        if self.collisions:
            raise self.collisions.pop(0)
        await self.end.wait()
        self.seen.append(f"{self.name} over")


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def started(lanes: Lanes, *works: Work) -> list[asyncio.Task[None]]:
    """Each asks to be let through, in this order."""
    tasks = [asyncio.ensure_future(lanes.carry(work)) for work in works]
    await settled()
    return tasks


async def done(tasks: list[asyncio.Task[None]], *works: Work) -> None:
    """All of them end."""
    for work in works:
        work.end.set()
    await asyncio.gather(*tasks)


async def test_no_more_than_so_many_are_under_way_and_the_rest_come_in_order() -> None:
    """Whoever asked first has waited longest."""
    seen: list[str] = []
    lanes, works = Lanes(2), [Work(name, seen) for name in "abcd"]
    tasks = await started(lanes, *works)
    assert seen == ["a", "b"]
    works[1].end.set()
    await settled()
    assert seen == ["a", "b", "b over", "c"]
    await done(tasks, *works)
    assert [name for name in seen if "over" not in name] == ["a", "b", "c", "d"]


async def test_what_collided_goes_again_alone_before_those_who_wait() -> None:
    """Nobody of this process can be in its way then."""
    seen: list[str] = []
    lanes = Lanes(2)
    works = [Work("a", seen), Work("b", seen, Collided()), Work("c", seen)]
    tasks = await started(lanes, *works)
    assert seen == ["a", "b"]
    works[0].end.set()
    await settled()
    assert seen == ["a", "b", "a over", "b"]
    works[1].end.set()
    await settled()
    assert seen[4:] == ["b over", "c"]
    await done(tasks, *works)


async def test_who_waits_for_another_process_holds_up_nobody() -> None:
    """After a second collision, or at once where a row is held for long."""
    for collisions in ((Collided(), Collided()), (Collided(waited=True),)):
        seen: list[str] = []
        lanes = Lanes(1)
        slow, others = Work("slow", seen, *collisions), [Work(name, seen) for name in "ab"]
        tasks = await started(lanes, slow, *others)
        assert slow.patient
        for other in others:
            assert not other.patient
            other.end.set()
        await settled()
        assert seen[-2:] == ["b", "b over"] and "slow over" not in seen
        await done(tasks, slow)


async def test_what_collides_for_ever_is_a_conflict() -> None:
    """Its caller decides anew."""
    seen: list[str] = []
    lanes = Lanes(3)
    with pytest.raises(Conflict):
        await lanes.carry(Work("a", seen, *(Collided() for _ in range(2 + ATTEMPTS))))
    after = Work("b", seen)
    await done(await started(lanes, after), after)
    assert seen[-2:] == ["b", "b over"]


async def test_a_collision_halves_the_lanes_and_calm_opens_them_again() -> None:
    """One by one, and the later the more often it went wrong."""

    async def pass_through(times: int) -> None:
        for _ in range(times):
            await lanes.carry(fine)

    async def fine(patient: bool) -> None:
        return None

    lanes = Lanes(4)
    with pytest.raises(Conflict):
        await lanes.carry(Work("a", [], *(Collided() for _ in range(2 + ATTEMPTS))))
    assert lanes.open == 1
    await pass_through(4 * CALM - 1)
    assert lanes.open == 1
    await pass_through(1)
    assert lanes.open == 2
    await pass_through(8 * CALM)
    assert lanes.open == 4
    first = Work("b", [], Collided())
    await done(await started(lanes, first), first)
    assert lanes.open == 2
    await pass_through(2 * CALM - 1)  # calm had been reached: it is counted from the beginning again
    assert lanes.open == 3


@pytest.mark.parametrize("alone", [False, True])
async def test_who_leaves_the_line_gives_up_a_place_and_no_more(alone: bool) -> None:
    """Before its turn came, in the moment it came, and after it."""
    seen: list[str] = []
    lanes = Lanes(1)
    leaving = Work("leaving", seen, *([Collided()] if alone else []))
    works = [Work("a", seen), leaving, Work("c", seen)]
    if alone:
        works = [leaving, Work("a", seen), Work("c", seen)]
    tasks = await started(lanes, *works)
    task = tasks[works.index(leaving)]
    task.cancel()
    works[1 if alone else 0].end.set()
    await settled()
    assert task.cancelled()
    others = [work for work in works if work is not leaving]
    await done([each for each in tasks if each is not task], *others)
    assert seen[-2:] == ["c", "c over"]
    last = Work("last", seen)
    await done(await started(lanes, last), last)
    assert seen[-1] == "last over"


async def test_who_leaves_as_its_turn_comes_passes_it_on() -> None:
    """Otherwise a lane would be lost for good."""
    seen: list[str] = []
    lanes = Lanes(1)
    works = [Work(name, seen) for name in "abc"]
    tasks = await started(lanes, *works)
    works[0].end.set()
    while not tasks[0].done():
        await asyncio.sleep(0)
    tasks[1].cancel()
    await settled()
    assert tasks[1].cancelled()
    await done([tasks[0], tasks[2]], works[2])
    assert seen[-2:] == ["c", "c over"]


async def test_all_who_give_up_in_one_moment_are_let_go() -> None:
    """Whoever leaves first passes by those who are leaving, too, and comes to one who waits."""
    seen: list[str] = []
    lanes = Lanes(1)
    works = [Work(name, seen) for name in "abcd"]
    tasks = await started(lanes, *works)
    for task in tasks[:3]:
        task.cancel()
    await settled()
    assert all(task.cancelled() for task in tasks[:3])
    await done([tasks[3]], works[3])
    assert seen[-2:] == ["d", "d over"]
