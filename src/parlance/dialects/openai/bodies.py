"""Reading a request body: into a struct of known fields, and the unknown ones kept by where they stood.

Most bodies hold known fields only: then one typed decode is all. The structs forbid unknown fields, so a body with some
(or a wrong one) fails that decode, and only then it is read a second time, freely: unknown fields are taken out, kept,
and the rest is decoded by the same struct. So a client of a newer API than ours loses nothing on the way to an
upstream of the same wire, and what nobody sends costs nothing.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

from parlance.values import json_door
from parlance.values.errors import Fault, Kind

T = TypeVar("T")
Place = tuple[str | int, ...]
"""Where a field stands: `("messages", 3, "content", 0)`; `()` is the body itself."""
Kept = dict[Place, dict[str, Any]]
"""Unknown fields by the place of the object that held them."""
NOTHING_KEPT: Kept = {}


class Body(Generic[T]):
    """How one kind of body is read. Made once per route; the shape of its fields is worked out when first needed."""

    def __init__(self, type: type[T]) -> None:
        self._type = type
        self._shape: Shape | None = None

    def read(self, body: bytes) -> tuple[T, Kept]:
        """The body as a struct, and its unknown fields. Raises `Fault` (invalid, too_large, unsupported)."""
        try:
            return json_door.decode(body, self._type), NOTHING_KEPT
        except Fault:
            pass  # the second reading finds out whether unknown fields were all that was wrong
        value = json_door.decode(body, dict[str, Any])
        if self._shape is None:
            self._shape = Shape(inspect.type_info(self._type))
        kept: Kept = {}
        known = self._shape.known(value, (), kept)
        return json_door.decode(msgspec.json.encode(known), self._type), kept


class Shape:
    """Which fields an object may have, and which shapes those have in turn."""

    def __init__(self, type: inspect.Type) -> None:
        self._tag_field: str | None = None
        self._structs: dict[Any, dict[str, Shape]] = {}
        self._item: Shape | None = None
        if isinstance(type, inspect.Metadata):  # a field with a note for the OpenAPI document
            type = type.type
        for option in type.types if isinstance(type, inspect.UnionType) else (type,):
            if isinstance(option, inspect.StructType):
                self._tag_field = option.tag_field
                self._structs[option.tag] = {field.encode_name: Shape(field.type) for field in option.fields}
            elif isinstance(option, inspect.ListType):
                self._item = Shape(option.item_type)

    def known(self, value: Any, place: Place, kept: Kept) -> Any:
        """The value without its unknown fields; those go into `kept`."""
        if isinstance(value, dict) and self._structs:
            return self._known_fields(value, place, kept)
        if isinstance(value, list) and self._item is not None:
            item = self._item
            return [item.known(piece, (*place, index), kept) for index, piece in enumerate(value)]
        return value

    def _known_fields(self, value: dict[str, Any], place: Place, kept: Kept) -> dict[str, Any]:
        fields = self._fields(value, place)
        if fields is None:
            return value
        known: dict[str, Any] = {}
        unknown: dict[str, Any] = {}
        for name, field in value.items():
            if name in fields:
                known[name] = fields[name].known(field, (*place, name), kept)
            elif name == self._tag_field:
                known[name] = field
            else:
                unknown[name] = field
        if unknown:
            kept[place] = unknown
        return known

    def _fields(self, value: dict[str, Any], place: Place) -> dict[str, Shape] | None:
        """The fields of the struct this object is meant to be: the only one, or the one with its tag."""
        tag = value.get(self._tag_field) if self._tag_field else None
        if tag is not None and not isinstance(tag, str):
            return None
        fields = self._structs.get(tag)
        if fields is None and tag is not None:
            raise Fault(
                Kind.unsupported,
                "This kind of part is not supported.",
                hint=f"Supported are {', '.join(self._structs)}.",
                field=field_name((*place, self._tag_field or "")),
            )
        return fields


def field_name(place: Place) -> str:
    """A place as people and SDKs write it: `messages[3].content[0].type`."""
    name = ""
    for step in place:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name
