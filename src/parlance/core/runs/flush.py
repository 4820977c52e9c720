"""The flusher: one per process, it hands what detached runs have said to the mirror, all of them in one batch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

import msgspec

from parlance.core.rounds import Rounds
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.ports.mirror import Facts, Published, RunMirror, Stamped
from parlance.ports.observing import Log, OnDefect
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended
from parlance.values.time import Clock

FLUSH_SECONDS = 0.25
"""Between two flushes: what a reader in another process may lag behind."""
LIFE_ROUNDS = 8
"""Every so many flushes a run that says nothing is shown to be alive."""
MOST_EVENTS = 4096
"""Of one run in one batch: a mirror that lost all it had gets a long answer again in pieces."""
SHOWN_TRIES = 4
LONGEST_PAUSE = 2.0
"""Between two tries while the mirror is away, each twice as long after the last: whatever waits is written out anew for
each. Much less than the time after which a silent process is taken for gone."""


def own_scope(principal: Principal) -> str:
    """Under which the mirror has the runs that only the very same caller may see."""
    return principal.scope_key


def kept_scope(principal: Principal) -> str:
    """Under which it has those of a user's chats, which all keys and sessions of that user may see."""
    return f"kept/{principal.lane_key}"


class _Place(msgspec.Struct):
    """How far a run has come in the mirror: under which scope, how many events, and what was known of it."""

    scope: str
    events: int = 0
    facts: Facts | None = None


class Flusher:
    """Publishes the new events of every detached run. `process` is this process's id in the mirror."""

    def __init__(
        self, runs: Runs, mirror: RunMirror, process: str, clock: Clock, log: Log, on_defect: OnDefect
    ) -> None:
        self._runs = runs
        self._mirror = mirror
        self._process = process
        self._clock = clock
        self._failed = False
        self._pause, self._again = FLUSH_SECONDS, 0.0
        """How long the mirror was left alone after the last try that failed, and until when."""
        self._places: dict[str, _Place] = {}
        self._wanted: dict[str, Run] = {}
        """Runs that are not detached, but are read from elsewhere; kept until their end is told."""
        self._round = 0
        self._rounds = Rounds(
            *(self._flush_when_due, FLUSH_SECONDS, "mirror not reached", log, on_defect),
            last=self._flush,
            at_once=False,
        )

    def start(self) -> None:
        """Flush from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """Flush once more, and no more."""
        await self._rounds.stop()

    async def flush(self) -> None:
        """One round. A mirror that cannot be reached is told of, and tried again less and less often."""
        await self._rounds.tried(self._flush_when_due)

    async def _flush_when_due(self) -> None:
        if self._failed and self._clock.monotonic() < self._again:
            raise Fault(Kind.busy, "The mirror is left alone for a moment.", code="mirror_away")
        await self._flush()

    async def _flush(self) -> None:
        self._round += 1
        try:
            await self._publish(self._mirrored())
        except Fault:
            self._failed = True
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            self._again = self._clock.monotonic() + self._pause
            raise
        self._failed, self._pause = False, FLUSH_SECONDS
        for id in [id for id in self._places if self._runs.get(id) is None and id not in self._wanted]:
            del self._places[id]

    async def show(self, run: Run) -> None:
        """Somebody elsewhere reads this run: let the mirror have all that it said so far, and what comes."""
        if not run.detached:
            self._wanted[run.id] = run
        place = self._places.get(run.id)
        if place is not None:
            place.facts = None  # so that the mirror is asked what it has, even where nothing is new
        for _ in range(SHOWN_TRIES):
            with contextlib.suppress(Fault):
                await self._publish([run])
            place = self._places.get(run.id)
            if place is not None and place.events >= run.length:
                return

    def _mirrored(self) -> list[Run]:
        return [*(run for run in self._runs.all() if run.detached), *self._wanted.values()]

    async def _publish(self, runs: Iterable[Run]) -> None:
        news = [(run, batch) for run in runs if (batch := self._news(run)) is not None]
        if not news:
            return
        known = await self._mirror.publish([batch for _, batch in news])
        self._known(news, known)

    def _news(self, run: Run) -> Published | None:
        place = self._places.get(run.id)
        if place is None:
            place = self._places[run.id] = _Place((kept_scope if run.kept else own_scope)(run.owner))
        facts, after = self._facts(run), place.events
        events = run.events(after)[:MOST_EVENTS]
        due = run.ended is None and (self._failed or self._round % LIFE_ROUNDS == 0)
        if not events and facts == place.facts and not due:
            return None
        stamped = tuple(Stamped(run.at(n), event) for n, event in enumerate(events, after + 1))
        return Published(place.scope, run.id, after + 1, stamped, facts)

    def _known(self, news: Sequence[tuple[Run, Published]], known: Sequence[int]) -> None:
        """What the mirror has now: less than was sent where it has lost something, which then comes again."""
        for (run, batch), events in zip(news, known, strict=True):
            place = self._places.get(run.id)
            if place is not None:
                place.events, place.facts = events, batch.facts
            told = bool(batch.events) and isinstance(batch.events[-1].event, Ended)
            if told and events >= batch.first + len(batch.events) - 1:
                self._wanted.pop(run.id, None)

    def _facts(self, run: Run) -> Facts:
        owner, going = run.owner, run.ended is None
        return Facts(
            self._process,
            owner.tenant,
            owner.user,
            owner.key,
            owner.guest,
            run.model,
            run.created,
            run.detached,
            run.cached,
            run.joined,
            run.kept,
            run.notice_slot if going else None,
        )
