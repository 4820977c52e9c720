"""Vectors are read in both of their forms, put in order, and refused when nobody could compute with them."""

from __future__ import annotations

import base64
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.engines.openai_http.embeddings import embedding_body, vectors_of
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from tests.unit.engines.openai_http.stage import ERRORS

ASK = EmbedAsk("m", ("a", "b"))


def read(data: Any, ask: EmbedAsk = ASK, **top: Any) -> Embedded:
    return vectors_of(msgspec.json.encode({"data": data, **top}), ask, ERRORS)


def entry(*numbers: float, index: int | None = None) -> dict[str, Any]:
    return {"embedding": list(numbers), "object": "embedding"} | ({} if index is None else {"index": index})


def packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def test_vectors_come_back_in_the_order_of_the_texts() -> None:
    swapped = [entry(3, 4, index=1), entry(1, 2, index=0)]
    assert read(swapped, usage={"prompt_tokens": 5}) == Embedded(((1.0, 2.0), (3.0, 4.0)), 5)
    assert read([entry(1, 2), entry(3, 4)]) == Embedded(((1.0, 2.0), (3.0, 4.0)))


def test_base64_is_little_endian_float32() -> None:
    data = [{"embedding": packed(0.5, -2.0), "index": 0}, {"embedding": packed(1.0, 0.0), "index": 1}]
    assert read(data).vectors == ((0.5, -2.0), (1.0, 0.0))


BAD: dict[str, Any] = {
    "too few": [entry(1)],
    "too many": [entry(1), entry(2), entry(3)],
    "the same index twice": [entry(1, index=0), entry(2, index=0)],
    "an index beyond": [entry(1, index=0), entry(2, index=2)],
    "an index for one only": [entry(1, index=0), entry(2)],
    "different lengths": [entry(1), entry(2, 3)],
    "empty vectors": [entry(), entry()],
    "null inside": [{"embedding": [1, None]}, entry(1, 2)],
    "no vector": [{"embedding": None}, entry(1)],
    "text inside": [{"embedding": ["x"]}, entry(1)],
    "no base64": [{"embedding": "***"}, entry(1)],
    "half a float": [{"embedding": base64.b64encode(b"12345").decode()}, entry(1)],
    "an infinite float": [{"embedding": packed(float("inf"))}, entry(1)],
    "no float": [{"embedding": packed(float("nan"))}, entry(1)],
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_vectors_that_nobody_can_compute_with_are_refused(data: Any) -> None:
    with pytest.raises(Fault) as caught:
        read(data)
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, "bad_vectors")


def test_numbers_that_are_no_json_are_refused_as_such() -> None:
    with pytest.raises(Fault) as caught:
        vectors_of(b'{"data":[{"embedding":[NaN]},{"embedding":[1]}]}', ASK, ERRORS)
    assert caught.value.code == "bad_vectors"


def test_large_finite_numbers_are_numbers() -> None:
    assert read([entry(1e308, 1e308), entry(1, 2)]).vectors[0] == (1e308, 1e308)


def test_another_number_of_dimensions_than_asked_for_is_refused() -> None:
    asked = msgspec.structs.replace(ASK, dimensions=2)
    assert read([entry(1, 2), entry(3, 4)], asked).vectors
    with pytest.raises(Fault, match="dimensions"):
        read([entry(1), entry(2)], asked)


def test_errors_and_other_answers_with_status_200_are_faults() -> None:
    for body, code in (
        (b'{"error":{"message":"broke"}}', "engine_failed"),
        (b'{"object":"error","message":"broke"}', "engine_failed"),
        (b"<html>", "not_json"),
        (b"{}", "not_json"),
        (b"[]", "not_json"),
    ):
        with pytest.raises(Fault) as caught:
            vectors_of(body, ASK, ERRORS)
        assert caught.value.code == code


def test_the_request_holds_what_was_asked_and_nothing_of_another_wire() -> None:
    foreign = {"user": "u", "model": "other"}
    ask = EmbedAsk("m", ("a",), 8, wire="openai", foreign=foreign)
    body = msgspec.json.decode(embedding_body(ask, "base64"))
    assert body == {"user": "u", "model": "m", "input": ["a"], "dimensions": 8, "encoding_format": "base64"}
    bare = embedding_body(EmbedAsk("m", ("a",), wire="ollama", foreign=foreign), None)
    assert msgspec.json.decode(bare) == {"model": "m", "input": ["a"]}


@given(st.binary(max_size=60))
def test_rubbish_is_nothing_but_a_fault(body: bytes) -> None:
    with pytest.raises(Fault):
        vectors_of(body, ASK, ERRORS)
