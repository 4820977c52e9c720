"""Kept bytes and counters in memory: bounded, timed, and apart by scope."""

from __future__ import annotations

import time
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from parlance.stores.volatile import counters as counters_module
from parlance.stores.volatile.cache import ENTRY_OVERHEAD, MemoryCache
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock


async def test_an_entry_lives_from_when_it_was_kept_not_from_when_it_was_read() -> None:
    clock = HandClock()
    cache = MemoryCache(10_000, clock)
    await cache.put("ada", "k", b"v", 10.0)
    clock.move(9)
    assert await cache.get("ada", "k") == b"v"
    clock.move(1)
    assert await cache.get("ada", "k") is None
    assert (await cache.count("ada")).entries == 0


async def test_one_scope_never_reaches_anothers_entries() -> None:
    cache = MemoryCache(10_000, HandClock())
    await cache.put("ada", "k", b"v", 10.0)
    assert await cache.get("bob", "k") is None
    await cache.clear("bob")
    assert await cache.get("ada", "k") == b"v"
    await cache.clear("ada")
    assert await cache.get("ada", "k") is None


async def test_the_least_recently_used_goes_when_the_bytes_are_used_up() -> None:
    evicted: list[int] = []
    size = 100 + ENTRY_OVERHEAD + 4
    cache = MemoryCache(size * 3, HandClock(), lambda: evicted.append(1))
    for key in "abc":
        await cache.put("ada", key, b"x" * 100, 10.0)
    await cache.get("ada", "a")
    await cache.put("ada", "d", b"x" * 100, 10.0)
    assert await cache.get("ada", "b") is None
    assert await cache.get("ada", "a") is not None
    assert len(evicted) == 1


async def test_the_bound_is_one_of_memory_not_of_text_alone() -> None:
    tracemalloc.start()
    try:
        cache = MemoryCache(10_000_000, HandClock())
        for n in range(5000):
            await cache.put("ada", f"{n:064}", b"x" * (100 + n % 3), 10.0 + n)
        real, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.8 * cache.bytes < real < 1.1 * cache.bytes


async def test_to_count_a_scope_takes_no_walk_over_everybody_elses() -> None:
    """Anybody may ask for their own statistics: that must not hold up the others while the cache is full."""
    cache = MemoryCache(100_000_000, HandClock())
    await cache.put("bob", "k", b"v", 10.0)
    for n in range(50_000):
        await cache.put("ada", str(n), b"", 10.0)
    began = time.process_time()
    for _ in range(100):
        assert (await cache.count("bob")).entries == 1
        await cache.clear("nobody")
    assert time.process_time() - began < 0.1


async def test_what_is_larger_than_the_whole_cache_is_not_kept() -> None:
    cache = MemoryCache(1000, HandClock())
    await cache.put("ada", "k", b"small", 10.0)
    await cache.put("ada", "k", b"x" * 2000, 10.0)
    assert await cache.get("ada", "k") is None
    assert cache.bytes == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ada", "bob"]),
            st.sampled_from("abcdef"),
            st.integers(0, 600),
            st.sampled_from([1.0, 50.0]),
        ),
        max_size=60,
    )
)
async def test_the_bytes_counted_are_the_bytes_kept(puts: list[tuple[str, str, int, float]]) -> None:
    clock = HandClock()
    cache = MemoryCache(4000, clock)
    for scope, key, size, ttl in puts:
        await cache.put(scope, key, b"x" * size, ttl)
        clock.move(0.3)
        assert cache.bytes <= 4000
    counts = [await cache.count(scope) for scope in ("ada", "bob")]
    assert cache.bytes == sum(count.bytes for count in counts)


async def test_a_counter_starts_anew_with_each_window_and_never_falls_below_zero() -> None:
    clock = HandClock()
    counter = MemoryCounter(clock)
    assert (await counter.add("n", 3, 60.0)).total == 3
    clock.move(59)
    count = await counter.add("n", -5, 60.0)
    assert (count.total, round(count.resets)) == (0, 1)
    clock.move(1)
    assert (await counter.add("n", 1, 60.0)).total == 1


async def test_counters_whose_window_is_over_are_thrown_away() -> None:
    clock = HandClock()
    counter = MemoryCounter(clock)
    for number in range(counters_module._SWEEP_AT):
        await counter.add(str(number), 1, 1.0)
    clock.move(2)
    await counter.add("new", 1, 1.0)
    assert len(counter._totals) == 1
