"""The line: bounded, fair, honest about places."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.admission.slots import Line
from parlance.ports.observing import NullMeters
from parlance.stores.volatile.slots import MemorySlots
from parlance.testing.clocks import HandClock
from parlance.values.errors import Fault, Kind
from parlance.values.notices import Queued


def line(places: int | None = 1, waiting: int = 1000) -> Line:
    return Line("line", places, waiting, 30_000.0, HandClock(), NullMeters())


class Crowd:
    """Asks that wait in a line and note the order in which they were served."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.places: dict[str, list[Queued]] = {}

    async def come(self, name: str, lane: str, priority: int = 0) -> asyncio.Task[None]:
        task = asyncio.create_task(self._wait(name, lane, priority))
        self.tasks.append(task)
        await asyncio.sleep(0)
        return task

    async def _wait(self, name: str, lane: str, priority: int) -> None:
        await self.line.enter(lane, priority, self.places.setdefault(name, []).append)
        self.served.append(name)

    async def serve_all(self) -> None:
        """Give slots back until nobody waits."""
        for _ in range(len(self.tasks) * 2 + 2):
            await asyncio.sleep(0)
            if self.line.state.serving:
                self.line.leave(0.0, learn=False)
        await asyncio.gather(*self.tasks)


async def test_an_unbounded_line_lets_everybody_in_at_once() -> None:
    open_line = line(places=None)
    for _ in range(50):
        await open_line.enter("ada", 0, lambda _: None)
    assert open_line.state.serving == 50


async def test_one_user_is_served_in_the_order_of_coming() -> None:
    crowd = Crowd(line())
    for name in ("a", "b", "c", "d"):
        await crowd.come(name, "ada")
    await crowd.serve_all()
    assert crowd.served == ["a", "b", "c", "d"]


async def test_a_flood_delays_another_user_by_at_most_two_slots() -> None:
    crowd = Crowd(line())
    for number in range(60):
        await crowd.come(f"flood-{number}", "mallory")
    await crowd.come("single", "ada")
    await crowd.serve_all()
    assert crowd.served.index("single") <= 2


async def test_priority_moves_an_ask_ahead() -> None:
    crowd = Crowd(line())
    for name, priority in (("first", 0), ("low", 0), ("high", 5)):
        await crowd.come(name, "ada", priority)
    await crowd.serve_all()
    assert crowd.served == ["first", "high", "low"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(min_value=-50, max_value=50)),
        min_size=1,
        max_size=60,
    )
)
def test_nobody_starves_whatever_priorities_the_others_claim(crowd_of: list[tuple[str, int]]) -> None:
    async def scene() -> None:
        crowd = Crowd(line())
        await crowd.come("running", "zoe")
        await crowd.come("patient", "yan", -10)
        overtakers = 0
        stream = iter(crowd_of * 4)
        for _ in range(len(crowd_of) * 4):
            lane, priority = next(stream)
            await crowd.come(f"{lane}", lane, priority)
            crowd.line.leave(0.0, learn=False)
            await asyncio.sleep(0)
            if "patient" in crowd.served:
                break
            overtakers += 1
        assert overtakers <= 4 * (2 * 10 + 2)
        await crowd.serve_all()
        assert "patient" in crowd.served

    asyncio.run(scene())


async def test_a_full_line_refuses_with_the_time_to_come_again() -> None:
    crowd = Crowd(line(waiting=2))
    for name in ("a", "b", "c"):
        await crowd.come(name, "ada")
    with pytest.raises(Fault) as refused:
        await crowd.line.enter("bob", 0, lambda _: None)
    assert (refused.value.kind, refused.value.code) == (Kind.busy, "queue_full")
    assert refused.value.retry_after == 30.0
    await crowd.serve_all()


async def test_places_fall_as_work_is_finished_and_the_wait_is_told() -> None:
    crowd = Crowd(line())
    for name in ("a", "b", "c"):
        await crowd.come(name, "ada")
    assert crowd.places["c"][-1] == Queued(2, 2, 60_000)
    crowd.line.leave(0.0, learn=False)
    await asyncio.sleep(0)
    assert crowd.places["c"][-1] == Queued(1, 1, 30_000)
    await crowd.serve_all()


async def test_who_leaves_the_line_makes_room_and_is_never_served() -> None:
    crowd = Crowd(line())
    for name in ("a", "b"):
        await crowd.come(name, "ada")
    leaver = await crowd.come("leaver", "ada")
    await crowd.come("last", "ada")
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    assert crowd.places["last"][-1].position == 2
    crowd.tasks.remove(leaver)
    await crowd.serve_all()
    assert crowd.served == ["a", "b", "last"]


async def test_a_slot_granted_to_somebody_who_just_left_goes_to_the_next() -> None:
    crowd = Crowd(line())
    await crowd.come("a", "ada")
    leaver = await crowd.come("leaver", "ada")
    await crowd.come("next", "ada")
    crowd.line.leave(0.0, learn=False)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    await asyncio.sleep(0)
    assert crowd.served == ["a", "next"]
    assert crowd.line.state.serving == 1


async def test_the_estimate_learns_from_measured_times() -> None:
    clock = HandClock()
    learning = Line("line", 1, 10, 30_000.0, clock, NullMeters())
    for _ in range(40):
        entered = await learning.enter("ada", 0, lambda _: None)
        clock.move(2.0)
        learning.leave(entered)
    assert 1_900 <= learning.state.estimate_ms <= 2_100


# -- lines of several processes ---------------------------------------------------------------------------------------


def shared_line(slots: MemorySlots) -> Line:
    return Line("m", 1, 10, 1000.0, HandClock(), NullMeters(), slots)


async def test_two_lines_share_their_places() -> None:
    """Whoever is first in one waits for a slot among all, and is told so; the slot goes back when it leaves."""
    slots = MemorySlots()
    one, two = shared_line(slots), shared_line(slots)
    told: list[Queued] = []
    entered = await one.enter("ada", 0, told.append)
    waiting = [asyncio.ensure_future(two.enter("bob", 0, told.append)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting[0].done() and Queued(1, 1, 1000) in told and two.state.serving == 1
    one.leave(entered)
    for each in waiting:
        two.leave(await each)
    assert two.state.serving == 0 and one.state.serving == 0
    one.leave(await one.enter("ada", 0, told.append))


async def test_who_leaves_while_waiting_among_processes_frees_the_place_here() -> None:
    slots = MemorySlots()
    one, two = shared_line(slots), shared_line(slots)
    entered = await one.enter("ada", 0, lambda _: None)
    first, second = (asyncio.ensure_future(two.enter(name, 0, lambda _: None)) for name in ("bob", "cleo"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    one.leave(entered)
    two.leave(await second)
    assert two.state.serving == 0


async def test_a_line_gets_other_bounds_with_all_who_are_in_it() -> None:
    """More places let those in who wait; fewer are kept to as places come free. None at all is another kind of line."""
    crowd = Crowd(line(places=1, waiting=2))
    for name in ("a", "b", "c"):
        await crowd.come(name, "ada")
    assert crowd.served == ["a"] and not crowd.line.idle
    assert crowd.line.resized(2, 5)
    await asyncio.sleep(0)
    assert crowd.served == ["a", "b"] and crowd.line.max_waiting == 5
    assert crowd.line.resized(1, 5)
    crowd.line.leave(0.0, learn=False)
    await asyncio.sleep(0)
    assert crowd.served == ["a", "b"]
    await crowd.serve_all()
    assert crowd.served == ["a", "b", "c"]
    assert not crowd.line.resized(None, 5) and not line(places=None).resized(1, 5)
