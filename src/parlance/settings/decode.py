"""Turns raw values into the schema's types; what does not fit becomes a sentence that never echoes the value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from parlance.settings.quantities import in_unit_of
from parlance.settings.secret import Secret
from parlance.settings.tree import Shape, fields, in_words, is_struct, shape_of

WORDS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Bad:
    """What stands for a value that could not be decoded; its sentences are in the list of problems."""


BAD: Final = Bad()


class Decoder:
    """Decodes raw values. `where` tells the place of a key, for each sentence's beginning; `problems` collects them."""

    def __init__(self, where: Callable[[str], str], problems: list[str], *, text: bool = False) -> None:
        self._where = where
        self._problems = problems
        self._text = text

    def value(self, key: str, annotation: Any, raw: object) -> object | Bad:
        """The typed value, or BAD after a sentence that names the key and the type it should have."""
        shape = shape_of(annotation)
        name = key.rsplit(".", 1)[-1]
        if isinstance(raw, str):
            raw = self._from_text(shape, name, raw)
        if is_struct(shape.item):
            return self._tables(key, shape, raw)
        try:
            value: object = msgspec.convert(raw, annotation, dec_hook=_unknown)
        except (msgspec.ValidationError, OverflowError, RecursionError):
            return self._wrong(key, annotation)
        if (isinstance(value, float) and not math.isfinite(value)) or not _pattern_fits(shape, value):
            return self._wrong(key, annotation)
        return value

    def struct(self, key: str, struct: type[msgspec.Struct], raw: object) -> object | Bad:
        """One table of a list of tables."""
        if not isinstance(raw, dict):
            return self._say(key, "must be a table.")
        known = {field.key: field for field in fields(struct)}
        good = True
        values: dict[str, object] = {}
        for name, item in raw.items():
            if name not in known:
                self._say(f"{key}.{name}", f"is not a setting.{nearest(name, known)}")
                good = False
                continue
            values[name] = self.value(f"{key}.{name}", known[name].annotation, item)
        for name, field in known.items():
            if field.default is msgspec.NODEFAULT and name not in raw:
                self._say(key, f"needs `{name}`: {in_words(field.annotation, name)}.")
                good = False
        return struct(**values) if good and not any(value is BAD for value in values.values()) else BAD

    def _tables(self, key: str, shape: Shape, raw: object) -> object | Bad:
        """A list of tables, or a table of tables."""
        if shape.base is dict and isinstance(raw, dict):
            named = {name: self.struct(f"{key}.{name}", shape.item, item) for name, item in raw.items()}
            return BAD if any(item is BAD for item in named.values()) else named
        if shape.base is tuple and isinstance(raw, list | tuple):
            items = [
                item if isinstance(item, shape.item) else self.struct(f"{key}[{place}]", shape.item, item)
                for place, item in enumerate(raw)
            ]
            return BAD if any(item is BAD for item in items) else tuple(items)
        return self._say(key, f"must be {'a list' if shape.base is tuple else 'a table'} of tables.")

    def _from_text(self, shape: Shape, name: str, text: str) -> object:
        """Quantities with a unit everywhere; numbers, words and lists only where a place knows nothing but text."""
        if shape.base in (int, float):
            amount = in_unit_of(name, text) if not _is_number(text) else None
            if amount is not None:
                return round(amount) if shape.base is int else amount
        return _plain(shape, text.strip()) if self._text else text

    def _wrong(self, key: str, annotation: Any) -> Bad:
        return self._say(key, f"must be {in_words(annotation, key.rsplit('.', 1)[-1])}.")

    def _say(self, key: str, sentence: str) -> Bad:
        self._problems.append(f"{self._where(key)}: {key} {sentence}")
        return BAD


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence with the known key most like this one, first of those with the same last part; empty for none."""
    import difflib

    known = list(known)
    same = [key for key in known if key.rsplit(".", 1)[-1] == name.rsplit(".", 1)[-1]]
    close = difflib.get_close_matches(name, same or known, n=1, cutoff=0.0 if same else 0.7)
    return f" Did you mean `{close[0]}`?" if close else ""


def _plain(shape: Shape, text: str) -> object:
    """The value that a variable's text stands for; the text itself where it stands for none of the type."""
    if shape.base is bool:
        return WORDS.get(text.lower(), text)
    if shape.base in (int, float):
        if shape.optional and text.lower() == "none":
            return None
        return _number(shape, text) if _is_number(text) else text
    if shape.base is dict or is_struct(shape.item) or (shape.base is tuple and text.startswith("[")):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
    if shape.base is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text.strip()) is not None


def _number(shape: Shape, text: str) -> object:
    return int(text) if shape.base is int and "." not in text else float(text)


def _unknown(kind: type, raw: object) -> object:
    """msgspec's hook for the types it does not know: secrets, and the options that only a plugin understands."""
    if kind is object:
        return raw
    if kind is not Secret or not isinstance(raw, str):
        raise ValueError
    # A key read from a mounted file or a variable often ends in a newline, which no header may carry.
    text = raw.strip()
    if not text or CONTROL.search(text):
        raise ValueError
    return Secret(text)


def _pattern_fits(shape: Shape, value: object) -> bool:
    """msgspec checks patterns of text; those of secrets are checked here."""
    pattern = (shape.meta.extra or {}).get("pattern")
    return not (isinstance(value, Secret) and isinstance(pattern, str)) or bool(re.fullmatch(pattern, value.reveal()))
