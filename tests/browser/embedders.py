"""An engine whose embedder does as a test wants: it waits where it is told to, and becomes another model by and by."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from tests.browser.conftest import Serving
from tests.flows.callers import table

EMBEDDER = "mock-embed"
HELD = 120.0
"""Seconds that an embedder waits at most for a test that failed before it let go."""


class Embedding(MockOpenAI):
    """Its vectors have `length` numbers; at a text that holds what is held, it waits until that is let go."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.length = 8
        self._held: dict[str, threading.Event] = {}
        self._spared: dict[str, int] = {}

    def hold(self, text: str, spared: int = 0) -> threading.Event:
        """Wait at this text from now on, but for the first asks that are `spared`, until what is given is set."""
        self._spared[text] = spared
        return self._held.setdefault(text, threading.Event())

    def let_go(self) -> None:
        """Wait for nothing any more."""
        for let in self._held.values():
            let.set()

    async def answer(self, call: Call, script: Script) -> Answer:
        """As always, when it may, for the model that it is now."""
        if call.path.endswith("/embeddings"):
            told = str(call.payload["input"])
            for text, let in tuple(self._held.items()):
                if text not in told:
                    continue
                self._spared[text] -= 1
                if self._spared[text] < 0:
                    await asyncio.to_thread(let.wait, HELD)
            call.body = msgspec.json.encode({**call.payload, "dimensions": self.length})
        return await super().answer(call, script)


class Place(NamedTuple):
    """A server, and the engine that embeds for it."""

    server: Server
    engine: Embedding


@contextmanager
def embedding(serving: Serving) -> Iterator[Place]:
    """A server whose embedder is such a one."""
    with in_thread(Embedding(models=(EMBEDDER,))) as engine:
        connection = table("connections", {"name": "embeds", "kind": "openai", "base_url": engine.base_url})
        yield Place(serving(toml=f'[models]\ndefault = "quote"\nembed_default = "{EMBEDDER}"\n{connection}'), engine)
        engine.let_go()
