"""The key of an answer: everything that can change it, and whose it is. Nothing shorter is safe."""

from __future__ import annotations

import hashlib

import msgspec

from parlance.values.asks import ChatAsk

_encoder = msgspec.json.Encoder(order="sorted")


def answer_key(scope: str, connection: str, ask: ChatAsk) -> str:
    """The SHA-256 (hexadecimal) over scope, connection and the ask, less what only shapes the delivery.

    `stream` and `usage` say how an answer is sent, `keep_alive` how long a model stays loaded: the answer is the same.
    """
    bare = msgspec.structs.replace(ask, stream=True, usage=True, keep_alive=None)
    return hashlib.sha256(_encoder.encode((scope, connection, bare))).hexdigest()


def deterministic(ask: ChatAsk) -> bool:
    """Whether the caller asked for the same answer each time: temperature 0 or a seed."""
    return ask.sampling.temperature == 0 or ask.sampling.seed is not None
