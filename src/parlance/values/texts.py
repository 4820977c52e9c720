"""Texts as they are compared: what people type is kept as it is, and beside it the form that decides what is equal."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """The NFKC-casefold form, for uniqueness, sorting and search; folded twice, since folding can undo the first."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
