"""Connections: an engine with its models, its line and its circuit; and the register that finds a model by name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.core.admission.batches import Batches
from parlance.core.admission.circuit import Circuit
from parlance.core.admission.slots import Line
from parlance.core.authorize import may_use
from parlance.ports.catalogue import Able
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind, shown
from parlance.values.models import ModelCard, ModelRef
from parlance.values.time import Clock

FRESH_SECONDS = 30.0
"""How long a list of models is believed before it is fetched again behind the callers' backs."""
RETRY_SECONDS = 1.0
"""How soon a name that nobody knows may make us ask the engines again."""
UNKNOWN = "unknown"
"""What the card of a model that could not be listed says of its engine."""
LIST_SECONDS = 0.8
"""How long a list of models waits for engines that do not answer: then it tells what is known, within a second."""


class Connection:
    """One engine as configured or found, behind its line and its circuit. What it cannot do is `None`."""

    def __init__(
        self,
        name: str,
        able: Able,
        *,
        line: Line,
        circuit: Circuit,
        prefix: str = "",
        retries: int = 0,
        fallback: bool = False,
        mark: str = "",
    ) -> None:
        self.name = name
        self.mark = mark or name
        """What kept answers are filed under: another one, when another engine may be behind the same name."""
        self.catalogue = able.catalogue
        self.chat = able.chat
        self.embed, self.rerank, self.transcribe = able.embed, able.rerank, able.transcribe
        self.store = able.store
        self.loader = able.loader
        self.line = line
        self.circuit = circuit
        self.prefix = prefix
        self.retries = retries
        self.fallback = fallback
        """Whether it is only the default when nothing else is (the quote engine)."""
        self.batches: Batches | None = None
        self.cards: tuple[ModelCard, ...] = ()
        self.listed = False
        self.trouble: Fault | None = None

    async def refresh(self) -> None:
        """List the models again; when that fails, those known stay and the reason is kept."""
        try:
            cards = await self.catalogue.cards()
        except Fault as fault:
            self.trouble = fault
            self.circuit.note(fault)
            return
        self.trouble, self.listed = None, True
        self.cards = tuple(msgspec.structs.replace(c, id=self.prefix + c.id) if self.prefix else c for c in cards)


Found = tuple[Connection, ModelCard]


class Beside(Protocol):
    """Models that are not the server's: of a caller's tenant, which nobody else sees (decision 0026)."""

    async def find(self, principal: Principal, name: str) -> Found | None:
        """The caller's model of this name. Raises `Fault` where it is there and cannot be used."""
        ...

    async def cards(self, principal: Principal) -> Sequence[ModelCard]:
        """All of them."""
        ...


