"""Remarks on documents that the core itself makes and takes back, beside those of whoever read them."""

from __future__ import annotations

from collections.abc import Sequence

WORDS_ONLY = "It is found by its words only: the base has no embedder."
RECUTTING = "It is being cut anew, and found as it was until then."
UNCUT = "It was not cut anew: "
"""How the remark on a document begins that could not be."""


def without_recutting(remarks: Sequence[str]) -> tuple[str, ...]:
    """Without what is said of cutting a document anew: of a copy of it, nobody would take that back."""
    return tuple(each for each in remarks if not each.startswith((RECUTTING, UNCUT)))
