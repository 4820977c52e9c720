"""Who gets which connection."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from parlance.outbound.client import Client
from parlance.outbound.pool import Pool
from tests.unit.outbound.upstream import OK, answers, serving


class Line:
    """As much of a connection as a pool looks at."""

    usable = True

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def abort(self) -> None:
        asyncio.get_running_loop().call_soon(lambda: self.pool.lost(cast(Any, self)))


async def test_a_connection_that_is_closing_is_passed_over() -> None:
    client = Client()
    async with serving(answers(OK)) as upstream:
        await client.fetch(upstream.call())
        (pool,) = client._pools.values()
        pool.idle[0].abort()
        assert (await client.fetch(upstream.call())).body == b"ok"
        assert upstream.accepted == 2
        await client.close()


async def test_a_call_that_needs_a_new_connection_makes_room_for_it() -> None:
    emptied: list[bool] = []
    pool = Pool(1, 8, lambda: emptied.append(True))

    async def dial() -> Any:
        line = Line(pool)
        pool.made(line)  # type: ignore[arg-type]
        return line

    first, used = await pool.acquire(dial, fresh=False)
    assert not used
    pool.free(first)
    second, used = await asyncio.wait_for(pool.acquire(dial, fresh=True), 20)
    assert not used and second is not first
    pool.free(second)
    third, used = await pool.acquire(dial, fresh=False)
    assert used and third is second
    third.abort()
    await asyncio.sleep(0)
    assert emptied == [True]
