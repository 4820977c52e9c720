"""How an engine plugs in: what it is told, what it is given, and what it gives back.

An entry point of the group `parlance.engines` names a function `(Upstream, Surroundings) -> Engine`; the built-in ones
register the same way. Making an engine must not connect anywhere: that happens at the first call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from parlance.outbound.client import Client
from parlance.ports.catalogue import Catalogue, Loader, ModelStore
from parlance.ports.engines import ChatEngine, EmbedEngine, RerankEngine, TranscribeEngine
from parlance.ports.fetching import Deadlines
from parlance.values.models import ModelCard
from parlance.values.time import Clock


class Upstream(msgspec.Struct, frozen=True):
    """One configured connection.

    `url` has no trailing slash. `key` and the values of `headers` are secrets: they go to this upstream's origin only.
    `models` are the names to offer (empty: ask the upstream). `cards` is what the operator knows better, by name; empty
    `capabilities` of such a card are not said.
    `options` are the plugin's own.
    """

    name: str
    url: str | None = None
    key: str | None = None
    headers: dict[str, str] = {}
    models: tuple[str, ...] = ()
    cards: dict[str, ModelCard] = {}
    deadlines: Deadlines = Deadlines()
    options: dict[str, Any] = {}


class Surroundings(msgspec.Struct, frozen=True):
    """What an engine may use of the house. `redact` turns an upstream's words into safe ones, or `None`."""

    client: Client
    clock: Clock
    redact: Callable[[str], str | None]
    cache_folder: str | None = None
    environment: Mapping[str, str] = {}
    """The server's variables, for engines that start a child; they pass on only harmless ones."""


class Engine(msgspec.Struct, frozen=True):
    """What an engine can do; `None` for what it cannot. `close` is awaited when the server stops."""

    catalogue: Catalogue
    chat: ChatEngine | None = None
    embed: EmbedEngine | None = None
    store: ModelStore | None = None
    loader: Loader | None = None
    close: Callable[[], Awaitable[None]] | None = None
    rerank: RerankEngine | None = None
    transcribe: TranscribeEngine | None = None


EngineFactory = Callable[[Upstream, Surroundings], Engine]
