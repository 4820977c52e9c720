"""From the published weights (safetensors) to one ONNX graph: tokens in, unit vectors out.

Runs once per model. The graph is a BERT encoder with mean pooling and unit length inside, so that what loads it needs
no knowledge of the model. Single precision is kept: 8-bit weights are twice as fast but only 0.97 similar to the
published vectors, and an index built with one must serve queries made with the other.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPSET = 20
"""The first with Gelu in it."""
IR_VERSION = 10
HEADER_MOST = 16 * 1024 * 1024
DTYPES = {"F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32"}


class Config(msgspec.Struct, frozen=True):
    """What the graph needs of a BERT model's `config.json`."""

    hidden_size: int
    num_attention_heads: int
    num_hidden_layers: int
    layer_norm_eps: float


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, mapped, not copied. Raises `ValueError` for anything else.

    The format: a 64-bit little-endian length, a JSON header of that length, the raw tensors.
    """
    import numpy as np

    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= HEADER_MOST:
            raise ValueError("not a safetensors file")
        header = msgspec.json.decode(file.read(length), type=dict[str, msgspec.Raw])
    data = np.memmap(path, np.uint8, "r", offset=8 + length)
    tensors = {}
    for name, raw in header.items():
        if name == "__metadata__":
            continue
        tensor = msgspec.json.decode(raw, type=_Tensor)
        begin, end = tensor.data_offsets
        tensors[name] = data[begin:end].view(DTYPES[tensor.dtype]).reshape(tensor.shape)
    return tensors


def write_graph(weights: Path, config: Path, target: Path) -> None:
    """Write the ONNX graph of a BERT model. Inputs `input_ids`, `attention_mask`: int64[rows, tokens]; output
    `embedding`: float32[rows, hidden size], each row of unit length."""
    import onnx

    shape = msgspec.json.decode(config.read_bytes(), type=Config)
    model = _Graph(read_tensors(weights), shape).model()
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


class _Graph:
    """Builds the graph node by node; each method returns the name of the value it made."""

    def __init__(self, weights: dict[str, NDArray[Any]], config: Config) -> None:
        self._weights = weights
        self._config = config
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def model(self) -> Any:
        """The whole graph as an ONNX model."""
        from onnx import TensorProto, helper

        value = self._embeddings()
        blocked = self._blocked()
        for layer in range(self._config.num_hidden_layers):
            value = self._layer(value, blocked, layer)
        self._pool(value)
        ids = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        width = self._config.hidden_size
        vectors = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["rows", width])
        graph = helper.make_graph(self._nodes, "embedder", ids, [vectors], list(self._constants.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)

    def _constant(self, name: str, array: NDArray[Any] | np.generic) -> str:
        import numpy as np
        from onnx import numpy_helper

        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def _scalar(self, name: str, number: float) -> str:
        import numpy as np

        return self._constant(name, np.array(number, np.float32).reshape(1))

    def _integers(self, *numbers: int) -> str:
        import numpy as np

        return self._constant("i" + "_".join(map(str, numbers)), np.array(numbers, np.int64))

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name].astype("float32"))

    def _op(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def _linear(self, value: str, weights: str, output: str) -> str:
        turned = self._constant(weights + ".turned", self._weights[weights + ".weight"].astype("float32").T)
        product = self._op("MatMul", [value, turned], output + ".product")
        return self._op("Add", [product, self._weight(weights + ".bias")], output)

    def _norm(self, value: str, weights: str, output: str) -> str:
        inputs = [value, self._weight(weights + ".weight"), self._weight(weights + ".bias")]
        return self._op("LayerNormalization", inputs, output, axis=-1, epsilon=self._config.layer_norm_eps)

    def _embeddings(self) -> str:
        """Words, positions 0 to the input's length, and the one segment there is."""
        words = self._op("Gather", [self._weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
        length = self._op("Shape", ["input_ids"], "length", start=1, end=2)
        table = self._weight("embeddings.position_embeddings.weight")
        positions = self._op("Slice", [table, self._integers(0), length, self._integers(0)], "positions")
        segment = self._constant("segment", self._weights["embeddings.token_type_embeddings.weight"][0])
        placed = self._op("Add", [words, positions], "placed")
        whole = self._op("Add", [placed, segment], "summed")
        return self._norm(whole, "embeddings.LayerNorm", "embedded")

    def _blocked(self) -> str:
        """0 where a token is, -1e9 where padding is, shaped to be added to attention scores."""
        from onnx import TensorProto

        mask = self._op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        wide = self._op("Unsqueeze", [mask, self._integers(1, 2)], "mask.wide")
        padding = self._op("Sub", [self._scalar("one", 1.0), wide], "padding")
        return self._op("Mul", [padding, self._scalar("never", -1e9)], "blocked")

    def _layer(self, value: str, blocked: str, number: int) -> str:
        weights, here = f"encoder.layer.{number}.", f"l{number}."
        attended = self._attention(value, blocked, weights, here)
        mixed = self._linear(attended, weights + "attention.output.dense", here + "mixed")
        kept = self._op("Add", [value, mixed], here + "kept")
        middle = self._norm(kept, weights + "attention.output.LayerNorm", here + "middle")
        spread = self._linear(middle, weights + "intermediate.dense", here + "spread")
        active = self._op("Gelu", [spread], here + "active")
        folded = self._linear(active, weights + "output.dense", here + "folded")
        total = self._op("Add", [middle, folded], here + "total")
        return self._norm(total, weights + "output.LayerNorm", here + "out")

    def _attention(self, value: str, blocked: str, weights: str, here: str) -> str:
        width, heads = self._config.hidden_size, self._config.num_attention_heads
        split = self._integers(0, 0, heads, width // heads)
        turned = {}
        # Keys are turned once more than queries and values, so that the product needs no transposition of its own.
        for name, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            made = self._linear(value, f"{weights}attention.self.{name}", here + name)
            parts = self._op("Reshape", [made, split], here + name + ".parts")
            turned[name] = self._op("Transpose", [parts], here + name + ".turned", perm=order)
        product = self._op("MatMul", [turned["query"], turned["key"]], here + "product")
        scaled = self._op("Mul", [product, self._scalar("scale", 1 / math.sqrt(width // heads))], here + "scaled")
        scores = self._op("Add", [scaled, blocked], here + "scores")
        shares = self._op("Softmax", [scores], here + "shares", axis=-1)
        seen = self._op("MatMul", [shares, turned["value"]], here + "seen")
        back = self._op("Transpose", [seen], here + "back", perm=[0, 2, 1, 3])
        return self._op("Reshape", [back, self._integers(0, 0, width)], here + "joined")

    def _pool(self, value: str) -> None:
        """The mean of the tokens that are not padding, at unit length."""
        mask = self._op("Unsqueeze", ["mask", self._integers(-1)], "mask.deep")
        read = self._op("Mul", [value, mask], "read")
        total = self._op("ReduceSum", [read, self._integers(1)], "total", keepdims=0)
        count = self._op("ReduceSum", [mask, self._integers(1)], "count", keepdims=0)
        mean = self._op("Div", [total, count], "mean")
        self._op("LpNormalization", [mean], "embedding", axis=-1, p=2)
