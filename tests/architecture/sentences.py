"""The rules about tests: each says what must be true, and nothing of ours is mocked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.names import imported, origin
from tests.architecture.sources import PACKAGE, Source, nodes

Function = ast.FunctionDef | ast.AsyncFunctionDef
FEWEST_WORDS = 4
MOCKS = ("unittest.mock", "mock", "pytest_mock")
TELLING = ("mock", "setattr", "setitem")
"""A file with none of these words in it has nothing to find, and is not parsed for it."""


def tests(tree: ast.Module) -> Iterator[Function]:
    """Every test function of a file, also inside classes."""
    for node in nodes(tree):
        if isinstance(node, Function) and node.name.startswith("test_"):
            yield node


def speechless(source: Source) -> list[str]:
    """Tests whose name has fewer than four words and that have no docstring either."""
    bad = [node for node in tests(source.tree) if not ast.get_docstring(node) and _words(node.name) < FEWEST_WORDS]
    return [source.at(node, f"`{node.name}` does not say what must be true") for node in bad]


def _words(name: str) -> int:
    return len(re.findall(r"[a-z0-9]+", name.removeprefix("test_")))


def mocked(source: Source) -> list[str]:
    """Imports of a mocking library, and monkeypatching of our own code."""
    if not any(word in source.text for word in TELLING):
        return []
    origins = imported(source.tree)
    found = [
        f"{source.path}:1: {name}: use a fake from {PACKAGE}.testing"
        for name in origins.values()
        if name.startswith(MOCKS)
    ]
    for node in source.nodes:
        if isinstance(node, ast.Call) and _patches_ours(node, origins):
            found.append(source.at(node, f"nothing of ours is patched: inject a fake from {PACKAGE}.testing"))
    return found


def _patches_ours(call: ast.Call, origins: dict[str, str]) -> bool:
    """Whether a call is `monkeypatch.setattr` on something of the package, by name or by import.

    A bound in capitals may be lowered for a test: that changes a number, it does not stand in for code.
    """
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr in ("setattr", "setitem") and call.args):
        return False
    target, *rest = call.args
    if rest and isinstance(rest[0], ast.Constant) and str(rest[0].value).isupper():
        return False
    if isinstance(target, ast.Constant):
        return str(target.value).startswith(PACKAGE)
    return (origin(target, origins) or "").startswith(PACKAGE)
