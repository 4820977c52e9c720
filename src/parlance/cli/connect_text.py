"""Changes of one place in a settings file that somebody else wrote: all else stays as it is, comments too.

A JSON file gets one member; any other text gets a block between two comments, by which it is found again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

BEGIN, END = "# >>> written by `parlance connect`", "# <<< parlance"
STEP = "  "
_TOKEN = re.compile(
    r'(?P<gap>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\],:])|(?P<word>[^\s,:{}\[\]"/]+)',
    re.DOTALL,
)
_MOVES = {"{": 1, "[": 1, "}": -1, "]": -1}


class Strange(ValueError):
    """A file that is not what it should be. The message says what is wrong, after its name."""


class _Token(NamedTuple):
    text: str
    start: int
    end: int


class _Member(NamedTuple):
    """A member of an object: its name, and the first and the last token of its value."""

    name: str
    first: int
    last: int


# -- JSON, as editors take it: with comments, and commas before closing brackets ---------------------------------------


def with_member(text: str, path: Sequence[str], value: Any) -> str:
    """The JSON text in which the member at a path has a value. Raises Strange."""
    text = text if text.strip() else "{}\n"
    wanted = read(text)
    changed = _placed(text, path, value)
    inner = wanted
    for name in path[:-1]:
        inner = inner.setdefault(name, {})
    inner[path[-1]] = value
    if read(changed) != wanted:
        raise Strange("has the same name twice")
    return changed


def read(text: str) -> dict[str, Any]:
    """The object of a JSON text. Raises Strange."""
    tokens = _tokens(text)
    around = zip([None, *tokens], tokens, [*tokens[1:], None], strict=False)
    kept = [token.text for before, token, after in around if not _spare(before, token, after)]
    try:
        found = json.loads(" ".join(kept))
    except (ValueError, RecursionError):
        raise Strange("is not JSON") from None
    if not isinstance(found, dict):
        raise Strange("is not a JSON object")
    return found


def _spare(before: _Token | None, token: _Token, after: _Token | None) -> bool:
    """Whether a token is a comma behind the last value, which editors take and JSON does not."""
    if token.text != "," or before is None or after is None:
        return False
    return after.text in ("}", "]") and before.text not in ("{", "[", ",", ":")


def _tokens(text: str) -> list[_Token]:
    """What the text says, without gaps and comments."""
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Strange("is not JSON")
        if match.lastgroup != "gap":
            found.append(_Token(match[0], at, match.end()))
        at = match.end()
    return found


def _members(tokens: Sequence[_Token], at: int) -> Iterator[_Member]:
    """The members of the object that begins at a token; of a text that is known to be JSON."""
    at += 1
    while tokens[at].text != "}":
        last, depth = at + 2, _MOVES.get(tokens[at + 2].text, 0)
        while depth:
            last += 1
            depth += _MOVES.get(tokens[last].text, 0)
        yield _Member(json.loads(tokens[at].text), at + 2, last)
        at = last + 1
        if tokens[at].text == ",":
            at += 1


def _placed(text: str, path: Sequence[str], value: Any) -> str:
    tokens, at, last = _tokens(text), 0, 0
    for depth, name in enumerate(path, start=1):
        if tokens[at].text != "{":
            raise Strange(f"has something at {'.'.join(path[: depth - 1])} that is not an object")
        found = next((member for member in _members(tokens, at) if member.name == name), None)
        if found is None:
            for outer in reversed(path[depth:]):
                value = {outer: value}
            return _inserted(text, tokens[at], tokens[at + 1].text == "}", depth, json.dumps(name), value)
        at, last = found.first, found.last
    return text[: tokens[at].start] + _written(value, len(path)) + text[tokens[last].end :]


def _inserted(text: str, brace: _Token, empty: bool, depth: int, name: str, value: Any) -> str:
    """As the first member of an object: that needs no look at how the last one ends."""
    tail = "\n" + STEP * (depth - 1) if empty else ","
    rest = text[brace.end :]
    if not empty and not rest[: len(rest) - len(rest.lstrip())].count("\n"):
        tail += "\n" + STEP * depth
    return f"{text[: brace.end]}\n{STEP * depth}{name}: {_written(value, depth)}{tail}{rest}"


def _written(value: Any, depth: int) -> str:
    return json.dumps(value, indent=len(STEP), ensure_ascii=False).replace("\n", "\n" + STEP * depth)


# -- TOML and YAML ----------------------------------------------------------------------------------------------------


def without_block(text: str) -> str:
    """The text without the block that was written before."""
    return re.sub(rf"^[ ]*{re.escape(BEGIN)}\n.*?^[ ]*{re.escape(END)}\n", "", text, flags=re.DOTALL | re.MULTILINE)


def block(lines: Sequence[str], indent: str = "") -> str:
    """Lines between the two comments."""
    return "".join(f"{indent}{line}\n" for line in (BEGIN, *lines, END))


def at_end(text: str, lines: Sequence[str]) -> str:
    """The text with a block behind it."""
    return (text.rstrip("\n") + "\n\n" if text.strip() else "") + block(lines)


def in_list(text: str, name: str, lines: Sequence[str]) -> str:
    """A YAML text with a block at the front of one of its lists. Raises Strange where the list is written in another
    form than items on lines of their own."""
    found = re.search(rf"^{re.escape(name)}:[ \t]*(?P<rest>[^#\n]*?)[ \t]*(?:#.*)?(?:\n|\Z)", text, re.MULTILINE)
    if found is None:
        return (text.rstrip("\n") + "\n" if text.strip() else "") + f"{name}:\n" + block(lines, STEP)
    if found["rest"]:
        raise Strange(f"has its {name} on one line: write each on a line of its own")
    item = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*(?P<indent>[ ]*)- ", text[found.end() :])
    indent = item["indent"] if item else STEP
    head = text[: found.end()] if found[0].endswith("\n") else text[: found.end()] + "\n"
    return head + block(lines, indent) + text[found.end() :]
