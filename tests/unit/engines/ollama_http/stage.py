"""An engine before a fake Ollama, and a sink that keeps what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from parlance.engines.ollama_http import engine as make
from parlance.engines.ollama_http.wire import Wire
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.testing.upstreams import Call, MockOllama, Script
from parlance.testing.upstreams.answers import Answer, block
from parlance.values.asks import ChatAsk
from parlance.values.messages import Item, Message
from parlance.values.time import SystemClock

PATIENT = Deadlines()
SOON = Deadlines(connect=0.3, first_byte=0.3, between=0.3)
KEY = "-".join(("sk", "ours", "0123456789abcdef"))


class OddOllama(MockOllama):
    """A fake that says these things at these paths, whatever is asked; `None` is silence."""

    def __init__(self, said: dict[str, Any], **more: Any) -> None:
        super().__init__(**more)
        self.said = said

    async def answer(self, call: Call, script: Script) -> Answer:
        """What stands at the path, else the healthy answer."""
        if call.path not in self.said:
            return await super().answer(call, script)
        said = self.said[call.path]
        if said is None:
            await asyncio.get_running_loop().create_future()
        return said if isinstance(said, Answer) else block(said)


class Stage:
    """An engine and the upstream it speaks to."""

    def __init__(self, engine: Engine, upstream: MockOllama, wire: Wire) -> None:
        assert engine.chat and engine.embed and engine.store and engine.loader
        self.engine = engine
        self.upstream = upstream
        self.wire = wire
        self.chat = engine.chat
        self.embed = engine.embed
        self.store = engine.store
        self.loader = engine.loader
        self.catalogue = engine.catalogue

    def sent(self, at: int = -1) -> dict[str, Any]:
        """The body of one of the upstream's calls."""
        return self.upstream.calls[at].payload


@asynccontextmanager
async def staged(
    upstream: MockOllama | None = None,
    *,
    redact: Callable[[str], str | None] = lambda text: text,
    deadlines: Deadlines = PATIENT,
    **more: Any,
) -> AsyncIterator[Stage]:
    """An engine, ready to be asked. `more` goes to its `Upstream`."""
    client = Client()
    async with upstream or MockOllama() as there:
        configured = Upstream("box", there.base_url, deadlines=deadlines, **more)
        surroundings = Surroundings(client, SystemClock(), redact)
        yield Stage(make(configured, surroundings), there, Wire(configured, surroundings))
        await client.close()


def ask(*items: Item, model: str = "mock", **more: Any) -> ChatAsk:
    """A chat; without items a plain question."""
    return ChatAsk(model, items or (Message("user", "hello"),), **more)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, twenty seconds at most."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.002)
