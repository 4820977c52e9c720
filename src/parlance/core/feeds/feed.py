"""Feeds: a numbered log for each user that is being watched or was lately, bounded, in memory.

Numbers begin with the time (microseconds) at which a feed is made, so that they grow over restarts too: a reader that
comes back with a number that is not held here is told that it missed something, and reads its lists again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable

from parlance.values.feeds import FeedEntry, Missed
from parlance.values.time import Clock

HELD = 256
"""Entries of one feed: minutes of a busy user."""
MOST_FEEDS = 4096
"""Feeds of one process; the one that was told of longest ago, and that nobody reads, goes first."""

Numbered = tuple[int, FeedEntry]


class Feed:
    """One user's log."""

    __slots__ = ("_entries", "_next", "_waiting", "readers")

    def __init__(self, first: int) -> None:
        self._next = first
        self._entries: deque[Numbered] = deque(maxlen=HELD)
        self._waiting: list[asyncio.Future[None]] = []
        self.readers = 0

    @property
    def last(self) -> int:
        """The number of the newest entry."""
        return self._next - 1

    def tell(self, entry: FeedEntry) -> None:
        """Add an entry, and wake whoever waits."""
        self._entries.append((self._next, entry))
        self._next += 1
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def after(self, n: int) -> list[Numbered]:
        """What was told after number `n`; `Missed` first, where some of it is gone."""
        if n >= self.last:
            return [] if n == self.last else [(self.last, Missed())]
        held = [each for each in self._entries if each[0] > n]
        if held and held[0][0] == n + 1:
            return held
        return [(held[0][0] - 1 if held else self.last, Missed()), *held]

    async def batches(self, after: int | None) -> AsyncGenerator[list[Numbered], None]:
        """What was told after a number (none: from now on), and then what comes, for as long as it is read."""
        n = self.last if after is None else after
        self.readers += 1
        try:
            while True:
                news = self.after(n)
                if news:
                    n = news[-1][0]
                    yield news
                    continue
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        finally:
            self.readers -= 1


class Feeds:
    """Every user's feed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.others: Callable[[str, str, FeedEntry], None] | None = None
        """Tells the readers in other processes, where there are any."""
        self._feeds: OrderedDict[tuple[str, str], Feed] = OrderedDict()

    def of(self, tenant: str, user: str) -> Feed:
        """The feed of a user, made on first use."""
        feed = self._feeds.get((tenant, user))
        if feed is None:
            self._make_room()
            feed = self._feeds[(tenant, user)] = Feed(self._clock.now())
        self._feeds.move_to_end((tenant, user))
        return feed

    def tell(self, tenant: str, user: str, entry: FeedEntry) -> None:
        """Tell a user's readers."""
        self.of(tenant, user).tell(entry)
        if self.others is not None:
            self.others(tenant, user, entry)

    def _make_room(self) -> None:
        if len(self._feeds) < MOST_FEEDS:
            return
        idle = next((name for name, feed in self._feeds.items() if not feed.readers), None)
        if idle is not None:
            del self._feeds[idle]
