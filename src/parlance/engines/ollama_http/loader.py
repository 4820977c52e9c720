"""Loading models into memory and out of it."""

from __future__ import annotations

from parlance.engines.ollama_http.wire import Wire
from parlance.values.errors import Fault, Kind


class OllamaLoader:
    """A `Loader`: an Ollama loads a model when it is asked nothing of it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def load(self, name: str, keep_alive: str | float | None) -> None:
        """Load a model for so long; 0 unloads it. Raises `Fault`."""
        body: dict[str, object] = {"model": name, "stream": False}
        if keep_alive is not None:
            body["keep_alive"] = keep_alive
        try:
            await self._wire.post("/api/generate", body)
        except Fault as fault:
            if fault.kind not in (Kind.unsupported, Kind.invalid):
                raise
            # A model that only embeds refuses to generate nothing, and is loaded by embedding nothing.
            await self._wire.post("/api/embed", {**body, "input": []})
