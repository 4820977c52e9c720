"""The project's own source files, parsed once, for the rules to look at."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "parlance"
PACKAGE_FOLDER = f"src/{PACKAGE}/"


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root of the repository, with forward slashes, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return parse(self.text, self.path)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the parsed file, from the outside in."""
        return nodes(self.tree)

    @property
    def inner(self) -> str:
        """The path inside the package (`core/dispatch.py`), or the whole path for a file outside of it."""
        return self.path.removeprefix(PACKAGE_FOLDER)

    @property
    def module(self) -> str:
        """The dotted name inside the package (`core.dispatch`); empty for the package itself."""
        pieces = self.inner.removesuffix(".py").split("/")
        return ".".join(pieces[:-1] if pieces[-1] == "__init__" else pieces)

    def matches(self, patterns: list[str]) -> bool:
        """Whether one of the patterns (`transports/*`) covers this file."""
        return any(fnmatch(self.inner, pattern) for pattern in patterns)

    def at(self, node: ast.AST, sentence: str) -> str:
        """A finding, in the form an editor can jump to."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {sentence}"


@cache
def parse(text: str, path: str) -> ast.Module:
    """The syntax tree of a text; kept, because every rule asks for the same ones."""
    return ast.parse(text, path)


@cache
def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All nodes of a tree; kept, because to walk through it takes longer than to make it."""
    return tuple(ast.walk(tree))


@cache
def house() -> dict[str, Any]:
    """The list of rules, from `house.toml`."""
    return tomllib.loads((Path(__file__).parent / "house.toml").read_text(encoding="utf-8"))


@cache
def read(*folders: str) -> tuple[Source, ...]:
    """Every Python file below the given folders, in the order of their paths."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


def package() -> tuple[Source, ...]:
    """Every file of the package itself."""
    return read(PACKAGE_FOLDER)


def snippet(inner: str, text: str) -> Source:
    """A made-up file of the package, to show a rule what it must find."""
    return Source(PACKAGE_FOLDER + inner, text)


def show(findings: Iterable[str]) -> None:
    """Fail with one finding a line, or pass when there is none."""
    lines = list(findings)
    assert not lines, "\n" + "\n".join(lines)
