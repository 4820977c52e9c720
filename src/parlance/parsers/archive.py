"""Zip files of documents: opened with bounds, their XML read without entities."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn
from xml.etree import ElementTree

from parlance.parsers.problems import problem

MOST_PARTS = 20_000
MOST_BYTES = 400 * 1024 * 1024
"""Bytes that all parts together may unpack to, by their own word; what lies is stopped by `MOST_PART`."""
MOST_PART = 128 * 1024 * 1024
MOST_RATIO = 200
"""How many times its size a part may unpack to. Text comes to 10, empty tables to 100."""
SMALL = 10 * 1024 * 1024
"""Bytes that any part may unpack to, whatever its ratio."""
DEEPEST = 200
"""Levels of elements: far beyond any real document, far below what recursion stands."""
ENCRYPTED = 0x1


class Archive:
    """A zip file that is not trusted. Use it as a context."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
            raise problem("damaged_file") from None
        self._parts = {part.filename: part for part in self._zip.infolist()}
        self._check()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of its parts, in their order."""
        return list(self._parts)

    def read(self, name: str, most: int = MOST_PART) -> bytes:
        """One part. Raises `Fault`: missing parts and bad sums are damage, too large ones a bomb."""
        with self.open(name) as stream:
            try:
                raw = stream.read(most + 1)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
                raise problem("damaged_file") from None
        if len(raw) > most:
            raise problem("unpacks_too_large")
        return raw

    def open(self, name: str) -> IO[bytes]:
        """A stream of one part. Raises `Fault`."""
        if name not in self._parts:
            raise problem("damaged_file")
        try:
            return self._zip.open(self._parts[name])
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError, struct.error):
            raise problem("damaged_file") from None

    def tree(self, name: str) -> ElementTree.Element:
        """One part as XML. Raises `Fault`."""
        return xml(self.read(name))

    def events(self, name: str) -> Iterator[tuple[str, ElementTree.Element]]:
        """The starts and ends of the elements of one part, as they are read; ended ones should be cleared."""
        with self.open(name) as stream:
            depth = 0
            try:
                for event, element in ElementTree.iterparse(_Counted(stream), ("start", "end")):
                    depth += 1 if event == "start" else -1
                    if depth > DEEPEST:
                        raise problem("damaged_file")
                    yield event, element
            except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
                raise problem("damaged_file") from None

    def _check(self) -> None:
        """Raises `Fault` for what needs not be unpacked to be known."""
        if len(self._parts) > MOST_PARTS:
            raise problem("unpacks_too_large")
        parts = self._parts.values()
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise problem("encrypted_file")
        swollen = any(part.file_size > SMALL and part.file_size > MOST_RATIO * part.compress_size for part in parts)
        if swollen or sum(part.file_size for part in parts) > MOST_BYTES:
            raise problem("unpacks_too_large")


class _Counted:
    """A stream that ends in a fault when it gives more than a part may hold, whatever its header said."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left, self._head = stream, MOST_PART, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        raw = self._stream.read(size if size > 0 else 65536)
        self._left -= len(raw)
        if self._left < 0:
            raise problem("unpacks_too_large")
        if not self._head:
            self._head = raw
            _refuse_entities(raw)
        return raw


def xml(raw: bytes) -> ElementTree.Element:
    """A tree of bounded depth. Raises `Fault`."""
    _refuse_entities(raw[:65536])
    builder = _Bounded()
    parser = ElementTree.XMLParser(target=builder)
    try:
        parser.feed(raw)
        root = parser.close()
    except (ElementTree.ParseError, ValueError):
        raise problem("damaged_file") from None
    assert isinstance(root, ElementTree.Element)
    return root


class _Bounded(ElementTree.TreeBuilder):
    """Builds a tree that no recursion breaks on."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ElementTree.Element:
        """One level down."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise problem("damaged_file")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ElementTree.Element:
        """One level up."""
        self._depth -= 1
        return super().end(tag)


def _refuse_entities(head: bytes) -> None:
    """No document of an office program declares entities; a bomb does."""
    if b"<!ENTITY" in head.replace(b"\x00", b""):
        _refuse()


def _refuse() -> NoReturn:
    raise problem("unpacks_too_large", "This file defines text that multiplies itself.")
