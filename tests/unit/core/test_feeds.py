"""A user's feed: numbered, bounded, resumable, and nobody else's."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from parlance.core.feeds.feed import HELD, MOST_FEEDS, Feed, Feeds
from parlance.testing.clocks import HandClock
from parlance.values.feeds import FeedEntry, ListChanged, Missed

FOLDERS, TAGS = ListChanged("folders"), ListChanged("tags")


async def first(feed: Feed, after: int | None) -> list[tuple[int, FeedEntry]]:
    async with aclosing(feed.batches(after)) as batches:
        async for batch in batches:
            return batch
    raise AssertionError


async def test_a_reader_hears_what_is_told_after_it_came() -> None:
    feeds = Feeds(HandClock(now=100))
    feeds.tell("default", "ada", TAGS)
    feed = feeds.of("default", "ada")
    reading = asyncio.ensure_future(first(feed, None))
    await asyncio.sleep(0)
    assert feed.readers == 1
    feeds.tell("default", "bob", FOLDERS)
    feeds.tell("other", "ada", FOLDERS)
    feeds.tell("default", "ada", FOLDERS)
    assert await reading == [(101, FOLDERS)]
    assert feed.readers == 0


async def test_a_reader_that_comes_back_hears_what_it_missed() -> None:
    feed = Feed(1)
    for entry in (TAGS, FOLDERS, TAGS):
        feed.tell(entry)
    assert await first(feed, 1) == [(2, FOLDERS), (3, TAGS)]
    assert feed.after(3) == []


async def test_a_reader_that_missed_too_much_is_told_so_and_goes_on() -> None:
    feed = Feed(1)
    for _ in range(HELD + 10):
        feed.tell(TAGS)
    told = feed.after(5)
    assert told[0] == (10, Missed()) and told[1] == (11, TAGS) and len(told) == HELD + 1
    assert Feed(1000).after(5) == [(999, Missed())], "from before a restart"
    assert Feed(1000).after(5000) == [(999, Missed())], "from nowhere"


async def test_feeds_that_nobody_reads_make_room_and_those_that_are_read_stay() -> None:
    feeds = Feeds(HandClock())
    read = feeds.of("default", "reader")
    reading = asyncio.ensure_future(first(read, None))
    await asyncio.sleep(0)
    for n in range(MOST_FEEDS + 5):
        feeds.tell("default", str(n), TAGS)
    assert feeds.of("default", "reader") is read
    assert feeds.of("default", "0").after(0)[0][1] == Missed()
    reading.cancel()
