"""The writer: once a second, and at a clean stop, what was used and the ledgers of saved chats go to the database.

A worker: beside dispatch it commits by itself, in batches, so that no answer waits for it. What cannot be written now
is kept and written later.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from parlance.core.budgets.book import Book
from parlance.core.budgets.calendar import DAY, day_of
from parlance.core.budgets.tally import Tally, Used, counts_of, records_of
from parlance.core.rounds import Rounds
from parlance.ports.budgets import Usage
from parlance.ports.ledger import Ledgers
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database
from parlance.values.ledger import Kept
from parlance.values.time import Clock

ROUND_SECONDS = 1.0
"""Between two rounds: what a crash may lose, and how late another process hears of a changed budget."""
TRIES = 5
"""How often a batch that met a conflict is tried anew at once: another process began the same rows."""
MOST_WAITING = 10_000
"""Ledgers that wait for a database that is away; beyond it the oldest are lost, and the log says so."""
MOST_AT_ONCE = 200
"""Ledgers of one batch."""


class Writer:
    """One per process."""

    def __init__(
        self,
        database: Database,
        usage: Usage,
        ledgers: Callable[[str], Ledgers],
        tally: Tally,
        book: Book,
        clock: Clock,
        log: Log,
        on_defect: OnDefect,
        keep_days: int | None = None,
        on_stored: Callable[[str], None] = lambda run: None,
        *,
        name: str,
    ) -> None:
        """`on_stored` hears of each run whose ledger has been written. `name` is this writer's alone: its batches are
        marked by it, so that one whose commit was told as failed and took effect is not counted twice."""
        self._database = database
        self._usage = usage
        self._ledgers = ledgers
        self._tally = tally
        self._book = book
        self._clock = clock
        self._log = log
        self._keep_days = keep_days
        self._on_stored = on_stored
        self._name = name
        self._batches = 0
        self._waiting: list[Kept] = []
        self._forgot_on = -1
        trouble, flush = "usage not written", self.flush
        self._rounds = Rounds(flush, ROUND_SECONDS, trouble, log, on_defect, last=flush, whole=True)

    async def begin(self) -> None:
        """Read the budgets, before anybody is served."""
        await self._book.refresh(self._clock.monotonic())

    def start(self) -> None:
        """Write from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """Write what is left, and no more. A round that is under way is not cut short: it would be written twice."""
        await self._rounds.stop()
        if self._waiting or self._tally.holds:
            self._log.error("usage lost", ledgers=len(self._waiting))

    def keep(self, kept: Kept) -> None:
        """Take a ledger to be stored at the next round."""
        if len(self._waiting) >= MOST_WAITING:
            del self._waiting[0]
            self._log.warning("ledger lost", waiting=MOST_WAITING)
        self._waiting.append(kept)

    async def flush(self) -> None:
        """One round: write what was used, then the ledgers; read budgets that have changed; forget what is old."""
        await self._write_usage()
        while self._waiting:
            await self._write_ledgers(self._waiting[:MOST_AT_ONCE])
        await self._book.refresh(self._clock.monotonic())
        await self._forget()

    async def _write_usage(self) -> None:
        """A batch that is still to be written first, then what was used since."""
        while used := self._tally.batch():
            if not await self._add(used):
                return
            self._tally.written()
            self._batches += 1

    async def _add(self, used: Used) -> bool:
        records, counts = records_of(used), counts_of(used, self._book.groups)
        mark = f"{self._name}-{self._batches}"
        for _ in range(TRIES):
            changes = await self._usage.add(records, counts)
            try:
                await self._database.apply((self._usage.mark(mark, self._clock.now()), *changes))
                return True
            except Conflict:
                if await self._usage.marked(mark):
                    return True
                self._usage.forget_known()
        return False

    async def _write_ledgers(self, some: list[Kept]) -> None:
        """Together; where one of them is there already, each by itself."""
        statements = [self._ledgers(kept.tenant).keep(kept) for kept in some]
        try:
            await self._database.apply(tuple(statements))
        except Conflict:
            for statement in statements:
                with contextlib.suppress(Conflict):
                    await self._database.apply((statement,))
        del self._waiting[: len(some)]
        for kept in some:
            self._on_stored(kept.ledger.run)

    async def _forget(self) -> None:
        """Once a day."""
        today = self._clock.now() // DAY
        if self._keep_days is not None and today != self._forgot_on:
            await self._database.apply(self._usage.forget_before(day_of((today - self._keep_days) * DAY)))
            self._forgot_on = today
