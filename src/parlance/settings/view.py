"""Shows the settings: each key with its value and, on request, where it came from. Secrets show as `set`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from parlance.settings.layers import DEFAULT, Origin
from parlance.settings.load import Loaded
from parlance.settings.secret import Secret
from parlance.settings.tree import fields

USERINFO = re.compile(r"(?<=://)[^/?#]*@")


class Row(NamedTuple):
    """One setting as people see it; `value` holds plain data: text, numbers, lists, tables, None."""

    key: str
    value: object
    origin: Origin


def rows(loaded: Loaded, redact: bool = True) -> list[Row]:
    """Every setting in the order of the schema; items of lists as `keys[0].name`."""
    return [Row(key, _plain(value, redact), _origin(loaded, key)) for key, value in _flat(loaded.settings, "")]


def show(loaded: Loaded, origin: bool = False, redact: bool = True) -> list[str]:
    """Lines `key = value`, with the origin behind where it is asked for."""
    lines = [(f"{row.key} = {_written(row.value)}", str(row.origin)) for row in rows(loaded, redact)]
    width = min(max(len(line) for line, _ in lines), 60)
    return [f"{line:<{width}}  # {where}" if origin else line for line, where in lines]


def as_json(loaded: Loaded, origin: bool = False, redact: bool = True) -> dict[str, object]:
    """Plain data for `--json`: each key with its value, or with `{value, origin: {layer, place}}`."""
    if not origin:
        return {row.key: row.value for row in rows(loaded, redact)}
    return {
        row.key: {"value": row.value, "origin": {"layer": row.origin.layer, "place": row.origin.place}}
        for row in rows(loaded, redact)
    }


def _flat(value: object, key: str) -> Iterator[tuple[str, object]]:
    """Structs and lists of structs taken apart, all else as it is."""
    if isinstance(value, msgspec.Struct):
        for field in fields(type(value)):
            yield from _flat(getattr(value, field.key), f"{key}.{field.key}" if key else field.key)
    elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
        for place, item in enumerate(value):
            yield from _flat(item, f"{key}[{place}]")
    elif isinstance(value, dict) and value and isinstance(next(iter(value.values())), msgspec.Struct):
        for name, item in value.items():
            yield from _flat(item, f"{key}.{name}")
    else:
        yield key, value


def _plain(value: object, redact: bool) -> object:
    if isinstance(value, Secret):
        return "set" if redact else value.reveal()
    if isinstance(value, dict):
        return {name: _plain(item, redact) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item, redact) for item in value]
    # A URL may carry a name and a password before its host.
    return USERINFO.sub("[secret]@", value) if redact and isinstance(value, str) else value


def _origin(loaded: Loaded, key: str) -> Origin:
    """The origin of the key; a field that an item of a list leaves out has its default."""
    if key in loaded.origins:
        return loaded.origins[key]
    whole = loaded.origins.get(key.partition("[")[0]) if "[" in key else None
    return DEFAULT if whole is None or whole.layer == "file" else whole


def _written(value: object) -> str:
    """The value as TOML would have it, near enough for people; None is `none`."""
    return "none" if value is None else msgspec.json.encode(value).decode()
