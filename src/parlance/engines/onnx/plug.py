"""The embedded embedder as an engine that plugs in like any other."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from parlance.engines.child import Limits
from parlance.engines.onnx.engine import OnnxEmbedder
from parlance.engines.plug import Engine, Surroundings, Upstream

IDLE_SECONDS = 300.0


def engine(upstream: Upstream, surroundings: Surroundings) -> Engine:
    """Makes the embedder; its child starts at the first text. Options: `idle_seconds`, `threads`."""
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
    return Engine(embedder, embed=embedder, loader=Unloading(embedder), close=embedder.close)


class Unloading:
    """The `Loader` of the embedder: it loads by itself at the first text, so only unloading is a deed."""

    def __init__(self, embedder: OnnxEmbedder) -> None:
        self._embedder = embedder

    async def load(self, name: str, keep_alive: str | float | None) -> None:
        """Unload when `keep_alive` is 0; else nothing, for the next text loads it."""
        if keep_alive in (0, "0", "0s"):
            await self._embedder.unload(name)
