"""Memory is given back once most of a crowd has left, and not while it comes and goes."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

from parlance.transports.http.heap import Tide, give_back, settle


@pytest.mark.parametrize(
    ("counts", "times"),
    [
        ([0, 5000, 5000, 5000], 0),
        ([0, 5000, 100, 100], 1),
        ([0, 5000, 100, 100, 90, 80, 0, 0], 1),
        ([0, 5000, 2500, 1200, 600, 50, 50], 1),
        ([0, 5000, 3000, 3000], 0),
        ([0, 5000, 0, 0, 5000, 5000, 0, 0], 2),
        ([0, 200, 0, 0], 0),
        ([0, 400, 0, 400, 0, 400], 0),
        ([2000, 2600, 2000, 2600, 2000], 0),
    ],
    ids=str,
)
def test_most_of_a_crowd_must_have_left_for_good(counts: list[int], times: int) -> None:
    """Three rounds for each crowd; none while connections still come and go by the hundred, nor for a small one."""
    tide = Tide()
    rounds = [tide.is_out(count) for count in (*counts, *(counts[-1:] * 5))]
    assert sum(rounds) == 3 * times


@pytest.mark.slow
async def test_a_round_frees_what_nobody_refers_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Circles too; and a system whose library cannot give pages back is none the worse for it."""

    class Circle:
        def __init__(self) -> None:
            self.itself = self

    for platform in (sys.platform, "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        gone = weakref.ref(Circle())
        await give_back()
        assert gone() is None


@pytest.mark.slow
async def test_what_is_kept_is_moved_together_after_the_round() -> None:
    """What the round frees makes the room that it is moved to."""

    class Circle:
        def __init__(self) -> None:
            self.itself = self

    gone, seen = weakref.ref(Circle()), []
    await give_back(lambda: seen.append(gone()))
    assert seen == [None]


@pytest.mark.slow
def test_what_the_start_made_is_taken_back_at_the_end() -> None:
    """The collector is left as it was found."""
    former = gc.get_threshold()
    stir = settle()
    assert gc.get_freeze_count() > 0 and gc.get_threshold()[0] > former[0]
    stir()
    assert gc.get_freeze_count() == 0 and gc.get_threshold() == former


def test_a_collector_that_rested_through_the_start_goes_on() -> None:
    gc.disable()
    try:
        stir = settle()
        assert gc.isenabled()
        stir()
    finally:
        gc.enable()
