"""`POST /v1/embeddings`: texts into vectors, as numbers or as base64 of little-endian float32."""

from __future__ import annotations

import base64
import struct
from typing import Annotated, Literal

import msgspec

from parlance.core.models.operations import Embed
from parlance.dialects.openai.bodies import Body, Kept
from parlance.dialects.openai.chat_ask import WIRE
from parlance.dialects.openai.chat_wire import Known, told
from parlance.dialects.openai.limits import MAX_INPUTS, at_most, invalid, unsupported, within
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.asks import MAX_DIMENSIONS, EmbedAsk, Embedded


class EmbeddingRequest(Known, frozen=True, kw_only=True):
    """The body of `POST /v1/embeddings`."""

    input: Annotated[str | list[str | int | list[int]], told(minItems=1)]
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int | None, told(minimum=1, maximum=MAX_DIMENSIONS)] = None
    user: str | None = None


class EmbeddingObject(msgspec.Struct, frozen=True):
    """One vector: its numbers, or base64 of them as little-endian float32."""

    index: int
    embedding: tuple[float, ...] | str
    object: str = "embedding"


class EmbeddingUsage(msgspec.Struct, frozen=True):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(msgspec.Struct, frozen=True):
    """The vectors in the order of the texts."""

    data: list[EmbeddingObject]
    model: str
    usage: EmbeddingUsage
    object: str = "list"


BODY = Body(EmbeddingRequest)


async def embed(request: Request, do: Do) -> Reply:
    """Turn texts into vectors."""
    asked, kept = BODY.read(request.body)
    embedded = await do(Embed(embed_ask(asked, kept)))
    return Reply(json_door.encode(embedding_list(embedded, asked)))


def embed_ask(asked: EmbeddingRequest, kept: Kept) -> EmbedAsk:
    """What the engine is asked for."""
    within("dimensions", asked.dimensions, 1, MAX_DIMENSIONS)
    foreign = {**kept.get((), {}), **({"user": asked.user} if asked.user is not None else {})}
    return EmbedAsk(asked.model or "", texts_of(asked.input), asked.dimensions, wire=WIRE, foreign=foreign or None)


def texts_of(given: str | list[str | int | list[int]]) -> tuple[str, ...]:
    """The texts; token numbers mean nothing without the one tokenizer they came from, so they are refused."""
    if isinstance(given, str):
        return (given,)
    at_most("input", given, MAX_INPUTS)
    if not given:
        raise invalid("input", "`input` must hold at least one text.")
    texts = tuple(text for text in given if isinstance(text, str))
    if len(texts) != len(given):
        raise unsupported("input", "Token arrays are not supported.", "Send the texts themselves.")
    return texts


def embedding_list(embedded: Embedded, asked: EmbeddingRequest) -> EmbeddingList:
    """The reply's body."""
    coded = asked.encoding_format == "base64"
    return EmbeddingList(
        [
            EmbeddingObject(index, float32_base64(vector) if coded else vector)
            for index, vector in enumerate(embedded.vectors)
        ],
        asked.model or "",
        EmbeddingUsage(embedded.prompt_tokens, embedded.prompt_tokens),
    )


def float32_base64(vector: tuple[float, ...]) -> str:
    """Little-endian float32 in base64, whatever this machine's own order is."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


ROWS = (
    Row(
        "POST",
        "/v1/embeddings",
        "openai.embeddings.create",
        embed,
        (Embed,),
        "Turn texts into vectors",
        body="bytes",
        takes=EmbeddingRequest,
        gives=EmbeddingList,
    ),
)
