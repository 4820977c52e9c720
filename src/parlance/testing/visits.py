"""The contracts of `VisitRecords` and `Locks`: subclass, give the fixtures, and inherit the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parlance.ports.visits import Bounds, Locks, SealedVisit, VisitRecords

IDLE_SECONDS = 0.4
"""As long as the fixtures' records live unused."""
SMALL = Bounds(guests=3, signed_in=2, guest_bytes=1000)
Pair = tuple[VisitRecords, VisitRecords]
Wait = Callable[[float], object]


class VisitRecordsContract:
    """What all records do. The fixture `records` are those of two processes (or one, twice) within the bounds `SMALL`,
    `lasting` likewise with records that live for long, `passed` lets so many seconds pass."""

    async def test_a_record_is_found_everywhere_until_it_is_dropped(self, lasting: Pair) -> None:
        """With its bytes as they were, whatever they are; each change is a version."""
        one, two = lasting
        sealed = bytes(range(256))
        assert await one.put("a", sealed, guest=True)
        assert await two.get("a") == SealedVisit(sealed, 1) and await two.get("b") is None
        assert await two.put("a", b"other", guest=True, version=1)
        assert await one.get("a") == SealedVisit(b"other", 2)
        await one.drop("a")
        assert await two.get("a") is None
        await two.drop("a")

    async def test_who_is_late_changes_nothing(self, lasting: Pair) -> None:
        """A version that is over, a name that is taken, a record that is gone: none comes back by being written."""
        one, two = lasting
        assert await one.put("a", b"1", guest=True) and not await two.put("a", b"2", guest=True)
        assert await two.put("a", b"2", guest=True, version=1)
        assert not await one.put("a", b"3", guest=True, version=1)
        assert await one.get("a") == SealedVisit(b"2", 2)
        await one.drop("a")
        assert not await two.put("a", b"4", guest=True, version=2) and await one.get("a") is None

    async def test_one_of_many_at_once_is_first(self, lasting: Pair) -> None:
        """Whatever process they come from."""
        assert await lasting[0].put("a", b"", guest=False)
        done = await asyncio.gather(*(lasting[n % 2].put("a", b"%d" % n, guest=False, version=1) for n in range(10)))
        assert sum(done) == 1
        assert await lasting[0].get("a") == SealedVisit(b"%d" % done.index(True), 2)

    async def test_a_record_lives_as_long_as_it_is_asked_for(self, records: Pair, passed: Wait) -> None:
        """Each look begins its time anew."""
        one, two = records
        await one.put("a", b"x", guest=True)
        await one.put("b", b"x", guest=False)
        for _ in range(4):
            await _waited(passed, IDLE_SECONDS / 2)
            assert await two.get("a") is not None
        assert await one.get("b") is None
        await _waited(passed, IDLE_SECONDS * 2)
        assert await one.get("a") is None

    async def test_what_was_asked_for_longest_ago_goes_first(self, lasting: Pair, passed: Wait) -> None:
        """Guests never push out people, nor people guests."""
        one, two = lasting
        for at, name in enumerate(("p1", "p2", "g1", "g2", "g3")):
            assert await (one, two)[at % 2].put(name, b"x", guest=name[0] == "g")
            await _waited(passed, 0.005)
        assert await two.get("g1") is not None
        await _waited(passed, 0.005)
        await one.put("g4", b"x", guest=True)
        found = [name for name in ("p1", "p2", "g1", "g2", "g3", "g4") if await one.get(name) is not None]
        assert found == ["p1", "p2", "g1", "g3", "g4"]
        await two.put("p3", b"x", guest=False)
        assert await one.get("p1") is None and await one.get("g1") is not None

    async def test_what_guests_keep_together_is_bounded(self, lasting: Pair, passed: Wait) -> None:
        """In bytes, which are counted once however often a record is written and dropped. Who fills the room goes, were
        it who writes; alone one record may be larger."""
        one, two = lasting
        for round in range(5):
            assert await one.put("a", b"x" * 400, guest=True, version=0)
            assert await two.put("a", b"x" * 500, guest=True, version=1)
            await _waited(passed, 0.005)
            assert await two.put("b", b"x" * 500, guest=True)
            assert await one.get("a") is not None, round
            await one.drop("a")
            await two.drop("b")
        for name, size, found in (
            ("a", 600, "a"),
            ("b", 300, "ab"),
            ("c", 200, "bc"),
            ("d", 900, "bc"),
            ("e", 400, "bce"),
        ):
            await one.put(name, b"x" * size, guest=True)
            assert "".join([each for each in "abcde" if await two.get(each) is not None]) == found
        for name in "bce":
            await one.drop(name)
        assert await one.put("f", b"x" * 5000, guest=True) and await two.get("f") is not None
        await one.put("p", b"x" * 5000, guest=False)
        assert await two.get("p") is not None


async def _waited(passed: Wait, seconds: float) -> None:
    done = passed(seconds)
    if asyncio.iscoroutine(done):
        await done


class LocksContract:
    """What all locks do. The fixture `pair` are the locks of two processes (or of one, twice)."""

    async def test_a_name_is_held_by_one_until_it_is_given_back(self, pair: tuple[Locks, Locks]) -> None:
        """Then by anybody, at once; other names are free all the while."""
        one, two = pair
        assert await one.take("a") and not await two.take("a") and not await one.take("a")
        assert await two.take("b")
        await one.give("a")
        assert await two.take("a") and not await one.take("a")
        await two.give("a")
        await two.give("a")
        await two.give("never held")

    async def test_one_of_many_at_once_gets_it(self, pair: tuple[Locks, Locks]) -> None:
        """Round after round."""
        for _ in range(5):
            taken = await asyncio.gather(*(pair[n % 2].take("a") for n in range(10)))
            assert sum(taken) == 1
            await pair[taken.index(True) % 2].give("a")
