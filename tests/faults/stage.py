"""A whole house without doors, over a copy of a database and faulty parts: what every scenario plays on.

A scenario is arranged once; each of its runs begins with the same bytes in a house of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from parlance.app import House
from parlance.assembly import chatbot, connections
from parlance.assembly.accounts import Staff
from parlance.assembly.connecting import Connecting
from parlance.assembly.coordination import Shared
from parlance.assembly.files import FileKeeping
from parlance.assembly.knowledge import KnowledgeKeeping, crew, workers
from parlance.core.accounts.identity import Approach
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import handlers
from parlance.core.models.connections import RETRY_SECONDS
from parlance.core.operation import Operation
from parlance.core.runs.run import Run
from parlance.core.server.facts import ServerFacts
from parlance.ports.observing import Log, NullLog, NullMeters
from parlance.settings.load import Loaded
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.testing.accounts import CHEAP, HERE
from parlance.testing.chats import add_users
from parlance.testing.clocks import HandClock
from parlance.testing.databases import migrated
from parlance.testing.faulty import Faults, FaultyBlobs, FaultyClient, FaultyClock, FaultyDatabase
from parlance.testing.reading import HashEmbedding, PlainParsing
from parlance.testing.servers import loaded
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, NOBODY, OWNER, Principal
from parlance.vault.argon2 import Argon2Passwords
from parlance.vault.bcrypt_passwords import BcryptPasswords
from parlance.vault.fernet import FernetCipher
from parlance.watch import Observer, observer

T = TypeVar("T")
ADA = Principal(DEFAULT_TENANT, "ada")
BOB = Principal(DEFAULT_TENANT, "bob")
ADMIN = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES, stored=True)
OVERSEER = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES, stored=True, oversees=True)
MACHINE = Principal(DEFAULT_TENANT, OWNER, scopes=ALL_SCOPES)
KEEPS = Principal(DEFAULT_TENANT, "ada", keep_chats=True)
SECRET = hashlib.sha256(b"of these tests").hexdigest()
TOML = """
[[connections]]
name = "mock"
base_url = "http://upstream.test/v1"
retries = 0

[connections.cards.model]
prompt_price = 1000000
completion_price = 2000000
currency = "EUR"

