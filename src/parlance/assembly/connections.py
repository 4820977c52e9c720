"""From configured connections to engines behind their lines and circuits."""

from __future__ import annotations

from pathlib import Path

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
"""Kinds that are only the default when nothing else is there."""


class EngineRoom:
    """Makes connections, and remembers their engines to close them. `surroundings` is what every engine is given."""

    def __init__(self, settings: Settings, surroundings: Surroundings, clock: Clock, observer: Observer) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._clock = clock
        self._observer = observer
        self.engines: list[Engine] = []
        self.slots: Slots | None = None
        """Those that all servers share, where there are several."""

    def connection(self, configured: Configured) -> Connection:
        """One engine behind its line and its circuit."""
        factory: EngineFactory = part(ENGINES, configured.kind)
        engine = factory(upstream(configured), self._surroundings)
        self.engines.append(engine)
        return Connection(
            configured.name,
            engine,
            line=self._line(configured),
            circuit=Circuit(configured.name, self._clock, self._observer.meters),
            prefix=configured.prefix,
            retries=configured.retries,
            fallback=configured.kind in FALLBACKS,
        )

    def _line(self, configured: Configured) -> Line:
        queue, size = self._settings.queue, configured.max_queue_size
        return Line(
            configured.name,
            configured.max_concurrent or queue.max_concurrent,
            queue.max_queue_size if size is None else size,
            queue.estimated_time_per_request_ms,
            self._clock,
            self._observer.meters,
            self.slots,
        )

    def built_in(self) -> list[Connection]:
        """The engines that are always there: the embedder on this machine, and the one that quotes."""
        embed = self._settings.embed
        kinds = ("onnx", "quote") if embed.enabled else ("quote",)
        taken = {c.name for c in self._settings.connections}
        options: dict[str, object] = {"idle_seconds": embed.idle_seconds, "threads": embed.threads}
        names = {kind: kind if kind not in taken else f"built-in-{kind}" for kind in kinds}
        return [self.connection(Configured(name, kind=kind, options=options)) for kind, name in names.items()]

    async def close(self) -> None:
        """Give back what engines hold."""
        for engine in self.engines:
            if engine.close is not None:
                await engine.close()


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
