"""The gate: rates and budgets. It answers at once: let in, or refused with the time of the reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from parlance.core.budgets.purse import Purse, Reserve
from parlance.core.operation import Weight
from parlance.ports.coordination import Counter
from parlance.values.accounts import Allowance, Principal
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.ledger import NOTHING, Spent
from parlance.values.models import ModelCard

Unit = Literal["requests", "tokens"]


class Rate(msgspec.Struct, frozen=True):
    """What one kind of caller may use in a window; `None` means no limit."""

    requests: int | None = None
    tokens: int | None = None


class Rates(msgspec.Struct, frozen=True):
    """The rates of the installation: `window` in seconds, then one rate per kind of caller."""

    window: float = 60.0
    user: Rate = Rate()
    key: Rate = Rate()
    tenant: Rate = Rate()
    guest: Rate = Rate()


MINUTE = 60.0
"""The window of a key's own `requests_per_minute` and `tokens_per_minute`."""


class _Limit(msgspec.Struct, frozen=True):
    name: str
    whose: str
    window: float
    unit: Unit
    limit: int


class Reservation(msgspec.Struct):
    """What is held for an answer: tokens, in the windows (by counter) in which they are, and what budgets allow.

    It is given back once: of several answers to one operation the first to end does so.
    """

    tokens: int = 0
    marks: dict[str, float] = {}
    held: tuple[Reserve, ...] = ()
    open: bool = True


class Admission(msgspec.Struct, frozen=True):
    """Let in: what is left of each rate, and the tokens that were reserved, if tokens are limited."""

    allowances: tuple[Allowance, ...] = ()
    reserved: Reservation | None = None


FREE = Admission()
"""What a caller without limits gets."""


class Gate:
    """Counts requests before and tokens after an answer. `close` refuses everything new while the server drains.

    `purse` knows the budgets; without one there are none, and what is used is not written down.
    """

    def __init__(self, counter: Counter, rates: Rates, purse: Purse | None = None) -> None:
        self._counter = counter
        self._rates = rates
        self._purse = purse
        self._limits: dict[Principal, tuple[_Limit, ...]] = {}
        self._latest: tuple[Principal | None, tuple[_Limit, ...]] = (None, ())
        """Who was asked about last: the same one is asked about three times in a row, and hashing it takes a while."""
        self._closed = False

    def close(self) -> None:
        """Refuse what is new from now on."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether everything new is refused."""
        return self._closed

    async def admit(self, principal: Principal, weigh: Callable[[], Weight] = Weight) -> Admission:
        """Count one request and reserve its tokens. `weigh` estimates them; it is asked only where tokens are limited.

        Raises `Fault(over_budget)` with the time of the reset, `Fault(busy)` while draining.
        """
        if self._closed:
            raise Fault(
                Kind.busy, "The server is shutting down.", hint="Try again shortly.", retry_after=5.0, code=DRAINING
            )
        limits, purse = self.limits(principal), self._purse
        bound = purse is not None and purse.bound(principal)
        if not limits and not bound:
            return FREE
        admission = await self._rated(principal, limits, weigh)
        if purse is None or not bound:
            return admission
        try:
            held = await purse.hold(principal, weigh)
        except BaseException:
            self.settle(principal, NOTHING, admission.reserved)
            raise
        reserved = admission.reserved or Reservation()
        reserved.held = held
        return Admission(admission.allowances, reserved)

    async def _rated(self, principal: Principal, limits: tuple[_Limit, ...], weigh: Callable[[], Weight]) -> Admission:
        weight = -1
        marks: dict[str, float] = {}
        allowances: list[Allowance] = []
        for limit in limits:
            unit, most, amount = limit.unit, limit.limit, 1
            if unit == "tokens":
                amount = weight = weigh().tokens if weight < 0 else weight
            count = await self._counter.add(limit.name, amount, limit.window)
            total = count.total
            if unit == "tokens":
                marks[limit.name] = count.mark
            # The first ask of a window may be heavier than the whole limit: it would otherwise never be let in.
            if total > most and total > amount:
                await self._give_back(limits[: len(allowances) + 1], weight)
                raise _refusal(limit, count.resets)
            allowances.append(Allowance(unit, most, most - total if total < most else 0, count.resets))
        return Admission(tuple(allowances), Reservation(weight, marks) if marks else None)

    async def _give_back(self, taken: tuple[_Limit, ...], weight: int) -> None:
        for limit in taken:
            await self._counter.add(limit.name, -weight if limit.unit == "tokens" else -1, limit.window)

    def settle(
        self, principal: Principal, spent: Spent, reserved: Reservation | None, card: ModelCard | None = None
    ) -> None:
        """Count what an answer used, in place of what was reserved for it; `card` is that of the model that was used.

        A reservation is given back to its own windows only: later ones never held it.
        """
        back = reserved is not None and reserved.open
        tokens = spent.tokens
        for limit in self.limits(principal):
            if limit.unit != "tokens":
                continue
            if reserved is not None and back and limit.name in reserved.marks:
                self._counter.note(limit.name, -reserved.tokens, limit.window, within=reserved.marks[limit.name])
            if tokens:
                self._counter.note(limit.name, tokens, limit.window)
        if self._purse is not None:
            self._purse.settle(principal, spent, reserved.held if reserved is not None and back else (), card)
        if reserved is not None:
            reserved.open = False

    def limits(self, principal: Principal) -> tuple[_Limit, ...]:
        """What binds this principal; worked out once per principal."""
        if principal is self._latest[0]:
            return self._latest[1]
        known = self._limits.get(principal)
        if known is None:
            if len(self._limits) > 4096:  # a principal for each session and key there is: many, and forgetting is cheap
                self._limits.clear()
            known = self._limits[principal] = tuple(self._bind(principal))
        self._latest = (principal, known)
        return known

    def _bind(self, principal: Principal) -> Iterator[_Limit]:
        rates, window = self._rates, self._rates.window
        who = rates.guest if principal.guest else rates.user
        yield from _limits(principal.lane_key, "guest" if principal.guest else "user", window, who)
        if principal.key is not None:
            yield from _limits(principal.scope_key, "key", window, rates.key)
            own = Rate(principal.requests_per_minute, principal.tokens_per_minute)
            yield from _limits(f"{principal.scope_key}/own", "key", MINUTE, own)
        yield from _limits(f"{len(principal.tenant)}:{principal.tenant}", "tenant", window, rates.tenant)


def _limits(name: str, whose: str, window: float, rate: Rate) -> Iterator[_Limit]:
    if rate.requests is not None:
        yield _Limit(f"requests/{name}", whose, window, "requests", rate.requests)
    if rate.tokens is not None:
        yield _Limit(f"tokens/{name}", whose, window, "tokens", rate.tokens)


def _refusal(limit: _Limit, resets: float) -> Fault:
    return Fault(
        Kind.over_budget,
        f"This {limit.whose} has used its {limit.limit} {limit.unit} of the last {limit.window:.15g} seconds.",
        hint=f"The count resets in {max(1, round(resets))} s.",
        retry_after=max(1.0, resets),
        code=f"{limit.unit}_rate",
        limit=limit.limit,
    )
