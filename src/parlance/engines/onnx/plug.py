"""The models of this machine as an engine that plugs in like any other: the embedder that Parlance brings, and any
number of embedders and rerankers that somebody put into their folders."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from parlance.engines.onnx.embedders import OnnxEmbedders
from parlance.engines.onnx.engine import OnnxEmbedder
from parlance.engines.onnx.folder_models import Place
from parlance.engines.onnx.rerankers import OnnxRerankers
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.processes.child import Limits
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.models import EMBEDDERS, LOCAL, RERANKERS, LoadedModel, ModelCard

IDLE_SECONDS = 300.0


def engine(upstream: Upstream, surroundings: Surroundings) -> Engine:
    """Makes embedders and rerankers; their children start at the first text. Options: `idle_seconds`, `threads`."""
    options: dict[str, Any] = upstream.options
    # Without a data folder: one per user, because a shared one would be the first user's only.
    owner = os.getuid() if hasattr(os, "getuid") else "own"
    folder = surroundings.cache_folder or str(Path(tempfile.gettempdir()) / f"parlance-models-{owner}")
    limits = msgspec.structs.replace(Limits(), rest=float(options.get("idle_seconds") or IDLE_SECONDS))
    embedder = OnnxEmbedder(
        Path(folder),
        surroundings.clock,
        environment=surroundings.environment,
        connection=upstream.name,
        wheels=[Path(folder)],
        threads=options.get("threads"),
        limits=limits,
    )
    place = Place(surroundings.clock, surroundings.environment, upstream.name, options.get("threads"), limits)
    rerankers = OnnxRerankers(Path(folder) / RERANKERS, place)
    shelf = Shelf(embedder, OnnxEmbedders(Path(folder) / EMBEDDERS, place), rerankers)
    return Engine(shelf, embed=Embedding(shelf), rerank=rerankers, loader=Unloading(shelf), close=shelf.close)


class Shelf:
    """The `Catalogue` of all kinds: a name that begins with `local/` is that of a folder."""

    def __init__(self, embedder: OnnxEmbedder, embedders: OnnxEmbedders, rerankers: OnnxRerankers) -> None:
        self.embedder = embedder
        self.embedders = embedders
        self._rerankers = rerankers

    @property
    def _all(self) -> tuple[OnnxEmbedder | OnnxEmbedders | OnnxRerankers, ...]:
        return self.embedder, self.embedders, self._rerankers

    def of(self, name: str) -> OnnxEmbedder | OnnxEmbedders | OnnxRerankers:
        """Who has the model of such a name: an embedder goes before a reranker that is called the same."""
        if not name.startswith(LOCAL):
            return self.embedder
        return self.embedders if self.embedders.holds(name) else self._rerankers

    async def cards(self) -> Sequence[ModelCard]:
        """What Parlance brings first; no id comes twice."""
        found: dict[str, ModelCard] = {}
        for each in self._all:
            for card in await each.cards():
                found.setdefault(card.id, card)
        return list(found.values())

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """One model. Raises `Fault(missing)`."""
        return await self.of(name).show(name, verbose)

    async def loaded(self) -> Sequence[LoadedModel]:
        """Those in memory now."""
        return [model for each in self._all for model in await each.loaded()]

    async def close(self) -> None:
        """End all children."""
        for each in self._all:
            await each.close()


class Embedding:
    """The `EmbedEngine` of all that embeds here."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """By whoever has the model. Raises `Fault`, `missing` where nobody does."""
        pulled = ask.model.startswith(LOCAL)
        return await (self._shelf.embedders if pulled else self._shelf.embedder).embed(ask)


class Unloading:
    """The `Loader`: all load by themselves at the first text, so only unloading is a deed."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def load(self, name: str, keep_alive: str | float | None) -> None:
        """Unload when `keep_alive` is 0; else nothing, for the next text loads it."""
        if keep_alive in (0, "0", "0s"):
            await self._shelf.of(name).unload(name)
