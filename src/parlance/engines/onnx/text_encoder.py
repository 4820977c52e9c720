"""Any encoder that was exported to ONNX, inside the child process: its tokens, its pooling, its dimension found by
trying."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parlance.engines.onnx.description import Description, padding, unfit
from parlance.engines.onnx.encoder import Encoder
from parlance.values.errors import Fault
from parlance.values.onnx import external_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRAPH = "model.onnx"
NEEDED = ("input_ids", "attention_mask")
GIVEN = (*NEEDED, "token_type_ids", "position_ids")
POOLED = "sentence_embedding"
"""The output of a graph that pools by itself, as sentence-transformers names it."""
TRIED = ("a", "how many numbers has a vector?")
"""Texts of two lengths, so that a graph for one text, or for one length, is found out."""
EXPORT = "Fetch one that was exported to ONNX for feature extraction."
AGAIN = "Fetch it anew by `parlance pull`."


class TextEncoder(Encoder):
    """One loaded model of a folder. Raises `Fault(unsupported)` where it is not what it should be."""

    def __init__(self, folder: Path, told: Description, threads: int | None = None) -> None:
        whole(folder)
        self._told, self._padding = told, padding(folder)
        try:
            super().__init__(folder, told.context, threads)
        except Fault:
            raise
        except Exception as error:  # the libraries raise what they like
            raise unfit(f"its files cannot be loaded ({_sentence(error, folder)})", AGAIN) from error
        if told.dimensions not in (0, self.dimensions):
            was = f"its vectors have {self.dimensions} numbers, and had {told.dimensions} when it was fetched"
            raise unfit(was, f"{AGAIN} Bases that were made with it choose their embedder anew.")

    def _width(self) -> int:
        self._inputs = {each.name: each.type for each in self._session.get_inputs()}
        if strange := [name for name in self._inputs if name not in GIVEN]:
            raise unfit(f"its graph wants {', '.join(strange)}, which nothing here gives", EXPORT)
        if lacking := [name for name in NEEDED if name not in self._inputs]:
            raise unfit(f"its graph does not take {' and '.join(lacking)}", EXPORT)
        last = self._tokenizer.encode(TRIED[0]).special_tokens_mask[::-1]
        self._tail = next((place for place, special in enumerate(last) if not special), len(last))
        rows = self._rows(TRIED)
        made = dict(zip(self._outputs(), self._session.run(None, self._fed(rows)), strict=True))
        self._output = _chosen({name: each.shape for name, each in made.items()}, len(rows), max(map(len, rows)))
        vectors = self._run(rows)
        import numpy as np

        if not np.isfinite(vectors).all():
            raise unfit("it gives what are no numbers", "Choose another export of it.")
        return int(vectors.shape[1])

    def _outputs(self) -> list[str]:
        return [each.name for each in self._session.get_outputs()]

    def _rows(self, texts: Sequence[str]) -> list[list[int]]:
        # A tokenizer that frames nothing makes nothing of an empty text, and a graph takes no empty row.
        return [row or [self._padding] for row in super()._rows(texts)]

    def _fed(self, rows: list[list[int]]) -> dict[str, NDArray[Any]]:
        import numpy as np

        shape = (len(rows), max(map(len, rows)))
        fed = {name: np.zeros(shape, _number(type)) for name, type in self._inputs.items()}
        fed["input_ids"][:] = self._padding
        for index, row in enumerate(rows):
            fed["input_ids"][index, : len(row)] = row
            fed["attention_mask"][index, : len(row)] = 1
        if "position_ids" in fed:
            fed["position_ids"][:] = np.arange(shape[1])
        return fed

    def _run(self, rows: list[list[int]]) -> NDArray[np.float32]:
        import numpy as np

        fed = self._fed(rows)
        vectors: NDArray[np.float32] = self._session.run([self._output], fed)[0].astype(np.float32)
        if vectors.ndim == 3 and self._told.pooling == "cls":
            vectors = vectors[:, 0]
        elif vectors.ndim == 3:
            mask = fed["attention_mask"].astype(np.float32)[:, :, None]
            vectors = (vectors * mask).sum(axis=1) / mask.sum(axis=1)
        if self._told.normalize:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def whole(folder: Path) -> None:
    """Raise `Fault(unsupported)` where files are missing, those too in which a graph keeps its weights."""
    for name in (GRAPH, "tokenizer.json"):
        if not (folder / name).is_file():
            raise unfit(f"there is no {name} in its folder", AGAIN)
    with (folder / GRAPH).open("rb") as file:
        try:
            graph = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:
            raise unfit(f"its {GRAPH} is empty", AGAIN) from None
        with graph:
            missing = sorted(name for name in external_files(graph) if not (folder / name).is_file())
    if missing:
        raise unfit(f"its graph keeps weights in {', '.join(missing)}, which is not beside it", AGAIN)


def _chosen(shapes: dict[str, tuple[int, ...]], texts: int, tokens: int) -> str:
    """The output with the vectors: of each text where the graph has them, else of each token."""
    if len(shapes.get(POOLED, ())) == 2:
        return POOLED
    for name in sorted(shapes, key=lambda name: name not in ("last_hidden_state", "token_embeddings")):
        if len(shapes[name]) == 3 and shapes[name][:2] == (texts, tokens):
            return name
    [only, *others] = shapes
    if not others and only != "logits" and len(shapes[only]) == 2 and shapes[only][0] == texts:
        return only
    raise unfit(f"its graph gives {', '.join(shapes)}, and no vectors of tokens or texts", EXPORT)


def _number(type: str) -> str:
    return "int32" if type == "tensor(int32)" else "int64"


def _sentence(error: Exception, folder: Path) -> str:
    """The beginning of what a library says, without where it happened."""
    return str(error).replace(str(folder), "").partition("\n")[0][:200].strip()
