"""The book of budgets: all of them in memory, and which of them bind a caller. No ask waits for the database here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from parlance.core.budgets.tally import counted_as
from parlance.ports.budgets import Budgets
from parlance.values.accounts import Principal
from parlance.values.ledger import Budget, Subject

EVERY = "*"
"""Whose budget is that of every one of its kind."""
GROUPS_SECONDS = 10.0
"""How old the knowledge of who is in which group may be, where groups have budgets."""
REMEMBERED = 4096


class Bound(msgspec.Struct, frozen=True):
    """A budget that binds somebody: `name` is whose use counts (a budget of `*` is counted apart for each)."""

    budget: Budget
    name: str


class Book:
    """Budgets of the database, beside `fixed` ones that the settings own."""

    def __init__(self, rows: Budgets, fixed: Sequence[Budget] = ()) -> None:
        self._rows = rows
        self._fixed = tuple(fixed)
        self._budgets: dict[str, tuple[Budget, ...]] = _by_tenant(self._fixed)
        self._members: dict[str, Mapping[str, frozenset[str]]] = {}
        self._version = -1
        self._members_at = float("-inf")
        self._bound: dict[Principal, tuple[Bound, ...]] = {}
        self._latest: tuple[Principal | None, tuple[Bound, ...]] = (None, ())

    async def refresh(self, now: float) -> None:
        """Read again what has changed; `now` is the monotonic clock's."""
        version = await self._rows.version()
        aged = bool(self._members) and now - self._members_at >= GROUPS_SECONDS
        if version == self._version and not aged:
            return
        if version != self._version:
            self._budgets = _by_tenant((*self._fixed, *await self._rows.all()))
            self._version = version
        grouped = [tenant for tenant, some in self._budgets.items() if any(one.subject == "group" for one in some)]
        self._members = {tenant: await self._rows.members(tenant) for tenant in grouped}
        self._members_at = now
        self._bound.clear()
        self._latest = (None, ())

    def of(self, tenant: str) -> tuple[Budget, ...]:
        """Every budget of a tenant."""
        return self._budgets.get(tenant, ())

    def groups(self, tenant: str, user: str) -> frozenset[str]:
        """The groups of a user, where a group of the tenant has a budget."""
        return self._members.get(tenant, {}).get(user, frozenset())

    def bound(self, principal: Principal) -> tuple[Bound, ...]:
        """What binds a caller; worked out once, until something changes."""
        if principal is self._latest[0]:
            return self._latest[1]
        known = self._bound.get(principal)
        if known is None:
            if len(self._bound) >= REMEMBERED:
                self._bound.clear()
            known = self._bound[principal] = tuple(self._bind(principal))
        self._latest = (principal, known)
        return known

    def _bind(self, principal: Principal) -> Iterable[Bound]:
        tenant, user = principal.tenant, counted_as(principal)
        own: dict[Subject, Sequence[str]] = {
            "user": (user,),
            "key": (principal.key,) if principal.key else (),
            "tenant": (tenant,),
            "group": sorted(self.groups(tenant, user)),
        }
        budgets = self.of(tenant)
        for budget in budgets:
            for name in own[budget.subject]:
                if budget.name == name or (budget.name == EVERY and not _special(budgets, budget, name)):
                    yield Bound(budget, name)


def _special(budgets: Iterable[Budget], every: Budget, name: str) -> bool:
    """Whether somebody has a budget of their own in place of everybody's."""
    kind = (every.subject, every.unit, every.period, every.currency)
    return any(b.name == name and (b.subject, b.unit, b.period, b.currency) == kind for b in budgets)


def _by_tenant(budgets: Iterable[Budget]) -> dict[str, tuple[Budget, ...]]:
    found: dict[str, tuple[Budget, ...]] = {}
    for budget in budgets:
        found[budget.tenant] = (*found.get(budget.tenant, ()), budget)
    return found
