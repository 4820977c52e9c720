"""Titles: from the text at once, by a model after the first answer, and never in place of the user's own."""

from __future__ import annotations

import re

from parlance.values.chats import MOST_TITLE

FROM_TEXT = 60
"""Code points of a title taken from the text: what a sidebar shows of it."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s|(?<=[。！？])|[\r\n]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Line ends, and what would turn the writing direction of everything around it."""


def title_from(text: str) -> str:
    """A title from what was said first: its first sentence, clipped at a word. Empty where nothing is said."""
    said = text.strip()
    first = next((piece for piece in _SENTENCE.split(said) if piece.strip()), "")
    return clipped(first, FROM_TEXT)


def clean(title: str) -> str:
    """A title in one line, as a user gave it."""
    return " ".join(_CONTROL.sub(" ", title).split())[:MOST_TITLE]


def clipped(text: str, most: int) -> str:
    """A text of at most so many code points, cut at a space where there is one, else between two characters."""
    text = " ".join(_CONTROL.sub(" ", text).split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    space = cut.rfind(" ")
    if space >= most // 2:
        cut = cut[:space]
    return cut.rstrip(" ,;:，、；：-–—") + "…"


def title_by_model(answer: str) -> str:
    """What a model wrote for a title, without the quotes, labels and marks that models like to add."""
    line = next((line for line in answer.splitlines() if line.strip()), "")
    line = re.sub(r"^\s*(?:#+\s*|\*\*|title\s*:\s*|标题\s*[:：]\s*)+", "", line, flags=re.IGNORECASE)
    line = line.strip().strip("*\"'“”‘’«»「」『』`").strip()
    return clipped(line.rstrip("."), MOST_TITLE)
