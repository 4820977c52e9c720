"""A composed server that speaks chatqueue in front of a fake Ollama, and a client for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import Call, MockOllama, Script
from parlance.testing.upstreams.answers import Answer
from parlance.values.time import Clock
from tests.unit.transports.small import Raw

MODEL, OTHER = "deepseek-r1:8b", "qwen3:4b"
CHAT, QUEUE, STATS = "POST /api/chat-optimized", "/api/chat-queue", "/api/cache-stats"
TEXT = "# Rust\n\n    fn main() {}\n\n\tIt is  fast.\n"
"""An answer whose white space matters."""
Json = dict[str, Any]


class Ollama(MockOllama):
    """A fake Ollama with the models of these tests; while `held`, each chat waits for one `release`."""

    def __init__(self, text: str = TEXT, *, models: tuple[str, ...] = (MODEL, OTHER), **rest: Any) -> None:
        super().__init__(models=models, script=Script(text=text), **rest)
        self.held = False
        self._turns = asyncio.Semaphore(0)

    async def answer(self, call: Call, script: Script) -> Answer:
        """The answer, once it is let go."""
        if self.held and call.path == "/api/chat":
            await self._turns.acquire()
        return await super().answer(call, script)

    def release(self, count: int = 1) -> None:
        """Let so many chats be answered."""
        for _ in range(count):
            self._turns.release()

    @property
    def chats(self) -> list[Json]:
        """The bodies of the chats so far."""
        return [call.payload for call in self.calls_to("/api/chat")]

    @property
    def asked(self) -> list[str]:
        """What the users said last, in the order in which it arrived."""
        return [chat["messages"][-1]["content"] for chat in self.chats]


class Client:
    """One caller of the dialect; every ask is a connection of its own."""

    def __init__(self, server: Server, **headers: str) -> None:
        self.server = server
        self.headers = headers

    async def raw(self, head: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body. A body that is not bytes goes out as JSON."""
        sent = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        connection = await Raw.to(self.server.port)
        try:
            return await connection.ask(head, sent, **{**self.headers, **headers})
        finally:
            connection.fin()

    async def ask(self, head: str, body: Any = None, status: int = 200) -> Any:
        """The decoded body of an answer that must have this status; of an empty one `None`."""
        found, _, answer = await self.raw(head, body)
        assert found == status, answer
        return msgspec.json.decode(answer) if answer else None

    async def chat(self, text: str = "What is Rust?", status: int = 200, **more: Any) -> Any:
        """A whole chat."""
        return await self.ask(CHAT, {**question(text), "stream": False, **more}, status)

    async def stream(self, text: str = "What is Rust?", **more: Any) -> list[Json]:
        """The frames of a streamed chat."""
        status, headers, body = await self.raw(CHAT, {**question(text), **more})
        assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/event-stream", "no-cache")
        return frames(body)

    async def enqueue(self, text: str, status: int = 200, **more: Any) -> Any:
        """Queue an ask."""
        return await self.ask(f"POST {QUEUE}", {**question(text), **more}, status)

    async def follow(self, id: str) -> Any:
        """Where a queued ask is."""
        return await self.ask(f"GET {QUEUE}?requestId={id}")

    async def stats(self) -> Any:
        """The statistics."""
        return await self.ask(f"GET {STATS}")

    async def until(self, id: str, holds: Callable[[Json], bool], within: float = 10.0) -> Json:
        """Follow a queued ask until something holds of it."""
        async with asyncio.timeout(within):
            while True:
                found: Json = await self.follow(id)
                if holds(found):
                    return found
                await asyncio.sleep(0.005)

    async def done(self, id: str) -> Json:
        """A queued ask once it is completed."""
        return await self.until(id, lambda found: bool(found["completed"]))


def question(text: str) -> Json:
    """The body of an ask."""
    return {"messages": [{"role": "user", "content": text}]}


def frames(body: bytes) -> list[Json]:
    """The frames of a stream, each one line of `data:` and a blank line."""
    assert body.endswith(b"\n\n")
    blocks = body.removesuffix(b"\n\n").split(b"\n\n")
    assert all(block.startswith(b"data: {") and b"\n" not in block for block in blocks), body
    return [msgspec.json.decode(block.removeprefix(b"data: ")) for block in blocks]


def text_of(frames: list[Json]) -> str:
    """What the frames say."""
    return "".join(frame.get("content", "") for frame in frames)


@asynccontextmanager
async def serving(
    folder: Path,
    upstream: MockOllama | None,
    *,
    config: str = "",
    toml: str = "",
    flags: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Client]:
    """The composed server, with the upstream as its configured Ollama and `config` as its `config.toml`."""
    if config:
        (folder / "config.toml").write_text(config, "utf-8")
    known = {"OLLAMA_API_URL": upstream.base_url} if upstream is not None else {}
    settings = loaded(
        folder,
        toml=toml,
        flags={"discovery.config_toml": bool(config) or "CONFIG_PATH" in (env or {}), **(flags or {})},
        env={**known, **(env or {})},
    )
    async with running(settings, clock=clock) as server:
        yield Client(server)
