"""The contract of a `RunMirror`: subclass, give the fixture `mirror`, and inherit the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from parlance.ports.mirror import Published, RunMirror
from parlance.values.events import Delta, Ended, Event


def batch(first: int, *events: Event, scope: str = "ada", run: str = "r") -> Published:
    """Events of one run."""
    return Published(scope, run, "process-1", first, events)


async def told(mirror: RunMirror, scope: str = "ada", run: str = "r", after: int = 0) -> Sequence[Event]:
    """All that a tail says, up to the end."""
    events: list[Event] = []
    async for first, piece in mirror.tail(scope, run, after):
        assert first == after + len(events) + 1
        events.extend(piece)
    return events


class MirrorContract:
    """What every mirror does."""

    async def test_a_tail_says_what_was_published_in_order_and_ends_with_the_run(self, mirror: RunMirror) -> None:
        """From any event on."""
        said: list[Event] = [Delta("a"), Delta("b"), Delta("c"), Ended("complete")]
        await mirror.publish([batch(1, *said[:2])])
        await mirror.publish([batch(3, *said[2:])])
        for after in range(4):
            assert await told(mirror, after=after) == said[after:]

    async def test_a_tail_waits_for_what_comes(self, mirror: RunMirror) -> None:
        """A reader in another process is never ahead, only a little behind."""
        await mirror.publish([batch(1, Delta("a"))])
        reading = asyncio.ensure_future(told(mirror))
        await asyncio.sleep(0.02)
        assert not reading.done()
        await mirror.publish([batch(2, Delta("b"), Ended("complete"))])
        assert await reading == [Delta("a"), Delta("b"), Ended("complete")]

    async def test_a_repeated_batch_is_cut_to_what_is_new_and_a_gap_is_dropped(self, mirror: RunMirror) -> None:
        """A flush may be sent twice; a hole is never shown as text."""
        await mirror.publish([batch(1, Delta("a"))])
        await mirror.publish([batch(1, Delta("a"), Delta("b"))])
        await mirror.publish([batch(5, Delta("x"))])
        await mirror.publish([batch(3, Ended("complete"))])
        await mirror.publish([batch(4, Delta("late"))])
        assert await told(mirror) == [Delta("a"), Delta("b"), Ended("complete")]

    async def test_a_run_is_found_within_its_scope_only(self, mirror: RunMirror) -> None:
        """Somebody else's run looks like one that is not there."""
        await mirror.publish([batch(1, Ended("complete"))])
        assert await mirror.locate("ada", "r") == "process-1"
        assert await mirror.locate("bob", "r") is None
        assert await mirror.locate("ada", "other") is None
        assert await told(mirror, scope="bob") == []
