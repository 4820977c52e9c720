"""From settings to ledgers, budgets and the records of what was used, and the one writer of all three."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from parlance.core.budgets.book import Book
from parlance.core.budgets.handlers import CHANGED, BudgetRoom
from parlance.core.budgets.purse import Purse
from parlance.core.budgets.tally import Tally
from parlance.core.budgets.writer import Writer
from parlance.core.dispatch import Loader
from parlance.core.ledger.handlers import LedgerRoom
from parlance.core.ledger.ledgers import Ledgers
from parlance.core.models.connections import Models
from parlance.core.operation import Weight
from parlance.ports.coordination import Counter
from parlance.ports.signals import Signals
from parlance.ports.stores import Database
from parlance.settings import budgets as chosen
from parlance.settings.schema import Settings
from parlance.stores.sql.budgets import SqlBudgets
from parlance.stores.sql.ledger import SqlLedgers
from parlance.stores.sql.usage import SqlUsage
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.ids import Ids
from parlance.values.ledger import Budget, Kept
from parlance.values.models import ModelCard
from parlance.values.time import Clock
from parlance.watch import Observer


class Books:
    """Everything that is counted and written down, in one process."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        ids: Ids,
        counter: Counter,
        observer: Observer,
        signals: Signals | None = None,
    ) -> None:
        rows, usage = SqlBudgets(database), SqlUsage(database)
        stored, tally = partial(SqlLedgers, database), Tally(clock)
        book = Book(rows, [fixed(budget) for budget in settings.budgets])
        self.purse = Purse(book, counter, tally, usage, clock)
        self.ledgers = Ledgers(clock, self._keep)
        self._writer = Writer(
            database,
            usage,
            stored,
            tally,
            book,
            clock,
            *(observer.log("parlance.core.budgets"), observer.defect),
            settings.usage.keep_days,
            self.ledgers.stored,
            name=ids.new(),
        )
        self.ledger_room = LedgerRoom(self.ledgers, stored)
        keys = frozenset((key.tenant, key.name) for key in settings.keys)
        self.budget_room = BudgetRoom(rows, usage, self.purse, clock, ids, keys, signals)

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How dispatch finds budgets and ledgers."""
        return {"budget": self.budget_room.find, "ledger": self.ledger_room.find}

    async def begin(self, models: Models) -> None:
        """Before anybody is served: read the budgets, and know the models' prices."""

        async def price(principal: Principal, weight: Weight) -> ModelCard | None:
            try:
                return (await models.find(principal, weight.model, embed=weight.embed))[1]
            except Fault:
                return None  # the handler says what is wrong with it

        self.purse.price = price
        if self.budget_room.signals is not None:
            self.budget_room.signals.on(CHANGED, self.budget_room.hear)
        await self._writer.begin()

    def start(self) -> None:
        """Write from now on."""
        self._writer.start()

    async def stop(self) -> None:
        """Write what is left, and no more."""
        await self._writer.stop()

    def _keep(self, kept: Kept) -> None:
        self._writer.keep(kept)


def fixed(budget: chosen.Budget) -> Budget:
    """A budget as the settings have it. Its id says what it is for, so that it is the same after a restart."""
    name = budget.tenant if budget.subject == "tenant" else budget.name
    currency = budget.currency if budget.unit == "money" else None
    id = "/".join(("file", budget.tenant, budget.subject, name, budget.unit, budget.period, currency or ""))
    return Budget(
        id, budget.tenant, budget.subject, name, budget.unit, budget.period, budget.limit, currency, fixed=True
    )
