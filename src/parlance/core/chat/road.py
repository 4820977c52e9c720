"""The road that every message takes: what is needed on the way, in one value."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from parlance.core.admission.answers import Answers
from parlance.core.admission.gate import Gate
from parlance.core.admission.slots import Line
from parlance.core.admission.totals import Totals
from parlance.core.authorize import absent
from parlance.core.chat.conversations import Conversations
from parlance.core.chat.grounding import Grounding
from parlance.core.chat.references import References
from parlance.core.ledger.ledgers import Ledgers
from parlance.core.models.connections import Models
from parlance.core.runs.flight import Flight, OnEnd, Work
from parlance.core.runs.log import Log
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.core.server.facts import ServerFacts
from parlance.ports.observing import Log as Journal
from parlance.ports.observing import Meters, OnDefect
from parlance.values.ids import Ids
from parlance.values.time import Clock


class Pool(msgspec.Struct, frozen=True):
    """The caches of one pool, and the sharing that is usual in it."""

    answers: Answers
    conversations: Conversations
    share: str
    """`deterministic`, `all` or `none`: which asks share an answer when neither key nor row says."""
    joins: bool = True
    """Whether sharing goes as far as joining a flight that is still in the air."""
    totals: Totals = msgspec.field(default_factory=Totals)


class Road(msgspec.Struct, frozen=True):
    """All that sending a message needs."""

    models: Models
    runs: Runs
    gate: Gate
    pools: dict[str, Pool]
    lines: dict[str, Line]
    clock: Clock
    ids: Ids
    journal: Journal
    meters: Meters
    on_defect: OnDefect
    chance: random.Random
    ledgers: Ledgers
    facts: ServerFacts = ServerFacts()
    references: References = msgspec.field(default_factory=References)
    grounding: Grounding = msgspec.field(default_factory=Grounding)
    joins: dict[tuple[str, str], Flight] = {}
    settling: set[asyncio.Task[None]] = set()

    def pool(self, name: str) -> Pool:
        """The caches of a name. Raises `Fault(missing)`."""
        if name not in self.pools:
            raise absent("pool")
        return self.pools[name]

    def line(self, name: str) -> Line:
        """A line with a name of its own. Raises `Fault(missing)`."""
        if name not in self.lines:
            raise absent("line")
        return self.lines[name]

    def launch(
        self,
        run: Run,
        work: Work,
        landed: OnEnd = lambda _: None,
        *,
        unfolds: bool = False,
        on_first: Callable[[], None] | None = None,
        log: Log | None = None,
        later: bool = False,
    ) -> Flight:
        """Start a flight with this run on it. Its end is told to `landed` first, then to all that ride it.

        `later`: whoever waits for its whole answer may carry it.
        """
        flight = Flight(self.clock, work, landed, self.on_defect, unfolds=unfolds, on_first=on_first, log=log)
        run.board(flight)
        flight.start(later=later)
        return flight

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after an answer, which nobody waits for but the end of the server."""
        task = asyncio.get_running_loop().create_task(work)
        self.settling.add(task)
        task.add_done_callback(self.settling.discard)
