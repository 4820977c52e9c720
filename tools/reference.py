"""Writes the pages of docs/reference that follow from the code: errors, events and notices, operations, routes.

Run as `python tools/reference.py`. A test fails while a page is not what this writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from parlance.values import errors, events, notices

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
MADE = "Made by `tools/reference.py` from the code; change it there.\n"


def error_page() -> Iterator[str]:
    """Every kind of fault, in the words of the tree in `values/errors.py`."""
    yield "# Errors\n"
    yield MADE
    yield "Everything that can go wrong is one of these kinds; each dialect shows them in its own shape and status.\n"
    yield "| kind | when |"
    yield "|---|---|"
    said = dict(re.findall(r"[├└]── (\w+) +(.+)", errors.__doc__ or ""))
    for kind in errors.Kind:
        yield f"| `{kind.value}` | {said[kind.value]} |"


def event_page() -> Iterator[str]:
    """Every event and notice with its fields."""
    yield "# Events and notices\n"
    yield MADE
    yield "A run says events: numbered, ordered, kept. The last one is always `ended`.\n"
    yield from _structs(get_args(events.Event))
    yield "## Notices\n"
    yield "Progress that is worth seeing only while it is fresh: one slot per run, the latest wins, never stored.\n"
    yield from _structs(get_args(notices.Notice))


def _structs(kinds: tuple[type, ...]) -> Iterator[str]:
    for kind in kinds:
        tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
        fields = ", ".join(f"`{name}`" for name in kind.__struct_fields__)  # type: ignore[attr-defined]
        yield f"### `{tag}`\n"
        yield f"{' '.join((kind.__doc__ or '').split())}\n"
        yield f"Fields: {fields or 'none'}.\n"


def route_page() -> Iterator[str]:
    """Every route of every dialect."""
    from parlance.dialect_list import documented

    yield "# Routes\n"
    yield MADE
    yield "Each dialect is reachable whole under `/as/<dialect>` too, and on a door of its own.\n"
    for dialect in documented():
        yield f"## {dialect.title}\n"
        yield "| method | path | what | scope |"
        yield "|---|---|---|---|"
        for row in dialect.rows:
            scopes = sorted({operation.scope or "anybody" for operation in row.operations})
            scope = "anybody" if row.open or row.anyone else ", ".join(f"`{scope}`" for scope in scopes) or "any key"
            yield f"| {row.method} | `{row.path}` | {row.summary} | {scope} |"
        yield ""


def operation_page() -> Iterator[str]:
    """Every operation with its fields, and the values they are made of."""
    from parlance.core.handlers import HANDLED
    from parlance.dialects.native.operations import path_of, reads
    from parlance.dialects.native.views import value_type, wire_type

    yield "# Operations\n"
    yield MADE
    yield "Everything that can be wanted of Parlance; [how to call them](../dialects/native.md). Those without a path"
    yield "of their own are reached by other routes only.\n"
    values: dict[str, type] = {}
    for kind in HANDLED:
        given = wire_type(value_type(kind))
        called = f"{'GET' if reads(kind) else 'POST'} {path_of(kind)}" if kind.wire_name else ""
        yield f"## `{kind.wire_name or kind.__name__}`\n"
        yield f"{' '.join((kind.__doc__ or '').split())}\n"
        yield f"{f'`{called}` · ' if called else ''}scope: {kind.scope or 'none'} · gives: {_type(given)}\n"
        yield from _fields(kind)
        for type_ in (*_hints(kind).values(), given):
            _collect(type_, values)
    yield "## Values\n"
    for name in sorted(values):
        yield f"### `{name}`\n"
        yield f"{' '.join((values[name].__doc__ or '').split())}\n"
        tag = values[name].__struct_config__  # type: ignore[attr-defined]
        if tag.tag is not None:
            yield f'Always with `"{tag.tag_field}": "{tag.tag}"`.\n'
        yield from _fields(values[name])


def _fields(kind: type) -> Iterator[str]:
    fields = msgspec.structs.fields(kind)
    if not fields:
        return
    yield "| field | type | default |"
    yield "|---|---|---|"
    for field in fields:
        yield f"| `{field.encode_name}` | {_type(field.type)} | {_default(field)} |"
    yield ""


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**required**"
    if field.default is msgspec.UNSET or callable(field.default):  # what only a program hands over
        return "left out"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"`{msgspec.json.encode(value).decode()}`"


def _hints(kind: type) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _type(kind: Any) -> str:
    """A type as a reader of JSON calls it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f'`"{word}"`' for word in inner)
    if origin is Annotated:
        return _type(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(_type(each) for each in inner if each is not msgspec.UnsetType)
    if origin in (tuple, frozenset, list):
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"object of {_type(inner[1])}"
    if kind is None:
        return "nothing"
    names = {str: "text", int: "integer", float: "number", bool: "boolean", bytes: "base64", NoneType: "null"}
    return names.get(kind) or ("anything" if kind is Any else f"`{getattr(kind, '__name__', kind)}`")


def _collect(kind: Any, found: dict[str, type]) -> None:
    """Every struct that can be met inside a type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__name__ not in found:
        found[kind.__name__] = kind
        for inner in _hints(kind).values():
            _collect(inner, found)
    for inner in get_args(kind):
        _collect(inner, found)


PAGES = {
    "errors.md": error_page,
    "events.md": event_page,
    "operations.md": operation_page,
    "routes.md": route_page,
}


def text(name: str) -> str:
    """A page as it should be."""
    return "\n".join(PAGES[name]()).rstrip() + "\n"


if __name__ == "__main__":
    for page in PAGES:
        (FOLDER / page).write_text(text(page))
