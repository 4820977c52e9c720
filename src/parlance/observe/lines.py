"""Turns an event and its fields into one line, as text or JSON, that holds no secret and cannot be forged.

Every text is made safe by itself, before it is put into a line: secrets go, and whatever is not printable (CR, LF, ESC
and the other controls, line separators, marks that turn the direction of writing, lone surrogates) is written as an
escape. In JSON that is an escape within the string's own characters, so that a viewer which decodes the line and prints
the value gives a terminal nothing to obey either.
"""

from __future__ import annotations

import enum
import json
import re
import time
import traceback
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from parlance.observe.redaction import MARK, SECRET_NAME, Redactor, is_hex
from parlance.observe.shapes import Shape
from parlance.values.time import SECOND, Clock

Format = Literal["text", "json"]

CLIP = 2000
"""Characters of one value: enough for an upstream's error, too few to fill a disk with."""
MEMO = 1024
"""Short texts whose safe form is remembered: routes, models and connections come again with every request."""
SHORT = 40
"""Longest text that is remembered: an id has 36 characters and stands in the lines of its request and of its run."""
RESERVED = frozenset({"time", "level", "module", "event"})
PLACES = 12
"""Places of a traceback that are written, the innermost first."""
LARGE = 2**63
HUGE = 1 << 1024
"""Integers are written up to here: the time for more digits grows with their square."""
_BARE = re.compile(r"[A-Za-z0-9_./:@+,#\[\]-]+").fullmatch
_ODD = re.compile(r"[^A-Za-z0-9_]")
_encode = msgspec.json.Encoder().encode


class Style:
    """What all modules' lines share: format, clock, redactor, and what was found out about texts before."""

    __slots__ = (
        "_clock",
        "_redactor",
        "_shapes",
        "_stamp",
        "clean",
        "digits",
        "format",
        "ids",
        "memo",
        "names",
        "same",
    )

    def __init__(self, format: Format, clock: Clock, redactor: Redactor) -> None:
        self.format = format
        self._clock = clock
        self._stamp = (-1, "", b"")
        self._shapes: dict[tuple[type, ...], Shape] = {}
        self.use(redactor)

    def use(self, redactor: Redactor) -> None:
        """Take another redactor from now on, and forget what the old one thought clean."""
        self._redactor = redactor
        self.digits = redactor.digits
        self.memo: dict[str, str] = {}
        """Texts in their safe form."""
        self.clean: set[Any] = {None, True, False}
        """Those that are so already, and the words of JSON."""
        self.ids: set[str] = set()
        """Ids that were let through lately: that of a request stands in the line of its run, too."""
        self.names: dict[str, str] = {}
        """Fields as they are written; those that name a secret are never among them."""
        self.same: set[str] = set()
        """Those of them that keep their name."""

    def time(self) -> str:
        """Now, in RFC 3339 with microseconds."""
        second, micros = divmod(self._clock.now(), SECOND)
        stamp = self._stamp
        return f"{stamp[1] if stamp[0] == second else self._stamped(second)[1]}.{micros:06d}Z"

    def time_json(self) -> bytes:
        """The beginning of a line in JSON, up to the end of its time."""
        second, micros = divmod(self._clock.now(), SECOND)
        stamp = self._stamp
        return b'%b.%06dZ"' % (stamp[2] if stamp[0] == second else self._stamped(second)[2], micros)

    def _stamped(self, second: int) -> tuple[int, str, bytes]:
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        # One tuple, because another thread may write a line at the same time.
        stamp = self._stamp = (second, text, b'{"time":"%b' % text.encode())
        return stamp

    def shape(self, kinds: tuple[type, ...]) -> Shape:
        """Where the texts and the numbers stand among values of these types; the same for every line of an event."""
        found = self._shapes.get(kinds)
        if found is None:
            if len(self._shapes) >= MEMO:
                self._shapes.clear()
            found = self._shapes[kinds] = Shape(kinds)
        return found

    def text(self, value: str) -> str:
        """A text made safe, and in the text format quoted where it would run into its neighbours."""
        return self.memo.get(value) or self._make_safe(value)

    def passes(self, value: str) -> bool:
        """Whether a text is written as it is. Ids, which are new with every request, are not remembered for long."""
        if value in self.ids:
            return True
        if not is_hex(value) or self._redactor.spelled_out(value):
            return self.text(value) == value
        if len(self.ids) >= MEMO:
            self.ids.clear()
        self.ids.add(value)
        return True

    def _make_safe(self, value: str) -> str:
        safe = self._redactor.head(value, CLIP)
        if len(value) > CLIP:
            safe += f"… ({len(value)} characters)"
        safe = escape(safe)
        if self.format == "text" and not _BARE(safe):
            safe = json.dumps(safe, ensure_ascii=False)
        if len(value) <= SHORT:
            if len(self.memo) >= MEMO:
                self.memo.clear()
                self.clean = {None, True, False}
            self.memo[value] = safe
            if safe == value:
                self.clean.add(value)
        return safe

    def field(self, name: str, value: Any) -> tuple[str, Any]:
        """A field as it is written: its name, and a text, number, bool or `None`."""
        written = f"{name}_" if name in RESERVED else _ODD.sub("_", self._redactor.redact(name))[:SHORT]
        if SECRET_NAME.search(name):
            return written, MARK
        if len(self.names) < MEMO:
            self.names[name] = written
            if written == name:
                self.same.add(name)
        return written, self.value(value)

    def value(self, value: Any) -> Any:
        """A value as it is written. A number is text where its digits are a secret's or too many for JSON readers."""
        kind = type(value)
        if kind is str:
            return self.text(value)
        if value is None or kind is bool:
            return value
        if kind is float or (kind is int and -LARGE <= value < LARGE):
            return self._redactor.redact_value(value)
        return self.text(plain(value, self._redactor))


