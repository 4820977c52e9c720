"""What can be wanted of budgets and of what was used."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.ledger import Allotment, Budget, Period, Subject, Unit, UsageSum

DAYS = 31
MOST_DAYS = 366
MOST_SUMS = 5000


class BudgetStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A budget and, where it is for one subject and not for every one, what is used of it."""

    budget: Budget
    used: int | None = None
    resets: int | None = None


class ReadBudgets(Operation[tuple[Allotment, ...]], frozen=True):
    """The budgets that bind the caller, with what is used of each and when it resets."""

    wire_name: ClassVar[str] = "budgets.read"


class ListBudgets(Operation[tuple[BudgetStanding, ...]], frozen=True):
    """Every budget of the tenant."""

    wire_name: ClassVar[str] = "budgets.list"
    scope: ClassVar[Scope | None] = "admin"


class SetBudget(Operation[Budget], frozen=True):
    """Set what somebody may use in a day, week or month (of the calendar, in UTC). `subject` and `name` say who: a
    user, group or key by its id (a group by its name too), every one of the kind with `*`, or the whole tenant (then
    without a name). `limit` is in requests, tokens, or millionths of `currency`; 0 allows nothing. One for the same
    subject, unit, period and currency is changed."""

    wire_name: ClassVar[str] = "budgets.set"
    scope: ClassVar[Scope | None] = "admin"

    subject: Subject
    unit: Unit
    period: Period
    limit: int
    name: str = ""
    currency: str | None = None


class DeleteBudget(Operation[None], frozen=True):
    """Remove a budget."""

    wire_name: ClassVar[str] = "budgets.delete"
    scope: ClassVar[Scope | None] = "admin"
    names: ClassVar[tuple[Named, ...]] = (Named("budget", "budget", "write"),)

    budget: str


class ReadUsage(Operation[tuple[UsageSum, ...]], frozen=True):
    """What the caller used in the last `days` days, by day and model."""

    wire_name: ClassVar[str] = "usage.read"

    days: int = DAYS


class ListUsage(Operation[tuple[UsageSum, ...]], frozen=True):
    """What everybody of the tenant used in the last `days` days, by day, user and model."""

    wire_name: ClassVar[str] = "usage.list"
    scope: ClassVar[Scope | None] = "admin"

    days: int = DAYS
