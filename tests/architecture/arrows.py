"""The import contract: which arrow between packages is allowed, read from `house.toml`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Any

from tests.architecture.sources import PACKAGE, PACKAGE_FOLDER, ROOT, Source, house


def imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Every import of a file, also inside functions and under TYPE_CHECKING, as a dotted name.

    `from parlance.dialects import table` yields `parlance.dialects.table`, so that a module is not hidden in its
    package; for a name that is not a module the longer name is harmless, because arrows match by prefix.
    """
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node, "<a relative name>"
            else:
                yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def covers(pattern: str, name: str) -> bool:
    """`core` covers `core` and `core.runs.run`; `*` covers everything."""
    return pattern == "*" or name == pattern or name.startswith(pattern + ".")


def rule(table: dict[str, Any], module: str) -> list[str] | None:
    """The longest entry of a table that covers a module."""
    fitting = [key for key in table if covers(key, module)]
    return table[max(fitting, key=len)] if fitting else None


def findings(source: Source) -> list[str]:
    """What is wrong with a file's imports."""
    judged = ((node, judge(source.module, name)) for node, name in imports(source))
    return list(dict.fromkeys(source.at(node, sentence) for node, sentence in judged if sentence))


def judge(module: str, name: str) -> str | None:
    """The sentence against one import, or None."""
    head, _, inner = name.partition(".")
    if not module:
        return None if head == "__future__" else "the package itself imports nothing"
    if head == PACKAGE:
        return judge_inside(module, inner)
    if head in sys.stdlib_module_names or head == "__future__":
        return None
    allowed = rule(house()["outside"], module)
    if allowed is None or not any(covers(pattern, name) for pattern in allowed):
        return f"{module} may not import {head} (house.toml, [outside])"
    return None


def judge_inside(module: str, target: str) -> str | None:
    """The sentence against one import from the package itself, or None."""
    if target == "__version__":
        return None
    allowed = rule(house()["arrows"], module)
    if allowed is None:
        return f"{module} has no entry in house.toml, [arrows]"
    here, there = module.split("."), target.split(".")
    if here[0] == there[0]:
        return judge_dialects(here, there)
    if not any(covers(pattern, target) for pattern in allowed):
        return f"{module} may not import {target} (house.toml, [arrows])"
    return None


def judge_dialects(here: list[str], there: list[str]) -> str | None:
    """Dialects share the table and the files beside it, but none may lean on another one."""
    if here[0] != "dialects" or len(here) < 3 or len(there) < 3 or is_shared(there[1]):
        return None
    if here[1] != there[1]:
        return f"the dialect {here[1]} may not import the dialect {there[1]}"
    return None


def is_shared(name: str) -> bool:
    """Whether a name below `dialects` is a file beside the dialects, such as the table, and not one of them."""
    return (ROOT / PACKAGE_FOLDER / "dialects" / f"{name}.py").exists()
