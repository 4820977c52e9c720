"""What a model said, as a drawing: whatever of it fits, and never an error.

Small models write JSON with a sentence before it, in a fence, cut off in the middle, or in the words of another prompt
(`nodes` with `node1` and `node2`). Each entity and each relation is a small object, so these are looked for one by one
where the whole cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.bounds import storable
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.graph import MOST_NAME, Drawing, Entity, Relation, key_of
from parlance.values.texts import without_thoughts

MOST_ENTITIES, MOST_RELATIONS = 40, 60
"""Of one passage: a model that repeats itself fills no database."""
MOST_WORDS = 400
"""Code points of a description."""
MOST_SAID = 60_000
"""Code points of an answer that are looked at."""
USUAL, LEAST, MOST = 5, 1, 10
"""Strength."""
_SMALL = re.compile(r"\{[^{}]*\}")
_NAME, _KIND = ("name", "title", "entity"), ("kind", "type", "relation")
_SOURCE, _TARGET = ("source", "node1", "from", "head"), ("target", "node2", "to", "tail")


def drawn(said: str) -> Drawing:
    """The drawing; `nonsense` where nothing in it could be read as one."""
    objects = _objects(without_thoughts(said[:MOST_SAID]))
    if objects is None:
        return Drawing(nonsense=True)
    entities = _entities(each for each in objects if not _relates(each))
    return Drawing(tuple(entities.values()), tuple(_relations(filter(_relates, objects), entities)))


def named(said: str) -> tuple[str, ...]:
    """The names in an answer that should list some; none where there are none."""
    text = without_thoughts(said[:MOST_SAID])
    whole = _whole(text)
    listed = next((each for each in (whole or {}).values() if isinstance(each, list)), [])
    names = (
        each if isinstance(each, str) else _first(each, _NAME) if isinstance(each, dict) else "" for each in listed
    )
    return tuple(name for each in names if (name := _line(each)))[:MOST_ENTITIES]


def _objects(text: str) -> list[Mapping[str, Any]] | None:
    """All that was said of entities and relations, in its order; none where nothing is JSON."""
    whole = _whole(text)
    if whole is not None:
        lists = [each for each in whole.values() if isinstance(each, list)]
        return [each for some in lists for each in some if isinstance(each, dict)] if lists else None
    small = (_read(found) for found in _SMALL.findall(text))
    return [each for each in small if each] or None


def _whole(text: str) -> dict[str, Any] | None:
    """The object between the first brace and the last."""
    start, stop = text.find("{"), text.rfind("}")
    return _read(text[start : stop + 1]) if 0 <= start < stop else None


def _read(text: str) -> dict[str, Any] | None:
    try:
        return json_door.decode(text.encode(errors="replace"), dict[str, Any])
    except Fault:
        return None


def _entities(objects: Iterable[Mapping[str, Any]]) -> dict[str, Entity]:
    """By their keys; of two with one key the first, with whatever only the other says."""
    found: dict[str, Entity] = {}
    for each in objects:
        made = Entity(_line(_first(each, _NAME)), _line(_first(each, _KIND)), _words(each))
        there = found.get(made.key)
        if there is not None:
            kind, said = there.kind or made.kind, there.description or made.description
            found[made.key] = msgspec.structs.replace(there, kind=kind, description=said)
        elif made.key and len(found) < MOST_ENTITIES:
            found[made.key] = made
    return found


def _relations(objects: Iterable[Mapping[str, Any]], entities: Mapping[str, Entity]) -> Iterable[Relation]:
    """Those between two of the entities, each once."""
    seen: set[tuple[str, str, str]] = set()
    for each in objects:
        source, target = key_of(_first(each, _SOURCE)), key_of(_first(each, _TARGET))
        kind = _line(_first(each, _KIND))
        if source == target or not {source, target} <= entities.keys() or (source, target, kind) in seen:
            continue
        seen.add((source, target, kind))
        if len(seen) > MOST_RELATIONS:
            return
        yield Relation(source, target, kind, _words(each), _strength(each.get("strength")))


def _relates(held: Mapping[str, Any]) -> bool:
    """Whether it is a relation."""
    return bool(_first(held, _SOURCE) and _first(held, _TARGET))


def _first(held: Mapping[str, Any], names: Iterable[str]) -> str:
    """The first of these that is a text."""
    return next((value for name in names if isinstance(value := held.get(name), str) and value.strip()), "")


def _line(text: str) -> str:
    return " ".join(storable(text).split())[:MOST_NAME].rstrip()


def _words(held: Mapping[str, Any]) -> str:
    """What is said of it: a description, or what it has."""
    said = held.get("description")
    if not isinstance(said, str):
        attributes = held.get("attributes")
        said = "; ".join(each for each in attributes if isinstance(each, str)) if isinstance(attributes, list) else ""
    return " ".join(storable(said).split())[:MOST_WORDS].rstrip()


def _strength(said: Any) -> int:
    """From 1 to 10, however it is written."""
    try:
        number = float(said)
    except (TypeError, ValueError):
        return USUAL
    return round(min(MOST, max(LEAST, number))) if number == number else USUAL
