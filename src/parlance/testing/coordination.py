"""The contracts of a `Cache` and a `Counter`: subclass, give the fixture, and inherit the tests.

They run on the clock of the implementation, so times are short and only lower bounds are judged.
"""

from __future__ import annotations

import asyncio

from parlance.ports.coordination import Cache, Counter


class CacheContract:
    """What every cache does. The fixture `cache` holds at least 10,000 bytes, and refuses entries beyond 100,000."""

    async def test_bytes_are_kept_exactly(self, cache: Cache) -> None:
        """Of any key and any content."""
        entries = {"k": b"v", "": b"", "知识 :*?[]": bytes(range(256)), "long" * 500: b"x" * 5000}
        for key, value in entries.items():
            await cache.put("ada", key, value, 60.0)
        for key, value in entries.items():
            assert await cache.get("ada", key) == value
        assert await cache.get("ada", "other") is None

    async def test_one_scope_never_reaches_anothers(self, cache: Cache) -> None:
        """Neither by reading nor by clearing, whatever the names look like."""
        await cache.put("ada", "k", b"hers", 60.0)
        for other in ("bob", "ad", "ada:", "ada/k", "*", ""):
            assert await cache.get(other, "k") is None
            await cache.clear(other)
        assert await cache.get("ada", "k") == b"hers"

    async def test_a_cleared_scope_is_empty(self, cache: Cache) -> None:
        """And can be filled again."""
        for number in range(5):
            await cache.put("ada", str(number), b"v", 60.0)
        await cache.clear("ada")
        assert await cache.get("ada", "3") is None
        assert (await cache.count("ada")).entries == 0
        await cache.put("ada", "3", b"again", 60.0)
        assert await cache.get("ada", "3") == b"again"

    async def test_an_entry_is_gone_when_its_time_is_over(self, cache: Cache) -> None:
        """Also in the count."""
        await cache.put("ada", "short", b"v", 0.05)
        await cache.put("ada", "long", b"v", 60.0)
        await asyncio.sleep(0.2)
        assert await cache.get("ada", "short") is None
        assert (await cache.count("ada")).entries == 1

    async def test_the_count_is_of_what_is_kept(self, cache: Cache) -> None:
        """Entries once, though they were put twice, and no fewer bytes than they have."""
        for number in (1, 2, 2, 3):
            await cache.put("ada", str(number), b"x" * 1000, 60.0)
        count = await cache.count("ada")
        assert count.entries == 3 and 3000 <= count.bytes <= 3 * 2000

    async def test_what_is_larger_than_the_whole_is_not_kept(self, cache: Cache) -> None:
        """It would push out everything else for nothing."""
        await cache.put("ada", "huge", b"x" * 200_000, 60.0)
        assert await cache.get("ada", "huge") is None


class CounterContract:
    """What every counter does."""

    async def test_a_total_grows_and_never_falls_below_zero(self, counter: Counter) -> None:
        """Taking back more than there is leaves nothing, not a debt."""
        assert (await counter.add("n", 3, 60.0)).total == 3
        assert (await counter.add("n", 4, 60.0)).total == 7
        assert (await counter.add("n", -20, 60.0)).total == 0
        assert (await counter.add("other", 1, 60.0)).total == 1

    async def test_a_window_says_when_it_ends_and_has_a_mark(self, counter: Counter) -> None:
        """The same for all counts within it. An end less a moment is a sum of floats: it may be off by a rounding."""
        first = await counter.add("n", 1, 60.0)
        second = await counter.add("n", 1, 60.0)
        assert first.mark == second.mark
        assert 0.0 < second.resets < first.resets + 1e-6 < 60.0 + 2e-6

    async def test_the_next_window_begins_at_nothing(self, counter: Counter) -> None:
        """What was meant for the one before is not added to it."""
        first = await counter.add("n", 5, 0.05)
        await asyncio.sleep(0.2)
        late = await counter.add("n", 2, 60.0, within=first.mark)
        assert late.total == 0 and late.mark != first.mark
        assert (await counter.add("n", 2, 60.0, within=late.mark)).total == 2

    async def test_many_at_once_lose_nothing(self, counter: Counter) -> None:
        """Every total is seen once."""
        found = await asyncio.gather(*(counter.add("n", 1, 60.0) for _ in range(200)))
        assert sorted(count.total for count in found) == list(range(1, 201))

    async def test_what_is_noted_is_counted(self, counter: Counter) -> None:
        """A moment later at most."""
        counter.note("n", 5, 60.0)
        async with asyncio.timeout(20):
            while (await counter.add("n", 0, 60.0)).total != 5:
                await asyncio.sleep(0.01)
