"""A roster over any database, with a workshop that makes scripted engines and remembers what it was told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from parlance.core.accounts.handlers import AREA as ACCOUNTS
from parlance.core.admission.circuit import Circuit
from parlance.core.admission.gate import Gate, Rates
from parlance.core.admission.slots import Line
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.models.connecting import AREA, ConnectionRoom
from parlance.core.models.connections import Connection, Models
from parlance.core.models.roster import Fixed, Roster
from parlance.core.operation import Operation
from parlance.engines.plug import Engine
from parlance.ports.observing import NullMeters
from parlance.ports.secrets import Sealer
from parlance.ports.signals import Signals
from parlance.stores.sql.connections import SqlConnections
from parlance.testing.accounts import Office
from parlance.testing.clocks import HandClock
from parlance.testing.road import ScriptedEngine
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, OWNER, Principal
from parlance.values.connections import ConnectionKind, ConnectionPlan, Owner
from parlance.values.errors import Fault, Kind

T = TypeVar("T")
OPERATOR = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)
ADMIN = Principal(DEFAULT_TENANT, "ada", scopes=ALL_SCOPES - {"operate"})
KEY = "what-opens-the-lab-wxyz"


class Shop:
    """A `Workshop`. `engines` are by the plan's name; those with `broken` in their address cannot be made."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.engines: dict[str, ScriptedEngine] = {}
        self.keys: list[str | None] = []
        """Those that engines were made with."""
        self.marks: list[str] = []
        self.made: list[Connection] = []
        self.discarded: list[Connection] = []
        self.retired: list[str] = []
        self.learnt: set[str] = set()
        self.tidied = 0

    def kinds(self) -> tuple[ConnectionKind, ...]:
        """Two."""
        return ConnectionKind("openai", "https://api.openai.com/v1"), ConnectionKind("plugged")

    def place(self, plan: ConnectionPlan) -> str:
        """What stands before the third slash."""
        return "/".join((plan.base_url or plan.kind).split("/")[:3])

    def make(
        self, plan: ConnectionPlan, key: str | None, mark: str = "", before: Connection | None = None
    ) -> Connection:
        """One of them."""
        if "broken" in (plan.base_url or ""):
            raise Fault(Kind.invalid, "No engine can be made of this.", field="base_url", code="bad_address")
        engine = self.engines.setdefault(plan.name, ScriptedEngine(name=f"{plan.name}-model"))
        self.keys.append(key)
        self.marks.append(mark)
        made = connection(plan.name, engine, self._clock, plan.prefix)
        self.made.append(made)
        return made

    async def discard(self, connection: Connection) -> None:
        """Remembered."""
        self.discarded.append(connection)

    def retire(self, connection: Connection) -> None:
        """Remembered."""
        self.retired.append(connection.name)

    def learn(self, keys: Sequence[str]) -> None:
        """Remembered."""
        self.learnt |= set(keys)

    async def tidy(self) -> None:
        """Counted."""
        self.tidied += 1


def connection(name: str, engine: ScriptedEngine, clock: HandClock, prefix: str = "") -> Connection:
    """A connection to a scripted engine."""
    line = Line(name, None, 1, 1.0, clock, NullMeters())
    return Connection(
        name, Engine(engine, chat=engine), line=line, circuit=Circuit(name, clock, NullMeters()), prefix=prefix
    )


class Works:
    """One process: an office of accounts, a roster beside it, and a dispatch over both."""

    def __init__(
        self,
        office: Office,
        fixed: Sequence[Fixed] = (),
        sealer: Sealer | None = None,
        signals: Signals | None = None,
        **more: Any,
    ) -> None:
        self.office = office
        self.shop = Shop(office.clock)
        self.models = Models([], clock=office.clock, aliases={})
        self.rows = SqlConnections(office.database)
        accounts = office.room if sealer is None else msgspec.structs.replace(office.room, sealer=sealer)
        self.roster = Roster(self.rows, accounts.sealer, self.shop, self.models, fixed)
        self.room = ConnectionRoom(self.roster, accounts, signals, **more)
        handlers: dict[Any, Any] = {kind: partial(handle, self.room) for kind, handle in AREA.items()}
        handlers |= {kind: partial(handle, office.room) for kind, handle in ACCOUNTS.items()}
        gate = Gate(office.counter, Rates())
        self.dispatch = Dispatch(handlers, {"connection": self.room.find}, gate, office.database)

    async def do(self, operation: Operation[T], who: Principal = OPERATOR) -> T:
        """As this principal, a moment later than what was done before."""
        self.office.clock.move(0.01)
        return await Caller(self.dispatch, who, "request-1")(operation)

    async def names(self, who: Principal = OPERATOR) -> list[str]:
        """The models that are offered."""
        return [card.id for card in await self.models.listing(who)]


def fixed(clock: HandClock, name: str, owner: Owner = "file", **more: Any) -> Fixed:
    """A connection that nobody changes."""
    engine = ScriptedEngine(name=f"{name}-model")
    origin, has_key = more.pop("origin", ""), more.pop("has_key", False)
    off = more.get("enabled") is False
    return Fixed(
        ConnectionPlan(name=name, **more),
        owner,
        None if off else connection(name, engine, clock),
        partial(connection, name, engine, clock),
        origin,
        has_key,
    )
