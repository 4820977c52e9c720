"""Where budgets and what was used are. Contract suite: `tests/contract/test_budget_stores.py`.

What was used is written in batches by one worker a process; several processes add to the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from parlance.ports.stores import ChangeSet, Statement
from parlance.values.ledger import Budget, Counted, Counts, Spender, Subject, UsageSum


class Budgets(Protocol):
    """The budgets of every tenant."""

    async def version(self) -> int:
        """A number that grows with every change of budgets and of groups."""
        ...

    async def all(self) -> Sequence[Budget]:
        """Every budget of every tenant."""
        ...

    async def find(self, tenant: str, id: str) -> Budget | None:
        """One budget."""
        ...

    async def members(self, tenant: str) -> Mapping[str, frozenset[str]]:
        """The groups of each user of a tenant who is in any."""
        ...

    async def named(self, tenant: str, subject: Subject, name: str) -> str | None:
        """The id of a user, group or key of a tenant, given its id or (of a group) its name; `None` for nobody's."""
        ...

    def insert(self, budget: Budget) -> ChangeSet:
        """A new budget; a conflict when there is one for the same subject, unit, period and currency."""
        ...

    def change(self, budget: Budget, limit: int) -> ChangeSet:
        """Another limit; a conflict when the budget is gone."""
        ...

    def delete(self, budget: Budget) -> ChangeSet:
        """No such budget any more; a conflict when it is gone."""
        ...


class Usage(Protocol):
    """What was used by every tenant."""

    async def counted(self, tenant: str, subject: Subject, name: str, currency: str, since: str) -> Counted:
        """What somebody used from a day (`2026-05-01`) on; `cost` in one currency, the rest in all of them."""
        ...

    async def sums(self, tenant: str, user: str | None, since: str, most: int) -> Sequence[UsageSum]:
        """What a user (or everybody of a tenant) used from a day on, newest day first."""
        ...

    async def add(
        self, used: Mapping[tuple[str, Spender], Sequence[int]], counts: Mapping[Counts, Counted]
    ) -> ChangeSet:
        """Statements that add these to what is there: requests, prompt, completion and cost by day and spender, and
        the same by whom budgets are for. A conflict when another process was first with a row: then ask again."""
        ...

    def mark(self, batch: str, now: int) -> Statement:
        """That a batch was written, for the change set that writes it: a conflict when it was written before. `batch`
        is at most 48 characters; it is remembered for a day."""
        ...

    async def marked(self, batch: str) -> bool:
        """Whether a batch was written."""
        ...

    def forget_known(self) -> None:
        """Another process was first with a row: look for every row anew."""
        ...

    def forget_before(self, day: str) -> ChangeSet:
        """What was used before a day, however much it is."""
        ...