class Models:
    """The register of all connections. `aliases` are further names, `default` the model when an ask names none."""

    def __init__(
        self,
        connections: Sequence[Connection],
        *,
        clock: Clock,
        aliases: dict[str, str],
        default: str | None = None,
        embed_default: str | None = None,
    ) -> None:
        self.connections = tuple(connections)
        self.beside: Beside | None = None
        self._clock = clock
        self._aliases = aliases
        self._default = default
        self._embed_default = embed_default
        self._index: dict[str, Found] = {}
        self._listed_at = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None
        self._joining: asyncio.Task[None] | None = None

    def replace(self, connections: Sequence[Connection]) -> None:
        """Other connections from now on. Whoever found one that is gone keeps it until they are done; those that are
        new are asked for their models behind the callers' backs."""
        fresh = [connection for connection in connections if connection not in self.connections]
        self.connections = tuple(connections)
        self._index = self._indexed()
        if fresh and self._listed_at != float("-inf"):  # else the first who asks for a model has all of them listed
            self._joining = asyncio.get_running_loop().create_task(self._join(fresh, self._joining))

    async def _join(self, fresh: Sequence[Connection], before: asyncio.Task[None] | None) -> None:
        await asyncio.gather(*(self._relist_one(connection) for connection in fresh))
        if before is not None:
            await asyncio.wait([before])

    async def _joined(self) -> None:
        """Return when those that came last have been asked."""
        if self._joining is not None and not self._joining.done():
            await asyncio.shield(self._joining)

    # -- finding ----------------------------------------------------------------------------------------------------

    async def find(self, principal: Principal, name: str, *, embed: bool = False) -> Found:
        """The model of this name (empty: the default). Raises `Fault(missing)` for one unknown or not allowed."""
        now = self._clock.monotonic()
        if now - self._listed_at > FRESH_SECONDS:
            await self._freshen()
        found = self._lookup(name, embed=embed)
        if found is None and name and self.beside is not None:
            found = await self.beside.find(principal, name)
        if found is None:
            await self._joined()
            found = self._lookup(name, embed=embed)
        if found is None and self._is_stale(now):
            await self._listing()
            found = self._lookup(name, embed=embed)
        if found is None:
            found = self._guess(name, embed=embed)
        if found is None and not name:
            self._raise_trouble()
        if found is None or not may_use(principal, found[1].id):
            raise no_model(name)
        return found

    def _raise_trouble(self) -> None:
        """No default, because engines could not be asked for their models: that is the reason to tell."""
        for connection in self.connections:
            if connection.trouble is not None:
                raise connection.trouble

    async def _freshen(self) -> None:
        """Fetch the lists: the first time before answering, later beside it."""
        if self._listed_at == float("-inf"):
            await self._listing()
        else:
            self._begin()

    def _is_stale(self, now: float) -> bool:
        """Whether asking the engines may tell more than is known: they are being asked, or were not just now."""
        return self._refreshing is not None or now - self._listed_at > RETRY_SECONDS

    async def refresh(self) -> None:
        """Ask every connection for its models, all at once, and not before now: they may just have changed."""
        if self._refreshing is not None:
            await asyncio.shield(self._refreshing)
        await self._listing()

    async def _listing(self) -> None:
        """Whoever comes while the engines are being asked waits for the same answers, and nobody's leaving takes them
        from the others."""
        await asyncio.shield(self._begin())

    def _begin(self) -> asyncio.Task[None]:
        if self._refreshing is None:
            self._refreshing = asyncio.get_running_loop().create_task(self._relist())
        return self._refreshing

    async def _relist(self) -> None:
        self._listed_at = self._clock.monotonic()
        try:
            await asyncio.gather(*(self._relist_one(connection) for connection in self.connections))
        finally:
            self._refreshing = None

    async def _relist_one(self, connection: Connection) -> None:
        await connection.refresh()
        self._index = self._indexed()  # one that hangs must not hide what the others have

    def _indexed(self) -> dict[str, Found]:
        index: dict[str, Found] = {}
        for connection in self.connections:
            for card in connection.cards:
                name = card.id if card.id not in index else f"{connection.name}/{card.id}"
                shown = card if name == card.id else msgspec.structs.replace(card, id=name)
                index.setdefault(name, (connection, shown))
        for name, found in list(index.items()):
            if name.endswith(":latest"):  # what Ollama means by a name without a tag
                index.setdefault(name.removesuffix(":latest"), found)
        return index

    def _lookup(self, name: str, *, embed: bool) -> Found | None:
        name = self._aliases.get(name, name)
        if name:
            return self._index.get(name)
        return self._usual("embed" if embed else "chat", self._embed_default if embed else self._default)

    def _usual(self, capability: str, configured: str | None) -> Found | None:
        if configured:
            return self._index.get(self._aliases.get(configured, configured))
        able = [f for f in self._index.values() if capability in f[1].capabilities]
        return min(able, key=lambda f: f[0].fallback, default=None)

    def _guess(self, name: str, *, embed: bool) -> Found | None:
        """A connection that could not be listed may well have the model: let it say so itself."""
        name = name or (self._embed_default if embed else self._default) or ""
        name = self._aliases.get(name, name)
        if not name:
            return None
        for connection in self.connections:
            if not connection.listed and name.startswith(connection.prefix):
                own = name.removeprefix(connection.prefix)
                return connection, ModelCard(name, ModelRef(connection.name, own), UNKNOWN)
        return None

    # -- listing ----------------------------------------------------------------------------------------------------

    async def listing(self, principal: Principal) -> tuple[ModelCard, ...]:
        """Every model this principal may use: those of the server, then those of their tenant."""
        beside = () if self.beside is None else await self.beside.cards(principal)
        return (*await self.of_server(principal), *(card for card in beside if may_use(principal, card.id)))

    async def of_server(self, principal: Principal) -> tuple[ModelCard, ...]:
        """Those of the server: chat models first, the default at the head, then by connection."""
        coming = self._joining is not None and not self._joining.done()
        if coming or self._is_stale(self._clock.monotonic()):
            try:
                async with asyncio.timeout(LIST_SECONDS):
                    await self._joined()
                    await self._listing()
            except TimeoutError:
                pass  # they are asked on behind the caller's back
        usual = self._lookup("", embed=False)
        head = usual[1].id if usual else None
        cards = [found[1] for name, found in self._index.items() if name == found[1].id]
        cards.sort(key=lambda c: (c.id != head, "chat" not in c.capabilities))
        return tuple(card for card in cards if may_use(principal, card.id))

    def connection(self, name: str) -> Connection | None:
        """The connection of this name."""
        return next((c for c in self.connections if c.name == name), None)

    def stores(self) -> list[Connection]:
        """The connections whose models can be pulled, made and removed."""
        return [c for c in self.connections if c.store is not None]


def no_model(name: str) -> Fault:
    """What a caller hears of a model that is not there or not theirs."""
    called = f" called '{shown(name)}'" if name else " that could be the default"
    return Fault(Kind.missing, f"There is no model{called}.", code="model_not_found")


def no_store() -> Fault:
    """What the model verbs answer where no engine has them."""
    return Fault(
        Kind.unsupported,
        "No engine here can pull, make or remove models.",
        hint="Start an Ollama, or add a connection of the kind 'ollama' to parlance.toml.",
        code="no_model_store",
    )
