"""Budgets with a real database in memory, a clock that only a test moves, and a gate in front of them."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.admission.gate import Admission, Gate, Rate, Rates
from parlance.core.budgets.book import Book
from parlance.core.budgets.handlers import AREA, BudgetRoom
from parlance.core.budgets.purse import Purse
from parlance.core.budgets.tally import Tally
from parlance.core.budgets.writer import Writer
from parlance.core.dispatch import Dispatch
from parlance.core.ledger.prices import spent
from parlance.core.operation import Operation, Weight
from parlance.ports.coordination import Counter
from parlance.ports.observing import NullLog
from parlance.ports.stores import Value
from parlance.stores.sql.budgets import SqlBudgets
from parlance.stores.sql.ledger import SqlLedgers
from parlance.stores.sql.rows import insert
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.sql.usage import SqlUsage
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.ids import RandomIds
from parlance.values.ledger import NOTHING, Budget
from parlance.values.models import ModelCard, ModelRef
from tests.unit.core.files.desk import Troubled, people

ADA = Principal(DEFAULT_TENANT, "ada")
LAPTOP = Principal(DEFAULT_TENANT, "ada", "laptop")
BOB = Principal(DEFAULT_TENANT, "bob")
STRANGER = Principal("elsewhere", "ada")
ADMIN = Principal(DEFAULT_TENANT, "bob", scopes=frozenset({"chat", "admin"}))
FAR_ADMIN = Principal("elsewhere", "ada", scopes=frozenset({"chat", "admin"}))
CARD = ModelCard(
    "llama", ModelRef("home", "llama"), "openai", prompt_price=1_000_000, completion_price=2_000_000, currency="EUR"
)
FREE_CARD = ModelCard("quote", ModelRef("here", "quote"), "quote")


class Process:
    """One process's view: a book, a tally and a gate, over a database and a counter that others may share."""

    def __init__(self, database: Any, counter: Counter, clock: HandClock, fixed: list[Budget], rates: Rates) -> None:
        self.clock = clock
        self.defects: list[Exception] = []
        self.rows, self.usage, self.tally = SqlBudgets(database), SqlUsage(database), Tally(clock)
        self.book = Book(self.rows, fixed)
        self.purse = Purse(self.book, counter, self.tally, self.usage, clock)
        self.purse.price = self.price
        self.gate = Gate(counter, rates, self.purse)
        self.writer = Writer(
            database,
            self.usage,
            lambda tenant: SqlLedgers(database, tenant),
            self.tally,
            self.book,
            clock,
            NullLog(),
            self.defects.append,
            40,
            name=RandomIds(clock).new(),
        )
        self.room = BudgetRoom(
            self.rows, self.usage, self.purse, clock, RandomIds(clock), frozenset({(DEFAULT_TENANT, "laptop")})
        )
        handlers = {kind: self._bound(handle) for kind, handle in AREA.items()}
        self.dispatch = Dispatch(handlers, {"budget": self.room.find}, self.gate, database)

    def _bound(self, handle: Any) -> Any:
        async def bound(context: Any, op: Any) -> Any:
            return await handle(self.room, context, op)

        return bound

    async def price(self, principal: Principal, weight: Weight) -> ModelCard | None:
        """The two models that there are."""
        return {"llama": CARD, "quote": FREE_CARD}.get(weight.model)

    async def do(self, operation: Operation[Any], who: Principal = ADMIN) -> Any:
        return await self.dispatch(who, "request-1", operation)

    async def admit(self, who: Principal = ADA, prompt: int = 10, answer: int = 10, model: str = "llama") -> Admission:
        """Let one ask in, or raise."""
        return await self.gate.admit(who, lambda: Weight(prompt, answer, model))

    async def ask(self, who: Principal = ADA, prompt: int = 10, answer: int = 10, card: ModelCard = CARD) -> None:
        """One whole ask that uses exactly what was held for it."""
        admission = await self.admit(who, prompt, answer, card.id)
        self.gate.settle(who, spent(card, prompt, answer), admission.reserved, card)

    async def failed(self, who: Principal = ADA) -> None:
        """One that comes to nothing."""
        admission = await self.admit(who)
        self.gate.settle(who, NOTHING, admission.reserved, CARD)


class Stage:
    """A database, a counter and a clock, and processes on them."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.sqlite = Sqlite(None)
        self.database = Troubled(self.sqlite)
        self.counter = MemoryCounter(self.clock)

    async def open(self) -> None:
        """Tables, people, and a group with Ada in it."""
        await migrated(self.sqlite)
        await people(self.database)
        when: dict[str, Value] = {"created": 0, "updated": 0}
        group: dict[str, Value] = {"tenant": DEFAULT_TENANT, "id": "lab", "name": "Lab", "name_key": "lab"}
        member: dict[str, Value] = {"tenant": DEFAULT_TENANT, "group_id": "lab", "user_id": "ada", "added": 0}
        chat: dict[str, Value] = {"tenant": DEFAULT_TENANT, "id": "chat-1", "user_id": "ada", "title": ""}
        more: dict[str, Value] = {"titled_by": "nobody", "pinned": 0, "archived": 0, "sort_at": 1, "version": 1}
        rows = (insert("user_groups", {**group, "description": "", **when}), insert("group_members", member))
        await self.database.apply((*rows, insert("chats", {**chat, **more, **when})))

    async def close(self) -> None:
        await self.database.close()

    async def process(
        self, *fixed: Budget, fresh: bool = False, rates: Rates | None = None, counter: Counter | None = None
    ) -> Process:
        """A process that has read the budgets. `fresh`: on a counter that remembers nothing."""
        if fresh:
            self.counter = MemoryCounter(self.clock)
        made = Process(self.database, counter or self.counter, self.clock, list(fixed), rates or Rates())
        await made.writer.begin()
        return made

    async def set(self, *budgets: Budget) -> None:
        """Put budgets into the database."""
        rows = SqlBudgets(self.database)
        for budget in budgets:
            await self.database.apply(rows.insert(budget))


def budget(**more: Any) -> Budget:
    """Ten requests a day for Ada, unless it is said otherwise."""
    made = Budget("b1", DEFAULT_TENANT, "user", "ada", "requests", "day", 10)
    return msgspec.structs.replace(made, **more)


RATED = Rates(60.0, user=Rate(requests=5, tokens=1000))
