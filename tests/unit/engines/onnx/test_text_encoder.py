"""Encoders that somebody fetched: their pooling, their words, what their files tell, and what is wrong with them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from parlance.engines.onnx.adopt import Wanted, adopted
from parlance.engines.onnx.description import Description, Said, described, from_configs, is_embedder, padding
from parlance.engines.onnx.encoder import TooLong
from parlance.engines.onnx.text_encoder import TextEncoder
from parlance.values.errors import Fault
from parlance.values.onnx import external_files
from tests.unit.engines.onnx.small_embedder import (
    CONFIGS,
    WIDTH,
    bpe,
    graph,
    table,
    unigram,
    word_piece,
    write_embedder,
)
from tests.unit.engines.onnx.small_reranker import write_reranker

PLAIN = Description(normalize=False, context=64)


def vectors(folder: Path, *texts: str, told: Description = PLAIN, width: int = WIDTH) -> np.ndarray[Any, Any]:
    """What a model in this process makes."""
    made = TextEncoder(folder, told, 1).encode(texts)
    return np.frombuffer(made.vectors, "<f4").reshape(-1, width)


@pytest.mark.parametrize("tokenizer", [unigram(), bpe(), word_piece()], ids=["unigram", "bpe", "word-piece"])
def test_a_text_is_the_mean_or_the_first_of_its_tokens(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """By whichever kind of tokenizer, and whatever stands beside it; of length 1 where that is wanted."""
    write_embedder(tmp_path, tokenizer)
    texts = ("Green tea", "milk", "tea is grown in Assam, where coffee is 茶")
    rows = [tokenizer.encode(text).ids for text in texts]
    means = np.stack([table()[row].mean(axis=0) for row in rows])
    assert vectors(tmp_path, *texts) == pytest.approx(means, abs=1e-5)
    first = vectors(tmp_path, *texts, told=Description("cls", False, context=64))
    assert first == pytest.approx(np.stack([table()[row[0]] for row in rows]), abs=1e-5)
    unit = vectors(tmp_path, *texts, told=Description(context=64))
    assert unit == pytest.approx(means / np.linalg.norm(means, axis=1, keepdims=True), abs=1e-5)


@pytest.mark.parametrize("tokenizer", [unigram(), bpe(), word_piece()], ids=["unigram", "bpe", "word-piece"])
def test_a_long_text_keeps_what_closes_it(tmp_path: Path, tokenizer: Tokenizer) -> None:
    """Where the tokenizer closes texts at all; an empty one has a vector too."""
    write_embedder(tmp_path, tokenizer)
    encoder = TextEncoder(tmp_path, Description(context=10), 1)
    ids = tokenizer.encode("tea milk " * 40).ids
    closing = ids[-1:] if tokenizer.post_processor else ids[9:10]
    made = encoder.encode(["tea milk " * 40, ""])
    found = np.frombuffer(made.vectors, "<f4").reshape(-1, WIDTH)
    wanted = table()[ids[:9] + closing].mean(axis=0)
    assert found[0] == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5) and np.isfinite(found).all()
    with pytest.raises(TooLong):
        encoder.encode(["tea milk " * 40], truncate=False)


@pytest.mark.parametrize(
    "form",
    [
        {"inputs": ("input_ids", "attention_mask")},
        {"inputs": ("input_ids", "attention_mask", "position_ids")},
        {"output": "hidden"},
        {"output": "token_embeddings"},
        {"outside": "model.onnx_data"},
    ],
    ids=str,
)
def test_any_of_the_usual_exports_will_do(tmp_path: Path, form: dict[str, Any]) -> None:
    """The vectors are the same."""
    write_embedder(tmp_path / "usual")
    write_embedder(tmp_path / "other", **form)
    assert np.array_equal(vectors(tmp_path / "usual", "tea"), vectors(tmp_path / "other", "tea"))


@pytest.mark.parametrize("output", ["sentence_embedding", "dense"])
def test_a_graph_that_pools_by_itself_is_taken_at_its_word(tmp_path: Path, output: str) -> None:
    """Its own vector of the text, here the first token's."""
    write_embedder(tmp_path, pooled=True, output=output)
    assert vectors(tmp_path, "tea")[0] == pytest.approx(table()[0], abs=1e-6)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"inputs": ("input_ids", "attention_mask", "past_key_values.0.key")}, "wants past_key_values.0.key"),
        ({"inputs": ("input_ids",)}, "does not take attention_mask"),
        ({"output": "logits", "pooled": True}, "gives logits, and no vectors"),
        ({"rows": 1}, "cannot be loaded"),
    ],
    ids=["inputs", "no mask", "outputs", "one text"],
)
def test_a_graph_of_another_kind_is_refused_with_the_reason(tmp_path: Path, form: dict[str, Any], why: str) -> None:
    """And with what to fetch instead."""
    write_embedder(tmp_path, **form)
    with pytest.raises(Fault, match=why) as caught:
        TextEncoder(tmp_path, PLAIN, 1)
    assert caught.value.code == "unfit_embedder" and caught.value.hint
    assert adopted(tmp_path, Wanted("embedder")).problem == caught.value.sentence()


