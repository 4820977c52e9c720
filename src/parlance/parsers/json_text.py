"""JSON and lines of JSON: laid out, so that names stand beside their values and what belongs together stays near."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from parlance.parsers.draft import whole
from parlance.parsers.encodings import words_of
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Block, Parsed, Span

_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)((?:\\u[0-9a-fA-F]{4})+)")
"""Letters by their numbers; behind an even number of backslashes only, for an odd one makes it plain text."""
_LOOSE = re.compile(r"\\u[dD]|\b(?:NaN|Infinity)\b")
"""What makes a JSON that is not by the letter of it, and is written all the same."""


class JsonText:
    """Reads JSON and JSON Lines."""

    media_types = frozenset({"application/json", "application/x-ndjson"})
    suffixes = frozenset({".json", ".jsonl", ".ndjson"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The values, one level a line; each of the outermost is a block."""
        if content.stat().st_size > MOST_TEXT * 4:
            raise problem("text_too_long")
        text, remark = words_of(content.read_bytes())
        values = _values(text)
        drawn, blocks, at = [], [], 0
        for value in values:
            one = _readable(value)
            blocks.append(Block("code", Span(at, at + len(one))))
            drawn.append(one)
            at += len(one) + 2
        progress(1, 1)
        return whole("\n\n".join(drawn), blocks, remarks=(remark,) if remark else ())


def _values(text: str) -> list[str]:
    """The one value as its text, or one for each line. Raises `Fault(invalid)`."""
    lines = [line for line in text.split("\n") if line.strip()]
    if _is_valid(text):
        return [text]
    if len(lines) > 1 and all(map(_is_valid, lines)):
        return lines
    raise problem("damaged_file", "This is no valid JSON.")


def _is_valid(text: str) -> bool:
    """What is too deep to be looked into passes, and so do NaN, Infinity and halves of characters, as some write."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except RecursionError:
        return True
    except msgspec.DecodeError:
        return _is_loose(text)
    return True


def _is_loose(text: str) -> bool:
    if not _LOOSE.search(text):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _readable(value: str) -> str:
    """A value laid out, its numbers as they were written, its escaped letters as letters."""
    try:
        laid_out = msgspec.json.format(value, indent=1)
    except (RecursionError, msgspec.DecodeError):
        laid_out = value.strip()
    return _ESCAPED.sub(_letters, laid_out)


def _letters(found: re.Match[str]) -> str:
    letters = json.loads(f'"{found.group(2)}"')
    return found.group(1) + letters if letters.isprintable() and not set(letters) & {'"', "\\"} else found.group()
