"""The composition root: settings → adapters → core → dialects → transports. The only file that knows everything."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from parlance import dialect_list
from parlance.assembly import chatbot, connections, core, storage, stores
from parlance.assembly.accounts import Staff
from parlance.assembly.backups import FolderBackups
from parlance.assembly.books import Books
from parlance.assembly.chats import ChatKeeping
from parlance.assembly.connecting import Connecting
from parlance.assembly.coordination import Shared
from parlance.assembly.doors import cross, limits, spoken
from parlance.assembly.face import command_line, server_facts
from parlance.assembly.farewells import departures
from parlance.assembly.federation import Federation, vouching
from parlance.assembly.files import FileKeeping
from parlance.assembly.gateway import DoorGateway
from parlance.assembly.knowledge import KnowledgeKeeping
from parlance.assembly.library import Library
from parlance.assembly.weknora import WeknoraKeeping
from parlance.core.chat.operations import SendMessage
from parlance.core.dispatch import Dispatch, Loader
from parlance.core.handlers import Rooms, handlers
from parlance.core.models.connections import Connection
from parlance.core.runs.housekeeping import Housekeeping
from parlance.core.runs.run import Run
from parlance.core.server.facts import ServerFacts
from parlance.dialects.table import Dialect
from parlance.discovery import discovered
from parlance.outbound.client import Client
from parlance.settings import schema
from parlance.settings.addresses import DEFAULT_DOOR, split_address
from parlance.settings.load import Loaded
from parlance.stores.folder_lock import FolderLock
from parlance.transports.http.app import App
from parlance.transports.http.door import Door
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.server import Address, Listener, serve
from parlance.values.accounts import Principal
from parlance.values.ids import RandomIds
from parlance.values.time import Clock, SystemClock
from parlance.watch import Observer

MEBIBYTE = 1024 * 1024
LAST_SECOND = 1.0
"""Kept of the drain time for the ends of the streams to be sent."""


class House:
    """Everything that one process serves, put together. `clock` may be a test's."""

    def __init__(
        self,
        loaded: Loaded,
        observer: Observer,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.loaded, self.settings = loaded, loaded.settings
        self.observer = observer
        observer.trace(loaded.settings.traces, clock or SystemClock(), dialect_list.job_words)
        self.clock = clock or SystemClock()
        self.ids = RandomIds(self.clock)
        self.client = Client()
        self.wheel = Wheel(self.clock)
        given = connections.surroundings(self.settings, self.client, self.clock, observer, dict(environment or {}))
        self.environment = dict(environment or {})
        self.command = command_line((environment or {}).get("PATH", ""), sys.executable, Path.cwd())
        self.engine_room = connections.EngineRoom(self.settings, given, self.clock, observer)

    async def build(self) -> list[Listener]:
        """Find the engines, make the core, and put the dialects behind their doors."""
        settings = self.settings
        self.shared = Shared(settings, self.clock, self.ids.new(), self.observer)
        self.engine_room.slots = self.shared.slots
        self.database = await stores.open_database(settings, self.clock)
        self.staff = Staff(settings, self.database, self.clock, self.ids, self.shared.counter(), self.observer)
        self.identity, self.console = self.staff.identity, self.staff.console
        await self.staff.room.access.confirm()
        dialects = dialect_list.dialects(dialect_list.Installation(settings, self.clock))
        facts = server_facts(self.loaded, dialects, self.identity, self.observer.metrics_text, self.command)
        self._lay_out(await self._engines(), facts)
        self._gauges()
        fit = partial(core.batched, settings, self.road, self.observer)
        room, signals = self.staff.room, self.shared.signals
        await self.connecting.begin(self.road.models, fit, self.database, room, signals)
        self.dispatch = Dispatch(
            handlers(self._rooms()),
            self._loaders(),
            self.road.gate,
            self.database,
            self.staff.oversight,
        )
        await self.staff.settle(self.dispatch)
        await self.books.begin(self.road.models)
        await self.chats.begin()
        return [self._listener(door, dialects) for door in dialect_list.doors_of(settings)]

    def _lay_out(self, engines: list[Connection], facts: ServerFacts) -> None:
        """The areas of the house."""
        settings, observer = self.settings, self.observer
        bytes_of_files = storage.blobs(settings, self.client, self.clock)
        self.files = FileKeeping(settings, self.database, self.clock, self.ids, observer, bytes_of_files)
        process, signals = self.shared.process, self.shared.signals
        self.books = Books(settings, self.database, self.clock, self.ids, self.shared.counter(), observer, signals)
        self.road = core.road(settings, engines, self.clock, self.ids, observer, facts, self.books, self.shared)
        self.housekeeping = Housekeeping(self.road.runs, self.clock)
        self.chats = ChatKeeping(settings, self.road, self.database, process, observer, self._ask, self.files, signals)
        counter, kept_files = self.shared.counter(), self.files.room.files
        self.library = Library(settings, self.chats.room, self.database, counter, kept_files, observer)
        self._learn()
        departures(
            self.staff.room, self.database, self.chats.room, self.files.room, self.library.room, self.knowledge.room
        )
        self.federation = Federation(settings, self.staff, self.database, counter, self.client, lambda: self.dispatch)
        self.weknora = WeknoraKeeping(self)
        self.chatbot = chatbot.Chatbot(settings, self.database, self.clock, self.shared, self.client, self._ask)
        kept = self.files.kept(self.database, self.clock)
        self.backups = FolderBackups(settings, kept, observer.log("parlance.backups"), observer.defect)

    def _learn(self) -> None:
        """Bases of knowledge, and who reads the documents in them."""
        self.knowledge = KnowledgeKeeping(self)

    async def _engines(self) -> list[Connection]:
        """Those that are configured, those that were found, and those that are always there."""
        own = _own(self.settings)
        self.connecting = Connecting(self.loaded, self.engine_room, self.observer, own)
        found = await discovered(self.settings, self.client, own)
        return self.connecting.engines(chatbot.connections(self.settings), found)

    async def _ask(self, principal: Principal, message: SendMessage) -> Run:
        """What the house asks in somebody's name: it is authorised and counted as that one's own ask."""
        return await self.dispatch(principal, "house", message)

    def _rooms(self) -> Rooms:
        """What each area of the core needs."""
        return Rooms(
            self.road,
            self.chats.room,
            accounts=self.staff.room,
            federation=self.federation.room,
            files=self.files.room,
            backups=self.backups,
            budgets=self.books.budget_room,
            ledgers=self.books.ledger_room,
            library=self.library.room,
            chatbot=self.chatbot.moving,
            connections=self.connecting.room,
            knowledge=self.knowledge.room,
            weknora=self.weknora.room,
            moving=self.weknora.moving,
            more=self.chatbot.handled,
        )

    def _loaders(self) -> Mapping[str, Loader]:
        """How what operations name is found."""
        people = (self.chats, self.staff, self.files, self.books, self.library)
        areas = (*people, self.connecting, self.knowledge, self.weknora)
        found = {kind: loader for area in areas for kind, loader in area.loaders.items()}
        return {**found, "run": self.shared.runs(self.road.runs, found["run"])}

    def _gauges(self) -> None:
        """What is worth seeing but has no moment of its own: counted when somebody asks."""
        runs, metrics = self.road.runs, self.observer.metrics
        metrics.watch("runs", "Runs that have not ended.", lambda: len(runs.going))
        metrics.watch("upstream_connections", "Open connections to engines.", lambda: self.client.counts().open)

    def _listener(self, door: schema.Door, dialects: Mapping[str, Dialect]) -> Listener:
        server, aside = self.settings.server, dialect_list.aside(door, dialects)
        host, port = split_address(door.address or "", server.host)
        built = Door(
            name=door.name,
            host=host,
            dialects=spoken(door, dialects, aside, self.settings, self.identity),
            clashes=dialect_list.CLASHES if door.name == DEFAULT_DOOR else None,
            base_path=server.base_path,
            public_hosts=frozenset(server.public_hosts),
            trusted_proxies=server.trusted_proxies,
            cors_origins=frozenset(server.cors_origins),
            cors_methods=server.cors_methods,
            cors_headers=server.cors_headers,
            cors_of=cross(self.settings),
            body_limit=int(server.max_body_mb * MEBIBYTE),
            vouching=vouching(self.settings),
            aside=aside,
        )
        app = App(built, DoorGateway(self, door), self.observer, self.wheel, self.ids)
        return Listener(app, host, port, server.tls_cert, server.tls_key)

    def start(self, *, first: bool) -> None:
        """Do what goes on by itself. What writes into a folder that others share is done by the `first` of them."""
        self.housekeeping.start()
        self.shared.start()
        self.staff.start(self.road.runs)
        for part in (self.files, self.books, self.chats, self.connecting, self.knowledge):
            part.start()
        if first:
            self.backups.start()
            self.library.start()
        self.observer.watch_loop()

    async def drain(self, seconds: float) -> None:
        """Refuse what is new, let what runs end, and end the rest with a typed reason."""
        self.road.gate.close()
        await self.road.runs.drain(max(0.0, seconds - LAST_SECOND))
        self.shared.dismiss()

    async def close(self) -> None:
        """Let the last caches be filled, and give back what engines hold."""
        self.housekeeping.stop()
        await self.shared.stop()
        await self.knowledge.stop()
        await self.weknora.stop()
        for part in (self.library, self.chatbot, self.chats, self.staff, self.backups, self.files, self.books):
            await part.stop()
        if self.road.settling:
            await asyncio.wait(self.road.settling, timeout=LAST_SECOND)
        await self.connecting.stop()
        await self.client.close()
        await self.database.close()
        await self.shared.close()


def _own(settings: schema.Settings) -> list[tuple[str, int]]:
    host = settings.server.host
    return [split_address(door.address or "", host) for door in dialect_list.doors_of(settings)]


async def run(
    loaded: Loaded,
    observer: Observer,
    *,
    on_ready: Callable[[House, Sequence[Address]], None],
    stop: asyncio.Event | None = None,
    signals: bool = True,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
    worker: int | None = None,
) -> None:
    """Serve until told to stop. `on_ready` hears the addresses once they answer. `worker` is the number (from 0) of
    this process where one command started several: they share the addresses, and a folder that the command owns.

    Raises FolderError where the data folder cannot be had: one server owns it at a time.
    """
    folder = loaded.settings.data.dir
    with FolderLock(Path(folder)) if folder is not None and worker is None else nullcontext() as lock:

        def ready(addresses: Sequence[Address]) -> None:
            house.connecting.listens_at([(each.host, each.port) for each in addresses])
            if lock is not None:
                lock.note(addresses[0].url)
            on_ready(house, addresses)

        house = House(loaded, observer, clock, environment)
        await _serve(house, ready, stop, signals, worker)


async def _serve(
    house: House,
    on_ready: Callable[[Sequence[Address]], None],
    stop: asyncio.Event | None,
    signals: bool,
    worker: int | None,
) -> None:
    listeners = await house.build()
    house.start(first=worker in (None, 0))
    try:
        await serve(
            listeners,
            drain=house.drain,
            on_ready=on_ready,
            drain_seconds=house.settings.server.drain_seconds,
            limits=limits(house.settings.server),
            stop=stop,
            signals=signals,
            shared=worker is not None,
            pack=house.books.ledgers.pack,
        )
    finally:
        await house.close()
