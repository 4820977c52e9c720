"""A cross-encoder made of a handful of nodes: its score grows with the words that query and text share."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
from onnx import TensorProto, helper

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = ["tea", "green", "milk", "leaves", "who", "grows", "is", "in", "##s", "coffee", "rice"]
VOCABULARY = [*SPECIAL, *WORDS]


def write_reranker(folder: Path, outputs: int = 1, *, types: bool = True, graph: str = "model.onnx") -> Path:
    """The folder of such a model. With two `outputs` the second says `yes`; without `types` it takes no segment ids."""
    (folder / graph).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(_model(outputs, types), str(folder / graph))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer()))
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": 64, "pad_token_id": 0}))
    return folder


def _model(outputs: int, types: bool) -> onnx.ModelProto:
    """Counts equal tokens before and after the first `[SEP]`, of which the one that ends both is one."""
    one = helper.make_node
    seven = [
        helper.make_tensor(name, TensorProto.INT64, [1], [value]) for name, value in (("i1", 1), ("i2", 2), ("sep", 3))
    ]
    seven += [helper.make_tensor("i12", TensorProto.INT64, [2], [1, 2])]
    seven += [
        helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in (("scale", 4.0), ("off", -10.0))
    ]
    first_segment = [
        # Where the running count of [SEP], its own place left out, is 0.
        one("Equal", ["input_ids", "sep"], ["at_sep"]),
        one("Cast", ["at_sep"], ["sep_float"], to=TensorProto.FLOAT),
        one("CumSum", ["sep_float", "axis"], ["count"], exclusive=1),
        one("Cast", ["count"], ["after"], to=TensorProto.BOOL),
        one("Not", ["after"], ["before"]),
    ]
    axis = helper.make_tensor("axis", TensorProto.INT64, [], [1])
    nodes = [
        *first_segment,
        one("Cast", ["before"], ["before_float"], to=TensorProto.FLOAT),
        one("Cast", ["after"], ["after_float"], to=TensorProto.FLOAT),
        one("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        one("Mul", ["after_float", "mask"], ["later"]),
        one("Unsqueeze", ["input_ids", "i2"], ["down"]),
        one("Unsqueeze", ["input_ids", "i1"], ["across"]),
        one("Equal", ["down", "across"], ["same"]),
        one("Cast", ["same"], ["same_float"], to=TensorProto.FLOAT),
        one("Unsqueeze", ["before_float", "i2"], ["rows_of"]),
        one("Unsqueeze", ["later", "i1"], ["columns_of"]),
        one("Mul", ["same_float", "rows_of"], ["some"]),
        one("Mul", ["some", "columns_of"], ["shared"]),
        one("ReduceSum", ["shared", "i12"], ["total"], keepdims=0),
        one("Unsqueeze", ["total", "i1"], ["column"]),
        one("Mul", ["column", "scale"], ["scaled"]),
        one("Add", ["scaled", "off"], ["yes"]),
    ]
    if outputs == 2:
        nodes += [one("Sub", ["yes", "yes"], ["no"]), one("Concat", ["no", "yes"], ["logits"], axis=1)]
    elif outputs == 1:
        nodes += [one("Identity", ["yes"], ["logits"])]
    else:
        nodes += [one("Concat", ["yes"] * outputs, ["logits"], axis=1)]
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if types else [])]
    takes = [helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"]) for name in names]
    gives = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", outputs])]
    graph = helper.make_graph(nodes, "reranker", takes, gives, [*seven, axis])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def _tokenizer() -> dict[str, object]:
    special = {word: {"id": word, "ids": [SPECIAL.index(word)], "tokens": [word]} for word in ("[CLS]", "[SEP]")}
    pair = [
        {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
        {"Sequence": {"id": "B", "type_id": 1}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": pair[:3], "pair": pair, "special_tokens": special},
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {word: number for number, word in enumerate(VOCABULARY)},
        },
    }
