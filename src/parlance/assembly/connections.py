"""From configured connections to engines behind their lines and circuits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from parlance.core.admission.circuit import Circuit
from parlance.core.admission.slots import Line
from parlance.core.models.connections import Connection
from parlance.engines.plug import Engine, EngineFactory, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.plugins import ENGINES, part
from parlance.ports.fetching import Deadlines
from parlance.ports.slots import Slots
from parlance.settings.connection import Card
from parlance.settings.connection import Connection as Configured
from parlance.settings.schema import Settings
from parlance.values.models import ModelCard, ModelRef
from parlance.values.time import Clock
from parlance.watch import Observer

FALLBACKS = ("quote", "onnx")
"""Kinds that are only the default when nothing else is there; they are always there themselves, so nobody adds one."""
REST_SECONDS = 30.0
"""How long nobody must have used an engine that is not offered any more: who found it just before, and is about to ask
it, takes milliseconds."""


class EngineRoom:
    """Makes connections, and remembers their engines to close them. `surroundings` is what every engine is given."""

    def __init__(self, settings: Settings, surroundings: Surroundings, clock: Clock, observer: Observer) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._clock = clock
        self._observer = observer
        self._engines: dict[Connection, Engine] = {}
        self._retired: dict[Connection, float] = {}
        """Those that are not offered any more, and since when nobody was seen to use them."""
        self.slots: Slots | None = None
        """Those that all servers share, where there are several."""
        self.fit: Callable[[Connection], None] | None = None
        """What is put before the engines of connections that are made later."""

    def connection(
        self,
        configured: Configured,
        *,
        mark: str = "",
        before: Connection | None = None,
        client: Client | None = None,
    ) -> Connection:
        """One engine behind its line and its circuit. In place of `before` it takes over its line, with all who are in
        it. `client` is another one than everybody's."""
        factory: EngineFactory = part(ENGINES, configured.kind)
        around = self._surroundings
        engine = factory(
            upstream(configured), around if client is None else msgspec.structs.replace(around, client=client)
        )
        made = Connection(
            configured.name,
            engine,
            line=self._line(configured, before),
            circuit=Circuit(configured.name, self._clock, self._observer.meters),
            prefix=configured.prefix,
            retries=configured.retries,
            fallback=configured.kind in FALLBACKS,
            mark=mark,
        )
        self._engines[made] = engine
        if self.fit is not None:
            self.fit(made)
        return made

    def _line(self, configured: Configured, before: Connection | None) -> Line:
        queue, size = self._settings.queue, configured.max_queue_size
        places = configured.max_concurrent or queue.max_concurrent
        waiting = queue.max_queue_size if size is None else size
        if before is not None and before.name == configured.name and before.line.resized(places, waiting):
            return before.line
        estimate = queue.estimated_time_per_request_ms
        return Line(configured.name, places, waiting, estimate, self._clock, self._observer.meters, self.slots)

    def retire(self, connection: Connection) -> None:
        """It is not offered any more: what its engine holds is given back when the last answer is done."""
        if connection.circuit.state != "closed":
            self._observer.meters.circuit(connection.name, "closed")
        if self._engines[connection].close is None:
            del self._engines[connection]
        else:
            self._retired[connection] = self._clock.monotonic()

    async def tidy(self) -> None:
        """Give back what the engines hold that nobody has used for a while."""
        now = self._clock.monotonic()
        for connection, since in list(self._retired.items()):
            if connection.circuit.calls or connection.line.state.waiting:
                self._retired[connection] = now
            elif now - since >= REST_SECONDS:
                await self.discard(connection)

    async def discard(self, connection: Connection) -> None:
        """It is nobody's: its engine gives back what it holds."""
        self._retired.pop(connection, None)
        engine = self._engines.pop(connection, None)
        if engine is not None and engine.close is not None:
            await engine.close()

    def built_in(self) -> list[Configured]:
        """The engines that are always there: the embedder on this machine, and the one that quotes."""
        embed = self._settings.embed
        kinds = ("onnx", "quote") if embed.enabled else ("quote",)
        taken = {c.name for c in self._settings.connections}
        options: dict[str, object] = {"idle_seconds": embed.idle_seconds, "threads": embed.threads}
        names = {kind: kind if kind not in taken else f"built-in-{kind}" for kind in kinds}
        return [Configured(name, kind=kind, options=options) for kind, name in names.items()]

    async def close(self) -> None:
        """Give back what engines hold."""
        for connection in list(self._engines):
            await self.discard(connection)


def surroundings(
    settings: Settings, client: Client, clock: Clock, observer: Observer, env: dict[str, str]
) -> Surroundings:
    """What engines may use of the house."""
    folder = str(Path(settings.data.dir) / "models") if settings.data.dir else None
    return Surroundings(client, clock, observer.clean, folder, env)


def upstream(configured: Configured) -> Upstream:
    """A configured connection as its engine is told of it."""
    deadlines = Deadlines(
        configured.connect_seconds,
        configured.first_token_seconds,
        configured.between_seconds,
        configured.total_seconds,
    )
    return Upstream(
        configured.name,
        configured.url.rstrip("/") if configured.url else None,
        configured.api_key.reveal() if configured.api_key else None,
        {name: value.reveal() for name, value in configured.headers.items()},
        configured.models,
        {name: _card(configured, name, card) for name, card in configured.cards.items()},
        deadlines,
        dict(configured.options),
    )


def _card(configured: Configured, name: str, card: Card) -> ModelCard:
    return ModelCard(
        name,
        ModelRef(configured.name, name),
        configured.kind,
        capabilities=frozenset(card.capabilities or ()),
        context=card.context,
        note=card.note,
        prompt_price=card.prompt_price,
        completion_price=card.completion_price,
        currency=card.currency,
    )
