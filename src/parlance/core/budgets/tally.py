"""What was used and is not written yet: added up by who, what and day, so that a batch has a row for each of these and
not one for each request."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.budgets.calendar import DAY, day_of
from parlance.values.accounts import Principal
from parlance.values.ledger import Counted, Counts, Spender, Spent, Subject
from parlance.values.models import ModelCard
from parlance.values.time import Clock

GUEST = "guest:"
"""Before a guest's name, so that it cannot pass for a user's id."""
Amounts = list[int]
Used = dict[tuple[int, str, str, str, str, str, str], Amounts]
"""By day (since 1970), tenant, user, key, connection, model and currency: requests, prompt, completion, cost."""
Groups = Callable[[str, str], frozenset[str]]
"""The groups of a user (tenant, id) that anybody counts."""


def counted_as(principal: Principal) -> str:
    """The id under which a caller's use is counted."""
    return GUEST + principal.user if principal.guest else principal.user


class Tally:
    """One per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: Used = {}
        self._batch: Used = {}

    def note(self, principal: Principal, card: ModelCard, spent: Spent) -> None:
        """Something was used. On the way of every answer: a microsecond."""
        key = (
            self._clock.now() // DAY,
            principal.tenant,
            counted_as(principal),
            principal.key or "",
            card.ref.connection,
            card.id,
            spent.currency or "",
        )
        amounts = self._used.get(key)
        if amounts is None:
            self._used[key] = [spent.requests, spent.prompt, spent.completion, spent.cost]
        else:
            amounts[0] += spent.requests
            amounts[1] += spent.prompt
            amounts[2] += spent.completion
            amounts[3] += spent.cost

    @property
    def holds(self) -> bool:
        """Whether anything is not written yet."""
        return bool(self._used or self._batch)

    def batch(self) -> Used:
        """What is to be written now: all that was used, and the same again until it is `written`. A batch whose writing
        failed may have been written all the same, so nothing is ever added to it."""
        if not self._batch:
            self._batch, self._used = self._used, {}
        return self._batch

    def written(self) -> None:
        """The batch is in the database."""
        self._batch = {}

    def waiting(self, tenant: str, subject: Subject, name: str, currency: str, since: str, groups: Groups) -> Counted:
        """What somebody used that is not written yet."""
        found = [0, 0, 0]
        of_both = (*counts_of(self._batch, groups).items(), *counts_of(self._used, groups).items())
        for whose, count in of_both:
            if (whose.tenant, whose.subject, whose.name) == (tenant, subject, name) and whose.day >= since:
                found[0] += count.requests
                found[1] += count.tokens
                found[2] += count.cost if whose.currency == currency else 0
        return Counted(*found)


def records_of(used: Used) -> dict[tuple[str, Spender], Amounts]:
    """As the usage records have it."""
    return {(day_of(day * DAY), Spender(*who)): amounts for (day, *who), amounts in used.items()}


def counts_of(used: Used, groups: Groups) -> dict[Counts, Counted]:
    """By everybody whom a budget can be for."""
    counts: dict[Counts, Counted] = {}
    for (day, tenant, user, key, _, _, currency), (requests, prompt, completion, cost) in used.items():
        whose: list[tuple[Subject, str]] = [("user", user), ("tenant", tenant)]
        whose += [("key", key)] if key else []
        whose += [("group", group) for group in groups(tenant, user)]
        for subject, name in whose:
            place = Counts(tenant, subject, name, day_of(day * DAY), currency)
            before = counts.get(place, Counted())
            tokens = prompt + completion
            counts[place] = Counted(before.requests + requests, before.tokens + tokens, before.cost + cost)
    return counts
