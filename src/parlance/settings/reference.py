"""Writes the reference of all settings from the schema: `python -m parlance.settings.reference`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from parlance.settings.aliases import CHATQUEUE_KEYS, FLAT
from parlance.settings.quantities import unit_of
from parlance.settings.secret import Secret
from parlance.settings.tree import Leaf, fields, is_struct, leaves, sections, shape_of

HEAD = """# Settings

<!-- Written by `python -m parlance.settings.reference`; a test fails when this page is behind the code. -->

Every deployment setting: its key in `parlance.toml`, its type and default, and its environment variable.
[How to configure](../howto/configure.md) says where the file goes and which layer wins.

Durations are numbers of the unit shown or text such as `"90s"` or `"1h30m"`; sizes are numbers or text such as
`"20MB"` (powers of 1024). In a variable a list is separated by commas or written as JSON; a table is JSON; an empty
variable is as good as none, and `none` clears an optional number.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for name, struct in sections():
        rows = [leaf for leaf in fields(struct) if not is_struct(leaf.annotation)]
        parts += _section(f"[{name}]", struct, rows, f"{name}.")
    for leaf in leaves():
        item = shape_of(leaf.annotation).item
        if is_struct(item):
            parts += _section(f"[[{leaf.key}]]", item, list(fields(item)), None, leaf)
            for inner in fields(item):
                struct = shape_of(inner.annotation).item
                if is_struct(struct):
                    parts += _section(f'[{leaf.key}.{inner.key}."<name>"]', struct, list(fields(struct)), None)
    return "\n".join([*parts, *_aliases()]) + "\n"


def _section(
    title: str, struct: type[msgspec.Struct], rows: list[Leaf], prefix: str | None, listed: Leaf | None = None
) -> Iterator[str]:
    """One table; without a prefix the rows are fields of a list and have no variables of their own."""
    yield f"## `{title}`\n\n{struct.__doc__}\n"
    if listed is not None:
        yield f"{listed.description} As a variable: `{listed.env}`, a JSON list.\n"
    yield "| key | type | default | variable | meaning |" if prefix else "| key | type | default | meaning |"
    yield "|---|---|---|---|---|" if prefix else "|---|---|---|---|"
    for leaf in rows:
        cells = [f"`{leaf.key}`", _type(leaf), _default(leaf.default)]
        if prefix:
            cells.append(f"`{Leaf(prefix + leaf.key, leaf.annotation, leaf.default).env}`")
        yield "| " + " | ".join([*cells, leaf.description.replace("|", "\\|")]) + " |"
    yield ""


def _type(leaf: Leaf) -> str:
    shape = shape_of(leaf.annotation)
    unit = unit_of(leaf.key)
    if shape.words:
        return " or ".join(f"`{word}`" for word in shape.words)
    if shape.base is tuple:
        return f"list of {_name(shape.item)}"
    if shape.base is dict:
        return f"table of {_name(shape.item)}"
    return unit or _name(shape.base)


def _name(kind: Any) -> str:
    if is_struct(kind):
        return "tables"
    named = {bool: "true or false", int: "whole number", float: "number", str: "text", Secret: "secret text"}
    words = shape_of(kind).words
    return " or ".join(f"`{word}`" for word in words) if words else named.get(kind, "anything")


def _default(value: object) -> str:
    if value is msgspec.NODEFAULT:
        return "**required**"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "none" if value is None else f"`{msgspec.json.encode(value).decode()}`"


def _aliases() -> Iterator[str]:
    """The names of other systems."""
    yield "## Names of other systems\n"
    yield "In each layer these yield to our own names.\n"
    yield "| variable | key |\n|---|---|"
    for name, key in FLAT.items():
        yield f"| `{name}` | `{key}` |"
    yield "| `CHATBOT_BIND_ADDR` | a door of `doors` for the chatbot app, where that is wanted |"
    yield "| `RUST_LOG` | `log.level`, `log.levels` |"
    yield "| `CONFIG_PATH` | the place of a chatqueue `config.toml` |\n"
    yield "A chatqueue `config.toml`, and variables of the form `SECTION__KEY`:\n"
    yield "| `config.toml` | variable | key |\n|---|---|---|"
    for name, key in CHATQUEUE_KEYS.items():
        yield f"| `{name}` | `{name.replace('.', '__').upper()}` | `{key}` |"


if __name__ == "__main__":
    sys.stdout.write(reference())
