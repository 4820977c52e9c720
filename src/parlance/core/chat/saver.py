"""The saver: one per process, it writes what running turns say, all of them in one change set four times a second.

That is the checkpoint: a crash loses what was said after it, and nothing else. An answer that has ended is written with
its end, and only then told of and forgotten here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from parlance.core.chat.saving import Saving
from parlance.core.rounds import Rounds
from parlance.ports.chats import ChatStores
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import ChangeSet, Conflict, Database
from parlance.values.chats import Turn
from parlance.values.errors import Fault
from parlance.values.time import SECOND, Clock

ROUND_SECONDS = 0.25
"""Between two rounds."""
SMALL_TOKENS = 16 * 1024
"""An answer beyond so many tokens is written in every third round only: the whole of it is written each time."""
LARGE_PAUSE = 3 * SECOND // 4
TRIES = 20
"""Rounds in which an answer that has ended is written anew after a conflict: a database server that is crowded undoes
what collides."""

OnSaved = Callable[[Saving, Turn], None]
"""Hears of each answer that is written to its end."""
_Taken = tuple[Saving, Turn, int]
"""A turn as it is written, and of how many events it was made."""


class Saver:
    """Writes the running turns of this process. `process` is its id in the rows."""

    def __init__(
        self, database: Database, stores: ChatStores, process: str, clock: Clock, log: Log, on_defect: OnDefect
    ) -> None:
        self._database = database
        self._stores = stores
        self.process = process
        self._clock = clock
        self._log = log
        self._savings: dict[str, Saving] = {}
        self._writing = asyncio.Lock()
        trouble = "answers not written"
        self._rounds = Rounds(
            *(self.round, ROUND_SECONDS, trouble, log, on_defect), last=self.flush, at_once=False, whole=True
        )
        self.on_saved: OnSaved | None = None

    # -- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Write from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """Write once more, and no more."""
        await self._rounds.stop()

    async def round(self) -> None:
        """Write what is due."""
        await self._write([s for s in self._savings.values() if s.news and self._is_due(s)])

    def _is_due(self, saving: Saving) -> bool:
        if saving.over or saving.size <= SMALL_TOKENS:
            return True
        return self._clock.now() - saving.written_at >= LARGE_PAUSE

    # -- what runs --------------------------------------------------------------------------------------------------

    def watch(self, saving: Saving) -> None:
        """Write this turn until it has ended."""
        self._savings[saving.id] = saving

    def of(self, turn: str) -> Saving | None:
        """A turn that is not written to its end yet."""
        return self._savings.get(turn)

    def of_chat(self, chat: str) -> list[Saving]:
        """The turns of a chat that are not written to their end yet."""
        return [saving for saving in self._savings.values() if saving.chat.id == chat]

    def of_user(self, tenant: str, user: str) -> list[Saving]:
        """The turns of a user that are not written to their end yet."""
        return [s for s in self._savings.values() if s.chat.tenant == tenant and s.chat.user == user]

    def drop(self, savings: Iterable[Saving]) -> None:
        """Their turns are gone: stop them, write them no more, and tell of them no more."""
        for saving in savings:
            self._savings.pop(saving.id, None)
            saving.halt()

    async def settle_user(self, tenant: str, user: str) -> None:
        """Write those answers of a user that have ended."""
        await self._write([saving for saving in self.of_user(tenant, user) if saving.over])

    async def settle(self, chat: str) -> None:
        """Write those answers of a chat that have ended: whoever saw the end of an answer can go on from it at once."""
        await self._write([saving for saving in self.of_chat(chat) if saving.over])

    async def flush(self) -> None:
        """Write all that is new."""
        await self._write([saving for saving in self._savings.values() if saving.news])

    # -- writing ----------------------------------------------------------------------------------------------------

    async def _write(self, savings: Sequence[Saving]) -> None:
        if not savings:
            return
        async with self._writing:
            # Who waited here may find that another round has written it.
            there = [saving for saving in savings if self._savings.get(saving.id) is saving]
            await self._apply([(saving, saving.turn(), saving.seen) for saving in there])

    async def _apply(self, turns: Sequence[_Taken]) -> None:
        """Write turns in one change set. What cannot be written now stays for the next round."""
        changes = tuple(statement for saving, turn, _ in turns for statement in self._changes(saving, turn))
        try:
            if changes:
                await self._database.apply(changes)
        except Fault as fault:
            self._log.warning("answers not written", turns=len(turns), error=fault)
            return
        except Conflict:
            await self._apart(turns)
            return
        self._written(turns)

    async def _apart(self, turns: Sequence[_Taken]) -> None:
        """One of them met a conflict, which must not hold up the others: each by itself, and that one is given up when
        it goes on to meet them."""
        if len(turns) > 1:
            for each in turns:
                await self._apply([each])
            return
        [(saving, turn, _)] = turns
        saving.refused += 1
        if saving.over and saving.refused >= TRIES:
            self._log.error("answer cannot be written", turn=turn.id, chat=turn.chat, state=turn.state)
            self._savings.pop(saving.id, None)

    def _changes(self, saving: Saving, turn: Turn) -> ChangeSet:
        turns = self._stores.turns(saving.chat.tenant)
        if turn.state == "running":
            return (turns.checkpoint(turn, self.process),)
        return turns.finish(turn, saving.chat.user, self.process)

    def _written(self, turns: Iterable[_Taken]) -> None:
        now = self._clock.now()
        for saving, turn, seen in turns:
            saving.written, saving.written_at, saving.size = seen, now, turn.tokens
            if turn.state != "running" and self._savings.pop(saving.id, None) is saving and self.on_saved is not None:
                self.on_saved(saving, turn)
