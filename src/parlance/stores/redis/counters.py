"""Totals over fixed windows that all processes share, by the clock of Redis."""

from __future__ import annotations

import asyncio

from parlance.ports.coordination import Count
from parlance.stores.redis.link import Away, Link
from parlance.stores.volatile.counters import MemoryCounter

_ADD = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or '0')
local total = tonumber(redis.call('HGET', KEYS[1], 'total') or '0')
if ends <= now then
  ends = now + tonumber(ARGV[2])
  total = 0
end
if ARGV[3] == '' or tonumber(ARGV[3]) == ends then
  total = math.max(0, total + tonumber(ARGV[1]))
end
redis.call('HSET', KEYS[1], 'ends', string.format('%.0f', ends), 'total', string.format('%.0f', total))
redis.call('PEXPIRE', KEYS[1], math.max(1, ends - now))
return {string.format('%.0f', total), string.format('%.0f', ends - now), string.format('%.0f', ends)}
"""


class RedisCounter:
    """A `Counter` for all processes. While Redis is away each counts by itself in `own`, so limits hold per process."""

    def __init__(self, link: Link, own: MemoryCounter) -> None:
        self._link = link
        self._own = own
        self._noted: set[asyncio.Task[Count]] = set()

    async def add(self, name: str, amount: int, window: float, *, within: float | None = None) -> Count:
        """Add to the current window's total, unless it is not the one that was meant."""
        mark = "" if within is None else f"{within:.0f}"
        try:
            found = await self._link.run(_ADD, [f"count:{name}"], [amount, round(window * 1000), mark])
        except Away:
            return await self._own.add(name, amount, window, within=within)
        total, left, ends = (int(each) for each in found)
        return Count(total, left / 1000, float(ends))

    def note(self, name: str, amount: int, window: float, *, within: float | None = None) -> None:
        """The same, sent while the caller goes on."""
        task = asyncio.get_running_loop().create_task(self.add(name, amount, window, within=within))
        self._noted.add(task)
        task.add_done_callback(self._noted.discard)
