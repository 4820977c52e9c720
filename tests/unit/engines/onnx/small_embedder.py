"""An encoder made of one table: the vector of a token is its row, whatever stands beside it. In the usual forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

WIDTH = 8
WORDS = ("tea", "green", "milk", "coffee", "assam", "kerala", "grown", "where", "is", "in", "query", "passage")
FRAME = ("<s>", "<pad>", "</s>", "<unk>")


def unigram() -> Tokenizer:
    """As multilingual models have it: SentencePiece's, with a blank written into the words."""
    pieces = [*((word, 0.0) for word in FRAME), *((f"▁{word}", -2.0) for word in WORDS)]
    pieces += [(letter, -6.0) for letter in "▁abcdefghijklmnopqrstuvwxyz:.?茶"]
    made = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    return _framed(made, "<s> $A </s>", ("<s>", 0), ("</s>", 2))


def bpe() -> Tokenizer:
    """Of bytes, and framed by nothing, as of models that were made to write."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate([*letters, "te", "tea"])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[("t", "e"), ("te", "a")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made


def word_piece() -> Tokenizer:
    """BERT's."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    made = Tokenizer(models.WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return _framed(made, "[CLS] $A [SEP]", ("[CLS]", 2), ("[SEP]", 3))


def _framed(made: Tokenizer, single: str, *special: tuple[str, int]) -> Tokenizer:
    made.add_special_tokens([word for word, _ in special])
    made.post_processor = processors.TemplateProcessing(single=single, special_tokens=list(special))
    return made


def table(width: int = WIDTH, seed: int = 7) -> np.ndarray[Any, Any]:
    """The vector of each token."""
    return np.random.default_rng(seed).normal(0, 1, (300, width)).astype(np.float32)


def graph(
    width: int = WIDTH,
    seed: int = 7,
    *,
    output: str = "last_hidden_state",
    pooled: bool = False,
    inputs: tuple[str, ...] = ("input_ids", "attention_mask", "token_type_ids"),
    rows: str | int = "rows",
) -> onnx.ModelProto:
    """Looks each token up. With `pooled` it puts out the first token's vector as that of the text; `rows` may be a
    number of texts that it is made for."""
    weights = numpy_helper.from_array(table(width, seed), "table")
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens" if pooled else output])]
    starts = [helper.make_tensor("first", TensorProto.INT64, [], [0])]
    shape: list[str | int] = [rows, width] if pooled else [rows, "length", width]
    if pooled:
        nodes.append(helper.make_node("Gather", ["tokens", "first"], [output], axis=1))
    takes = [helper.make_tensor_value_info(name, TensorProto.INT64, [rows, "length"]) for name in inputs]
    gives = [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)]
    made = helper.make_graph(nodes, "embedder", takes, gives, [weights, *starts])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def write_embedder(
    folder: Path, tokenizer: Tokenizer | None = None, *, outside: str = "", configs: bool = True, **form: Any
) -> Path:
    """The folder of such a model; `outside` names a file for its weights. Without `configs` it tells nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    place: dict[str, Any] = (
        {"save_as_external_data": True, "location": outside, "size_threshold": 64} if outside else {}
    )
    onnx.save(graph(**form), str(folder / "model.onnx"), **place)
    (tokenizer or unigram()).save(str(folder / "tokenizer.json"))
    if configs:
        for name, told in CONFIGS.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(json.dumps(told))
    return folder


CONFIGS: dict[str, Any] = {
    "config.json": {
        **{"architectures": ["XLMRobertaModel"], "model_type": "xlm-roberta"},
        **{"max_position_embeddings": 34, "pad_token_id": 1},
    },
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
    "1_Pooling/config.json": {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": "passage: "}},
    "sentence_bert_config.json": {"max_seq_length": 512, "do_lower_case": False},
    "tokenizer_config.json": {"model_max_length": 1000000000000000019884624838656},
}
