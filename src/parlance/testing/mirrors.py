"""The contract of a `RunMirror`: subclass, give the fixture `mirror`, and inherit the tests."""

from __future__ import annotations

from parlance.ports.mirror import Facts, Published, RunMirror, Stamped
from parlance.values.events import Delta, Ended, Event
from parlance.values.notices import Queued

FACTS = Facts("process-1", "default", "ada", model="m", created=7)


def batch(first: int, *events: Event, scope: str = "ada", run: str = "r", facts: Facts = FACTS) -> Published:
    """Events of one run."""
    return Published(scope, run, first, tuple(Stamped(n, event) for n, event in enumerate(events, first)), facts)


async def told(mirror: RunMirror, scope: str = "ada", run: str = "r", after: int = 0) -> list[Event]:
    """All that the mirror knows of what a run says."""
    heard = await mirror.read(scope, run, after)
    return [] if heard is None else [each.event for each in heard.events]


class MirrorContract:
    """What every mirror does."""

    async def test_what_was_published_is_read_in_order_from_any_event_on(self, mirror: RunMirror) -> None:
        """With the time of each, and whether the end is among it."""
        said: list[Event] = [Delta("a"), Delta("b"), Delta("c"), Ended("complete")]
        assert await mirror.publish([batch(1, *said[:2])]) == [2]
        heard = await mirror.read("ada", "r", 1)
        assert heard is not None and not heard.over and not heard.gone
        assert heard.events == (Stamped(2, Delta("b")),) and heard.facts == FACTS
        assert await mirror.publish([batch(3, *said[2:])]) == [4]
        for after in range(6):
            assert await told(mirror, after=after) == said[after:]
        heard = await mirror.read("ada", "r", 4)
        assert heard is not None and heard.over and not heard.gone

    async def test_a_repeated_batch_is_cut_to_what_is_new_and_a_gap_is_dropped(self, mirror: RunMirror) -> None:
        """A flush may be sent twice; a hole is never shown as text. What is there is said: the rest can come."""
        known = [
            *await mirror.publish([batch(1, Delta("a"))]),
            *await mirror.publish([batch(1, Delta("a"), Delta("b"))]),
            *await mirror.publish([batch(5, Delta("x"))]),
            *await mirror.publish([batch(3, Ended("complete"))]),
            *await mirror.publish([batch(4, Delta("late"))]),
        ]
        assert known == [1, 2, 2, 3, 3]
        assert await told(mirror) == [Delta("a"), Delta("b"), Ended("complete")]

    async def test_an_end_behind_a_gap_is_no_end(self, mirror: RunMirror) -> None:
        """A mirror that lost what it had takes the whole again."""
        assert await mirror.publish([batch(3, Ended("complete"))]) == [0]
        heard = await mirror.read("ada", "r", 0)
        assert heard is not None and not heard.over
        assert await mirror.publish([batch(1, Delta("a"), Delta("b"), Ended("complete"))]) == [3]
        assert len(await told(mirror)) == 3

    async def test_a_sign_of_life_brings_new_facts(self, mirror: RunMirror) -> None:
        """A run in line has nothing to say but its place."""
        waiting = Facts("process-1", "default", "ada", "key", True, "m", 7, True, True, True, True, Queued(2, 3, 400))
        assert await mirror.publish([batch(1, facts=waiting)]) == [0]
        heard = await mirror.read("ada", "r", 0)
        assert heard is not None and heard.facts == waiting and heard.events == ()
        await mirror.publish([batch(1)])
        heard = await mirror.read("ada", "r", 0)
        assert heard is not None and heard.facts == FACTS

    async def test_a_run_is_found_within_its_scope_only(self, mirror: RunMirror) -> None:
        """Somebody else's run looks like one that is not there."""
        await mirror.publish([batch(1, Ended("complete"))])
        assert await mirror.read("ada", "r", 0) is not None
        for scope, run in (("bob", "r"), ("ada", "other"), ("ad", "ar"), ("adar", "")):
            assert await mirror.read(scope, run, 0) is None
