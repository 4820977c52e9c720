"""How a passage stands in a prompt: between two lines with a key that its text cannot know.

    <passage 1 5f0e8c1d2a3b>
    tea.pdf, page 2
    Brewing > Water
    <text 5f0e8c1d2a3b>
    Water boils at a hundred degrees.
    <end 1 5f0e8c1d2a3b>

The key is made for one prompt from a random id, and is in no passage. `engines/quote_passages.py` reads the same lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from parlance.values.texts import TURNING

LENGTH = 12
"""Hexadecimal digits of a key: 48 bits that nobody who wrote a document can guess."""
MOST_NAME = 200
_BREAK = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{TURNING}]+")


def key_of(id: str, texts: Sequence[str]) -> str:
    """The key made from a random id, or the next one made from that where a text holds it."""
    key = sha256(id.encode()).hexdigest()[:LENGTH]
    while any(key in text.casefold() for text in texts):
        key = sha256(key.encode()).hexdigest()[:LENGTH]
    return key


def head(number: int, key: str, name: str, pages: str, context: str) -> str:
    """All that stands before a passage's own text. A name is one line, whatever it holds."""
    line = _BREAK.sub(" ", name).strip()[:MOST_NAME]
    if pages:
        line += f", page{'s' if '-' in pages else ''} {pages}"
    under = f"{context.strip()}\n" if context.strip() else ""
    return f"<passage {number} {key}>\n{line}\n{under}<text {key}>\n"


def tail(number: int, key: str) -> str:
    """All that stands behind it."""
    return f"\n<end {number} {key}>\n\n"
