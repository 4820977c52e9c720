"""Chats and prompts: one streamed call each."""

from __future__ import annotations

from parlance.engines.ollama_http import faults
from parlance.engines.ollama_http.lines import LineReader
from parlance.engines.ollama_http.loading import LoadingWatch
from parlance.engines.ollama_http.reading import Reading
from parlance.engines.ollama_http.requests import body_of, generates
from parlance.engines.ollama_http.version import Version
from parlance.engines.ollama_http.wire import Wire
from parlance.ports.engines import Sink
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault


class OllamaChat:
    """A `ChatEngine` over `/api/chat` and `/api/generate`."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._version = Version(wire)

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Push the answer as it comes. Raises `Fault`; what arrived before is kept."""
        body = body_of(ask)
        if ask.logprobs and not await self._version.has_logprobs():
            raise faults.unsupported(
                "This Ollama gives no log probabilities.", "logprobs", "Releases since 0.12.11 do."
            )
        reading = Reading(ask, sink, self._wire.redact)
        watch = LoadingWatch(self._wire, ask.model, sink)
        try:
            await self._wire.stream(
                "/api/generate" if generates(ask) else "/api/chat", body, LineReader(reading.line, watch.tap)
            )
        except Fault:
            if not reading.whole:  # a connection that breaks behind the last line breaks nothing
                raise
        finally:
            watch.close()
        reading.last()
