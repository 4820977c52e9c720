"""Passages in a prompt, as the built-in engine reads them: their numbers and their own words.

`core/knowledge/asking/fencing.py` writes them, between lines with a key; only parts that say that they are passages are
read, and of these only the key in the very first line counts, so that no text can pose as another passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from parlance.values.messages import Item, Message, Part, Text, text_of

_FIRST = re.compile(r"<passage \d+ (\w+)>\n")


class NumberedText(NamedTuple):
    """A passage's number and what its document says there."""

    number: int
    text: str


def passages(content: str | Sequence[Part]) -> list[NumberedText]:
    """The passages in a message, in order. Where somebody laid them out without fences they are counted."""
    if isinstance(content, str):
        return []
    parts = [part.text for part in content if isinstance(part, Text) and _is_passage(part)]
    fenced = "".join(parts)
    first = _FIRST.match(fenced)
    if first is None:
        return [NumberedText(n, text) for n, text in enumerate(parts, 1)]
    key = first.group(1)
    pattern = rf"<passage (\d+) {key}>\n.*?<text {key}>\n(.*?)\n<end \1 {key}>"
    return [NumberedText(int(found.group(1)), found.group(2)) for found in re.finditer(pattern, fenced, re.S)]


def without_passages(content: str | tuple[Part, ...]) -> str:
    """The text of a message that is its author's own."""
    if isinstance(content, str):
        return content
    return text_of(tuple(part for part in content if not (isinstance(part, Text) and _is_passage(part))))


def asked_about(items: Sequence[Item]) -> list[NumberedText]:
    """The passages that came with the last question."""
    asked = [item for item in items if isinstance(item, Message) and item.role == "user"]
    return passages(asked[-1].content) if asked else []


def _is_passage(part: Text) -> bool:
    return part.source is not None and part.source.kind == "passage"
