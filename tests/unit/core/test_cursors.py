"""Pages of lists: one rule for all of them."""

from __future__ import annotations

import pytest

from parlance.core.cursors import page, place, within
from parlance.values.errors import Fault

FILTER = ("things", "ada")


@pytest.mark.parametrize(
    ("there", "sizes"), [(0, [0]), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])], ids=str
)
def test_every_entry_comes_once_and_no_page_promises_an_empty_one(there: int, sizes: list[int]) -> None:
    things, seen, found = list(range(there)), list[int](), list[int]()
    text: str | None = ""
    while text is not None:
        after = place(FILTER, text, int)
        left = [thing for thing in things if after is None or thing > after[0]]
        entries, text = page(FILTER, left[:3], 2, lambda thing: (thing,))
        seen.append(len(entries))
        found += entries
    assert (seen, found) == (sizes, things)


@pytest.mark.parametrize(("limit", "most"), [(0, 199), (-1, 199), (200, 199), (101, 100)])
def test_a_size_that_no_page_has_is_refused_with_those_that_one_has(limit: int, most: int) -> None:
    with pytest.raises(Fault) as refused:
        within(limit, most)
    assert (refused.value.field, refused.value.code) == ("limit", "out_of_range")
    assert refused.value.message.endswith(f"from 1 to {most}.")
    assert (within(1, most), within(most, most)) == (1, most)
