"""What a handler decides in steps: what is left behind first, and what the caller gets then."""

from __future__ import annotations

import pytest

from parlance.core.operation import Result, refusing, step
from parlance.ports.stores import Statement
from parlance.values.errors import Fault, Kind

CHANGES = (Statement("DELETE FROM t", {}),)


async def test_a_step_commits_its_changes_before_anything_else_is_decided() -> None:
    async def then() -> Result[int]:
        return Result(7)

    first = step(CHANGES, then)
    assert first.changes == CHANGES and first.then is not None
    assert (await first.then()).value == 7


async def test_a_refusal_that_leaves_something_behind_is_told_after_it() -> None:
    fault = Fault(Kind.forbidden, "No.")
    first = refusing(fault, CHANGES)
    assert first.changes == CHANGES and first.then is not None
    with pytest.raises(Fault) as refused:
        await first.then()
    assert refused.value is fault
