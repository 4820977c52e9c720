"""Answers that nobody writes any more: their process is gone, so they are marked as interrupted, with what they have.

Where one process owns the database, every other one is gone. Where several share it, each says every few seconds that
it is there, and one that has not for a while is taken for gone. Of this process's own, those are nobody's whose commit
was told as failed and took effect all the same: the database went away before it could say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from parlance.core.chat.assemble import history
from parlance.core.chat.prefix import prefix_of
from parlance.core.chat.tokens import estimate_all
from parlance.core.feeds.feed import Feeds
from parlance.core.rounds import Rounds
from parlance.ports.chats import ChatStores, Running
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import Conflict, Database
from parlance.values.chats import PlacedTurn, Turn
from parlance.values.events import Failure
from parlance.values.feeds import AnswerEnded
from parlance.values.time import SECOND, Clock

ROUND_SECONDS = 5.0
"""Between two signs of life."""
GONE_AFTER = 20 * SECOND
"""Without a sign of life for so long, a process is gone: four are missing, more than a stalled machine loses."""
FORGOTTEN_AFTER = 3600 * SECOND
LOOKS = 3
"""Rounds in which a doubtful commit is looked for: a database that comes back may finish one a little later."""
STOPPED = Failure(
    "cancelled",
    "The server stopped while it was answering.",
    hint="Continue the answer from what there is of it.",
    code="interrupted",
)


class Recovery:
    """Looks after running turns without a process. `alone` says that no other process shares this database."""

    def __init__(
        self,
        database: Database,
        stores: ChatStores,
        process: str,
        feeds: Feeds,
        clock: Clock,
        log: Log,
        on_defect: OnDefect,
        *,
        alone: bool,
        watched: Callable[[str], bool] = lambda turn: False,
    ) -> None:
        """`watched` says whether somebody in this process writes a turn."""
        self._database = database
        self._stores = stores
        self._process = process
        self._feeds = feeds
        self._clock = clock
        self._log = log
        self._alone = alone
        self._watched = watched
        self._doubted: dict[tuple[str, str], int] = {}
        trouble = "running answers not looked after"
        self._rounds = Rounds(self._round, ROUND_SECONDS, trouble, log, on_defect, at_once=False)

    async def begin(self) -> int:
        """Say that this process is there, and look once; before anybody is served. Gives how many turns were marked."""
        await self._database.apply((self._stores.arrived(self._process, self._clock.now()),))
        return await self.look()

    def start(self) -> None:
        """Go on looking."""
        self._rounds.start()

    async def stop(self) -> None:
        """Look no more."""
        await self._rounds.stop()

    async def _round(self) -> None:
        await self.settle()
        if not self._alone:
            await self.round()

    async def round(self) -> None:
        """One sign of life, and one look."""
        now = self._clock.now()
        try:
            await self._database.apply((self._stores.seen(self._process, now),))
        except Conflict:
            await self._database.apply((self._stores.arrived(self._process, now),))
        await self.look()

    def doubt(self, tenant: str, turns: Iterable[str]) -> None:
        """A commit was told as failed: if it took effect, these turns are running, and nobody answers them."""
        self._doubted.update(((tenant, turn), LOOKS) for turn in turns)
        self._rounds.wake()

    async def settle(self) -> None:
        """Mark of the doubtful turns those that are there. Raises `Fault` while the database is away."""
        for (tenant, turn), looks in list(self._doubted.items()):
            placed = None if self._watched(turn) else await self._stores.turns(tenant).turn(turn)
            if placed is not None and placed.turn.state == "running":
                await self._mark(tenant, Running(turn, self._process), self._clock.now())
            if looks > 1 and placed is None:
                self._doubted[(tenant, turn)] = looks - 1
            else:
                self._doubted.pop((tenant, turn), None)

    async def look(self) -> int:
        """Mark what has no process any more."""
        now = self._clock.now()
        living = frozenset({self._process})
        if not self._alone:
            living |= await self._stores.living(now - GONE_AFTER)
        marked = 0
        for tenant in await self._stores.tenants():
            before: list[Running] = []
            while left := [each for each in await self._stores.turns(tenant).running() if each.process not in living]:
                if left == before:  # what could not be marked now cannot be by trying on
                    break
                for each in left:
                    await self._mark(tenant, each, now)
                marked += len(left)
                before = left
        await self._database.apply((self._stores.gone(now - FORGOTTEN_AFTER, self._process),))
        if marked:
            self._log.info("answers were interrupted", turns=marked)
        return marked

    async def _mark(self, tenant: str, running: Running, now: int) -> None:
        turns = self._stores.turns(tenant)
        placed = await turns.turn(running.turn)
        if placed is None:
            return
        ended = await self._ended(tenant, placed, now)
        await self._database.apply(turns.finish(ended, placed.chat.user, running.process))
        entry = AnswerEnded(placed.chat.id, placed.turn.id, "interrupted", placed.chat.title)
        self._feeds.tell(tenant, placed.chat.user, entry)

    async def _ended(self, tenant: str, placed: PlacedTurn, now: int) -> Turn:
        turn, head = placed.turn, ""
        if turn.parent is not None:
            parent = (await self._stores.turns(tenant).these(turn.chat, (turn.parent,))).get(turn.parent)
            head = parent.prefix_hash if parent is not None else None  # type: ignore[assignment]
        return msgspec.structs.replace(
            turn,
            state="interrupted",
            error=STOPPED,
            ended=now,
            tokens=estimate_all(history(turn.said)),
            prefix_hash=prefix_of(head, turn.said),
        )
