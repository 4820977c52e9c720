"""The mirror in Redis: a list of events for each detached run, and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from parlance.ports.mirror import GONE_SECONDS, Facts, Mirrored, Published, Stamped
from parlance.stores.redis.link import Away, Link
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended

KEEP_SECONDS = 600
"""How long a finished run stays readable."""
LIVE_SECONDS = 3600
"""How long one is kept of which nothing more is heard."""
PAGE = 4096
"""Events that are read at once: a whole long answer, and little enough for the time that a call has."""
# KEYS: events (list), who (hash). ARGV: first, facts, seconds to keep, whether the end is among them, then the events.
_PUBLISH = """
local there = redis.call('LLEN', KEYS[1])
if redis.call('HEXISTS', KEYS[2], 'ended') == 1 then return there end
local first = tonumber(ARGV[1])
if first <= there + 1 then
  for at = 5, #ARGV do
    if first + at - 5 > there then redis.call('RPUSH', KEYS[1], ARGV[at]) end
  end
  if ARGV[4] == '1' then redis.call('HSET', KEYS[2], 'ended', '1') end
end
redis.call('HSET', KEYS[2], 'facts', ARGV[2], 'seen', redis.call('TIME')[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return redis.call('LLEN', KEYS[1])
"""
# ARGV: the number of the last event that is known, the most events to give.
_READ = """
local facts = redis.call('HGET', KEYS[2], 'facts')
if not facts then return false end
local silent = redis.call('TIME')[1] - redis.call('HGET', KEYS[2], 'seen')
local after = tonumber(ARGV[1])
local events = redis.call('LRANGE', KEYS[1], after, after + ARGV[2] - 1)
return {facts, redis.call('HEXISTS', KEYS[2], 'ended'), silent, events}
"""
_encode = msgspec.json.encode
_facts = msgspec.json.Decoder(Facts).decode
_stamped = msgspec.json.Decoder(Stamped).decode


class RedisMirror:
    """A `RunMirror` for all processes. Its loss hurts nobody who is attached where a run flies."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        """Append what is new. Raises `Fault(busy, code="mirror_away")`; what was published before it stays so."""
        known: list[int] = []
        for batch in batches:
            ended = bool(batch.events) and isinstance(batch.events[-1].event, Ended)
            keep = KEEP_SECONDS if ended else LIVE_SECONDS
            said = [_encode(event) for event in batch.events]
            given = [batch.first, _encode(batch.facts), keep, int(ended), *said]
            try:
                known.append(int(await self._link.run(_PUBLISH, _keys(batch.scope, batch.run), given)))
            except Away:
                raise _away() from None
        return known

    async def read(self, scope: str, run: str, after: int) -> Mirrored | None:
        """A run, and what it said after event `after`."""
        try:
            found = await self._link.run(_READ, _keys(scope, run), [after, PAGE])
        except Away:
            raise _away() from None
        if not found:
            return None
        facts, ended, silent, events = found
        said = tuple(_stamped(each) for each in events)
        return Mirrored(_facts(facts), said, bool(ended), not ended and int(silent) > GONE_SECONDS)


def _away() -> Fault:
    return Fault(Kind.busy, "The mirror cannot be reached.", code="mirror_away")


def _keys(scope: str, run: str) -> list[str]:
    name = hashlib.sha256(f"{len(scope)}:{scope}{run}".encode()).hexdigest()
    return [f"run:{name}:events", f"run:{name}:who"]
