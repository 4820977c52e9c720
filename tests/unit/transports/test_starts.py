"""Of a crowd of requests only a few begin in one turn of the event loop, and all begin in their order."""

from __future__ import annotations

import asyncio

from parlance.transports.http.starts import MOST, Starts


async def test_a_crowd_begins_a_few_in_a_turn_in_its_order() -> None:
    """What became ready meanwhile is seen to in between, and whoever comes later stands behind those who wait."""
    starts, begun, seen = Starts(most=4), list[object](), list[int]()
    for number in range(10):
        starts.begin(begun.append, number)
    assert begun == [0, 1, 2, 3]
    asyncio.get_running_loop().call_soon(lambda: seen.append(len(begun)))
    await asyncio.sleep(0)
    starts.begin(begun.append, 10)
    assert begun == list(range(8)) and seen == [8]
    for _ in range(3):
        await asyncio.sleep(0)
    assert begun == list(range(11))


async def test_a_request_that_fails_at_its_begin_stops_none_behind_it() -> None:
    """The loop is told of it, and the turns go on."""
    starts, begun, told = Starts(most=1), list[object](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context["exception"]))
    broken = ValueError("broken")

    def fails(request: object) -> None:
        raise broken

    starts.begin(begun.append, 0)
    starts.begin(fails, 1)
    starts.begin(begun.append, 2)
    for _ in range(4):
        await asyncio.sleep(0)
    assert begun == [0, 2] and told == [broken]
    starts.begin(begun.append, 3)
    assert begun == [0, 2, 3]


async def test_requests_that_come_one_by_one_begin_at_once() -> None:
    starts, begun = Starts(), list[object]()
    for number in range(2 * MOST):
        starts.begin(begun.append, number)
        assert begun[-1] == number
        for _ in range(3):
            await asyncio.sleep(0)
