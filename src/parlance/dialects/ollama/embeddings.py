"""`POST /api/embed` and `POST /api/embeddings`: texts into vectors."""

from __future__ import annotations

import base64
import struct
from typing import Any

from parlance.core.models.operations import Embed, LoadModel
from parlance.dialects.ollama.asks import WIRE
from parlance.dialects.ollama.bodies import Kept, invalid, read, required
from parlance.dialects.ollama.shown import EmbeddingShown, EmbedShown
from parlance.dialects.ollama.wire import EmbeddingsRequest, EmbedRequest
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.asks import MAX_DIMENSIONS, EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Foreign
from parlance.values.time import Clock

MAX_INPUTS = 2048


class Embeddings:
    """The two rows; `clock` times the call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def embed(self, request: Request, do: Do) -> Reply:
        """One vector for each text; without any text the model is only loaded."""
        asked, kept = read(request.body, EmbedRequest)
        texts = _texts(asked.input)
        model = required(asked.model)
        began = self._clock.monotonic()
        if texts:
            found = await do(Embed(_ask(asked, model, texts, kept, asked.truncate)))
        else:
            await do(LoadModel(model, asked.keep_alive))
            found = Embedded(())
        took = round((self._clock.monotonic() - began) * 1_000_000_000)
        return Reply(json_door.encode(EmbedShown(model, list(found.vectors), took, 0, found.prompt_tokens)))

    async def embeddings(self, request: Request, do: Do) -> Reply:
        """One vector for a `prompt`, or OpenAI's list for an `input`."""
        asked, kept = read(request.body, EmbeddingsRequest)
        model = required(asked.model)
        if asked.input is not None:
            texts = _texts(asked.input)
            if not texts:
                raise invalid("input", "The field input must hold at least one text.")
            return _listed(await do(Embed(_ask(asked, model, texts, kept))), asked, model)
        if not asked.prompt:
            await do(LoadModel(model, asked.keep_alive))
            return Reply(json_door.encode(EmbeddingShown(())))
        found = await do(Embed(_ask(asked, model, (asked.prompt,), kept)))
        return Reply(json_door.encode(EmbeddingShown(found.vectors[0])))

    def rows(self) -> tuple[Row, ...]:
        """Both."""
        return (
            Row(
                "POST",
                "/api/embed",
                "ollama.embed",
                self.embed,
                (Embed, LoadModel),
                "Turn texts into vectors",
                body="bytes",
                takes=EmbedRequest,
                gives=EmbedShown,
            ),
            Row(
                "POST",
                "/api/embeddings",
                "ollama.embeddings",
                self.embeddings,
                (Embed, LoadModel),
                "Turn one text into a vector (older form); with `input` as OpenAI's clients have it",
                body="bytes",
                takes=EmbeddingsRequest,
                gives=EmbeddingShown,
            ),
        )


def _texts(input: str | list[str] | None) -> tuple[str, ...]:
    """The texts; an empty one alone counts as none, as with Ollama."""
    if input is None or input == "":
        return ()
    texts = (input,) if isinstance(input, str) else tuple(input)
    if len(texts) > MAX_INPUTS:
        raise Fault(Kind.too_large, f"The field input may hold at most {MAX_INPUTS} texts.", field="input")
    return texts


def _ask(
    asked: EmbedRequest | EmbeddingsRequest,
    model: str,
    texts: tuple[str, ...],
    kept: Kept,
    truncate: bool | None = None,
) -> EmbedAsk:
    if asked.dimensions is not None and not 1 <= asked.dimensions <= MAX_DIMENSIONS:
        raise invalid("dimensions", f"The field dimensions must be between 1 and {MAX_DIMENSIONS}.")
    foreign: Foreign = dict(kept.top)
    if asked.options:
        foreign["options"] = asked.options
    return EmbedAsk(model, texts, asked.dimensions, truncate, asked.keep_alive, WIRE, foreign or None)


def _listed(found: Embedded, asked: EmbeddingsRequest, model: str) -> Reply:
    """OpenAI's list: numbers, or base64 of little-endian float32."""
    if asked.encoding_format not in (None, "float", "base64"):
        raise invalid("encoding_format", 'The field encoding_format must be "float" or "base64".')
    coded = asked.encoding_format == "base64"
    data: list[dict[str, Any]] = [
        {"object": "embedding", "index": index, "embedding": _base64(vector) if coded else vector}
        for index, vector in enumerate(found.vectors)
    ]
    usage = {"prompt_tokens": found.prompt_tokens, "total_tokens": found.prompt_tokens}
    return Reply(json_door.encode(EmbeddingShown(None, "list", data, model, usage)))


def _base64(vector: tuple[float, ...]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")
