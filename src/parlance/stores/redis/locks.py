"""Who holds a name, among processes that share a Redis: a lease, renewed while it is held.

One task has each hold from its beginning to its end, so that whoever leaves in between leaves nothing held.
"""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count

from redis.asyncio import Redis

from parlance.stores.redis.link import Away, Link
from parlance.stores.redis.slots import LEASE_SECONDS, RENEW_SECONDS

# ARGV: ticket, milliseconds of a lease. A lease that Redis lost is put there again.
_RENEW = """
local holder = redis.call('GET', KEYS[1])
if not holder or holder == ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
"""
_GIVE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1"
_LEASE = round(LEASE_SECONDS * 1000)


class _Hold:
    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self.over = asyncio.Event()
        self.taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None


class RedisLocks:
    """`Locks` of the process `process`. While Redis is away each process knows of its own holds alone."""

    def __init__(self, link: Link, process: str) -> None:
        self._link = link
        self._process = process
        self._numbers = count(1)
        self._held: dict[str, _Hold] = {}

    async def take(self, name: str) -> bool:
        """Hold it, unless somebody does."""
        if name in self._held:
            return False
        hold = self._held[name] = _Hold(f"{self._process}:{next(self._numbers)}")
        hold.task = asyncio.get_running_loop().create_task(self._keep(name, hold))
        try:
            return await asyncio.shield(hold.taken)
        except asyncio.CancelledError:
            hold.over.set()
            raise

    async def give(self, name: str) -> None:
        """Hold it no more."""
        hold = self._held.get(name)
        if hold is not None and hold.task is not None:
            hold.over.set()
            await asyncio.wait((hold.task,))

    async def stop(self) -> None:
        """Give back all that is held."""
        for name in list(self._held):
            await self.give(name)

    async def _keep(self, name: str, hold: _Hold) -> None:
        try:
            taken = await self._asked(name, hold.ticket)
            if not hold.taken.done():
                hold.taken.set_result(taken)
            if taken:
                await self._renewed(name, hold)
        finally:
            del self._held[name]

    async def _renewed(self, name: str, hold: _Hold) -> None:
        while not hold.over.is_set():
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await hold.over.wait()
            except TimeoutError:
                with contextlib.suppress(Away):
                    await self._link.run(_RENEW, [_key(name)], [hold.ticket, _LEASE])
        with contextlib.suppress(Away):  # else its lease ends by itself
            await self._link.run(_GIVE, [_key(name)], [hold.ticket])

    async def _asked(self, name: str, ticket: str) -> bool:
        async def ask(redis: Redis) -> object:
            return await redis.set(self._link.prefix + _key(name), ticket, nx=True, px=_LEASE)

        try:
            return bool(await self._link.call(ask))
        except Away:
            return True


def _key(name: str) -> str:
    return f"lock:{name}"
