"""The purse: what budgets allow is held at the gate, spent when an answer's cost is known, and given back otherwise.

Of each budget there are two counters. `spent` lasts as long as the period; `held` is what runs under way have
reserved, in windows of an hour, so that what a process that died had reserved is free again then. Both are exact at any
number of processes that share a counter. `spent` is seeded from what was written to the database: it begins at
`SEEDED`, so that a counter that was lost (a new period, a restart, a Redis that was emptied) is known by being smaller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec

from parlance.core.budgets.book import Book, Bound
from parlance.core.budgets.calendar import began, resets, told
from parlance.core.budgets.tally import Tally
from parlance.core.ledger import prices
from parlance.core.operation import Weight
from parlance.ports.budgets import Usage
from parlance.ports.coordination import Count, Counter
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Allotment, Budget, Counted, Spent
from parlance.values.models import ModelCard
from parlance.values.time import SECOND, Clock

SEEDED = 1 << 46
"""Where a counter begins that has been seeded: no limit is as large, and what a hundred processes add that seed it at
once is still a whole number to counters that reckon in floating point (Redis: 2^53)."""
HELD_SECONDS = 3600.0
"""The window of what is held: as long as a run may last."""
READINGS = 8
"""How often a budget is read again that changes while it is read; whoever is so unlucky is refused."""
SPARE_SECONDS = 60.0
"""How much longer than its period a counter is kept: a late settling must not begin a new one."""
Price = Callable[[Principal, Weight], Awaitable[ModelCard | None]]
"""The card of the model that something asks for, with its prices; `None` for one that nobody knows."""


class Reserve(msgspec.Struct, frozen=True):
    """So much of one budget is reserved, in the window of this mark."""

    bound: Bound
    amount: int
    mark: float


class Purse:
    """Counts the use of budgets. `book` says which there are, `tally` and `usage` what was used already."""

    def __init__(self, book: Book, counter: Counter, tally: Tally, usage: Usage, clock: Clock) -> None:
        self.book = book
        self._counter = counter
        self._tally = tally
        self._usage = usage
        self._clock = clock
        self._seeding: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.price: Price = _nobody_knows

    def bound(self, principal: Principal) -> tuple[Bound, ...]:
        """What binds a caller: asked at every request, and nearly always nothing."""
        return self.book.bound(principal)

    async def hold(self, principal: Principal, weigh: Callable[[], Weight]) -> tuple[Reserve, ...]:
        """Reserve what an operation may well use of every budget that binds its caller.

        Raises `Fault(over_budget, code="budget")` that names the budget that is used up, and when it resets.
        """
        weight = weigh()
        card: ModelCard | None = None
        if any(bound.budget.unit == "money" for bound in self.bound(principal)):
            card = await self.price(principal, weight)
        held: list[Reserve] = []
        for bound in self.bound(principal):
            one = await self._hold(bound, _weighed(bound.budget, weight, card))
            if one is None:
                self.give_back(held)
                raise self._refusal(bound.budget)
            held.append(one)
        return tuple(held)

    async def _hold(self, bound: Bound, amount: int) -> Reserve | None:
        """Reserve of one budget; nothing where it is used up.

        What an answer used goes from held to spent. If some did while both were read, they say too much or too little:
        then it is let in only where too much still fits, refused where too little does not, and else read again.
        """
        limit = bound.budget.limit
        for _ in range(READINGS):
            before = await self._spent(bound)
            count = await self._counter.add(_held_name(bound), amount, HELD_SECONDS)
            held = Reserve(bound, amount, count.mark)
            after = await self._spent(bound)
            # The first ask of a period may be heavier than the whole budget: it would otherwise never be let in.
            if limit and (after + count.total <= limit or after + count.total == amount):
                return held
            self.give_back((held,))
            if before == after or not limit or before + count.total > limit:
                return None
        return None

    def give_back(self, held: tuple[Reserve, ...] | list[Reserve]) -> None:
        """What was held was not used."""
        for each in held:
            self._counter.note(_held_name(each.bound), -each.amount, HELD_SECONDS, within=each.mark)

    def settle(self, principal: Principal, spent: Spent, held: tuple[Reserve, ...], card: ModelCard | None) -> None:
        """Count what was used, in place of what was held; a budget that is new since then counts too."""
        if card is not None and spent.requests:
            self._tally.note(principal, card, spent)
        for bound in self.bound(principal):
            amount = _used(bound.budget, spent)
            if amount:
                self._counter.note(self._spent_name(bound), amount, self._window(bound.budget))
        if held:
            self.give_back(held)

    async def standing(self, principal: Principal) -> tuple[Allotment, ...]:
        """Every budget that binds a caller, as it stands."""
        return tuple([await self.stands(bound) for bound in self.bound(principal)])

    async def stands(self, bound: Bound) -> Allotment:
        """One budget, as it stands for one of those it counts."""
        held = await self._counter.add(_held_name(bound), 0, HELD_SECONDS)
        spent = await self._spent(bound)
        return Allotment(bound.budget, spent, held.total, resets(bound.budget.period, self._clock.now()))

    async def _spent(self, bound: Bound) -> int:
        name, window = self._spent_name(bound), self._window(bound.budget)
        count = await self._counter.add(name, 0, window)
        if count.total < SEEDED:
            lock = self._seeding.setdefault(name, asyncio.Lock())
            async with lock:  # many ask at once when a period begins: one of them seeds for all
                count = await self._counter.add(name, 0, window)
                if count.total < SEEDED:
                    count = await self._seed(bound, name, window)
        return count.total % SEEDED

    async def _seed(self, bound: Bound, name: str, window: float) -> Count:
        """Begin a counter with what was used already. Of several processes at once the first one's seed stays.

        What was counted before it was seeded is in the records too, or will be in a second: it counts once.
        """
        used = await self._used_before(bound)
        strays = (await self._counter.add(name, 0, window)).total % SEEDED
        seed = SEEDED + min(max(0, used - strays), SEEDED // 2)
        count = await self._counter.add(name, seed, window)
        return count if count.total < 2 * SEEDED else await self._counter.add(name, -seed, window)

    async def _used_before(self, bound: Bound) -> int:
        budget = bound.budget
        whose = (
            budget.tenant,
            budget.subject,
            bound.name,
            budget.currency or "",
            began(budget.period, self._clock.now()),
        )
        written = await self._usage.counted(*whose)
        waiting = self._tally.waiting(*whose, self.book.groups)
        return _counted(budget, written) + _counted(budget, waiting)

    def _spent_name(self, bound: Bound) -> str:
        return f"spent/{_name(bound)}/{began(bound.budget.period, self._clock.now())}"

    def _window(self, budget: Budget) -> float:
        now = self._clock.now()
        return (resets(budget.period, now) - now) / SECOND + SPARE_SECONDS

    def _refusal(self, budget: Budget) -> Fault:
        at = resets(budget.period, self._clock.now())
        return Fault(
            Kind.over_budget,
            f"The budget of {described(budget)} is used up.",
            hint=f"It resets at {told(at)}.",
            retry_after=max(1.0, (at - self._clock.now()) / SECOND),
            code="budget",
        )


def described(budget: Budget) -> str:
    """A budget in words: how much, of what, for whom and how often."""
    if budget.unit == "money":
        much = f"{budget.limit / 1_000_000:.2f} {budget.currency}"
    else:
        much = f"{budget.limit} {budget.unit}"
    return f"{much} a {budget.period} for this {budget.subject}"


def _weighed(budget: Budget, weight: Weight, card: ModelCard | None) -> int:
    """What an operation may well use, in a budget's unit."""
    if budget.unit == "requests":
        return 1
    if budget.unit == "tokens":
        return weight.tokens
    if card is None or card.currency != budget.currency:
        return 0
    return prices.price(card, weight.prompt, weight.answer)


def _used(budget: Budget, spent: Spent) -> int:
    if budget.unit == "requests":
        return spent.requests
    if budget.unit == "tokens":
        return spent.tokens
    return spent.cost if spent.currency == budget.currency else 0


def _counted(budget: Budget, counted: Counted) -> int:
    return {"requests": counted.requests, "tokens": counted.tokens, "money": counted.cost}[budget.unit]


def _name(bound: Bound) -> str:
    """Lengths come first, so that no choice of names makes two counters one."""
    budget = bound.budget
    return f"{len(budget.tenant)}:{budget.tenant}/{len(budget.id)}:{budget.id}/{bound.name}"


def _held_name(bound: Bound) -> str:
    return f"held/{_name(bound)}"


async def _nobody_knows(principal: Principal, weight: Weight) -> ModelCard | None:
    return None
