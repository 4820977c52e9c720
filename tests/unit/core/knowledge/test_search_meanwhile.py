"""What goes while it is looked for leaves its place to what is found behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from parlance.testing.knowledge import chunk, document
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import Base
from tests.unit.core.knowledge.test_search import House, house

__all__ = ["house"]


class Leaving:
    """An index behind whose answers the best document goes, as long as there is one in `waiting`."""

    def __init__(self, house: House, waiting: list[str]) -> None:
        self._house, self._waiting, self._find = house, waiting, house.index.find
        self.asked = 0

    async def __call__(self, of: Base, *more: Any) -> Any:
        self.asked += 1
        found = await self._find(of, *more)
        if self._waiting:
            leaving = self._house.stores.documents(DEFAULT_TENANT).leave(document(self._waiting.pop(0)), 5)
            await self._house.database.apply(leaving)
        return found


async def twins(house: House, count: int) -> None:
    """Documents that hold the query's word more often than the one that stays."""
    for n in range(2, 2 + count):
        some = [chunk(f"d{n}k{place}", f"d{n}", place, content="Assam, Assam, Assam.") for place in range(3)]
        await house.put(document(f"d{n}"), some, [0.1, 0.1, 0.1])


@pytest.mark.parametrize("gone", [1, 3])
async def test_what_stays_is_found_while_better_ones_go(
    house: House, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after the other, each while it is about to be shown. The query is embedded once."""
    await twins(house, gone)
    leaving = Leaving(house, [f"d{n}" for n in range(2, 2 + gone)])
    monkeypatch.setattr(house.index, "find", leaving)
    found = await house.find("Assam", most=3)
    assert next(hit.chunk.id for hit in found.hits) == "k0" and found.remarks == ()
    assert house.asked == ["Assam"] and leaving.asked == gone + 1


async def test_a_base_that_goes_meanwhile_ends_the_search(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing left to look for."""
    find: Callable[..., Any] = house.index.find

    async def found(of: Base, query: str, vector: Sequence[float] | None, *more: Any) -> Any:
        answer = await find(of, query, vector, *more)
        await house.database.apply((house.stores.bases(DEFAULT_TENANT).leave("b1"),))
        return answer

    monkeypatch.setattr(house.index, "find", found)
    assert (await house.find("Assam")).hits == ()
