"""The child process of embedder and rerankers: loads a model, answers calls on its standard input, ends with it.

    python -P -m parlance.engines.onnx.child

The first call says what to do: `prepare` converts the weights, `load` loads them; each `embed` after that is answered
in turn. A model of a folder is loaded by `load_embedder`; of a cross-encoder these are `load_reranker` and `rerank`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from parlance.engines.onnx import weights
from parlance.engines.onnx.cross_encoder import CrossEncoder
from parlance.engines.onnx.description import Description
from parlance.engines.onnx.encoder import Encoder, TooLong
from parlance.engines.onnx.text_encoder import TextEncoder
from parlance.processes import inside, pipe
from parlance.values.errors import Fault, Kind


class Order(msgspec.Struct, frozen=True):
    """What the first call carries: which model, where its files may be, and how many threads to use."""

    model: weights.Model
    places: weights.Places
    threads: int | None = None


class RerankerOrder(msgspec.Struct, frozen=True):
    """The folder of a cross-encoder, and how many threads to use."""

    folder: str
    threads: int | None = None


class EmbedderOrder(msgspec.Struct, frozen=True):
    """The folder of an embedder, how it embeds, and how many threads to use."""

    folder: str
    told: Description
    threads: int | None = None


class Worker:
    """Turns calls into answers; holds the model once it is loaded."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._reranker: CrossEncoder | None = None

    def __call__(self, call: pipe.Call) -> tuple[dict[str, Any], bytes]:
        """The fields and the body of the answer. Raises `Fault`."""
        match call.verb:
            case "prepare":
                order = msgspec.convert(call.fields, Order)
                weights.prepare(order.model, order.places)
                return {}, b""
            case "load":
                self._encoder = load(msgspec.convert(call.fields, Order))
                return {"dimensions": self._encoder.dimensions}, b""
            case "load_embedder":
                asked = msgspec.convert(call.fields, EmbedderOrder)
                self._encoder = TextEncoder(Path(asked.folder), asked.told, asked.threads)
                return {"dimensions": self._encoder.dimensions}, b""
            case "embed" if self._encoder is not None:
                return _embed(self._encoder, **call.fields)
            case "load_reranker":
                wanted = msgspec.convert(call.fields, RerankerOrder)
                self._reranker = CrossEncoder(Path(wanted.folder), wanted.threads)
                return {}, b""
            case "rerank" if self._reranker is not None:
                scored = self._reranker.score(**call.fields)
                return {"tokens": scored.tokens}, scored.scores
        raise Fault(Kind.internal, "The embedding process was asked for something it does not know.")


def load(order: Order) -> Encoder:
    """The model from the cache; one that is damaged is made anew. Raises `Fault(unsupported)` where that cannot be."""
    folder = weights.cached(order.model, order.places)
    if folder is not None and not weights.verify(folder):
        weights.discard(folder)
    return Encoder(weights.prepare(order.model, order.places), order.model.context, order.threads)


def _embed(encoder: Encoder, texts: list[str], truncate: bool) -> tuple[dict[str, Any], bytes]:
    try:
        encoded = encoder.encode(texts, truncate)
    except TooLong as error:
        return {"too_long": error.index}, b""
    return {"tokens": encoded.tokens}, encoded.vectors


def main(arguments: list[str]) -> int:
    """Settle the process, then serve. `arguments` holds the server's process id."""
    sink = inside.settle(int(arguments[0]))
    return inside.serve(sys.stdin.buffer, sink, Worker(), "embedding process")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
