"""Several children that do the same, with real ones."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.processes import pipe
from parlance.processes.child import ChildProcess, trimmed
from parlance.processes.pool import Pool
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("answering_child.py")))
WIDTH = 2


def blamed(fault: Fault) -> Fault:
    """Whose fault it is."""
    return Fault(Kind.invalid, "The file is.", code=f"file_{fault.kind.value}")


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    environment = trimmed(dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)})
    clock, hello = SystemClock(), pipe.Call(1, "hello")
    made = Pool([ChildProcess("child", COMMAND, hello, environment, clock) for _ in range(WIDTH)], blamed)
    yield made
    await made.close()
    assert [child.pid for child in made.children] == [None] * WIDTH


async def asked(pool: Pool, verb: str, **fields: Any) -> Any:
    """What a child says."""
    async with pool.child() as child:
        return (await child.call(verb, fields)).answer.fields


async def test_a_child_works_for_one_caller_and_the_others_wait(pool: Pool) -> None:
    """In the order they came."""
    taken, gone = [asyncio.Event() for _ in range(3)], asyncio.Event()

    async def hold(number: int) -> None:
        async with pool.child():
            taken[number].set()
            await gone.wait()

    calls = [asyncio.create_task(hold(number)) for number in range(3)]
    await asyncio.gather(*(taken[number].wait() for number in range(WIDTH)))
    assert not taken[2].is_set()
    gone.set()
    await asyncio.gather(*calls)


async def test_who_goes_away_ends_the_child_alone_that_worked_for_them(pool: Pool) -> None:
    """It is free for the next caller then, in another process."""
    first = await asked(pool, "pid")
    call = asyncio.create_task(asked(pool, "sleep", seconds=60))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert first["pid"] not in [child.pid for child in pool.children]
    both = await asyncio.gather(*(asked(pool, "pid") for _ in range(WIDTH)))
    assert first["pid"] not in [one["pid"] for one in both]


async def test_a_fault_is_told_as_whose_it_is_and_the_child_stays_free(pool: Pool) -> None:
    """Its own, and that of its end."""
    for verb, fields, code in (("refuse", {"kind": "invalid"}, "file_invalid"), ("die", {}, "file_upstream")):
        for _ in range(WIDTH + 1):
            with pytest.raises(Fault) as caught:
                await asked(pool, verb, **fields)
            assert caught.value.code == code
    assert pool.resident >= 0 and (await asked(pool, "pid"))["pid"]
