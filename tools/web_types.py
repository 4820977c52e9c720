"""Writes `web/src/api/types.ts` from the code: what every operation takes and gives, events, notices, problems.

Run as `python tools/web_types.py`. A test fails while the file is not what this writes.
"""

from __future__ import annotations

import ast
import enum
import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from parlance.core.handlers import HANDLED
from parlance.core.operation import Operation
from parlance.core.runs.run import Run
from parlance.dialects.native.errors import Problem
from parlance.dialects.native.operations import reads
from parlance.dialects.native.views import Snapshot, value_type, wire_type
from parlance.values import errors, events, feeds, notices

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "web" / "src" / "api" / "types.ts"
HEAD = "// Made by `tools/web_types.py` from the server's code; change it there.\n"
SPEAKING = ("core", "values", "ports", "dialects/native", "transports")
"""Where the codes of problems come from that a page can meet."""
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", bytes: "string", NoneType: "null"}
"""Bytes are base64 in JSON."""


def text() -> str:
    """The file as it should be."""
    parts = [HEAD, *map(_interface, _values()), *_unions(), *_operations()]
    return "\n".join(parts).rstrip() + "\n"


# -- what is told -----------------------------------------------------------------------------------------------------


def _wired() -> list[type[Operation[Any]]]:
    return sorted((kind for kind in HANDLED if kind.wire_name), key=lambda kind: kind.wire_name)


def gives(kind: type[Operation[Any]]) -> Any:
    """What the page gets for an operation that it does not stream."""
    value = value_type(kind)
    return Snapshot if value is Run and reads(kind) else wire_type(value)


def _values() -> list[type]:
    """Every struct that can be met, each once, by name."""
    found: dict[str, type] = {}
    told = [events.Event, notices.Notice, feeds.FeedEntry, Problem, *map(gives, _wired())]
    asked = [field.type for operation in _wired() for field in msgspec.structs.fields(operation)]
    for kind in [*told, *asked]:
        _collect(kind, found)
    return [found[name] for name in sorted(found)]


def _collect(kind: Any, found: dict[str, type]) -> None:
    """Every struct inside a type. Two of one name could not be told apart."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if found.setdefault(kind.__name__, kind) is not kind:
            raise SystemExit(f"Two values are called {kind.__name__}: one of them needs another name.")
        inner = [field.type for field in msgspec.structs.fields(kind)]
        for each in inner:
            if getattr(each, "__name__", "") not in found:
                _collect(each, found)
    for each in get_args(kind):
        _collect(each, found)


def codes() -> list[str]:
    """Every code that a problem can have, as the code says it; a part that is made up on the way is a hole."""
    found = {errors.DRAINING}
    for place in SPEAKING:
        for path in sorted((ROOT / "src" / "parlance" / place).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "code":
                    found |= _code(node.value)
    return sorted(found)


def _code(node: ast.expr) -> set[str]:
    match node:
        case ast.Constant(value=str(word)):
            return {word}
        case ast.JoinedStr(values=pieces):
            said = [piece.value if isinstance(piece, ast.Constant) else "${string}" for piece in pieces]
            return {"".join(map(str, said))}
        case ast.IfExp(body=one, orelse=other):
            return _code(one) | _code(other)
    return set()


# -- how it is written ------------------------------------------------------------------------------------------------


def _interface(kind: type) -> str:
    """One value. What the server leaves out when it has nothing to say is optional."""
    settings = kind.__struct_config__  # type: ignore[attr-defined]
    lines = [_comment(kind), f"export interface {kind.__name__} {{"]
    if settings.tag is not None:
        lines.append(f"  {settings.tag_field}: {json.dumps(settings.tag)};")
    for field in msgspec.structs.fields(kind):
        mark = "?" if settings.omit_defaults and not field.required else ""
        lines.append(f"  {field.encode_name}{mark}: {written(field.type)};")
    return "\n".join([*lines, "}\n"])


def _comment(kind: type) -> str:
    said = " ".join((kind.__doc__ or "").split()).replace("*/", "* /")
    return f"/** {said} */"


def _unions() -> Iterator[str]:
    yield "/** What a run says, with the number of the event and its time in microseconds. */"
    yield f"export type RunEvent = ({written(events.Event)}) & {{ n: number; at?: number }};\n"
    yield "/** Progress that is only worth seeing while it is fresh. */"
    yield f"export type Notice = {written(notices.Notice)};\n"
    yield "/** What a user's pages are told of. */"
    yield f"export type FeedEntry = {written(feeds.FeedEntry)};\n"
    yield "/** What went wrong, in a word. */"
    yield f"export type ProblemKind = {' | '.join(json.dumps(kind.value) for kind in errors.Kind)};\n"
    yield "/** The stable word of a problem. */"
    words = [f"`{code}`" if "${" in code else json.dumps(code) for code in codes()]
    yield "\n".join(["export type ProblemCode =", *(f"  | {word}" for word in words)]) + ";\n"


def _operations() -> Iterator[str]:
    """Names, what they take and give, and which of them change nothing."""
    yield "/** Everything that can be wanted: what it takes, and what it gives. */"
    yield "export interface Operations {"
    for kind in _wired():
        yield f"  {_comment(kind)}"
        yield f"  {json.dumps(kind.wire_name)}: {{ takes: {_takes(kind)}; gives: {written(gives(kind))} }};"
    yield "}\n"
    yield "export type OperationName = keyof Operations;"
    yield 'export type Takes<N extends OperationName> = Operations[N]["takes"];'
    yield 'export type Gives<N extends OperationName> = Operations[N]["gives"];\n'
    yield "/** Those that change nothing: they are asked for with GET. */"
    named = [f"  | {json.dumps(kind.wire_name)}" for kind in _wired() if reads(kind)]
    yield "\n".join(["export type ReadingName =", *named]) + ";"


def _takes(kind: type[Operation[Any]]) -> str:
    fields = msgspec.structs.fields(kind)
    said = [
        f"{field.encode_name}: {written(field.type)}"
        if field.required
        else f"{field.encode_name}?: {written(field.type)} | undefined"
        for field in fields
    ]
    return f"{{ {'; '.join(said)} }}" if said else "Record<string, never>"


def written(kind: Any) -> str:
    """A type in the words of TypeScript."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " | ".join(json.dumps(word) for word in inner)
    if origin is Annotated:
        return written(inner[0])
    if origin in (Union, UnionType):
        return " | ".join(written(each) for each in inner if each is not msgspec.UnsetType)
    if origin in (tuple, frozenset, list):
        return f"({written(inner[0])})[]" if " | " in written(inner[0]) else f"{written(inner[0])}[]"
    if origin is dict:
        return f"Record<string, {written(inner[1])}>"
    return _named(kind)


def _named(kind: Any) -> str:
    if kind is None or kind in PLAIN:
        return "null" if kind is None else PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return " | ".join(json.dumps(each.value) for each in kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__
    if kind is Any:
        return "unknown"
    raise SystemExit(f"{kind} has no words in TypeScript yet.")


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
