"""Reads the schema: every setting with its type, default, unit and variable, and the types in plain words."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from parlance.settings.quantities import UNITS
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret

ENV_PREFIX = "PARLANCE_"


class Shape(NamedTuple):
    """A field's type taken apart. `item` is the type inside a list or table, `words` those of a Literal."""

    base: type
    optional: bool
    meta: msgspec.Meta
    item: Any = None
    words: tuple[str, ...] = ()


class Leaf(NamedTuple):
    """One setting: its dotted key, its annotation and its default (NODEFAULT where it must be given)."""

    key: str
    annotation: Any
    default: object

    @property
    def env(self) -> str:
        """The name of its environment variable."""
        return ENV_PREFIX + self.key.replace(".", "_").upper()

    @property
    def description(self) -> str:
        """What it is for, in a sentence."""
        return shape_of(self.annotation).meta.description or ""


def is_struct(annotation: Any) -> bool:
    """Whether the type is one of ours with fields of its own."""
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def fields(struct: type[msgspec.Struct]) -> Iterator[Leaf]:
    """The fields of one struct, keys without prefix."""
    for field in msgspec.structs.fields(struct):
        made = field.default_factory
        yield Leaf(field.name, field.type, field.default if made is msgspec.NODEFAULT else made())


def leaves(struct: type[msgspec.Struct] = Settings, prefix: str = "") -> Iterator[Leaf]:
    """Every setting of the tree in the order of the schema; a list of tables is one setting."""
    for field in fields(struct):
        if is_struct(field.annotation):
            yield from leaves(field.annotation, f"{prefix}{field.key}.")
        else:
            yield Leaf(prefix + field.key, field.annotation, field.default)


def sections(struct: type[msgspec.Struct] = Settings, prefix: str = "") -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every section of the tree with its struct, outer ones first."""
    for field in fields(struct):
        if is_struct(field.annotation):
            yield prefix + field.key, field.annotation
            yield from sections(field.annotation, f"{prefix}{field.key}.")


def shape_of(annotation: Any) -> Shape:
    """Takes an annotation of the schema apart."""
    optional = False
    if get_origin(annotation) in (types.UnionType, Union):
        members = [member for member in get_args(annotation) if member is not type(None)]
        annotation, optional = members[0], True
    meta = msgspec.Meta()
    if get_origin(annotation) is Annotated:
        annotation, meta = get_args(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return Shape(str, optional, meta, words=get_args(annotation))
    if origin is tuple:
        return Shape(tuple, optional, meta, item=get_args(annotation)[0])
    if origin is dict:
        return Shape(dict, optional, meta, item=get_args(annotation)[1])
    return Shape(annotation, optional, meta)


PLAIN = {bool: "true or false", str: "text", Secret: "text in one line", object: "anything"}


def in_words(annotation: Any, name: str = "") -> str:
    """What a value of the type looks like, for people: `a whole number from 0 to 65535`."""
    shape = shape_of(annotation)
    said = (shape.meta.extra or {}).get("shape")
    if isinstance(said, str):
        return said
    if shape.words:
        return "one of " + ", ".join(f"`{word}`" for word in shape.words)
    if shape.base is tuple:
        return "a list of tables" if is_struct(shape.item) else f"a list, each of it {in_words(shape.item)}"
    if shape.base is dict:
        return "a table of tables" if is_struct(shape.item) else f"a table, each value of it {in_words(shape.item)}"
    if shape.base in (int, float):
        return number_in_words(shape, name)
    if shape.base is str and shape.meta.max_length is not None:
        return f"text of at most {shape.meta.max_length} characters"
    return "text that is not empty" if shape.meta.min_length else PLAIN[shape.base]


def number_in_words(shape: Shape, name: str) -> str:
    """A number with its bounds and, where the name ends in a unit, that unit."""
    words = "a whole number" if shape.base is int else "a number"
    for suffix, (unit, kind, _) in UNITS.items():
        if name.endswith(suffix):
            words += f" of {unit} (or {'a duration such as `30s`' if kind == 'duration' else 'a size such as `20MB`'})"
    low, above, high = shape.meta.ge, shape.meta.gt, shape.meta.le
    if low is not None and high is not None:
        return f"{words} from {low} to {high}"
    if low is not None:
        return f"{words}, at least {low}"
    return f"{words} above {above}" if above is not None else words