Render = Callable[[str, str, Mapping[str, Any]], bytes]
"""From level, event and fields to a line."""


class Renderer:
    """`render` is a module's way to write a line: gives it as UTF-8 with its newline."""

    __slots__ = ("_heads", "_module", "_style", "render")

    def __init__(self, style: Style, module: str) -> None:
        self._style = style
        self._module = module
        self._heads: tuple[dict[str, str], dict[tuple[str, str], bytes]] = (style.memo, {})
        self.render: Render = self._json if style.format == "json" else self._text

    def _safe(self, fields: Mapping[str, Any], safe: dict[str, Any]) -> dict[str, Any]:
        """Put the fields into `safe`, made safe. Runs for every line: what is known costs one look."""
        style = self._style
        memo, names, digits = style.memo, style.names, style.digits
        for name, value in fields.items():
            written = names.get(name)
            if written is None:
                written, shown = style.field(name, value)
                safe[written] = shown
            elif type(value) is str:
                safe[written] = memo.get(value) or style.text(value)
            elif not digits and (type(value) is float or (type(value) is int and -LARGE <= value < LARGE)):
                safe[written] = value
            else:
                safe[written] = style.value(value)
        return safe

    def _json(self, level: str, event: str, fields: Mapping[str, Any]) -> bytes:
        style = self._style
        if fields and style.same.issuperset(fields) and self._is_safe(fields):
            known, heads = self._heads
            named = heads.get((level, event)) if known is style.memo else None
            return b"%b%b,%b\n" % (style.time_json(), named or self._named(level, event), _encode(fields)[1:])
        head: dict[str, Any] = {
            "time": style.time(),
            "level": level,
            "module": style.text(self._module),
            "event": style.text(event),
        }
        return _encode(self._safe(fields, head)) + b"\n"

    def _named(self, level: str, event: str) -> bytes:
        """What stands between the time and the fields of a line; the same for every line of an event."""
        known, heads = self._heads
        if known is not self._style.memo:  # another redactor may not let the same words through
            known, heads = self._heads = (self._style.memo, {})
        found = heads.get((level, event))
        if found is None:
            if len(heads) >= MEMO:
                heads.clear()
            words = {"level": level, "module": self._style.text(self._module), "event": self._style.text(event)}
            found = heads[level, event] = b"," + _encode(words)[1:-1]
        return found

    def _is_safe(self, fields: Mapping[str, Any]) -> bool:
        """Whether all values may be written as they are. They nearly always may: a third of what `_safe` takes."""
        style, values = self._style, tuple(fields.values())
        shape = style.shape(tuple(map(type, values)))
        if style.digits or not shape.plain:
            return False
        for text in {*shape.texts(values)} - style.clean - style.ids:
            if not style.passes(text):
                return False
        counts = shape.counts(values)
        return not counts or (max(counts) < LARGE and min(counts) >= -LARGE)

    def _text(self, level: str, event: str, fields: Mapping[str, Any]) -> bytes:
        style = self._style
        line = f"{style.time()} {level.upper():8}{style.text(self._module)} {style.text(event)}"
        for name, value in self._safe(fields, {}).items():
            line += f" {name}={value:.6g}" if type(value) is float else f" {name}={value}"
        return line.encode() + b"\n"


def escape(text: str) -> str:
    """The text with everything that is not printable as `\\n`, `\\x1b`, `\\u2028` or `\\U000e0001`."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _ESCAPES.get(one) or _escaped(ord(one)) for one in text)


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def plain(value: Any, redactor: Redactor) -> str:
    """A value that is neither text nor number, as text: exceptions with their places, trees as JSON."""
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bytes | bytearray):
        return bytes(value[: 4 * CLIP]).decode("utf-8", "backslashreplace")
    if isinstance(value, dict | list | tuple | set | frozenset):
        return json.dumps(redactor.redact_value(value), ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, int):
        return str(value) if abs(value) < HUGE else "an integer of more than 1024 bits"
    return str(value)


def _place(code: types.CodeType, line: int) -> str:
    return f"{code.co_filename.replace(chr(92), '/').rpartition('/')[2]}:{line} {code.co_name}"


def describe(error: BaseException) -> str:
    """An exception in one line: type, message and the places it came through, without folders and without code.

    `ValueError: no such row [store.py:42 read < dispatch.py:63 __call__]`, then the exception that led to it.
    """
    told = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen and len(seen) < 4:
        seen.add(id(link))
        # Without looking lines up: reading source files is nothing to do while an answer is being made.
        steps = list(traceback.walk_tb(link.__traceback__))[-PLACES:]
        places = " < ".join(_place(frame.f_code, line) for frame, line in reversed(steps))
        message = f"{type(link).__name__}: {link}" if str(link) else type(link).__name__
        told.append(f"{message} [{places}]" if places else message)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return ", after ".join(told)
