"""Who talks to the composed server in these flows: settings for it, every endpoint that asks a model, and a caller."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import Call, MockOpenAI, in_thread
from parlance.testing.upstreams.server import Upstream
from tests.unit.transports.small import PATIENCE, Raw, request

Json = dict[str, Any]
U = TypeVar("U", bound=Upstream)
Made = Callable[[str, str, bool], Json]


class Endpoint(NamedTuple):
    """A route that asks a model: `make` gives the body for a model, a text and whether the answer is streamed."""

    name: str
    path: str
    make: Made
    ways: tuple[bool, ...] = (True, False)
    """Whether it streams, answers whole, or both."""


def _messages(model: str, text: str, stream: bool) -> Json:
    return {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}


def _embedding(model: str, text: str, stream: bool) -> Json:
    return {"model": model, "input": text}


def _native(model: str, text: str, stream: bool) -> Json:
    items = [{"type": "message", "role": "user", "content": text}]
    return {"ask": {"model": model, "items": items, "stream": stream}, "stream": stream}


CHAT = Endpoint("chat", "/v1/chat/completions", _messages)
COMPLETIONS = Endpoint(
    "completions", "/v1/completions", lambda model, text, stream: {"model": model, "prompt": text, "stream": stream}
)
RESPONSES = Endpoint(
    "responses", "/v1/responses", lambda model, text, stream: {"model": model, "input": text, "stream": stream}
)
EMBEDDINGS = Endpoint("embeddings", "/v1/embeddings", _embedding, (False,))
NATIVE = Endpoint("native", "/parlance/v1/messages.send", _native, (True,))
CHATQUEUE = Endpoint("chatqueue", "/api/chat-optimized", _messages)
OLLAMA_CHAT = Endpoint("ollama-chat", "/api/chat", _messages)
OLLAMA_GENERATE = Endpoint(
    "ollama-generate", "/api/generate", lambda model, text, stream: {"model": model, "prompt": text, "stream": stream}
)
OLLAMA_EMBED = Endpoint("ollama-embed", "/api/embed", _embedding, (False,))
ENDPOINTS = (
    *(CHAT, COMPLETIONS, RESPONSES, EMBEDDINGS, NATIVE, CHATQUEUE),
    *(OLLAMA_CHAT, OLLAMA_GENERATE, OLLAMA_EMBED),
)


class Answer(NamedTuple):
    """One whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """What the model said, of a chat completion whole or streamed."""
        if not self.headers["content-type"].startswith("text/event-stream"):
            said: str = self.json["choices"][0]["message"]["content"]
            return said
        return "".join(
            choice["delta"].get("content") or "" for event in events(self.body) for choice in event.get("choices", ())
        )


def events(body: bytes) -> list[Json]:
    """The JSON of each `data:` line but the end marker."""
    lines = [line.removeprefix(b"data: ") for line in body.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


class Caller:
    """One caller of a server; every ask is a connection of its own."""

    def __init__(self, port: int, key: str | None = None) -> None:
        self.port = port
        self.headers = {} if key is None else {"authorization": f"Bearer {key}"}

    async def raw(self, head: str, body: Any = None, **headers: str) -> Raw:
        """A connection on which the request has been sent."""
        connection = await Raw.to(self.port)
        sent = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        await connection.send(request(head, sent, **{**self.headers, **headers}))
        return connection

    async def ask(self, head: str, body: Any = None, **headers: str) -> Answer:
        """The whole answer to `POST /path`."""
        connection = await self.raw(head, body, **headers)
        try:
            async with asyncio.timeout(PATIENCE):
                return Answer(*await connection.answer())
        finally:
            connection.rst()
            await asyncio.sleep(0)  # the socket closes in the loop's next turn, which may be a test's last

    async def chat(self, text: str = "Hello", model: str = "mock", *, stream: bool = False, **more: Any) -> Answer:
        """A chat completion."""
        return await self.ask(f"POST {CHAT.path}", {**CHAT.make(model, text, stream), **more})


def key_toml(key: str, name: str, user: str, tenant: str = "default", **more: object) -> str:
    """A `[[keys]]` table for a key."""
    values = {"name": name, "hash": "sha256:" + hashlib.sha256(key.encode()).hexdigest()}
    return table("keys", {**values, "user": user, "tenant": tenant, **more})


def connection_toml(url: str, name: str = "mock", *models: str, **more: object) -> str:
    """A `[[connections]]` table for an upstream with these models (none: those that it lists)."""
    return table("connections", {"name": name, "base_url": url, "models": models, **more})


def table(name: str, values: Mapping[str, object]) -> str:
    """One entry of an array of tables; JSON's strings, numbers, booleans and lists are TOML's too."""
    inline = {key: value for key, value in values.items() if not isinstance(value, dict)}
    nested = {key: value for key, value in values.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in inline.items()]
    lines += [
        f"{key} = {{ {', '.join(f'{inner} = {json.dumps(value)}' for inner, value in found.items())} }}"
        for key, found in nested.items()
    ]
    return "\n".join([f"[[{name}]]", *lines, ""])


@contextmanager
def apart(
    folder: Path, toml: str = "", *models: str, upstream: MockOpenAI | None = None, **more: object
) -> Iterator[tuple[Server, MockOpenAI]]:
    """The server as a process of its own, before a fake upstream on a thread of its own: as people run it.

    `models` are those that the connection offers, `more` its other fields.
    """
    with in_thread(upstream or MockOpenAI()) as behind:
        with as_process(folder, toml=toml + connection_toml(behind.base_url, "mock", *models, **more)) as server:
            yield server, behind


async def until(condition: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait until something holds, also of what lives on another thread. Raises `TimeoutError`."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.002)


def call_with(upstream: Upstream, mark: str) -> Call | None:
    """The call whose body holds a text, once it has arrived."""
    sought = mark.encode()
    return next((call for call in reversed(upstream.calls) if sought in call.body), None)


async def gauge(caller: Caller, name: str) -> float:
    """The sum over all labels of one metric of the server."""
    body = (await caller.ask("GET /metrics")).body.decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", body, re.M))


def resident_kib(pid: int) -> int:
    """What a process has in memory, in KiB (Linux)."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    assert found is not None
    return int(found[1])


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all lies at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1)]


def measured(what: str, **figures: object) -> None:
    """Write figures down: shown by `pytest -s`, and kept in the file that `PARLANCE_FIGURES` names."""
    line = f"{what}: " + ", ".join(f"{name} {value}" for name, value in figures.items())
    print(line)  # noqa: T201 -- a figure nobody can see is not measured
    if path := os.environ.get("PARLANCE_FIGURES"):
        with open(path, "a", encoding="utf-8") as kept:
            kept.write(line + "\n")