def _bare(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _outside(folder: Path) -> None:
    write_embedder(folder, outside="weights.bin")
    (folder / "weights.bin").unlink()


def _damaged(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"\x08\x0a nonsense")


def _empty(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"")


def _nonsense(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_bare, "no tokenizer.json"),
        (_outside, "keeps weights in weights.bin, which is not beside it"),
        (_damaged, "cannot be loaded"),
        (_empty, "empty"),
        (_nonsense, "cannot be loaded"),
    ],
)
def test_files_that_are_missing_or_damaged_are_named(tmp_path: Path, spoil: Any, why: str) -> None:
    """Without a place of this machine in the sentence."""
    spoil(write_embedder(tmp_path))
    with pytest.raises(Fault, match=why) as caught:
        TextEncoder(tmp_path, PLAIN, 1)
    assert str(tmp_path) not in caught.value.sentence()


def test_a_dimension_that_has_changed_is_told(tmp_path: Path) -> None:
    """It was written down when the model was fetched."""
    write_embedder(tmp_path)
    with pytest.raises(Fault, match="have 8 numbers, and had 6"):
        TextEncoder(tmp_path, Description(dimensions=6), 1)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    """Before anything is embedded with them."""
    import onnx
    from onnx import numpy_helper

    write_embedder(tmp_path)
    made = graph()
    made.graph.initializer[0].CopyFrom(numpy_helper.from_array(table() * np.float32("nan"), "table"))
    onnx.save(made, str(tmp_path / "model.onnx"))
    with pytest.raises(Fault, match="no numbers"):
        TextEncoder(tmp_path, PLAIN, 1)


# -- what the files tell ----------------------------------------------------------------------------------------------


def test_what_its_own_files_tell_is_read(tmp_path: Path) -> None:
    """Two positions of a RoBERTa are no text's; what somebody says goes before; then `embedder.json` is all."""
    write_embedder(tmp_path)
    assert described(tmp_path) == Description("mean", True, "query: ", "passage: ", 32)
    assert padding(tmp_path) == 1 and is_embedder(tmp_path)
    said = Said("cls", False, "q ", "", 16)
    assert from_configs(tmp_path, said) == Description("cls", False, "q ", "", 16)
    (tmp_path / "embedder.json").write_text('{"pooling": "cls", "dimensions": 8}')
    assert described(tmp_path) == Description("cls", dimensions=8)
    assert described(write_embedder(tmp_path / "bare", configs=False)) == Description()
    assert not is_embedder(write_reranker(tmp_path / "judge")) and not is_embedder(tmp_path / "bare")


@pytest.mark.parametrize(
    ("name", "told", "why"),
    [
        ("modules.json", [{"type": "a.Transformer"}, {"type": "a.Dense"}], "layer of its own .*Dense"),
        ("1_Pooling/config.json", {"pooling_mode_lasttoken": True}, "pools by lasttoken"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True},
            "mean_tokens and",
        ),
        ("embedder.json", {"pooling": "max"}, "embedder.json cannot be read"),
        ("config_sentence_transformers.json", [], "cannot be read"),
    ],
)
def test_what_nothing_here_does_is_refused(tmp_path: Path, name: str, told: Any, why: str) -> None:
    """Rather than that vectors come out which are not the model's."""
    write_embedder(tmp_path)
    (tmp_path / name).write_text(json.dumps(told))
    with pytest.raises(Fault, match=why):
        described(tmp_path)


@pytest.mark.parametrize(
    ("name", "told", "wanted"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "cls"}, Description("cls", True, "query: ", "passage: ", 32)),
        (
            "1_Pooling/config.json",
            {"pooling_mode_cls_token": True},
            Description("cls", True, "query: ", "passage: ", 32),
        ),
        ("modules.json", [{"type": "a.Transformer"}], Description("mean", False, "query: ", "passage: ", 32)),
        ("config.json", {"max_position_embeddings": 40}, Description("mean", True, "query: ", "passage: ", 40)),
        ("config.json", {"max_position_embeddings": 8192}, Description("mean", True, "query: ", "passage: ", 512)),
        ("config_sentence_transformers.json", {"prompts": {"query": "q: ", "other": None}}, None),
    ],
)
def test_each_of_its_files_counts(tmp_path: Path, name: str, told: Any, wanted: Description | None) -> None:
    """In its older and its newer form."""
    write_embedder(tmp_path)
    (tmp_path / name).write_text(json.dumps(told))
    assert described(tmp_path) == (wanted or Description("mean", True, "q: ", "", 32))


def test_more_than_its_positions_cannot_be_read(tmp_path: Path) -> None:
    """It says how many it has."""
    with pytest.raises(Fault, match="32 tokens at most"):
        from_configs(write_embedder(tmp_path), Said(context=33))
    assert set(CONFIGS) >= {"config.json"}


def test_a_model_is_adopted_with_its_dimension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by trying; without the runtime it is taken untried. A reranker is only told to be one."""
    found = adopted(write_embedder(tmp_path / "new", width=6), Wanted(said=Said(query="q: ")))
    assert found.tried and found.description == Description("mean", True, "q: ", "passage: ", 32, 6)
    assert adopted(write_reranker(tmp_path / "judge"), Wanted()).kind == "reranker"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    untried = adopted(tmp_path / "new", Wanted())
    assert untried.description is not None and (untried.tried, untried.description.dimensions) == (False, 0)


@given(st.lists(st.text("abcdef.-_é", min_size=1, max_size=120), max_size=4), st.binary(max_size=40))
def test_the_files_of_a_graph_are_found_wherever_they_are_named(names: list[str], between: bytes) -> None:
    """As the library that writes such graphs encodes them."""
    from onnx import StringStringEntryProto

    entries = [StringStringEntryProto(key="location", value=name).SerializeToString() for name in names]
    assert external_files(between.join([b"", *entries, b""])) == frozenset(names)
