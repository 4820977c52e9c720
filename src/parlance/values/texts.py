"""Texts as they are compared and passed on: what people type is kept as it is, and beside it the form that decides what
is equal; of what models say, their thoughts may have to be left out."""

from __future__ import annotations

import re
import unicodedata

TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that turn the direction of writing, as a regular expression has them between brackets: `gnp.\u202eexe` is shown
as if it were a picture."""
_CLOSED = "</think>"
_THOUGHT = re.compile(rf"<think>.*?(?:{_CLOSED}|\Z)", re.DOTALL)


def folded(text: str) -> str:
    """The NFKC-casefold form, for uniqueness, sorting and search; folded twice, since folding can undo the first."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def without_thoughts(text: str, *, only_closed: bool = False) -> str:
    """A text without its `<think>` blocks, over lines too. One that is never closed goes on to the end, since a model's
    answer was cut while it thought; with `only_closed`, for texts that a person may have written, it stays."""
    return _THOUGHT.sub(_left if only_closed else "", text)


def _left(found: re.Match[str]) -> str:
    return "" if found[0].endswith(_CLOSED) else found[0]
