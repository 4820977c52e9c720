"""From safetensors to a graph, checked against the same arithmetic written out in numpy."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from parlance.engines.onnx.convert import read_tensors
from tests.unit.engines.onnx.tiny import FILES, HEADS, LAYERS, VOCABULARY, WIDTH, shapes

Array = np.ndarray[Any, Any]


@pytest.fixture
def tensors(tmp_path: Path) -> dict[str, Array]:
    path = tmp_path / "model.safetensors"
    path.write_bytes(FILES["model.safetensors"])
    return read_tensors(path)


def norm(value: Array, weights: dict[str, Array], name: str) -> Array:
    centred = value - value.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(value.var(-1, keepdims=True) + 1e-12)
    normed: Array = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return normed


def linear(value: Array, weights: dict[str, Array], name: str) -> Array:
    return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def forward(weights: dict[str, Array], ids: list[int]) -> Array:
    """One text through the model, the slow and plain way."""
    words, positions = (weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "position"))
    value = words[ids] + positions[: len(ids)] + weights["embeddings.token_type_embeddings.weight"][0]
    value = norm(value, weights, "embeddings.LayerNorm")
    deep = WIDTH // HEADS
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        query, key, content = (
            linear(value, weights, f"{at}attention.self.{name}").reshape(-1, HEADS, deep).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(deep))
        seen = (scores / scores.sum(-1, keepdims=True)) @ content
        mixed = linear(seen.transpose(1, 0, 2).reshape(-1, WIDTH), weights, f"{at}attention.output.dense")
        value = norm(value + mixed, weights, f"{at}attention.output.LayerNorm")
        spread = linear(value, weights, f"{at}intermediate.dense")
        active = spread * 0.5 * (1 + np.vectorize(math.erf)(spread / math.sqrt(2)))
        value = norm(value + linear(active, weights, f"{at}output.dense"), weights, f"{at}output.LayerNorm")
    mean = value.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_every_tensor_is_read_with_its_shape(tensors: dict[str, Array]) -> None:
    assert {name: tensor.shape for name, tensor in tensors.items()} == shapes()


def test_the_graph_computes_what_the_model_is_defined_to(tensors: dict[str, Array], converted: Path) -> None:
    session = onnxruntime.InferenceSession(str(converted / "model.onnx"), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(3)
    rows = [random.integers(0, len(VOCABULARY), length).tolist() for length in (2, 24, 9)]
    ids, mask = np.zeros((3, 24), np.int64), np.zeros((3, 24), np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)], mask[place, : len(row)] = row, 1
    (made,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
    for row, vector in zip(rows, made, strict=True):
        assert np.abs(forward(tensors, row) - vector).max() < 1e-5


@pytest.mark.parametrize("raw", [b"", b"\xff" * 16, b"\x01" + bytes(7) + b"{}", json.dumps({}).encode()])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw)
    with pytest.raises(ValueError):
        read_tensors(path)
