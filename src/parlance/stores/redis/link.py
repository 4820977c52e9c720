"""The way to Redis: a quarter of a second a call, and a breaker, so that a slow one is as harmless as a dead one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from parlance.ports.observing import Log
from parlance.values.time import Clock

BUDGET_SECONDS = 0.25
"""For one call, connecting included."""
FAILURES = 5
"""In a row, after which nobody waits for Redis any more."""
PAUSE_SECONDS = 5.0
"""Between two tries while the breaker is open: two of them fit into the promised fifteen seconds."""
CONNECTIONS = 32
T = TypeVar("T")


class Away(Exception):
    """Redis did not answer in time, or is not asked for now."""


class Link:
    """One server's connections. `prefix` stands before every key, so that several installations may share a Redis;
    `budget` is the seconds of one call."""

    def __init__(self, url: str, prefix: str, clock: Clock, log: Log, budget: float = BUDGET_SECONDS) -> None:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=None, socket_connect_timeout=budget
        )
        self._redis: Redis = Redis.from_pool(pool)
        self.prefix = prefix
        self._budget = budget
        self._clock = clock
        self._log = log
        self._failures = 0
        self._asked_again = 0.0
        self._scripts: dict[str, Any] = {}

    @property
    def open(self) -> bool:
        """Whether Redis is asked at all just now."""
        return self._failures < FAILURES

    async def call(self, ask: Callable[[Redis], Awaitable[T]], budget: float | None = None) -> T:
        """Ask something. Raises `Away` within the budget, which may be another one."""
        if not self._may_ask():
            raise Away
        try:
            async with asyncio.timeout(self._budget if budget is None else budget):
                answer = await ask(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            raise Away from error
        if not self.open:
            self._log.info("redis is back")
        self._failures = 0
        return answer

    async def run(self, script: str, keys: list[str], values: list[Any]) -> Any:
        """Run a Lua script as a whole, by its hash."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._redis.register_script(script)
        return await self.call(lambda redis: registered(keys=[self.prefix + key for key in keys], args=values))

    def channel(self) -> PubSub:
        """A way to listen, with a connection of its own and no budget: as a context it is given back."""
        return self._redis.pubsub()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()

    def _may_ask(self) -> bool:
        """While the breaker is open one caller in a while tries for all."""
        if self.open:
            return True
        now = self._clock.monotonic()
        if now < self._asked_again:
            return False
        self._asked_again = now + PAUSE_SECONDS
        return True

    def _failed(self, error: BaseException) -> None:
        self._failures += 1
        if self._failures == FAILURES:
            self._asked_again = self._clock.monotonic() + PAUSE_SECONDS
            self._log.warning("redis not reached; each process goes on by itself", error=type(error).__name__)