[embed]
enabled = false
"""


class Kept(msgspec.Struct, frozen=True):
    """What outlives a house: its database, its blobs, and what the scenario remembers."""

    data: bytes
    blobs: Mapping[str, tuple[int, bytes]]
    given: Any = None


class _Gauges(NullMeters):
    """Numbers that nobody looks at."""

    def watch(self, name: str, help: str, read: object, **labels: str) -> None:
        """Nobody asks."""


class Quiet(Observer):
    """Tells nobody, and remembers defects."""

    def __init__(self, real: Observer, defects: list[Exception]) -> None:
        vars(self).update(vars(real))
        self.meters = _Gauges()
        self.metrics: Any = self.meters
        self.defects = defects

    def log(self, module: str) -> Log:
        """Nowhere."""
        return NullLog()

    def defect(self, error: Exception) -> None:
        """There must be none."""
        self.defects.append(error)


class World:
    """What all stages of a test session share: settings, an observer, and an empty database with two users."""

    def __init__(self, folder: Path, **flags: object) -> None:
        chosen = {"data.dir": None, "data.ephemeral": True, "accounts.secret_key": SECRET, **flags}
        self.loaded: Loaded = loaded(folder, toml=TOML, flags=chosen)
        self.observer = observer(self.loaded.settings, HandClock())
        self.empty = Kept(b"", {})

    async def begin(self) -> World:
        """Make the empty database."""
        database = Sqlite(None)
        await migrated(database)
        await add_users(database, DEFAULT_TENANT, "ada", "bob")
        self.empty = Kept(database.connection.serialize(), {})
        await database.close()
        return self


class Stage(House):
    """One process. Call `open` before anything else, and `shut` at the end."""

    def __init__(self, world: World, kept: Kept, later: float = 0.0, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.defects: list[Exception] = []
        self.begun = False
        """Whether what a scenario does only once was done."""
        self.hand = FaultyClock(self.faults)
        self.hand.move(later)
        super().__init__(world.loaded, Quiet(world.observer, self.defects), self.hand)
        self.world, self.begun_with = world, kept
        self.client = self.upstream = FaultyClient(self.faults)
        given = connections.surroundings(self.settings, self.client, self.clock, self.observer, {})
        self.engine_room = connections.EngineRoom(self.settings, given, self.clock, self.observer)
        self.memory = MemoryBlobs(self.hand)
        self.memory._blobs = dict(kept.blobs)
        self.memory.taken = sum(len(data) for _, data in kept.blobs.values())
        self.sqlite = Sqlite(None)
        self.sqlite.connection.deserialize(kept.data)
        self.sqlite.connection.execute("PRAGMA foreign_keys=ON")

    @property
    def files(self) -> FileKeeping:
        """Those of the house, over blobs that fail."""
        return self._keeping

    @files.setter
    def files(self, made: FileKeeping) -> None:
        blobs = FaultyBlobs(self.memory, self.faults)
        self._keeping = FileKeeping(self.settings, self.database, self.clock, self.ids, self.observer, blobs)

    def _learn(self) -> None:
        """With a parser that needs no process."""
        self.knowledge = KnowledgeKeeping(self, PlainParsing())
        # A base has vectors although nobody is asked for them: what fails is the database, the blobs and the clock.
        self.embedder = HashEmbedding()
        self.knowledge.room = msgspec.structs.replace(
            self.knowledge.room, embedding=self.embedder, joined=self.embedder
        )
        room, signals = self.knowledge.room, self.shared.signals
        hands = crew(room, self.database, signals, self.observer.defect)
        self.knowledge.workers = workers(room, self.database, 1, hands, NullLog(), self.observer.defect)
        room.hands[:] = [hands]

    async def open(self) -> Stage:
        """Build the house as `House.build` does, without what stands before the core."""
        settings = self.settings
        self.shared = Shared(settings, self.clock, self.ids.new(), self.observer)
        self.database = FaultyDatabase(self.sqlite, self.faults)
        self.staff = Staff(settings, self.database, self.clock, self.ids, self.shared.counter(), self.observer)
        cheap = self.passwords = Argon2Passwords(**CHEAP)
        self.staff.room = msgspec.structs.replace(self.staff.room, passwords=cheap)
        self.identity, self.console = self.staff.identity, self.staff.console
        await self.staff.room.access.confirm()
        self.connecting = Connecting(self.loaded, self.engine_room, self.observer, ())
        self._lay_out(self.connecting.engines(chatbot.connections(settings), ()), ServerFacts())
        if self.chatbot.room is not None:
            _cheapened(self.chatbot.room)
        await self.connecting.begin(
            self.road.models, lambda made: None, self.database, self.staff.room, self.shared.signals
        )
        oversight = self.staff.oversight
        self.dispatch = Dispatch(handlers(self._rooms()), self._loaders(), self.road.gate, self.database, oversight)
        await self.staff.settle(self.dispatch)
        await self.books.begin(self.road.models)
        await self.chats.begin()
        return self

    # -- what scenarios do --------------------------------------------------------------------------------------------

    async def do(self, operation: Operation[T], who: Principal = ADA) -> T:
        """As this principal."""
        return await Caller(self.dispatch, who, "request-1", HERE)(operation)

    async def arrive(self, operation: Operation[T]) -> T:
        """As somebody who is not known."""
        return await self.do(operation, NOBODY)

    async def who(self, token: str | None = None) -> Principal:
        """Who shows this token."""
        found = self.identity.identify(Approach(token, None, local=True))
        return found if isinstance(found, Principal) else await found

    async def said(self, run: str) -> None:
        """Wait for the end of a run."""
        found = self.road.runs.get(run)
        while found is not None and found.ended is None:
            await found.wait()

    async def calm(self) -> None:
        """Nothing fails any more, and all that goes on by itself is done."""
        self.faults.over()
        self.hand.heal()
        self.hand.move(2 * RETRY_SECONDS)
        self.upstream.gate.set()
        await self.chats._recovery.settle()
        for _ in range(3):
            for run in self.road.runs.going:
                await self._ended(run)
            await self.chats._saver.flush()
            while self.road.settling:
                await asyncio.wait(set(self.road.settling))
            await self.books._writer.flush()
            await self.files.room.keeper.tidy()
            await self.library.remains.round()
            await self._worked()

    async def _worked(self) -> None:
        """All jobs are done, whatever they wait for."""
        while await self.knowledge.room.jobs.count():
            self.sqlite.connection.execute("UPDATE jobs SET not_before = 1, leased_until = 0 WHERE state = 'open'")
            await self.knowledge.workers.settle()
        await self.knowledge.keeper.tidy()

    async def _ended(self, run: Run) -> None:
        while run.ended is None:
            await run.wait()

    def keep(self, given: Any = None) -> Kept:
        """All that outlives this house, as it is now."""
        return Kept(self.sqlite.connection.serialize(), dict(self.memory._blobs), given)

    async def shut(self) -> None:
        """The end of the process. What still runs then, nobody waits for."""
        self.faults.over()
        self.passwords.close()
        self.housekeeping.stop()
        await self.knowledge.stop()
        for part in (self.shared, self.library, self.chatbot, self.chats, self.staff, self.backups):
            await part.stop()
        for store in (self.files, self.books):
            await store.stop()
        await self.connecting.stop()
        await self.sqlite.close()


def _cheapened(app: ChatbotRoom) -> None:
    """Passwords of the chatbot app and the keys made of them cost next to nothing."""
    assert isinstance(app.passwords, BcryptPasswords) and isinstance(app.cipher, FernetCipher)
    app.passwords.cost, app.cipher.rounds = 4, 1
