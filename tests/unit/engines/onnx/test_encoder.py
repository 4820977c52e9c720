"""Texts to vectors, as the child process does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.engines.onnx import encoder
from parlance.engines.onnx.encoder import Encoder, TooLong, batches
from tests.unit.engines.onnx.tiny import CONTEXT, WIDTH

TEXTS = ["a man is eating food.", "", "someone eats a meal", "the stock market fell today, " * 3, "日本", "\x00 \n"]


@pytest.fixture(scope="module")
def tiny(converted: Path) -> Encoder:
    return Encoder(converted, CONTEXT, threads=1)


def rows(made: encoder.Encoded) -> np.ndarray[Any, Any]:
    return np.frombuffer(made.vectors, "<f4").reshape(-1, WIDTH)


def test_every_text_has_one_vector_of_unit_length_the_empty_one_too(tiny: Encoder) -> None:
    vectors = rows(tiny.encode(TEXTS))
    assert vectors.shape == (len(TEXTS), WIDTH)
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


@given(st.permutations(range(len(TEXTS))), st.integers(1, 4))
def test_a_vector_depends_neither_on_order_nor_on_company(tiny: Encoder, order: list[int], copies: int) -> None:
    alone = np.concatenate([rows(tiny.encode([text])) for text in TEXTS])
    together = rows(tiny.encode([TEXTS[place] for place in order] * copies))
    assert np.abs(together - alone[order * copies]).max() < 1e-5


def test_tokens_read_are_counted_with_the_two_that_frame_a_text(tiny: Encoder) -> None:
    assert tiny.encode(["a man"]).tokens == 4
    assert tiny.encode(["", "a"]).tokens == 5
    assert tiny.encode(["a " * 500]).tokens == CONTEXT


def test_what_is_beyond_the_context_changes_nothing(tiny: Encoder) -> None:
    start = "a man is " * CONTEXT
    assert np.array_equal(rows(tiny.encode([start])), rows(tiny.encode([start + "eating food"])))


def test_a_text_that_may_not_be_cut_is_refused_with_its_place(tiny: Encoder) -> None:
    fits = "a " * (CONTEXT - 2)
    assert tiny.encode([fits], truncate=False).tokens == CONTEXT
    with pytest.raises(TooLong) as caught:
        tiny.encode(["a", fits + "a"], truncate=False)
    assert caught.value.index == 1


@given(st.text(alphabet="amtse \n.,é日\u0301", max_size=400), st.integers(1, 40))
def test_the_tokens_of_a_long_text_are_found_from_its_beginning(tiny: Encoder, text: str, prefix: int) -> None:
    whole = tiny._tokenizer.encode(text).ids
    kept, encoder.PREFIX = encoder.PREFIX, prefix
    try:
        begun = tiny._beginning(text)
    finally:
        encoder.PREFIX = kept
    assert begun[: CONTEXT - 1] == whole[: CONTEXT - 1]
    assert (len(begun) > CONTEXT) == (len(whole) > CONTEXT)


def test_a_text_of_megabytes_costs_no_more_than_its_beginning(tiny: Encoder) -> None:
    text = "a man is eating food " * 200_000
    assert len(tiny._beginning(text)) < encoder.PREFIX
    assert np.array_equal(rows(tiny.encode([text])), rows(tiny.encode([text[:2100]])))
    blank = " " * 100_000 + "a"
    assert np.array_equal(rows(tiny.encode([blank])), rows(tiny.encode(["a"])))


@given(st.lists(st.integers(1, 256), max_size=200))
def test_batches_hold_every_text_once_and_stay_within_their_bound(lengths: list[int]) -> None:
    made = list(batches(lengths, most=300))
    assert sorted(place for batch in made for place in batch) == list(range(len(lengths)))
    for batch in made:
        assert len(batch) * max(lengths[place] for place in batch) <= 300


def test_a_text_longer_than_a_batch_is_one_of_its_own() -> None:
    assert list(batches([1000, 1, 1], most=300)) == [[1, 2], [0]]


def test_padding_and_calls_together_are_as_few_as_they_can_be() -> None:
    assert list(batches([60, 10, 61, 10], most=300)) == [[1, 3], [0, 2]]  # 166 and two calls, 244 in one
    assert list(batches([58, 60, 61, 55], most=300)) == [[3, 0, 1, 2]]  # 244, 110 and 122 and one more call
    assert list(batches([])) == []


def test_the_number_of_cores_is_known_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(encoder._cores()) >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert len(encoder._cores()) >= 1
