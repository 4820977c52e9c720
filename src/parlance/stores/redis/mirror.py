"""The mirror in Redis: a list of events for each detached run, and who flies it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from parlance.ports.mirror import Published
from parlance.stores.redis.link import Away, Link
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended, Event

KEEP_SECONDS = 600
"""How long a finished run stays readable."""
LIVE_SECONDS = 3600
"""How long one is kept of which nothing more is heard."""
LOOK_SECONDS = 0.1
"""Between two looks for more: batches come four times a second."""
# KEYS: events (list), who (hash). ARGV: first, process, seconds to keep, then the events.
_PUBLISH = """
local there = redis.call('LLEN', KEYS[1])
local first = tonumber(ARGV[1])
if first > there + 1 or redis.call('HEXISTS', KEYS[2], 'ended') == 1 then return 0 end
for at = 5, #ARGV do
  if first + at - 5 > there then redis.call('RPUSH', KEYS[1], ARGV[at]) end
end
redis.call('HSET', KEYS[2], 'process', ARGV[2])
if ARGV[4] == '1' then redis.call('HSET', KEYS[2], 'ended', '1') end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Event).decode


class RedisMirror:
    """A `RunMirror` for all processes. Its loss hurts nobody who is attached where a run flies."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def publish(self, batches: Sequence[Published]) -> None:
        """Append what is new. Raises `Fault(busy, code="mirror_away")`; what was published before it stays so."""
        for batch in batches:
            ended = bool(batch.events) and isinstance(batch.events[-1], Ended)
            keep = KEEP_SECONDS if ended else LIVE_SECONDS
            said = [_encode(event) for event in batch.events]
            try:
                await self._link.run(
                    _PUBLISH, self._keys(batch.scope, batch.run), [batch.first, batch.process, keep, int(ended), *said]
                )
            except Away:
                raise Fault(Kind.busy, "The mirror cannot be reached.", code="mirror_away") from None

    async def tail(self, scope: str, run: str, after: int) -> AsyncIterator[tuple[int, tuple[Event, ...]]]:
        """What was said after event `after`, then what comes; it ends with the run, and when Redis is away."""
        events, who = (self._link.prefix + key for key in self._keys(scope, run))
        try:
            while True:
                found = await self._said(events, after)
                if found:
                    yield after + 1, found
                    after += len(found)
                    if isinstance(found[-1], Ended):
                        return
                    continue
                if not await self._link.call(lambda redis: redis.exists(who)):
                    return
                if await self._link.call(lambda redis: redis.hexists(who, "ended")):
                    return
                await asyncio.sleep(LOOK_SECONDS)
        except Away:
            return

    async def locate(self, scope: str, run: str) -> str | None:
        """The process that flies a run."""
        _, who = (self._link.prefix + key for key in self._keys(scope, run))
        try:
            found = await self._link.call(lambda redis: redis.hget(who, "process"))
        except Away:
            return None
        return found.decode() if isinstance(found, bytes) else found

    async def _said(self, events: str, after: int) -> tuple[Event, ...]:
        raw = await self._link.call(lambda redis: redis.lrange(events, after, -1))
        return tuple(_decode(each) for each in raw)

    def _keys(self, scope: str, run: str) -> list[str]:
        name = hashlib.sha256(f"{len(scope)}:{scope}{run}".encode()).hexdigest()
        return [f"run:{name}:events", f"run:{name}:who"]
