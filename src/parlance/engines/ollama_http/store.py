"""The verbs that change which models there are."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from parlance.engines.ollama_http import faults
from parlance.engines.ollama_http.decoding import object_of
from parlance.engines.ollama_http.lines import LineReader
from parlance.engines.ollama_http.wire import Wire
from parlance.ports.engines import Sink
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind
from parlance.values.events import Stepped
from parlance.values.notices import Progressed

SILENCE = 1800.0
"""Seconds a pull or a create may say nothing: hashing or quantizing tens of gigabytes happens without a word."""
UPLOAD_SECONDS = 24 * 3600.0
"""Seconds a blob may be on its way: the answer comes when the last byte has arrived."""
SUCCESS = "success"
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")


class OllamaStore:
    """A `ModelStore`."""

    def __init__(self, wire: Wire, silence: float = SILENCE) -> None:
        """`silence` is how many seconds a change may say nothing."""
        self._wire = wire
        limits = wire.deadlines
        self._patient = msgspec.structs.replace(limits, first_byte=silence, between=silence, total=None)
        self._uploading = Deadlines(limits.connect, UPLOAD_SECONDS, UPLOAD_SECONDS)

    async def pull(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Fetch a model; `Stepped` for each status and each layer that is whole, `Progressed` for bytes."""
        await self._change("/api/pull", name, fields, sink)

    async def push(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Publish a model."""
        await self._change("/api/push", name, fields, sink)

    async def create(self, name: str, fields: dict[str, Any], sink: Sink) -> None:
        """Make a model."""
        await self._change("/api/create", name, fields, sink)

    async def copy(self, source: str, destination: str) -> None:
        """Give a model a second name."""
        await self._wire.do("POST", "/api/copy", {"source": source, "destination": destination})

    async def delete(self, name: str) -> None:
        """Remove a model."""
        await self._wire.do("DELETE", "/api/delete", {"model": name})

    async def has_blob(self, digest: str) -> bool:
        """Whether a blob is there. Raises `Fault(invalid)` for what is no SHA-256."""
        return await self._wire.has(_blob_path(digest))

    async def put_blob(self, digest: str, content: AsyncIterator[bytes]) -> None:
        """Store a blob, piece by piece."""
        await self._wire.upload(_blob_path(digest), content, self._uploading)

    async def _change(self, path: str, name: str, fields: dict[str, Any], sink: Sink) -> None:
        progress = _Progress(sink, self._wire.redact)
        body = {**fields, "model": name, "stream": True}
        reader = LineReader(progress.line, sink.tap)
        try:
            await self._wire.stream(path, body, reader, self._patient)
        except Fault:
            if not progress.whole:
                raise
        finally:
            sink.tap(None)
        if not progress.whole:
            raise faults.ended_early()


class _Progress:
    """The lines of one change."""

    def __init__(self, sink: Sink, redact: faults.Redact) -> None:
        self._sink = sink
        self._redact = redact
        self._label: str | None = None
        self.whole = False

    def line(self, raw: bytes) -> None:
        if self.whole:
            return
        told = object_of(raw)
        if "error" in told:
            raise faults.said(told["error"], self._redact)
        label = told.get("status")
        if not isinstance(label, str):
            raise faults.not_json()
        if label == SUCCESS:
            self.whole = True
        else:
            self._step(label, told)

    def _step(self, label: str, told: dict[str, Any]) -> None:
        total, done, digest = told.get("total"), told.get("completed"), told.get("digest")
        layer: dict[str, Any] = {name: told[name] for name in ("digest", "total", "completed") if name in told}
        complete = isinstance(total, int) and done == total
        if label != self._label or complete:
            # An event is never lost, a notice may be: every layer's begin and end are events.
            self._label = label
            self._sink.push(Stepped(label, layer or None))
        elif isinstance(total, int):
            digest = digest if isinstance(digest, str) else None
            self._sink.notice(Progressed(label, done if isinstance(done, int) else 0, total, digest))


def _blob_path(digest: str) -> str:
    """The path of a blob; nothing but hexadecimal digits ever becomes part of it."""
    found = _DIGEST.fullmatch(digest)
    if found is None:
        raise Fault(Kind.invalid, "A digest is `sha256:` and 64 hexadecimal digits.", field="digest", code="bad_digest")
    return f"/api/blobs/sha256:{found[1]}"
