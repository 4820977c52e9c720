"""Where in a TOML file each key stands: the parser in the standard library does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
KEY = re.compile(r"""\s*((?:[A-Za-z0-9_.\-\s]|"(?:\\.|[^"\\])*"|'[^']*')+?)\s*=(.*)""", re.DOTALL)
HEADER = re.compile(r"""\s*\[(\[?)((?:[^\]"']|"(?:\\.|[^"\\])*"|'[^']*')+)\]""")


def line_numbers(text: str) -> dict[str, int]:
    """Line of each key of a valid TOML text, by its dotted path; items of a list of tables as `keys[0].name`."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        header = HEADER.match(line)
        if header:
            prefix = _enter(_path(header[2]), bool(header[1]), counts)
            found.setdefault(re.sub(r"\[\d+\]$", "", prefix), number)
            found.setdefault(prefix, number)
        elif not line.lstrip().startswith("#") and (pair := KEY.match(line)):
            found.setdefault(".".join(filter(None, [prefix, *_path(pair[1])])), number)
            _skip(pair[2], lines)
    return found


def _path(key: str) -> list[str]:
    """The names in a dotted key, quoted ones included; none where the guess at a key was wrong."""
    try:
        table: object = tomllib.loads(f"{key.strip()} = 0")
    except tomllib.TOMLDecodeError:
        return []
    names: list[str] = []
    while isinstance(table, dict) and table:
        name, table = next(iter(table.items()))
        names.append(name)
    return names


def _enter(names: list[str], is_list: bool, counts: dict[str, int]) -> str:
    """The prefix below a header; each `[[header]]` is the next item of its list."""
    prefix = ""
    for place, name in enumerate(names):
        prefix = f"{prefix}.{name}" if prefix else name
        if is_list and place == len(names) - 1:
            counts[prefix] = counts.get(prefix, -1) + 1
        if prefix in counts:
            prefix += f"[{counts[prefix]}]"
    return prefix


def _skip(value: str, lines: Iterator[tuple[int, str]]) -> None:
    """Passes over the lines that a value which began on this line goes on in."""
    quotes = next((mark for mark in ('"""', "'''") if value.lstrip().startswith(mark)), None)
    if quotes is not None:
        if value.count(quotes) < 2:
            next((line for line in lines if quotes in line[1]), None)
        return
    depth = _depth(value)
    while depth > 0 and (following := next(lines, None)) is not None:
        depth += _depth(following[1])


def _depth(line: str) -> int:
    """How many more lists the line opens than it closes, strings and comments apart."""
    bare = STRING.sub("", line).split("#")[0]
    return bare.count("[") - bare.count("]")
