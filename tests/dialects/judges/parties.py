"""Who meets here: the composed server on a socket, its upstreams, and an official SDK in both of its manners."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parlance.testing.servers import Server, in_thread, loaded
from parlance.testing.upstreams.server import Upstream
from parlance.testing.upstreams.server import in_thread as upstream_in_thread
from tests.flows.callers import table

PATIENCE = 20.0
"""Seconds that anything here may take before it counts as hanging."""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel (PNG) in base64."""
WEATHER: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
"""The parameters of the one tool that is offered in these tests."""


class Sdk:
    """A client of an SDK, synchronous or not, behind one face."""

    def __init__(self, client: Any, waits: bool) -> None:
        self.client = client
        self.waits = waits

    async def do(self, call: Callable[[Any], Any]) -> Any:
        """What a call to the client gives; a synchronous one is made in a thread."""
        async with asyncio.timeout(PATIENCE):
            return await call(self.client) if self.waits else await asyncio.to_thread(call, self.client)

    async def pieces(self, call: Callable[[Any], Any]) -> list[Any]:
        """All that a streaming call gives."""
        stream = await self.do(call)
        return [piece async for piece in self.each(stream)]

    async def each(self, stream: Any) -> AsyncIterator[Any]:
        """One piece after the other."""
        async with asyncio.timeout(PATIENCE):
            if self.waits:
                async for piece in stream:
                    yield piece
                return
            pieces, over = iter(stream), object()
            while (piece := await asyncio.to_thread(next, pieces, over)) is not over:
                yield piece

    async def close(self, stream: Any) -> None:
        """Leave a stream of the OpenAI SDK."""
        if self.waits:
            await stream.close()
        else:
            await asyncio.to_thread(stream.close)


@contextmanager
def served(
    folder: Path,
    *upstreams: tuple[Upstream, Mapping[str, object]],
    toml: str = "",
    flags: Mapping[str, object] | None = None,
) -> Iterator[Server]:
    """The composed server on a thread, before upstreams on threads of their own; beside each stand the fields of its
    connection (`base_url` is filled in)."""
    if not upstreams:
        with in_thread(loaded(folder, toml=toml, flags=flags)) as server:
            yield server
        return
    (upstream, fields), rest = upstreams[0], upstreams[1:]
    with upstream_in_thread(upstream):
        written = table("connections", {"name": "mock", "base_url": upstream.base_url, **fields})
        with served(folder, *rest, toml=toml + written, flags=flags) as server:
            yield server


BROKEN_ENGINE = '''
"""An engine with a defect."""

from parlance.engines.plug import Engine
from parlance.values.models import ModelCard, ModelRef


class Broken:
    async def cards(self):
        return (ModelCard("broken", ModelRef("broken", "broken"), "broken"),)

    async def show(self, name, verbose=False):
        return (await self.cards())[0]

    async def loaded(self):
        return ()

    async def chat(self, ask, sink):
        raise RuntimeError("a defect of this engine: " + ask.model)

    async def embed(self, ask):
        raise RuntimeError("a defect of this engine")


def engine(upstream, surroundings):
    return Engine(Broken(), chat=Broken(), embed=Broken())
'''


@contextmanager
def broken_engine(folder: Path) -> Iterator[None]:
    """Install a distribution whose engine, of the kind `broken`, fails at every ask."""
    information = folder / "broken_engine-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-engine\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[parlance.engines]\nbroken = broken_engine:engine\n")
    (folder / "broken_engine.py").write_text(BROKEN_ENGINE)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("broken_engine", None)
