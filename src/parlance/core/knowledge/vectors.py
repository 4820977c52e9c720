"""What is embedded of a chunk, what of it is stored, and how vectors that fit no base are refused."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from operator import mul

from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Chunk

WRONG_DIMENSION = "embedder_dimension"
"""The code of vectors that are not as long as the others of their base."""
ANOTHER = "embedder_changed"
"""The code of vectors that are as long, and of another model."""
MISFITS = frozenset({WRONG_DIMENSION, ANOTHER})
"""What a base says whose embedder has become another model under its name."""
_HINT = "It is another model than before under the same name: choose the embedder of the base anew."


def text_of(chunk: Chunk) -> str:
    """What a model reads of a chunk, be it embedded, reranked or compared: what it stands under, and what it says."""
    return f"{chunk.context}\n{chunk.content}" if chunk.context else chunk.content


def packed(vector: Sequence[float]) -> bytes:
    """Little-endian float32 of unit length. Raises `Fault` for one that has no direction."""
    return _turned(array("f", unit(vector))).tobytes()


def unit(vector: Sequence[float]) -> list[float]:
    """The same direction, one unit long. Raises `Fault` for one that has none."""
    length = math.sqrt(sum(each * each for each in vector))
    if not math.isfinite(length) or length < 1e-12:
        raise nonsense("The embedder gave a vector that is not a number, or has no direction.")
    return [each / length for each in vector]


def cosine(vector: Sequence[float], kept: bytes) -> float:
    """Of the angle between a vector and one of the same length that was `packed`. Raises `Fault` as `unit`."""
    return float(sum(map(mul, unit(vector), _turned(array("f", kept)))))


def _turned(numbers: array[float]) -> array[float]:
    """From the machine's order of bytes to that in which they are stored, or back."""
    if sys.byteorder == "big":  # pragma: no cover - no machine of ours
        numbers.byteswap()
    return numbers


def wrong_dimension(found: int, wanted: int) -> Fault:
    """Vectors of so many numbers where others of their base have so many."""
    return Fault(
        Kind.invalid,
        f"The embedder gave a vector of {found} numbers where others of this base have {wanted}.",
        hint=_HINT,
        code="embedder_dimension",  # by itself: the page's list of codes is read from here
    )


def another_model() -> Fault:
    """Vectors of passages of a base that are not those that are kept of them."""
    return Fault(
        Kind.invalid,
        "The embedder gives other vectors for passages of this base than are kept of them.",
        hint=_HINT,
        code="embedder_changed",
    )


def nonsense(sentence: str) -> Fault:
    """What an embedder gives can be no vectors of a base, whatever it gave before."""
    hint = "Try again, or choose another embedder for this base."
    return Fault(Kind.invalid, sentence, hint=hint, code="embedder_nonsense")
