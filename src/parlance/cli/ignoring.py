"""What `.gitignore` and `.parlanceignore` leave out, by the rules that git has for them.

`Rules` are those of one folder with all above it: of the patterns that fit, the last one counts, and files further down
come later. What is in a folder that is left out cannot be taken in again.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

FILES = (".gitignore", ".parlanceignore")
"""Read in this order: ours may take in again what git leaves out."""
MOST = 1024 * 1024
"""Bytes read of such a file."""
_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": "!-\\/:-@\\[-`{-~",
    "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class Pattern(NamedTuple):
    """One line: `within` is the folder of its file, with a `/` behind it, or empty."""

    within: str
    regex: re.Pattern[str]
    back: bool
    folders_only: bool


class Rules(NamedTuple):
    """The patterns that hold in a folder, those of files above it first."""

    patterns: tuple[Pattern, ...] = ()

    def of(self, folder: Path, within: str) -> Rules:
        """These and those of a folder below, whose path from the first one is `within`."""
        own = [each for name in FILES for each in _read(folder / name, f"{within}/" if within else "")]
        return Rules((*self.patterns, *own)) if own else self

    def leave_out(self, path: str, is_folder: bool) -> bool:
        """Whether a file or folder is left out. `path` begins where the first `within` did."""
        for pattern in reversed(self.patterns):
            if (pattern.folders_only and not is_folder) or not path.startswith(pattern.within):
                continue
            if pattern.regex.fullmatch(path, len(pattern.within)):
                return not pattern.back
        return False


def rules_above(folder: Path) -> tuple[Rules, str]:
    """What holds of a folder that lies in a git repository, by the files above it, and its path from there; nothing
    where it lies in none."""
    whole = Path(os.path.realpath(folder))
    top = next((each for each in (whole, *whole.parents) if (each / ".git").exists()), whole)
    way, rules, at = whole.relative_to(top).parts, Rules(), top
    for number, part in enumerate(way):
        rules = rules.of(at, "/".join(way[:number]))
        at = at / part
    return rules, "/".join(way)


def _read(path: Path, within: str) -> list[Pattern]:
    try:
        if path.is_symlink() or not path.is_file():
            return []
        with path.open("rb") as file:
            text = os.fsdecode(file.read(MOST).removeprefix(b"\xef\xbb\xbf"))
    except OSError:
        return []
    return [pattern for line in text.split("\n") if (pattern := parsed(line.removesuffix("\r"), within)) is not None]


def parsed(line: str, within: str = "") -> Pattern | None:
    """A line as a pattern; None for one that says nothing, or cannot fit anything."""
    line = re.sub(r"(?<!\\) +$", "", line) if line.endswith(" ") else line
    if not line or line.startswith("#"):
        return None
    back = line.startswith("!")
    line = line[1:] if back else line
    folders_only = line.endswith("/")
    line = line[:-1] if folders_only else line
    if not line:
        return None
    try:
        return Pattern(within, re.compile(_regex(line), re.DOTALL), back, folders_only)
    except (re.error, ValueError):
        return None


def _regex(pattern: str) -> str:
    """The pattern over a path below the folder of its file."""
    made = [] if "/" in pattern else ["(?:.*/)?"]
    at, pattern = 0, pattern.removeprefix("/")
    while at < len(pattern):
        begins = at == 0 or pattern[at - 1] == "/"
        if begins and pattern.startswith("**/", at):
            made.append("(?:.*/)?")
            at += 3
        elif begins and at and pattern[at:] == "**":
            made.append(".+")
            at += 2
        else:
            piece, at = _piece(pattern, at)
            made.append(piece)
    return "".join(made)


def _piece(pattern: str, at: int) -> tuple[str, int]:
    """One character of a pattern, or what stands for some, and where the next begins. Raises ValueError."""
    character = pattern[at]
    if character == "*":
        end = at + len(pattern[at:]) - len(pattern[at:].lstrip("*"))
        return "[^/]*", end
    if character == "?":
        return "[^/]", at + 1
    if character == "[":
        return _choice(pattern, at + 1)
    if character == "\\":
        if at + 1 == len(pattern):
            raise ValueError("nothing is escaped")
        return re.escape(pattern[at + 1]), at + 2
    return re.escape(character), at + 1


def _choice(pattern: str, at: int) -> tuple[str, int]:
    """What stands in brackets; never a `/`. Raises ValueError where they do not close."""
    not_these = pattern[at : at + 1] in ("!", "^")
    at += not_these
    made, first = [], at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        named = re.compile(r"\[:([a-z]+):\]").match(pattern, at)
        if named:
            made.append(_POSIX[named[1]] if named[1] in _POSIX else _raise())
            at = named.end()
            continue
        low, at = _one(pattern, at)
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            high, at = _one(pattern, at + 1)
            made.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
        else:
            made.append(re.escape(low))
    if at >= len(pattern):
        raise ValueError("brackets that do not close")
    inside = "".join(made)
    if not inside:
        return ("[^/]" if not_these else "(?!)"), at + 1
    return f"(?!/)[{'^' if not_these else ''}{inside}]", at + 1


def _one(pattern: str, at: int) -> tuple[str, int]:
    escaped = pattern[at] == "\\" and at + 1 < len(pattern)
    return pattern[at + escaped], at + 1 + escaped


def _raise() -> str:
    raise ValueError("no such class of characters")
