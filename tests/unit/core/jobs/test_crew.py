"""The workers of one process begin, hear and stand aside together, whichever lane they are of."""

from __future__ import annotations

import pytest

from parlance.core.jobs.aside import SEATS
from parlance.ports.jobs import MODELS, WORK
from parlance.ports.signals import Alone
from parlance.stores.volatile.signals import Hub, MemorySignals
from parlance.values.errors import Fault, Kind
from tests.unit.core.jobs.bench import KIND, Bench, Sorting, until


@pytest.mark.parametrize("lane", [WORK, MODELS])
async def test_what_another_process_drops_is_broken_off_in_every_lane(bench: Bench, lane: str) -> None:
    """Now, and not at its next write; the jobs of the other lane go on."""
    hub, task = Hub(), Sorting()
    here, elsewhere = bench.crew(MemorySignals(hub, "here")), bench.crew(MemorySignals(hub, "elsewhere"))
    [dropped] = await bench.enqueue(lane, "tea")
    await bench.enqueue(MODELS if lane == WORK else WORK, "rice")
    bench.start(here, task, WORK, MODELS)
    await until(lambda: len(task.said) == 2)
    await bench.database.apply((bench.jobs.drop(dropped.tenant, dropped.kind, dropped.subject),))
    await elsewhere.dropped(dropped)
    await until(lambda: "tea breaks off" in task.said)
    task.let.set()
    await until(lambda: len(task.said) == 4)
    assert task.said[2:] == ["tea breaks off", "rice ends"] and await bench.jobs.count() == 0


@pytest.mark.parametrize("lane", [WORK, MODELS])
async def test_what_another_process_enqueues_is_begun_in_every_lane(bench: Bench, lane: str) -> None:
    """As soon as that says so: they look by themselves much later."""
    hub, task = Hub(), Sorting()
    here, elsewhere = bench.crew(MemorySignals(hub, "here")), bench.crew(MemorySignals(hub, "elsewhere"))
    await bench.enqueue(WORK, "first")
    await bench.enqueue(MODELS, "second")
    task.let.set()
    bench.start(here, task, WORK, MODELS)
    await until(lambda: len(task.said) == 4)
    await bench.enqueue(lane, "third")
    await elsewhere.wake()
    await until(lambda: "third ends" in task.said)


async def test_no_lane_takes_a_job_before_the_process_has_begun(bench: Bench) -> None:
    """What a killed process had is released once, and before: nobody loses what they took since."""
    task = Sorting()
    jobs = [*await bench.enqueue(WORK, "tea"), *await bench.enqueue(MODELS, "rice")]
    for _ in jobs:
        assert await bench.jobs.claim((KIND,), bench.ids.new(), 60.0) is not None

    async def released() -> None:
        first = not task.said
        task.said.append("away" if first else "released")
        if first:
            raise Fault(Kind.busy, "The database is away.")
        await bench.database.apply((bench.jobs.release_all(),))

    bench.start(bench.crew(Alone(), released), task, MODELS, WORK)
    await until(lambda: len(task.said) == 4)
    assert task.said[:2] == ["away", "released"] and set(task.said[2:]) == {"tea begins", "rice begins"}
    task.let.set()
    await until(lambda: len(task.said) == 6)
    assert set(task.said[4:]) == {"tea ends", "rice ends"} and await bench.jobs.count() == 0


async def test_all_lanes_share_the_seats_beside_them(bench: Bench) -> None:
    """Of those for whom there is none each is turned away, and called when another one is over, whichever lane that is
    of: they look by themselves much later."""
    task = Sorting(aside=True)
    for lane in (WORK, MODELS):
        await bench.enqueue(lane, *(f"{lane}-{n}" for n in range(SEATS)))
    bench.start(bench.crew(Alone()), task, WORK, MODELS)

    def begun() -> int:
        return sum(each.endswith(" begins") for each in task.said)

    await until(lambda: begun() == 2 * SEATS)
    assert task.said.count("aside") == SEATS
    task.let.set()
    await until(lambda: sum(each.endswith(" ends") for each in task.said) == 2 * SEATS)
    assert await bench.jobs.count() == 0


async def test_whoever_was_turned_away_is_due_for_others_when_its_process_stops(bench: Bench) -> None:
    """Nobody else would call them."""
    task = Sorting(aside=True)
    await bench.enqueue(WORK, *(f"{n}" for n in range(SEATS + 3)))
    bench.start(bench.crew(Alone()), task, WORK)
    await until(lambda: sum(each.endswith(" begins") for each in task.said) == SEATS + 3)
    await bench.lanes.pop().stop()
    for n in range(SEATS + 3):
        assert await bench.jobs.claim((KIND,), f"lease-{n}", 60.0) is not None
