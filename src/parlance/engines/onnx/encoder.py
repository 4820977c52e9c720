"""Texts to vectors inside the child process: tokens, batches of like length, ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_TOKENS = 512
"""Tokens in one call of the runtime, padding included. Measured from 300 to 2,000 on two cores: what is larger falls
out of the caches and is up to a fifth slower, besides holding more memory."""
CALL_TOKENS = 24
"""Tokens that could be read in the time that a call takes whatever is in it."""
PREFIX = 4096
"""Characters of a long text that are tokenised first: nearly always more than a model reads."""
WORD = 128
"""Tokens that the word at the end of a prefix may change: the vocabulary's longest word has 100 characters."""
THREADS_MOST = 8


class TooLong(Exception):
    """A text has more tokens than the model reads, and the caller asked not to cut it; `index` is its place."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Encoded(NamedTuple):
    """`vectors` as little-endian float32 rows in the order of the texts, and the number of `tokens` read."""

    vectors: bytes
    tokens: int


class Encoder:
    """One loaded model. Not for several threads: the child serves one call at a time."""

    def __init__(self, folder: Path, context: int, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._context = context
        self._tail = 1
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = session(folder / "model.onnx", threads)
        self.dimensions: int = self._width()

    def _width(self) -> int:
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str], truncate: bool = True) -> Encoded:
        """Embed the texts. Raises `TooLong` when `truncate` is false and a text does not fit."""
        import numpy as np

        rows = self._rows(texts)
        for index, row in enumerate(rows):
            if len(row) > self._context:
                if not truncate:
                    raise TooLong(index)
                # The last token closes the text, so it stays; of another model there may be more, or none.
                rows[index] = row[: self._context - self._tail] + row[len(row) - self._tail :]
        vectors = np.empty((len(rows), self.dimensions), np.dtype("<f4"))
        for batch in batches([len(row) for row in rows]):
            vectors[batch] = self._run([rows[index] for index in batch])
        return Encoded(vectors.tobytes(), sum(map(len, rows)))

    def _rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text; ordinary texts together, which uses every core."""
        rows: list[list[int]] = [[]] * len(texts)
        short = [place for place, text in enumerate(texts) if len(text) <= PREFIX]
        for place, encoding in zip(short, self._tokenizer.encode_batch_fast([texts[i] for i in short]), strict=True):
            rows[place] = encoding.ids
        for place, text in enumerate(texts):
            if len(text) > PREFIX:
                rows[place] = self._beginning(text)
        return rows

    def _beginning(self, text: str) -> list[int]:
        """The tokens of a long text, or of a beginning of it that has more than the model reads.

        A text of megabytes is not tokenised for the 256 tokens at its start. Cutting in mid-word can change only that
        word, so a prefix with a word to spare has the same beginning as the whole.
        """
        size = PREFIX
        while size < len(text):
            ids: list[int] = self._tokenizer.encode(text[:size]).ids
            if len(ids) > self._context + WORD:
                return ids
            size *= 4
        whole: list[int] = self._tokenizer.encode(text).ids
        return whole

    def _run(self, rows: list[list[int]]) -> NDArray[np.float32]:
        import numpy as np

        shape = (len(rows), max(map(len, rows)))
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        outputs: list[Any] = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        vectors: NDArray[np.float32] = outputs[0]
        return vectors


def session(graph: Path, threads: int | None) -> Any:
    """A graph, ready to be run on this machine's processors."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(THREADS_MOST, len(_cores()))
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between calls would take the server's share of a small machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def batches(lengths: Sequence[int], most: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Places of texts, grouped so that like lengths meet and rows times longest row stays within `most` tokens; of all
    such groupings the one that costs least, padding and calls together.

    A text longer than `most` is a batch of its own. Every place appears exactly once, shorter texts first.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    costs, begins = [0], [0]
    for end in range(1, len(order) + 1):
        longest = max(1, lengths[order[end - 1]])
        first = max(0, end - max(1, most // longest))
        cost, begin = min((costs[begin] + (end - begin) * longest, begin) for begin in range(first, end))
        costs.append(cost + CALL_TOKENS)
        begins.append(begin)
    made, end = [], len(order)
    while end:
        made.append(order[begins[end] : end])
        end = begins[end]
    return reversed(made)


def _cores() -> Sequence[int]:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)
