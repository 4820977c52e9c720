"""The chatbot app's sessions in Redis, for all processes: sealed records, which Redis cannot read.

Beside each record stand, for guests and for people apart, when each was used last and how many bytes it has.
"""

from __future__ import annotations

from typing import Any

from parlance.ports.visits import Bounds, SealedVisit
from parlance.stores.redis.link import Away, Link
from parlance.values.errors import Fault, Kind

# KEYS: record, guests by last use, people by last use, guests by the size of their records, and all those sizes in one.
# ARGV: prefix of all records, name, milliseconds of an idle session.
_COMMON = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local idle = tonumber(ARGV[3])
local function forget(name)
  redis.call('DEL', ARGV[1] .. name)
  redis.call('ZREM', KEYS[2], name)
  redis.call('ZREM', KEYS[3], name)
  local size = redis.call('ZSCORE', KEYS[4], name)
  if size then
    redis.call('ZREM', KEYS[4], name)
    redis.call('DECRBY', KEYS[5], size)
  end
end
local function used(index)
  redis.call('PEXPIRE', KEYS[1], idle)
  redis.call('ZADD', index, now, ARGV[2])
  redis.call('PEXPIRE', index, idle * 2)
end
"""
_GET = (
    _COMMON
    + """
local found = redis.call('HMGET', KEYS[1], 'version', 'sealed', 'guest')
if not found[1] then return false end
used(found[3] == '1' and KEYS[2] or KEYS[3])
return {found[1], found[2]}
"""
)
# ARGV, besides: the record, '1' for a guest's, the version before, most records, most bytes of guests.
_PUT = (
    _COMMON
    + """
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[6] then return 0 end
local index = ARGV[5] == '1' and KEYS[2] or KEYS[3]
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now - idle, 'LIMIT', 0, 100)) do forget(gone) end
redis.call('HSET', KEYS[1], 'version', ARGV[6] + 1, 'sealed', ARGV[4], 'guest', ARGV[5])
used(index)
if ARGV[5] == '1' then
  local before = redis.call('ZSCORE', KEYS[4], ARGV[2]) or 0
  redis.call('ZADD', KEYS[4], #ARGV[4], ARGV[2])
  redis.call('INCRBY', KEYS[5], #ARGV[4] - before)
  redis.call('PEXPIRE', KEYS[4], idle * 2)
  redis.call('PEXPIRE', KEYS[5], idle * 2)
end
for _ = 1, 100 do
  if redis.call('ZCARD', index) <= tonumber(ARGV[7]) then break end
  forget(redis.call('ZRANGE', index, 0, 0)[1])
end
for _ = 1, 100 do
  local bytes = tonumber(redis.call('GET', KEYS[5]) or '0')
  if bytes <= tonumber(ARGV[8]) or redis.call('ZCARD', KEYS[4]) <= 1 then break end
  forget(redis.call('ZREVRANGE', KEYS[4], 0, 0)[1])
end
if redis.call('ZCARD', KEYS[4]) <= 1 then
  local left = redis.call('ZRANGE', KEYS[4], 0, 0, 'WITHSCORES')
  redis.call('SET', KEYS[5], left[2] or 0, 'PX', idle * 2)
end
return 1
"""
)
_DROP = _COMMON + "forget(ARGV[2]) return 1"


class RedisVisits:
    """`VisitRecords` of all processes. `idle` is in seconds."""

    def __init__(self, link: Link, idle: float, bounds: Bounds | None = None) -> None:
        self._link = link
        self._idle = round(idle * 1000)
        self._bounds = bounds or Bounds()

    async def get(self, name: str) -> SealedVisit | None:
        """A record, which lives on from now."""
        found = await self._run(_GET, name)
        return None if found is None else SealedVisit(found[1], int(found[0]))

    async def put(self, name: str, sealed: bytes, *, guest: bool, version: int = 0) -> bool:
        """Keep a record, and make room."""
        most = self._bounds.guests if guest else self._bounds.signed_in
        return bool(await self._run(_PUT, name, sealed, int(guest), version, most, self._bounds.guest_bytes))

    async def drop(self, name: str) -> None:
        """A record goes."""
        await self._run(_DROP, name)

    async def _run(self, script: str, name: str, *more: object) -> Any:
        keys = [f"visits:record:{name}", "visits:guests", "visits:people", "visits:sizes", "visits:bytes"]
        given = [f"{self._link.prefix}visits:record:", name, self._idle, *more]
        try:
            return await self._link.run(script, keys, given)
        except Away:
            said = "The sessions cannot be reached right now."
            raise Fault(Kind.busy, said, retry_after=5.0, code="session_store") from None
