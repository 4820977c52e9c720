"""Whose page is drawn next."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.knowledge.page_lines import MOST_WAITING, PageLines
from parlance.values.errors import Fault, Kind


async def test_one_page_of_each_user_is_drawn_at_a_time() -> None:
    """Whoever turns many pages waits for their own; others go on."""
    lines, done = PageLines(), []
    gate = asyncio.Event()

    async def page(user: str, number: int) -> None:
        async with lines.of(user):
            if user == "ada":
                await gate.wait()
            done.append((user, number))

    calls = [asyncio.create_task(page("ada", number)) for number in range(3)]
    await asyncio.create_task(page("bob", 0))
    assert done == [("bob", 0)]
    gate.set()
    await asyncio.gather(*calls)
    assert done == [("bob", 0), ("ada", 0), ("ada", 1), ("ada", 2)]


async def test_beyond_the_bound_a_user_hears_that_it_is_too_many() -> None:
    """And those who left, waiting or not, are forgotten."""
    lines, entered = PageLines(), asyncio.Event()

    async def page() -> None:
        async with lines.of("ada"):
            entered.set()
            await asyncio.Event().wait()

    calls = [asyncio.create_task(page()) for _ in range(MOST_WAITING)]
    await entered.wait()
    await asyncio.sleep(0)
    with pytest.raises(Fault) as caught:
        async with lines.of("ada"):
            pass
    assert caught.value.kind is Kind.busy and caught.value.retry_after
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    async with lines.of("ada"):
        pass
    assert lines.waiting == 0
