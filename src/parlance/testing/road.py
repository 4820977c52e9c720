"""The road with everything in memory and an engine that does what a test tells it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from parlance.core.admission.answers import Answers
from parlance.core.admission.batches import Batches
from parlance.core.admission.circuit import Circuit
from parlance.core.admission.gate import Gate, Rates
from parlance.core.admission.slots import Line
from parlance.core.chat.conversations import Conversations
from parlance.core.chat.road import Pool, Road
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.ledger.ledgers import Ledgers
from parlance.core.models.connections import Connection, Models
from parlance.core.models.handlers import embed_now
from parlance.core.runs.registry import Runs
from parlance.core.server.facts import ServerFacts
from parlance.engines.plug import Engine
from parlance.ports.engines import Sink
from parlance.ports.observing import NullLog, NullMeters
from parlance.stores.volatile.cache import MemoryCache
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import CountingIds, HandClock
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event, Finished, Started, Usage
from parlance.values.messages import Message
from parlance.values.models import Capability, LoadedModel, ModelCard, ModelRef

MEBIBYTE = 1024 * 1024


class ScriptedEngine:
    """A `ChatEngine`, `EmbedEngine` and `Catalogue` of one model. `gate` holds answers back.

    `script` are the events of an answer; `fault`, when set, is raised after them (or before, with `mute`).
    """

    def __init__(self, script: Sequence[Event] = (Delta("Hel"), Delta("lo")), *, name: str = "model") -> None:
        self.name = name
        self.script = list(script)
        self.fault: Fault | None = None
        self.mute = False
        self.calls = 0
        self.cancelled = 0
        self.active = 0
        self.most_active = 0
        self.asks: list[ChatAsk] = []
        self.embedded: list[tuple[str, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Say the script, once the gate is open."""
        self.calls += 1
        self.asks.append(ask)
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        try:
            await self.gate.wait()
            if self.fault is not None and self.mute:
                raise self.fault
            sink.push(Started(ask.model))
            for event in self.script:
                sink.push(event)
            if self.fault is not None:
                raise self.fault
            sink.push(Finished("stop"))
            sink.push(Usage(10, len(self.script)))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.active -= 1

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """The length of each text as its vector."""
        self.embedded.append(ask.texts)
        self.active += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.active -= 1
        if self.fault is not None:
            raise self.fault
        return Embedded(tuple((float(len(text)), 0.0) for text in ask.texts), len(ask.texts))

    async def cards(self) -> Sequence[ModelCard]:
        """The one model."""
        if self.fault is not None and self.fault.code == "unlisted":
            raise self.fault
        able: frozenset[Capability] = frozenset({"chat", "completion", "embed"})
        return (ModelCard(self.name, ModelRef("scripted", self.name), "scripted", capabilities=able),)

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """The same."""
        return (await self.cards())[0]

    async def loaded(self) -> Sequence[LoadedModel]:
        """It is in memory."""
        return (LoadedModel((await self.cards())[0], size=1),)


class Bench(msgspec.Struct):
    """A road with its engine, clock and dispatch."""

    road: Road
    engine: ScriptedEngine
    clock: HandClock
    dispatch: Dispatch
    defects: list[Exception]

    def caller(self, user: str = "ada", tenant: str = "default", **more: Any) -> Caller:
        """`do` for a user."""
        principal = msgspec.structs.replace(Principal(tenant, user), **more)
        return Caller(self.dispatch, principal, "request-1")


def bench(
    engine: ScriptedEngine | None = None,
    *,
    places: int | None = None,
    max_waiting: int = 100,
    share: str = "deterministic",
    rates: Rates | None = None,
    retries: int = 0,
    max_bytes: int = MEBIBYTE,
    batch: int = 3,
    tune: Callable[[Connection], None] = lambda connection: None,
    facts: ServerFacts | None = None,
) -> Bench:
    """A whole road in memory."""
    engine = engine or ScriptedEngine()
    clock, meters = HandClock(), NullMeters()
    defects: list[Exception] = []
    connection = Connection(
        "scripted",
        Engine(engine, chat=engine, embed=engine),
        line=Line("scripted", places, max_waiting, 1000.0, clock, meters),
        circuit=Circuit("scripted", clock, meters),
        retries=retries,
    )
    tune(connection)
    gate = Gate(MemoryCounter(clock), rates or Rates())
    road = _road(connection, clock, share, max_bytes, gate, defects, facts or ServerFacts())
    connection.batches = Batches(
        lambda lane, ask: embed_now(road, connection, lane, ask), max_size=batch, timeout=2.0, meters=meters
    )
    return Bench(road, engine, clock, _dispatch(road), defects)


def _dispatch(road: Road) -> Dispatch:
    return Dispatch(handlers(Rooms(road)), {"run": road.runs.find}, road.gate, None)


def _road(
    connection: Connection,
    clock: HandClock,
    share: str,
    max_bytes: int,
    gate: Gate,
    defects: list[Exception],
    facts: ServerFacts,
) -> Road:
    ledgers = Ledgers(clock)
    return Road(
        models=Models([connection], clock=clock, aliases={"alias": "model"}),
        runs=Runs(clock, ledgers.close),
        gate=gate,
        pools={"default": pool(share, clock, max_bytes), "chatqueue": pool("all", clock, max_bytes)},
        lines={"chatqueue": Line("chatqueue", 1, connection.line.max_waiting, 30_000.0, clock, NullMeters())},
        clock=clock,
        ids=CountingIds(),
        journal=NullLog(),
        meters=NullMeters(),
        on_defect=defects.append,
        chance=random.Random(7),
        ledgers=ledgers,
        facts=facts,
    )


def pool(policy: str, clock: HandClock, max_bytes: int = MEBIBYTE) -> Pool:
    """Caches that keep for a minute."""
    meters = NullMeters()
    kept = Answers(MemoryCache(max_bytes, clock), enabled=True, ttl=60.0, max_bytes=max_bytes, meters=meters)
    talks = Conversations(MemoryCache(max_bytes, clock), enabled=True, ttl=60.0, max_bytes=max_bytes, meters=meters)
    return Pool(kept, talks, policy)


def ask(text: str = "Hello", **more: object) -> ChatAsk:
    """A question to the scripted model."""
    return msgspec.structs.replace(ChatAsk("model", (Message("user", text),)), **more)


def unreachable() -> Fault:
    """What an engine that cannot be reached raises."""
    return Fault(Kind.upstream, "The engine could not be reached.")
