"""The engine put together."""

from __future__ import annotations

from parlance.engines.ollama_http.catalogue import OllamaCatalogue
from parlance.engines.ollama_http.chat import OllamaChat
from parlance.engines.ollama_http.embedding import OllamaEmbed
from parlance.engines.ollama_http.loader import OllamaLoader
from parlance.engines.ollama_http.store import SILENCE, OllamaStore
from parlance.engines.ollama_http.wire import Wire
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.values.errors import Fault, Kind


def engine(upstream: Upstream, surroundings: Surroundings) -> Engine:
    """An Ollama at `upstream.url` (none: this machine's usual one). Nothing is connected before the first call.

    The option `silence_seconds` is how long a pull, a push or a create may say nothing.
    Raises `Fault(invalid)` for a URL that is not a plain http or https address, and for an option that is no number.
    """
    wire = Wire(upstream, surroundings)
    catalogue = OllamaCatalogue(wire, upstream)
    return Engine(
        catalogue=catalogue,
        chat=OllamaChat(wire),
        embed=OllamaEmbed(wire),
        store=OllamaStore(wire, _seconds(upstream.options.get("silence_seconds"))),
        loader=OllamaLoader(wire),
    )


def _seconds(option: object) -> float:
    if option is None:
        return SILENCE
    if isinstance(option, bool) or not isinstance(option, int | float) or option <= 0:
        raise Fault(Kind.invalid, "The option silence_seconds must be a number of seconds.", field="silence_seconds")
    return float(option)
