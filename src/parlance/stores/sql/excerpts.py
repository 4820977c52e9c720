"""The text around what a search found."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.ports.library import Piece
from parlance.stores.sql.words import first_place

BEFORE, AFTER = 60, 180
"""Code points shown before and after the place."""
MOST_READ = 200_000
"""Code points in which the place is looked for; what stands further behind is shown by the text's beginning."""


def excerpt(text: str, pieces: Sequence[Piece]) -> str:
    """Some text around the first place of the first piece that is found, in one line, with … where it was cut."""
    looked = text[:MOST_READ]
    places = (first_place(looked, piece.text, more=piece.more) for piece in pieces)
    at = next((place for place in places if place is not None), 0)
    start = max(0, at - BEFORE)
    if start:  # at the next space, but before the place
        space = looked.find(" ", start, at)
        start = start if space < 0 else space + 1
    end = min(len(text), at + AFTER)
    if end < len(text):
        space = text.rfind(" ", at + AFTER // 2, end)
        end = end if space < 0 else space
    cut = " ".join(text[start:end].split())
    return ("…" if start else "") + cut + ("…" if end < len(text) else "")
