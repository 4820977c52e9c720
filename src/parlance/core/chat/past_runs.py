"""Runs of saved chats for as long as their chats are kept: when the register has forgotten one, as its stored turn."""

from __future__ import annotations

import asyncio

from parlance.core.authorize import visible
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saving import again
from parlance.core.runs.flight import Flight
from parlance.core.runs.log import Log
from parlance.core.runs.marks import stored_mark
from parlance.core.runs.run import Run
from parlance.values.accounts import Principal
from parlance.values.chats import PlacedTurn
from parlance.values.events import Ended, Finished, Started

LOOKS, LOOK_SECONDS = 5, 0.25
"""How often, and how far apart, it is looked whether an answer that ended elsewhere is written: a saver goes round four
times a second."""


class PastRuns:
    """Finds runs that go on or were over lately, and those that are stored."""

    def __init__(self, room: ChatRoom) -> None:
        self._room = room

    async def find(self, principal: Principal, id: str) -> Run | None:
        """Dispatch's way to a run; whether it may be seen is judged there, and here of one that is stored: nothing is
        found for whoever may not see its turn."""
        run = self._room.road.runs.find(principal, id)
        if run is not None:
            return run
        placed = await self._room.turns(principal).of_run(id)
        if placed is None or not visible(principal, "turn")(placed):
            return None  # before anybody is asked or waited for: that is done for whoever may read it alone
        if placed.turn.state == "running":
            saving = self._room.saver.of(placed.turn.id)
            if saving is not None and saving.over and saving.run.id == id:
                return saving.run
            placed = await self._ended(principal, placed, id)
        # What runs elsewhere has no end yet that could be told: only who flies it can show it.
        return None if placed is None or placed.turn.state == "running" else self._told(placed, id)

    async def _ended(self, principal: Principal, placed: PlacedTurn, id: str) -> PlacedTurn | None:
        """The turn of a run that nobody has any more, once its end is written: that comes a moment after the end."""
        room, turns = self._room, self._room.turns(principal)
        await room.settled(placed.tenant, placed.chat.id)
        found = await turns.of_run(id)
        for _ in range(LOOKS):
            if found is None or not room.elsewhere((found.turn,)):
                break
            await asyncio.sleep(LOOK_SECONDS)
            found = await turns.of_run(id)
        return found

    def _told(self, placed: PlacedTurn, id: str) -> Run:
        """A landed run that says what the turn says. Its events are not numbered as they were when they came: whoever
        resumes by one of those begins again."""
        turn, clock = placed.turn, self._room.road.clock
        log = Log(clock)
        log.append(Started(turn.model or ""))
        for event in again(turn):
            log.append(event)
        if turn.state == "complete":
            log.append(Finished("stop"))
        if turn.usage is not None:
            log.append(turn.usage)
        if turn.state != "running":
            log.append(Ended(turn.state, turn.error))
        run = Run(id, Principal(placed.tenant, placed.user), turn.model or "", turn.created, detached=True)
        run.kept, run.mark = True, stored_mark(id)
        run.board(Flight.landed(clock, log), hold=False)
        return run
