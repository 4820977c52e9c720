"""What the operations on budgets and usage do."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

import msgspec

from parlance.core.budgets.book import EVERY, Bound
from parlance.core.budgets.calendar import DAY, day_of
from parlance.core.budgets.operations import (
    MOST_DAYS,
    MOST_SUMS,
    BudgetStanding,
    DeleteBudget,
    ListBudgets,
    ListUsage,
    ReadBudgets,
    ReadUsage,
    SetBudget,
)
from parlance.core.budgets.purse import Purse
from parlance.core.budgets.tally import counted_as
from parlance.core.operation import Context, Handles, Result
from parlance.ports.budgets import Budgets, Usage
from parlance.ports.signals import Signals
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.ids import Ids
from parlance.values.ledger import Allotment, Budget, UsageSum
from parlance.values.time import Clock

CHANGED = "budgets.changed"
MOST_LIMIT = 1 << 44
"""Five hundred million of a currency: what is counted stays a whole number for every JSON reader and every counter."""
_CURRENCY = re.compile("[A-Z]{3}")


class BudgetRoom(msgspec.Struct, frozen=True):
    """`keys` are (tenant, name) of the keys that the settings own; `fixed` is true of a server that keeps no state."""

    rows: Budgets
    usage: Usage
    purse: Purse
    clock: Clock
    ids: Ids
    keys: frozenset[tuple[str, str]] = frozenset()
    signals: Signals | None = None

    async def find(self, principal: Principal, id: str) -> Budget | None:
        """Dispatch's way to a budget; whether it may be seen is judged there."""
        fixed = [budget for budget in self.purse.book.of(principal.tenant) if budget.fixed and budget.id == id]
        return fixed[0] if fixed else await self.rows.find(principal.tenant, id)

    async def heard(self) -> None:
        """A budget has changed: all processes act on it at once; where the database went away after the commit, with
        the writer's next round."""
        await self.hear(b"")
        if self.signals is not None:
            await self.signals.tell(CHANGED, b"")

    async def hear(self, said: bytes) -> bytes | None:
        """One has changed, here or in another process."""
        with contextlib.suppress(Fault):
            await self.purse.book.refresh(self.clock.monotonic())
        return None


async def read_budgets(room: BudgetRoom, context: Context, op: ReadBudgets) -> Result[tuple[Allotment, ...]]:
    """Handle `ReadBudgets`."""
    return Result(await room.purse.standing(context.principal))


async def list_budgets(room: BudgetRoom, context: Context, op: ListBudgets) -> Result[tuple[BudgetStanding, ...]]:
    """Handle `ListBudgets`."""
    await room.purse.book.refresh(room.clock.monotonic())
    return Result(tuple([await _standing(room, each) for each in room.purse.book.of(context.principal.tenant)]))


async def _standing(room: BudgetRoom, budget: Budget) -> BudgetStanding:
    if budget.name == EVERY:
        return BudgetStanding(budget)
    stands = await room.purse.stands(Bound(budget, budget.name))
    return BudgetStanding(budget, stands.used, stands.resets)


async def set_budget(room: BudgetRoom, context: Context, op: SetBudget) -> Result[Budget]:
    """Handle `SetBudget`."""
    tenant = context.principal.tenant
    wanted = Budget(
        id=room.ids.new(),
        tenant=tenant,
        subject=op.subject,
        name=await _whose(room, tenant, op),
        unit=op.unit,
        period=op.period,
        limit=_limit(op),
        currency=_currency(op),
        created=room.clock.now(),
    )
    there = [budget for budget in await room.rows.all() if _alike(budget, wanted)]
    if there:
        changes = room.rows.change(there[0], wanted.limit)
        return Result(msgspec.structs.replace(there[0], limit=wanted.limit), changes, (room.heard,))
    return Result(wanted, room.rows.insert(wanted), (room.heard,))


async def delete_budget(room: BudgetRoom, context: Context, op: DeleteBudget) -> Result[None]:
    """Handle `DeleteBudget`."""
    budget: Budget = context.subject
    if budget.fixed:
        raise Fault(
            Kind.conflict,
            "This budget stands in the settings file, which alone can change it.",
            hint="Remove it from parlance.toml, and restart.",
            code="owned_by_file",
        )
    return Result(None, room.rows.delete(budget), (room.heard,))


async def read_usage(room: BudgetRoom, context: Context, op: ReadUsage) -> Result[tuple[UsageSum, ...]]:
    """Handle `ReadUsage`."""
    principal = context.principal
    return Result(await _sums(room, principal.tenant, counted_as(principal), op.days))


async def list_usage(room: BudgetRoom, context: Context, op: ListUsage) -> Result[tuple[UsageSum, ...]]:
    """Handle `ListUsage`."""
    return Result(await _sums(room, context.principal.tenant, None, op.days))


async def _sums(room: BudgetRoom, tenant: str, user: str | None, days: int) -> tuple[UsageSum, ...]:
    if not 1 <= days <= MOST_DAYS:
        raise out_of_range("days", f"a number from 1 to {MOST_DAYS}")
    since = day_of(room.clock.now() - (days - 1) * DAY)
    found: Sequence[UsageSum] = await room.usage.sums(tenant, user, since, MOST_SUMS)
    return tuple(found)


async def _whose(room: BudgetRoom, tenant: str, op: SetBudget) -> str:
    """The id of whom a budget is for. Raises `Fault(missing)` for somebody who is not of this tenant."""
    if op.subject == "tenant":
        if op.name not in ("", tenant):
            raise Fault(Kind.missing, "There is no such tenant.", field="name", code="tenant_not_found")
        return tenant
    if op.name == EVERY:
        return EVERY
    if op.subject == "key" and (tenant, op.name) in room.keys:
        return op.name
    found = await room.rows.named(tenant, op.subject, op.name)
    if found is None:
        raise Fault(Kind.missing, f"There is no such {op.subject}.", field="name", code=f"{op.subject}_not_found")
    return found


def _limit(op: SetBudget) -> int:
    if not 0 <= op.limit <= MOST_LIMIT:
        raise out_of_range("limit", f"a number from 0 to {MOST_LIMIT}")
    return op.limit


def _currency(op: SetBudget) -> str | None:
    if op.unit != "money":
        return None
    if op.currency is None or _CURRENCY.fullmatch(op.currency) is None:
        raise out_of_range("currency", "three capital letters, such as USD")
    return op.currency


def _alike(one: Budget, other: Budget) -> bool:
    return all(
        getattr(one, field) == getattr(other, field)
        for field in ("tenant", "subject", "name", "unit", "period", "currency")
    )


AREA: Handles = {
    ReadBudgets: read_budgets,
    ListBudgets: list_budgets,
    SetBudget: set_budget,
    DeleteBudget: delete_budget,
    ReadUsage: read_usage,
    ListUsage: list_usage,
}
