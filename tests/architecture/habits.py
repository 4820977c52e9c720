"""The rules about single lines: names of modules, broad excepts, what must be injected, global state, docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.architecture.names import imported, origin, uses
from tests.architecture.sources import Source, house

Function = ast.FunctionDef | ast.AsyncFunctionDef
MUTABLE_MAKERS = {"dict", "list", "set", "defaultdict", "deque", "Counter", "OrderedDict", "WeakValueDictionary"}
CHANGES = {
    *("append", "appendleft", "extend", "insert", "add", "update", "setdefault"),
    *("remove", "discard", "pop", "popleft", "popitem", "clear", "sort", "reverse"),
}
"""Methods that make a list, a set or a dict another one."""


def banned_names(source: Source) -> list[str]:
    """A folder or file whose name says nothing about what is inside."""
    banned = set(house()["names"]["banned"])
    pieces = source.inner.removesuffix(".py").split("/")
    bad = [piece for piece in pieces if banned & set(piece.split("_"))]
    return [source.at(source.tree, f"`{piece}` says nothing: name what is inside") for piece in bad]


def broad_excepts(source: Source) -> list[str]:
    """A handler that catches everything outside the edges and does not hand it on."""
    if source.matches(house()["edges"]["broad_except"]):
        return []
    handlers = [node for node in source.nodes if isinstance(node, ast.ExceptHandler)]
    bad = [node for node in handlers if _is_broad(node.type) and not _hands_on(node)]
    found = [source.at(node, "a broad `except` outside the three edges must end in a bare `raise`") for node in bad]
    origins = imported(source.tree)
    for node in source.nodes:
        if isinstance(node, ast.Call) and _is_suppress(node, origins) and any(map(_is_broad, node.args)):
            found.append(source.at(node, "suppress(Exception) hides every mistake"))
    return found


def _is_suppress(call: ast.Call, origins: dict[str, str]) -> bool:
    return origin(call.func, origins) == "contextlib.suppress"


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(one) for one in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))


def _hands_on(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def uninjected(source: Source) -> list[str]:
    """Time, ids, randomness, environment and network taken from the machine where they should be handed in."""
    rules = [rule for rule in house()["injected"] if not source.matches(rule["allowed"])]
    called = {id(node.func) for node in source.nodes if isinstance(node, ast.Call)}
    found = []
    for node, name in uses(source.tree):
        for rule in rules:
            harmless = name in rule.get("types", ()) and id(node) not in called
            if not harmless and any(fnmatchcase(name, pattern) for pattern in rule["names"]):
                found.append(source.at(node, f"{name}: {rule['what']} must be injected"))
    return found


def global_state(source: Source) -> list[str]:
    """A `global` statement, a mutable container at module level that is not written as a constant, or a constant, of
    this module or another, that is changed all the same."""
    found = [
        source.at(node, "`global` makes state that no test can hold apart")
        for node in source.nodes
        if isinstance(node, ast.Global)
    ]
    for name, value in _assignments(source.tree):
        if not name.isupper() and name != "__all__" and _is_mutable(value):
            found.append(source.at(value, f"`{name}` is shared mutable state: make it a constant or an attribute"))
    for node in source.nodes:
        if (name := _changed(node)).isupper():
            found.append(source.at(node, f"`{name}` is written as a constant and changed: hand in what changes"))
    return found


def _changed(node: ast.AST) -> str:
    """The last name of what a method or an item makes another one; empty where nothing is."""
    changed: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        changed = node.func.value
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        changed = node.value
    return getattr(changed, "attr", getattr(changed, "id", ""))


def _assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is not None:
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))


def _is_mutable(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in MUTABLE_MAKERS
    return isinstance(value, ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def undocumented(source: Source) -> list[str]:
    """A public module, class, function or method without a docstring."""
    found = [] if ast.get_docstring(source.tree) else [source.at(source.tree, "the module has no docstring")]
    return found + [
        source.at(node, f"`{node.name}` has no docstring") for node in _public(source.tree) if not _is_told(node)
    ]


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in parent.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node)


def _is_told(node: Function | ast.ClassDef) -> bool:
    """A setter, an overload and a library's callback are told by what they belong to."""
    if node.name in house()["docstrings"]["callbacks"]:
        return True
    names = [getattr(one, "attr", getattr(one, "id", "")) for one in node.decorator_list]
    return bool(ast.get_docstring(node)) or "setter" in names or "overload" in names
