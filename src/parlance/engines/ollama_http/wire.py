"""How an Ollama is called: one origin, its key, JSON both ways, and every bound on what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from parlance import __version__
from parlance.engines.ollama_http import faults
from parlance.engines.ollama_http.decoding import object_of
from parlance.engines.ollama_http.lines import LineReader
from parlance.engines.plug import Surroundings, Upstream
from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.client import Response
from parlance.ports.fetching import Deadlines
from parlance.values import json_door

USUAL_URL = "http://127.0.0.1:11434"
"""Where an Ollama listens unless it was told otherwise."""
MAX_LINE = 8 * 1024 * 1024
"""Bytes of one line: the longest is the last one of `/api/generate`, which lists every token of the context (a million
tokens are 7 MiB); a tool call with a whole file as its argument comes next."""
MAX_STREAM = 512 * 1024 * 1024
"""Bytes of one stream: about a hundred for each token, and a run ends at 4 MiB of text by itself."""
MAX_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer in one block: two thousand vectors of 4,096 numbers in decimal are 40 MiB."""
OK = frozenset({200, 201})


class Wire:
    """One Ollama. `redact` takes secrets out of its words."""

    def __init__(self, upstream: Upstream, surroundings: Surroundings) -> None:
        self.origin, self._path = Origin.split(upstream.url or USUAL_URL)
        self.deadlines = upstream.deadlines
        self.redact = surroundings.redact
        self._client = surroundings.client
        self._headers = _headers(upstream)

    async def get(self, path: str, deadlines: Deadlines | None = None) -> dict[str, Any]:
        """The object at `path`. Raises `Fault`."""
        return self._decoded(await self._fetch("GET", path, b"", deadlines))

    async def post(self, path: str, payload: Any, deadlines: Deadlines | None = None) -> dict[str, Any]:
        """The object that answers `payload`. Raises `Fault`."""
        return self._decoded(await self._fetch("POST", path, json_door.encode(payload), deadlines))

    async def do(self, method: str, path: str, payload: Any) -> None:
        """A verb whose answer has nothing to say. Raises `Fault`."""
        await self._fetch(method, path, json_door.encode(payload), None)

    async def has(self, path: str) -> bool:
        """Whether a HEAD request finds something there. Raises `Fault` for any status but 200 and 404."""
        reply = await self._client.fetch(self._call("HEAD", path, b"", None))
        if reply.status not in (200, 404):
            raise faults.refused(reply.status, reply.headers, b"", self.redact)
        return reply.status == 200

    async def upload(self, path: str, content: AsyncIterator[bytes], deadlines: Deadlines) -> None:
        """POST bytes as they come, never whole in memory. Raises `Fault`."""
        reply = await self._client.fetch(self._call("POST", path, content, deadlines))
        self._check(reply)

    async def stream(
        self, path: str, payload: Any, reader: LineReader, deadlines: Deadlines | None = None, method: str = "POST"
    ) -> None:
        """Push the lines of the answer into `reader`; return when the answer is over. Raises `Fault`."""
        call = self._call(method, path, json_door.encode(payload), deadlines)
        call = msgspec.structs.replace(call, max_line=MAX_LINE, max_body=MAX_STREAM)
        await self._client.exchange(call, reader)
        if reader.status not in OK:
            raise faults.refused(reader.status, reader.headers, bytes(reader.refusal), self.redact)
        reader.finish()

    # -- inside -----------------------------------------------------------------------------------------------------

    async def _fetch(self, method: str, path: str, body: bytes, deadlines: Deadlines | None) -> Response:
        reply = await self._client.fetch(self._call(method, path, body, deadlines))
        self._check(reply)
        return reply

    def _check(self, reply: Response) -> None:
        if reply.status not in OK:
            raise faults.refused(reply.status, reply.headers, reply.body, self.redact)

    def _decoded(self, reply: Response) -> dict[str, Any]:
        found = object_of(reply.body)
        if "error" in found:
            raise faults.said(found["error"], self.redact)
        return found

    def _call(self, method: str, path: str, body: bytes | AsyncIterator[bytes], deadlines: Deadlines | None) -> Call:
        return Call(
            self.origin,
            method,
            self._path + path,
            self._headers,
            body,
            deadlines=deadlines or self.deadlines,
            max_body=MAX_ANSWER,
        )


def _headers(upstream: Upstream) -> Headers:
    """Sent with every call; what the operator wrote wins."""
    headers = {
        "content-type": "application/json",
        "accept": "application/json, application/x-ndjson",
        "user-agent": f"parlance/{__version__}",
    }
    if upstream.key:
        headers["authorization"] = f"Bearer {upstream.key}"
    headers |= {name.lower(): value for name, value in upstream.headers.items()}
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
