"""`POST /embeddings`: texts into vectors, which are checked before anybody computes with them."""

from __future__ import annotations

import base64
import binascii
import math
import struct
from typing import Any

import msgspec

from parlance.engines.openai_http.decoding import UNREADABLE, NotJson, count_of, mapping_of, value_of
from parlance.engines.openai_http.messages import WIRE
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors, not_json
from parlance.outbound.client import Client
from parlance.values import json_door
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind

BASE_BYTES = 1024 * 1024
BYTES_EACH = 256 * 1024
"""Of an answer, for each text: 8,192 dimensions of 25 digits, with room."""
MAX_BYTES = 256 * 1024 * 1024
Vector = tuple[float, ...]


class Entry(msgspec.Struct, gc=False):
    """One vector: numbers, or base64 of little-endian float32."""

    embedding: list[float] | str
    index: int | None = None


class Counts(msgspec.Struct, gc=False):
    """Tokens that were read."""

    prompt_tokens: int = 0


class Answer(msgspec.Struct):
    """A healthy answer."""

    data: list[Entry]
    usage: Counts | None = None


_decode = msgspec.json.Decoder(Answer).decode


class OpenAIEmbedder:
    """An `EmbedEngine`. `form` is the `encoding_format` to ask for; none leaves it to the upstream."""

    def __init__(self, client: Client, target: Target, errors: Errors, form: str | None) -> None:
        self._client = client
        self._target = target
        self._errors = errors
        self._form = form

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """One vector per text, in order. Raises `Fault`; `bad_vectors` is one for an answer nobody can compute with."""
        if not ask.texts:
            return Embedded(())
        bound = min(MAX_BYTES, BASE_BYTES + BYTES_EACH * len(ask.texts))
        body = embedding_body(ask, self._form)
        call = self._target.post("/embeddings", body, stream=False, max_body=bound)
        response = await self._client.fetch(call)
        if not 200 <= response.status < 300:
            raise self._errors.refused(response.status, response.headers, response.body)
        return vectors_of(response.body, ask, self._errors)


def embedding_body(ask: EmbedAsk, form: str | None) -> bytes:
    """The body of the request."""
    body: dict[str, Any] = {
        **(ask.foreign if ask.wire == WIRE and ask.foreign else {}),
        "model": ask.model,
        "input": ask.texts,
    }
    if ask.dimensions is not None:
        body["dimensions"] = ask.dimensions
    if form is not None:
        body["encoding_format"] = form
    return json_door.encode(body)


def vectors_of(body: bytes, ask: EmbedAsk, errors: Errors) -> Embedded:
    """The vectors of an answer, in the order of the texts. Raises `Fault(upstream)`."""
    answer = _answer(body, errors)
    entries = _in_order(answer.data, len(ask.texts))
    vectors = tuple(_vector(entry.embedding) for entry in entries)
    lengths = {len(vector) for vector in vectors}
    if len(lengths) != 1 or 0 in lengths:
        raise _bad("The engine's vectors differ in length or are empty.")
    if ask.dimensions is not None and lengths != {ask.dimensions}:
        raise _bad("The engine's vectors do not have the number of dimensions that was asked for.")
    return Embedded(vectors, count_of(answer.usage.prompt_tokens) if answer.usage is not None else 0)


def _in_order(entries: list[Entry], count: int) -> list[Entry]:
    """The entries by their index, which some upstreams leave out and some do not sort by."""
    if len(entries) != count:
        raise _bad("The engine gave another number of vectors than there were texts.")
    if all(entry.index is None for entry in entries):
        return entries
    placed = {entry.index: entry for entry in entries}
    if placed.keys() != set(range(count)):
        raise _bad("The engine's vectors cannot be told apart.")
    return [placed[index] for index in range(count)]


def _vector(embedding: list[float] | str) -> Vector:
    if isinstance(embedding, str):
        try:
            data = base64.b64decode(embedding, validate=True)
            embedding = list(struct.unpack(f"<{len(data) // 4}f", data))
        except (binascii.Error, ValueError, struct.error):
            raise _bad("A vector of the engine is not valid base64.") from None
    # One sum finds what is not finite; only when it is not either does each number count.
    if not math.isfinite(sum(embedding)) and not all(map(math.isfinite, embedding)):
        raise _bad("A vector of the engine holds something that is no number.")
    return tuple(embedding)


def _answer(body: bytes, errors: Errors) -> Answer:
    """The answer, read strictly at first and freely when that fails. Raises `Fault(upstream)`."""
    try:
        return _decode(body)
    except UNREADABLE:
        pass
    try:
        value = value_of(body)
    except NotJson:
        raise not_json() from None
    fields = mapping_of(value)
    if fields.get("error") or fields.get("object") == "error":
        raise errors.in_band(value)
    if not isinstance(fields.get("data"), list):
        raise not_json()
    try:
        return msgspec.convert(value, Answer)
    except msgspec.ValidationError:
        raise _bad("A vector of the engine holds something that is no number.") from None


def _bad(sentence: str) -> Fault:
    return Fault(Kind.upstream, sentence, code="bad_vectors")
