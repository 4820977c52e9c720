"""How long files and functions are, and the budget for those that are longer than they should be."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.sources import Source

FILE_LINES = 300
FUNCTION_LINES = 30
BUDGET = Path(__file__).parent / "budget.toml"
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Budget(NamedTuple):
    """Lines granted beyond the limit: by path, and by `path::Class.function`."""

    files: dict[str, int]
    functions: dict[str, int]


def load() -> Budget:
    """The budget as it stands in the repository."""
    table = tomllib.loads(BUDGET.read_text(encoding="utf-8"))
    return Budget(table.get("files", {}), table.get("functions", {}))


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Every function with its qualified name, nested ones included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield prefix + node.name, node
        inner = f"{prefix}{node.name}." if isinstance(node, Function | ast.ClassDef) else prefix
        yield from functions(node, inner)


def length(node: Function) -> int:
    """Lines from `def` to the end, without the docstring: saying more about a function must not be punished."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def overlong(source: Source) -> tuple[dict[str, int], dict[str, int]]:
    """Files and functions beyond their limit, with their lengths."""
    lines = source.text.count("\n")
    files = {source.path: lines} if lines > FILE_LINES else {}
    sizes = {f"{source.path}::{name}": length(node) for name, node in functions(source.tree)}
    return files, {name: size for name, size in sizes.items() if size > FUNCTION_LINES}


def compare(actual: dict[str, int], granted: dict[str, int], limit: int) -> Iterator[str]:
    """What exceeds its grant, and which grants are larger than needed."""
    for name, size in actual.items():
        if size > granted.get(name, limit):
            yield f"{name} has {size} lines, {granted.get(name, limit)} are allowed: split it"
    for name, allowed in granted.items():
        if name not in actual:
            yield f"{name} no longer needs its entry in budget.toml: remove it"
        elif actual[name] < allowed:
            yield f"{name} has only {actual[name]} lines now: lower its entry in budget.toml from {allowed}"


def findings(sources: Iterable[Source], budget: Budget) -> list[str]:
    """Everything that does not match the budget."""
    files: dict[str, int] = {}
    inner: dict[str, int] = {}
    for source in sources:
        more_files, more_functions = overlong(source)
        files |= more_files
        inner |= more_functions
    return [*compare(files, budget.files, FILE_LINES), *compare(inner, budget.functions, FUNCTION_LINES)]
