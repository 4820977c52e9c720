"""What a name in a file stands for: `t.monotonic` after `import time as t` is `time.monotonic`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.architecture.sources import nodes


@cache
def imported(tree: ast.Module) -> dict[str, str]:
    """Local name → dotted origin, for every import of a file, wherever it stands."""
    origins: dict[str, str] = {}
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                origins[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origins


def dotted(node: ast.expr) -> str | None:
    """`a.b.c` as text, or None for anything that is not a chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else None
    return None


def origin(node: ast.expr, origins: dict[str, str]) -> str | None:
    """Where an expression's name comes from, or None when it is not an imported one."""
    name = dotted(node)
    if name is None:
        return None
    head, dot, rest = name.partition(".")
    return f"{origins[head]}{dot}{rest}" if head in origins else None


def uses(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Every use of an imported name, with its origin. `time.time()` counts once, as `time.time`."""
    origins = imported(tree)
    inner = {id(node.value) for node in nodes(tree) if isinstance(node, ast.Attribute)}
    for node in nodes(tree):
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner:
            found = origin(node, origins)
            if found:
                yield node, found
