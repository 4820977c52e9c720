"""Slots in Redis: leases that are renewed while they are held, and a line of those who wait for one.

A lease that nobody renews is over by itself, so that a killed process gives back what it held. One that Redis lost is
put there again by whoever holds it: then there are more for a while than there are places, and no new one is given
until enough of them are back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from parlance.ports.signals import Signals
from parlance.stores.redis.link import Away, Link

LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.5
"""Between two renewals: two of them may fail."""
LOOK_SECONDS = 0.25
"""How often whoever waits looks, should the word that a slot is free be lost."""
FORGOTTEN_SECONDS = 3.0
"""After so long without a look nobody waits there any more."""
_TOPIC = "slot.free"
# KEYS: held (tickets by the end of their leases), line (by when they came), looked (by when they last did).
_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# ARGV: ticket, places, milliseconds of a lease, milliseconds after which who does not look has left.
_TAKE = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[4])) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
redis.call('ZADD', KEYS[2], 'NX', now, ARGV[1])
local free = ARGV[2] - redis.call('ZCARD', KEYS[1])
local taken = redis.call('ZRANK', KEYS[2], ARGV[1]) < free
if taken then
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
else
  redis.call('ZADD', KEYS[3], now, ARGV[1])
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3] * 2) end
return taken and 1 or 0
"""
)
# ARGV: tickets. Gives how many wait.
_GIVE = """
for _, ticket in ipairs(ARGV) do
  for _, key in ipairs(KEYS) do redis.call('ZREM', key, ticket) end
end
return redis.call('ZCARD', KEYS[2])
"""
# ARGV: milliseconds of a lease, tickets.
_RENEW = (
    _NOW
    + """
for at = 2, #ARGV do
  redis.call('ZREM', KEYS[2], ARGV[at])
  redis.call('ZREM', KEYS[3], ARGV[at])
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[at])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1] * 2)
return 1
"""
)


class RedisSlots:
    """`Slots` of the process `process`. While Redis is away everybody gets one: each process bounds its own."""

    def __init__(self, link: Link, process: str, signals: Signals) -> None:
        self._link = link
        self._process = process
        self._signals = signals
        self._numbers = count(1)
        self._held: dict[str, set[str]] = {}
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._giving: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()
        """A renewal that overtakes a return would hold the slot for another lease."""
        self._renewing: asyncio.Task[None] | None = None
        signals.on(_TOPIC, self._free)

    def start(self) -> None:
        """Renew what is held from now on."""
        self._renewing = asyncio.get_running_loop().create_task(self._renewals())

    async def stop(self) -> None:
        """Let what was given back be told, and renew no more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
            self._renewing = None
        if self._giving:
            await asyncio.wait(self._giving)

    # -- taking -----------------------------------------------------------------------------------------------------

    async def take(self, name: str, places: int, waits: Callable[[], None]) -> str:
        """Wait for a place."""
        ticket = f"{self._process}:{next(self._numbers)}"
        if not await self._taken(name, places, ticket):
            waits()
            await self._wait(name, places, ticket)
        self._held.setdefault(name, set()).add(ticket)
        return ticket

    async def _wait(self, name: str, places: int, ticket: str) -> None:
        news = asyncio.Event()
        self._waiting.setdefault(name, set()).add(news)
        try:
            while not await self._taken(name, places, ticket):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await news.wait()
                news.clear()
        except asyncio.CancelledError:
            self._later(self._given(name, ticket))
            raise
        finally:
            self._waiting[name].discard(news)

    async def _taken(self, name: str, places: int, ticket: str) -> bool:
        """Ask once. What was asked for is given back when the answer comes, if the caller has left by then."""
        asked = asyncio.ensure_future(self._asked(name, places, ticket))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            self._later(self._given(name, ticket, asked))
            raise

    async def _asked(self, name: str, places: int, ticket: str) -> bool:
        given = [ticket, places, round(LEASE_SECONDS * 1000), round(FORGOTTEN_SECONDS * 1000)]
        try:
            return bool(await self._link.run(_TAKE, _keys(name), given))
        except Away:
            return True

    # -- giving back ------------------------------------------------------------------------------------------------

    def give(self, name: str, ticket: str) -> None:
        """Give a slot back."""
        self._held[name].discard(ticket)
        self._later(self._given(name, ticket))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._giving.add(task)
        task.add_done_callback(self._giving.discard)

    async def _given(self, name: str, ticket: str, asked: asyncio.Task[bool] | None = None) -> None:
        if asked is not None:
            await asyncio.wait([asked])
        async with self._order:
            try:
                waiting = await self._link.run(_GIVE, _keys(name), [ticket])
            except Away:
                return  # its lease ends by itself
        if waiting:
            said = name.encode()
            await self._free(said)
            await self._signals.tell(_TOPIC, said)

    async def _free(self, said: bytes) -> bytes | None:
        """A slot of this name is free: whoever waits for one here looks."""
        for news in self._waiting.get(said.decode(), ()):
            news.set()
        return None

    # -- holding ----------------------------------------------------------------------------------------------------

    async def _renewals(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self.renew()

    async def renew(self) -> None:
        """Hold what is held for another lease."""
        for name in list(self._held):
            async with self._order:
                tickets = self._held[name]
                if tickets:
                    with contextlib.suppress(Away):
                        await self._link.run(_RENEW, _keys(name), [round(LEASE_SECONDS * 1000), *tickets])


def _keys(name: str) -> list[str]:
    return [f"slots:{name}:held", f"slots:{name}:line", f"slots:{name}:looked"]
