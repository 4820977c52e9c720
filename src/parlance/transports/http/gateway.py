"""What the HTTP transport needs of the rest of the house: who asks, a bound `do`, and somebody who watches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from parlance.core.accounts.federation.people import Vouched
from parlance.dialects.table import Do
from parlance.values.accounts import Principal
from parlance.values.noted import Noted

CONSOLE_COOKIE = "parlance_console"


class Facts(msgspec.Struct, frozen=True):
    """What a request says about its sender, judged but not yet believed.

    `token` is the key as the client sent it; `console` the console cookie's value, given only to pages of our own
    origin, and so is `session`, the token of a session; `local` says that a program on this machine asks directly (no
    proxy, no foreign page); `peer` is the client's address, taken from a trusted proxy's word where there is one;
    `agent` what the client calls itself; `anyone` that the row is for those who are not known yet;
    `vouched` whom a proxy that may do so names, where no page of another origin asks; `second` is a key that is tried
    when the first stands for nobody.
    """

    token: str | None
    console: str | None
    dialect: str
    door: str
    local: bool
    peer: str
    session: str | None = None
    agent: str = ""
    anyone: bool = False
    vouched: Vouched | None = None
    second: str | None = None


class Caller(Do, Protocol):
    """Dispatch bound to one caller and one request."""

    @property
    def principal(self) -> Principal | None:
        """Who asks."""
        ...

    def stream(self, cut: Callable[[], object]) -> None:
        """The reply is a stream from now on; `cut` breaks it off, for when the caller may not have it any more."""
        ...

    def release(self) -> None:
        """Let go of every run this request started and still holds. Called exactly once, when the reply is over."""
        ...


def tenant_of(caller: Caller | None) -> str:
    """The tenant of whoever asks; empty for nobody."""
    return "" if caller is None or caller.principal is None else caller.principal.tenant


class Gateway(Protocol):
    """The way into the core."""

    def identify(self, facts: Facts) -> Principal | Awaitable[Principal]:
        """Who asks: at once where that is known, else awaited. Raises `Fault` (unauthenticated or forbidden)."""
        ...

    def caller(self, principal: Principal | None, request_id: str, facts: Facts | None = None) -> Caller:
        """A caller for one request; `None` on routes that need no principal."""
        ...


class Answered(msgspec.Struct, frozen=True):
    """One request that is over. `row` is the route's name (empty when none matched), `status` what went out (499 when
    the client left before a status did), `seconds` the whole time, `sent` the body's bytes; `cut` marks a stream that
    failed or was left before its end. `noted` is what the dialect tells beside, `tenant` whose request it was then."""

    request_id: str
    door: str
    dialect: str
    row: str
    method: str
    path: str
    status: int
    seconds: float
    sent: int
    streamed: bool
    cut: bool
    peer: str
    noted: Noted | None = None
    tenant: str = ""


class Watcher(Protocol):
    """The access log and the meters, in one synchronous call each. Must not raise."""

    def answered(self, answered: Answered) -> None:
        """A request is over."""
        ...

    def streams(self, delta: int) -> None:
        """A streamed reply was opened (1) or closed (-1)."""
        ...

    def failed(self, request_id: str, where: str, error: BaseException) -> None:
        """A defect of ours: to be logged with its traceback."""
        ...
