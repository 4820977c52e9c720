"""Who waits for somebody slow fills the seats of that place, and no others."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.jobs.aside import FIRST, LOOKS, MOST_UNCALLED, OF_PROCESS, OF_TENANT, SEATS, Aside, Crowded, Place
from parlance.values.knowledge import Job

TEA, RICE = Place("ann", "tea"), Place("ann", "rice")
BOB = Place("bob", "tea")


@pytest.fixture
def aside() -> Aside:
    return Aside(list[Exception]().append)


def job(id: str) -> Job:
    return Job(id, "ann", "ingest", id, 0, 0)


async def filled(aside: Aside, place: Place) -> None:
    for _ in range(place.seats):
        await aside.take(place)


async def test_a_place_that_is_full_leaves_the_others_free(aside: Aside) -> None:
    """Those of the same tenant, and those of others."""
    await filled(aside, TEA)
    assert (aside.room(TEA), aside.room(RICE), aside.room(BOB)) == (0, SEATS, SEATS)


async def test_a_tenant_does_not_take_all_seats(aside: Aside) -> None:
    """However many it waits for; and all tenants together take no more than there are, but for the first of a place."""
    places = [Place("ann", f"model {n}") for n in range(OF_TENANT // SEATS + 1)]
    for place in places[:-1]:
        await filled(aside, place)
    assert aside.room(places[-1]) == FIRST and aside.room(BOB) == SEATS
    tenants = [Place(f"tenant {n}", "tea") for n in range((OF_PROCESS - OF_TENANT) // SEATS)]
    for place in tenants:
        await filled(aside, place)
    assert aside.room(BOB) == FIRST
    for left in reversed(range(FIRST)):
        await aside.take(BOB)
        assert aside.room(BOB) == left
    with pytest.raises(Crowded):
        await aside.take(BOB)
    assert aside.room(Place("eve", "tea", seats=2)) == 2, "no more than it has"


async def test_whoever_is_quick_is_served_however_many_hang(aside: Aside) -> None:
    """One after the other where not together: of each place a few sit down at once."""
    for tenant in range(OF_PROCESS):
        aside.squeeze_in(Place(f"tenant {tenant}", "slow"))
    for _ in range(3 * FIRST):
        await aside.take(RICE)
        aside.free(RICE)


async def test_nobody_waits_for_a_seat_where_that_was_in_vain(aside: Aside) -> None:
    """Until somebody has left; whoever waits when that happens has the seat."""
    await filled(aside, TEA)
    waiting = asyncio.ensure_future(aside.take(TEA))
    await asyncio.sleep(0)
    aside.free(TEA)
    await waiting
    with pytest.raises(Crowded):
        await aside.take(TEA)
    turned_away = aside.take(TEA)
    with pytest.raises(Crowded):
        turned_away.send(None)  # at once, without a wait


async def test_those_who_were_turned_away_are_called_in_their_order(aside: Aside) -> None:
    """As many as there are seats; none of those who came by themselves."""
    await filled(aside, TEA)
    for id in ("a", "b", "c", "d"):
        aside.turn_away(TEA, job(id))
    assert aside.wanted(TEA) and not aside.wanted(RICE) and aside.called() == []
    aside.back(job("b"))
    aside.free(TEA)
    aside.free(TEA)
    assert [each.id for each in aside.called()] == ["a", "c"]
    assert aside.called() == [] and [each.id for each in aside.called(every=True)] == ["d"]
    assert not aside.wanted(TEA)


async def test_whoever_is_called_and_needs_no_seat_has_the_next_one_called(aside: Aside) -> None:
    await filled(aside, TEA)
    for id in ("a", "b"):
        aside.turn_away(TEA, job(id))
    aside.free(TEA)
    assert [each.id for each in aside.called()] == ["a"]
    aside.passed(job("z"))
    assert aside.called() == []
    aside.passed(job("a"))
    assert [each.id for each in aside.called()] == ["b"]


async def test_whoever_is_turned_away_while_somebody_leaves_is_called(aside: Aside) -> None:
    await filled(aside, TEA)
    aside.free(TEA)
    assert aside.called() == []
    aside.turn_away(TEA, job("a"))
    assert [each.id for each in aside.called()] == ["a"]


async def test_the_more_are_turned_away_the_later_each_comes_by_itself(aside: Aside) -> None:
    """So that they take few looks, however many they are."""
    assert aside.pause(TEA) == 60.0
    for n in range(100 * LOOKS):
        aside.turn_away(TEA, job(f"{n}"))
    assert aside.pause(TEA) == 100.0
    for n in range(1000 * LOOKS):
        aside.turn_away(TEA, job(f"{n}"))
    assert aside.pause(TEA) == MOST_UNCALLED
