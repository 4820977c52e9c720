"""Embeddings and model lists on OpenAI's wire."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from parlance.dialects.openai.embeddings import embed
from parlance.dialects.openai.models import list_models, show_model
from parlance.values.asks import Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.models import ModelCard, ModelRef
from tests.unit.dialects.openai.stage import Stage, answered, request

VECTORS = Embedded(((0.5, -1.0), (2.0, 0.25)), 7)


async def test_vectors_come_as_numbers_in_order() -> None:
    """By default a vector is a list of numbers."""
    body = await answered(embed, {"model": "e", "input": ["a", "b"]}, Stage(VECTORS))
    assert body == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [0.5, -1.0]},
            {"object": "embedding", "index": 1, "embedding": [2.0, 0.25]},
        ],
        "model": "e",
        "usage": {"prompt_tokens": 7, "total_tokens": 7},
    }


async def test_base64_is_little_endian_float32() -> None:
    """base64 holds little-endian float32."""
    body = await answered(embed, {"input": "a", "encoding_format": "base64"}, Stage(VECTORS))
    assert struct.unpack("<2f", base64.b64decode(body["data"][0]["embedding"])) == (0.5, -1.0)


async def test_what_is_asked_reaches_the_engine() -> None:
    """Texts, dimensions, user and unknown fields reach the engine."""
    stage = Stage(VECTORS)
    await embed(request({"model": "e", "input": "a", "dimensions": 2, "user": "u", "input_type": "query"}), stage)
    ask = stage.asked[0].ask
    assert (ask.model, ask.texts, ask.dimensions, ask.wire) == ("e", ("a",), 2, "openai")
    assert ask.foreign == {"user": "u", "input_type": "query"}


@pytest.mark.parametrize(
    ("fields", "field", "kind"),
    [
        ({"input": []}, "input", Kind.invalid),
        ({"input": ["a"] * 2049}, "input", Kind.invalid),
        ({"input": [1, 2]}, "input", Kind.unsupported),
        ({"input": [[1], [2]]}, "input", Kind.unsupported),
        ({"input": "a", "dimensions": 0}, "dimensions", Kind.invalid),
        ({"input": "a", "encoding_format": "int8"}, "encoding_format", Kind.invalid),
        ({}, "input", Kind.invalid),
    ],
)
async def test_what_cannot_be_embedded_is_refused_by_name(fields: dict[str, Any], field: str, kind: Kind) -> None:
    """Bounds, token arrays and wrong shapes are refused by name."""
    with pytest.raises(Fault) as caught:
        await embed(request(fields), Stage(VECTORS))
    assert (caught.value.field, caught.value.kind) == (field, kind)


CARD = ModelCard(
    "org/tiny",
    ModelRef("c", "tiny"),
    "ollama",
    created=1_700_000_000_500_000,
    size=5,
    digest="d",
    owner="me",
    foreign={"details": {"family": "x"}},
)
BARE = ModelCard("bare", ModelRef("c", "bare"), "quote")


async def test_the_list_serves_two_kinds_of_clients() -> None:
    """The list has data for OpenAI's clients and models for Ollama's, in the core's order."""
    body = await answered(list_models, None, Stage((CARD, BARE)))
    assert body["object"] == "list"
    assert body["data"][0] == {"id": "org/tiny", "object": "model", "created": 1_700_000_000, "owned_by": "me"}
    assert [model["name"] for model in body["models"]] == ["org/tiny", "bare"]
    assert body["models"][0] == {
        "name": "org/tiny",
        "model": "org/tiny",
        "modified_at": "2023-11-14T22:13:20Z",
        "size": 5,
        "digest": "d",
        "details": {"family": "x"},
    }
    assert body["models"][1]["details"] == {}


async def test_one_model_is_shown_by_its_whole_id() -> None:
    """An id with slashes is one id."""
    stage = Stage(CARD)
    body = await answered(show_model, None, stage, params={"model": "org/tiny"})
    assert (body["id"], stage.asked[0].model) == ("org/tiny", "org/tiny")
