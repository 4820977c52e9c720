"""Embedders that somebody fetched, as the server sees them: an `EmbedEngine` and a catalogue of the models in a folder.

Each model is a folder with `tokenizer.json`, `model.onnx` and `embedder.json`, as `parlance pull` puts it there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from parlance.engines.onnx.description import Description, described
from parlance.engines.onnx.engine import Chunk, chunks, rows, seconds, walked
from parlance.engines.onnx.folder_models import FolderModels
from parlance.processes import pipe
from parlance.processes.child import Limits
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.models import Capability

ANSWER_S = 300.0
"""Deadline for one call, of a model that may be fifty times as slow as the small one that Parlance brings, and for
loading some gigabytes."""
SQUARE = 128
"""Bytes that attention takes for two tokens of a text: sixteen heads in single precision, twice."""


class OnnxEmbedders(FolderModels):
    """Embeds with the models in a folder."""

    called = "embedding model"
    process = "embedding process"
    capability: Capability = "embed"

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """One vector per text, in order; what the model wants written before a question or a passage is.

        Raises `Fault`: `missing` for a model that is not there, `unsupported` when the extra is not installed, the
        model is of another kind or other dimensions are asked for, `context_full` when `truncate` is false and a text
        is longer, `upstream` or `timed_out` when the child fails in mid-call (the next call starts another).
        """
        told = described(self.home(ask.model))
        if not ask.texts:
            return Embedded(())
        child, rest, tokens = await self.child(ask.model), seconds(ask.keep_alive), 0
        texts = [_marked(text, told, ask.query) for text in ask.texts]
        vectors: list[tuple[float, ...]] = [()] * len(texts)

        async def one(chunk: Chunk) -> None:
            nonlocal tokens
            fields = {"texts": [texts[place] for place in chunk], "truncate": ask.truncate is not False}
            answer, body = await child.call("embed", fields, rest)
            if "too_long" in answer.fields:
                raise _too_long(chunk[answer.fields["too_long"]], ask.model, told)
            tokens += answer.fields["tokens"]
            size = len(body) // (4 * len(chunk))
            if ask.dimensions not in (None, size):
                raise _only(ask.model, size)
            for place, vector in zip(chunk, rows(body, size), strict=True):
                vectors[place] = vector

        await walked(chunks(texts), one, None if ask.query else self.turns(ask.model))
        return Embedded(tuple(vectors), tokens)

    def hello(self, home: Path) -> tuple[pipe.Call, Limits]:
        """The order that loads an embedder."""
        told = described(home)
        fields = {"folder": str(home), "told": msgspec.to_builtins(told), "threads": self._surroundings.threads}
        limits = self.roomy(home, SQUARE * told.context**2)
        patient = max(limits.answer, ANSWER_S)
        return pipe.Call(1, "load_embedder", fields), msgspec.structs.replace(limits, answer=patient, start=patient)

    def facts(self, home: Path) -> dict[str, Any]:
        """How much it reads, and how long its vectors are once somebody has tried."""
        told = described(home)
        info = {"embedding.pooling": told.pooling, "embedding.context_length": told.context}
        if told.dimensions:
            info["embedding.embedding_length"] = told.dimensions
        details = {"format": "onnx", "family": "embedding", "families": ["embedding"]}
        return {"context": told.context, "foreign": {"details": details, "model_info": info}}


def _marked(text: str, told: Description, query: bool | None) -> str:
    """A text behind what the model wants before it. Where nobody says what it is, it is a passage, unless the caller
    has written one of the two before it already."""
    if query is None and any(mark and text.startswith(mark) for mark in (told.query, told.passage)):
        return text
    return (told.query if query else told.passage) + text


def _too_long(place: int, model: str, told: Description) -> Fault:
    sentence = f"Text {place} has more than the {told.context} tokens that {model} reads."
    return Fault(Kind.context_full, sentence, hint="Shorten it, or allow truncation.", field="input")


def _only(model: str, size: int) -> Fault:
    sentence = f"{model} makes vectors of {size} dimensions only."
    return Fault(Kind.unsupported, sentence, hint="Leave `dimensions` out.", field="dimensions")
