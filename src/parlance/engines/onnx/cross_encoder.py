"""Judging passages inside the child process: a sequence classifier reads query and passage together.

A folder with `tokenizer.json` and `model.onnx` (there or in `onnx/`) is all there is to a model, as the usual exporters
write it. What it puts out is one number for each pair, or two for `no` and `yes`, whose difference is the logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from parlance.engines.onnx.encoder import batches, session
from parlance.values.errors import Fault, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONTEXT = 512
"""Tokens that are read of query and passage together, at most: what such models were trained on."""
GRAPHS = ("model.onnx", "onnx/model.onnx")
KNOWN = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class Scored(NamedTuple):
    """A logit for each text as little-endian float32, and the number of `tokens` read."""

    scores: bytes
    tokens: int


class _Config(msgspec.Struct, frozen=True):
    max_position_embeddings: int | None = None
    pad_token_id: int | None = None


class CrossEncoder:
    """One loaded model. Not for several threads: the child serves one call at a time."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        config = _config(folder)
        self._padding = config.pad_token_id or 0
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        # The longer of the two is cut, which is the passage in all but odd cases.
        self._tokenizer.enable_truncation(min(CONTEXT, config.max_position_embeddings or CONTEXT))
        self._session = session(folder / _graph(folder), threads)
        self._inputs = {each.name: each.type for each in self._session.get_inputs()}
        self._wide = self._outputs()

    def _outputs(self) -> bool:
        """Whether there are two numbers for each pair. Raises `Fault(unsupported)` for another kind of model."""
        shape = self._session.get_outputs()[0].shape
        if not {"input_ids", "attention_mask"} <= self._inputs.keys() <= KNOWN:
            raise _unfit("it takes other inputs than tokens and their mask")
        if len(shape) != 2 or shape[1] not in (1, 2):
            raise _unfit("it does not give one score for a pair of texts")
        return bool(shape[1] == 2)

    def score(self, query: str, texts: Sequence[str]) -> Scored:
        """A score for each text."""
        import numpy as np

        pairs = self._tokenizer.encode_batch([(query, text) for text in texts])
        scores = np.empty(len(pairs), np.dtype("<f4"))
        for batch in batches([len(pair.ids) for pair in pairs]):
            scores[batch] = self._run([pairs[index] for index in batch])
        return Scored(scores.tobytes(), sum(len(pair.ids) for pair in pairs))

    def _run(self, pairs: list[Any]) -> NDArray[np.float32]:
        import numpy as np

        shape = (len(pairs), max(len(pair.ids) for pair in pairs))
        fields = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        fed = {}
        for name, type in self._inputs.items():
            rows = np.full(shape, self._padding if name == "input_ids" else 0, _number(type))
            for index, pair in enumerate(pairs):
                rows[index, : len(pair.ids)] = getattr(pair, fields[name])
            fed[name] = rows
        logits: NDArray[np.float32] = self._session.run(None, fed)[0].astype(np.float32)
        return logits[:, 1] - logits[:, 0] if self._wide else logits[:, 0]


def _number(type: str) -> str:
    return "int32" if type == "tensor(int32)" else "int64"


def _graph(folder: Path) -> str:
    for name in GRAPHS:
        if (folder / name).is_file():
            return name
    raise _unfit("there is no model.onnx in its folder")


def _config(folder: Path) -> _Config:
    try:
        return msgspec.json.decode((folder / "config.json").read_bytes(), type=_Config)
    except (OSError, msgspec.DecodeError):
        return _Config()


def _unfit(why: str) -> Fault:
    return Fault(
        Kind.unsupported,
        f"This model cannot rerank passages: {why}.",
        hint="Fetch a cross-encoder that was exported to ONNX for sequence classification.",
        code="unfit_reranker",
    )
