"""Forms with files (RFC 7578) as they come: nothing is held but what a field of text may have.

A form is read in its order: `part` goes to the next part, `content` gives the bytes of the present one, `text` all of
a short one. What was not read of a part is passed over.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import unquote

import msgspec

from parlance.values.errors import Fault, Kind

MOST_HEADERS, MOST_TEXT, MOST_PARTS = 16 * 1024, 256 * 1024, 100
"""Bytes before a part's content, bytes of a field of text, and parts of a form: far more than any honest one has."""
_LINE = b"\r\n"
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^;\s,]{1,200}))', re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([a-z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)
_EXTENDED = re.compile(r"utf-8'[^']*'(.*)", re.IGNORECASE)


class Part(msgspec.Struct, frozen=True):
    """What stands before a part's content. Only a file has a `filename`, which may be empty."""

    name: str
    filename: str | None = None
    media_type: str = ""


class Form:
    """One form. `type` is the request's `Content-Type`. Raises `Fault(invalid, code="bad_form")`, also from its
    methods, for what is none."""

    def __init__(self, type: str, content: AsyncIterator[bytes]) -> None:
        found = _BOUNDARY.search(type)
        if not type.lower().lstrip().startswith("multipart/form-data") or found is None:
            raise _broken("it wants `multipart/form-data` with a boundary")
        self._end = _LINE + b"--" + (found[1] or found[2]).encode("latin-1", "replace")
        self._content = content
        self._buffer = bytearray(_LINE)
        self._inside = True
        self._over = False
        self._parts = 0
        self.taken = 0
        """Bytes that were taken of the request so far, without those that wait to be read here."""

    @property
    def closing(self) -> int:
        """Bytes behind the last part's content, with the line's end that browsers and programs put there."""
        return len(self._end) + 4

    async def part(self) -> Part | None:
        """The next part; none at the end."""
        async for _ in self.content():
            pass
        if self._over:
            return None
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _broken(f"it has more than {MOST_PARTS} parts")
        head = await self._head()
        self._inside = True
        return _part(head)

    async def content(self) -> AsyncIterator[bytes]:
        """The bytes of the present part, or what is left of them."""
        keep = len(self._end) - 1
        while self._inside:
            at = self._buffer.find(self._end)
            if at >= 0:
                piece = self._take(at)
                self._take(len(self._end))
                self._inside = False
                await self._after()
            else:
                piece = self._take(max(0, len(self._buffer) - keep))
                await self._more()
            if piece:
                yield piece

    async def text(self) -> str:
        """All of the present part, which is a short text."""
        found = bytearray()
        async for piece in self.content():
            found += piece
            if len(found) > MOST_TEXT:
                raise _broken(f"a field of text has more than {MOST_TEXT} bytes")
        try:
            return found.decode()
        except UnicodeDecodeError:
            raise _broken("a field of text is not in UTF-8") from None

    async def _after(self) -> None:
        """What follows a boundary: the end of the form, or of the line."""
        while len(self._buffer) < 2:
            await self._more()
        if self._buffer.startswith(b"--"):
            self._over = True
            return
        line = await self._until(_LINE)
        if line.strip(b" \t"):
            raise _broken("its boundary is followed by something else")

    async def _head(self) -> bytes:
        if self._buffer.startswith(_LINE) or len(self._buffer) < 2:
            while len(self._buffer) < 2:
                await self._more()
            if self._buffer.startswith(_LINE):
                self._take(2)
                return b""
        return await self._until(_LINE + _LINE)

    async def _until(self, mark: bytes) -> bytes:
        """What stands before a mark, which is taken, too."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > MOST_HEADERS:
                raise _broken("the head of a part is too long")
            await self._more()
        found = self._take(at)
        self._take(len(mark))
        return found

    def _take(self, count: int) -> bytes:
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece

    async def _more(self) -> None:
        piece = await anext(self._content, b"")
        if not piece:
            raise _broken("it is cut off")
        self.taken += len(piece)
        self._buffer += piece

    @property
    def waiting(self) -> int:
        """Bytes that were taken of the request, and wait to be read here."""
        return len(self._buffer)


def _part(head: bytes) -> Part:
    """What the lines before a part's content say."""
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    said = headers.get("content-disposition", "")
    given = {name.lower(): _unquoted(quoted) if quoted else plain for name, quoted, plain in _PARAMETER.findall(said)}
    if not said.lower().startswith("form-data") or "name" not in given:
        raise _broken("a part has no name")
    extended = _EXTENDED.fullmatch(given.get("filename*", ""))
    filename = given.get("filename") if extended is None else unquote(extended[1], errors="replace")
    return Part(given["name"], filename, headers.get("content-type", "") if filename is not None else "")


def _unquoted(text: str) -> str:
    """Browsers write a quote as `%22` and a line's end as `%0D%0A`, other programs put a backslash before a quote. A
    backslash before anything else is itself: old browsers sent whole paths."""
    return re.sub(r'\\(["\\])', r"\1", text).replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _broken(why: str) -> Fault:
    return Fault(Kind.invalid, f"The form cannot be read: {why}.", code="bad_form")
