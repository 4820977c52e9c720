"""One flight's trip: the engine's line, the circuit, retries, the call; and what happens on landing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from parlance.core.chat.conversations import Conversation
from parlance.core.chat.grounding import Grounded
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.retrying import retried, worth_retrying
from parlance.core.chat.road import Road
from parlance.core.ledger.ledgers import UNTOLD
from parlance.core.ledger.prices import spent
from parlance.core.models.connections import Connection
from parlance.core.operation import Context
from parlance.core.runs.flight import Flight
from parlance.core.runs.fold import Answer, fold
from parlance.core.runs.log import Log
from parlance.ports.engines import ChatEngine
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Ended
from parlance.values.ledger import NOTHING, Spent
from parlance.values.messages import Item
from parlance.values.models import ModelCard

_FORGOTTEN = ChatAsk("")
_NOTHING = SendMessage(_FORGOTTEN)


class Trip:
    """One flight's way: what it needs while it flies and when it lands."""

    __slots__ = (
        "ask",
        "before",
        "card",
        "connection",
        "found",
        "grounded",
        "key",
        "leave",
        "log",
        "op",
        "pool",
        "principal",
        "request_id",
        "reserved",
        "road",
        "run_id",
        "said",
        "told",
    )

    def __init__(
        self,
        road: Road,
        op: SendMessage,
        context: Context,
        connection: Connection,
        card: ModelCard,
        ask: ChatAsk,
        run_id: str,
    ) -> None:
        self.road = road
        self.op = op
        self.principal = context.principal
        self.request_id = context.request_id
        self.reserved = context.reserved
        self.connection = connection
        self.card = card
        self.ask = ask
        self.run_id = run_id
        self.pool = road.pool(op.pool)
        self.said: tuple[Item, ...] = ()
        """The whole conversation, where the ask is a shortened one."""
        self.told = UNTOLD
        """What whoever assembled the prompt knows of it."""
        self.key: str | None = None
        self.found = False  # whether the answer is one that was kept while this waited
        self.leave: Callable[[], None] | None = None  # gives the engine's slot back once the answer is kept
        self.before: Conversation | None = None
        self.log: Log | None = None  # what the flight's begins with, where an answer goes on from what there is of it
        self.grounded: Grounded | None = None  # what the answer rests on, where that is documents

    # -- in the air -------------------------------------------------------------------------------------------------

    async def fly(self, flight: Flight) -> None:
        """Wait for the engine's slot, call it, and try again while nothing was said and it is worth it."""
        if self.grounded is not None and not await self._prepared(self.grounded, flight):
            return
        line = self.connection.line
        entered = await line.enter(self.principal.flow_key, self.op.priority, flight.notice)
        waited = flight.notice_slot is not None
        if waited:
            flight.quiet()
        try:
            if not (waited and self.key is not None and await self._found(flight)):
                await self._attempts(flight)
        finally:
            learn = flight.first_at is not None and not self.found
            if self.key is None or line.places is None:
                line.leave(entered, learn=learn)
            else:  # whoever is next looks for this answer first, so it is kept before they are let in
                self.leave = partial(line.leave, entered, learn=learn)

    async def _prepared(self, grounded: Grounded, flight: Flight) -> bool:
        """Look for what the answer rests on, and draw up the ledger anew. Whether an engine is to be asked."""
        road = self.road
        items, drawn = await grounded.prepared(
            self.ask.items, self.principal, road.grounding.library, road.ids, flight, self.card.id
        )
        if drawn is not None:
            cuts = (*self.told.drawn.cuts, *drawn.cuts)
            self.told = msgspec.structs.replace(self.told, drawn=msgspec.structs.replace(drawn, cuts=cuts))
            self.ask = msgspec.structs.replace(self.ask, items=items)
            road.ledgers.redraw(self.run_id, self.ask, self.told)
        return grounded.asks

    async def _found(self, flight: Flight) -> bool:
        """Whether the same was answered, here or by another process, while this waited: then it is not asked again."""
        assert self.key is not None
        pool, scope = self.pool, self.principal.scope_key
        events = await pool.answers.find(scope, self.key) if pool.answers.enabled else None
        if events is None:
            return False
        self.found = True
        pool.totals.add(scope, "cached")
        self.road.ledgers.answered(self.run_id)
        run = self.road.runs.get(self.run_id)
        if run is not None:
            run.cached = True
        for event in events:
            flight.push(event)
        return True

    async def _attempts(self, flight: Flight) -> None:
        engine = self.connection.chat
        if engine is None:
            raise Fault(Kind.unsupported, "This model does not chat.", code="not_a_chat_model")
        begun = len(flight.log)

        def worth(fault: Fault) -> bool:
            return len(flight.log) == begun and worth_retrying(fault)

        call, lane = partial(self._asked, engine, flight), self.principal.lane_key
        await retried(self.road, self.connection, lane, call, self.connection.retries, worth)

    async def _asked(self, engine: ChatEngine, flight: Flight) -> None:
        if self.grounded is None:
            return await engine.chat(self.ask, flight)
        telling, whole = self.grounded.sink(flight, self.road.grounding.turn), False
        try:
            await engine.chat(self.ask, telling)
            whole = True
        finally:
            await telling.end(whole=whole)

    def heard(self) -> None:
        """The engine answers, so it is not asked again: let go of the question, which a stream of hours would keep."""
        self.ask, self.said = _FORGOTTEN, ()
        if self.key is None and self.before is None:
            self.op = _NOTHING  # nothing of it is asked for again
        else:
            self.op = msgspec.structs.replace(self.op, ask=_FORGOTTEN)

    # -- on landing -------------------------------------------------------------------------------------------------

    def landed(self, flight: Flight) -> None:
        """The log has ended: free the key, count, and hand what is worth keeping to the caches."""
        road = self.road
        if self.key is not None and road.joins.get((self.op.pool, self.key)) is flight:
            del road.joins[(self.op.pool, self.key)]
        if flight.first_at is not None:
            road.meters.first_token(self.connection.name, flight.first_at - flight.started_at)
        ended = flight.ended
        self._tell(flight, ended)
        keep = (self.key is not None or self.before is not None) and ended is not None and ended.outcome == "complete"
        if keep and not (self.found and self.before is None):
            road.later(self._keep(fold(flight.log.after(0))))
        else:
            self._left()
        road.gate.settle(self.principal, self._spent(flight), self.reserved, self.card)

    def _spent(self, flight: Flight) -> Spent:
        """What it used, by the engine's count; by ours where it was cut off before it could say."""
        log, usage = flight.log, flight.log.usage
        if self.found or (self.grounded is not None and not self.grounded.asks):
            return Spent()
        if usage is not None:
            return spent(self.card, usage.prompt, usage.completion)
        if flight.first_at is None:
            return NOTHING
        return spent(self.card, self.road.ledgers.prompt_tokens(self.run_id), (log.bytes - log.beside) // 4)

    def _tell(self, flight: Flight, ended: Ended | None) -> None:
        """Count the tokens, and write the one line that joins request, run, model and outcome."""
        road, usage = self.road, None if self.found else flight.log.usage
        if usage is not None:
            road.meters.tokens(self.connection.name, usage.prompt, usage.completion)
        error = ended.error if ended is not None else None
        road.journal.info(
            "run ended",
            request=self.request_id,
            run=self.run_id,
            connection=self.connection.name,
            model=self.card.id,
            outcome=ended.outcome if ended is not None else None,
            kind=error.kind if error is not None else None,
            code=error.code if error is not None else None,
            ms=round((road.clock.monotonic() - flight.started_at) * 1000, 3),
            prompt=usage.prompt if usage is not None else None,
            completion=usage.completion if usage is not None else None,
        )

    def _left(self) -> None:
        leave, self.leave = self.leave, None
        if leave is not None:
            leave()

    async def _keep(self, answer: Answer) -> None:
        scope = self.principal.scope_key
        try:
            if self.key is not None and not self.found:
                await self.pool.answers.keep(scope, self.key, answer)
        finally:
            self._left()
        if self.before is not None:
            said = answer.choices[0].items
            await self.pool.conversations.keep(scope, self.run_id, self.before, said, whole=self.op.keep)
