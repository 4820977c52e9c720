"""What turns a file into one text with blocks in it. Contract suites: `parlance.testing.parsing`.

A `Parser` reads one family of formats. It runs in a child process, gets a file and gives a `Parsed`. Every one holds:

1. All spans are code points of the one text; blocks are in order, not empty and do not overlap.
2. What it cannot read is a `Fault` with one of the codes below, or where the rest is readable one of `remarks`:
   with a code of `values/remarks.py`, or of a parser that has none for it, a sentence alone.
   A file is never trusted: it is hostile until it is read.
3. It calls `progress(done, pages)` after each page (or each part of that order), so that an endless one is found out.
4. It opens no connection, writes no file, and reads none but the one it was given.

`Parsing` is what the server calls. It never parses in its own process: a bomb, a crash or an endless loop ends a child,
becomes a `Fault` with a code, and the next document works. A cancelled call ends its child at once.

The codes, each with a sentence that says what to do (`docs/howto/documents.md` lists them):

    empty_file         invalid      no bytes, or none but white space
    unknown_format     unsupported  no parser reads such bytes
    wrong_content      invalid      the bytes are not what the name says
    damaged_file       invalid      cut off or broken inside
    encrypted_file     unsupported  it asks for a password
    extra_missing      unsupported  a part of the installation reads it, and is not there
    unpacks_too_large  too_large    a bomb, or as good as one
    picture_too_large  too_large    a picture of more pixels than fit into memory
    text_too_long      too_large    more text than one document may have
    too_many_pages     too_large    more pages than one document may have
    parser_too_slow    timed_out    no page finished in time, or the document took too long
    parser_too_large   too_large    it took more memory than a parser may have
    parser_crashed     invalid      the process died of it
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from parlance.values.knowledge import Parsed

Progress = Callable[[int, int], None]
"""Hears `(done, pages)`: how many pages are finished, and how many there are (0 while nobody knows)."""

MOST_TEXT = 10_000_000
"""Code points of one document: forty novels. A text beyond it is refused, for it would fill a child and a base."""
MOST_PAGES = 20_000


def _unheard() -> None:
    """Nobody listens."""


class ParseHints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a file beside its bytes: what its sender called it, neither of which is trusted. `media_type` is
    what its first bytes said by the time a parser reads this; `ocr` whether words in pictures are wanted, `pictures`
    whether the pictures themselves are: with neither, none is looked at.

    `announce` is called before memory is taken for the words in pictures, so that more is allowed: a WebP of 50 million
    pixels takes 800 MB."""

    name: str = ""
    media_type: str = ""
    ocr: bool = True
    pictures: bool = False
    announce: Callable[[], None] = _unheard


class Parser(Protocol):
    """Reads the formats that it names."""

    @property
    def media_types(self) -> frozenset[str]:
        """What it reads, as told by the first bytes."""
        ...

    @property
    def suffixes(self) -> frozenset[str]:
        """How such files are called, in lower case with the point. They decide where bytes alone cannot."""
        ...

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The text of a file. Raises `Fault` with a code of this page."""
        ...


class Parsing(Protocol):
    """Parses files for the server, in quarantine."""

    async def parse(
        self, content: Path, name: str, media_type: str, *, progress: Progress, pictures: bool = False
    ) -> Parsed:
        """What is in a file. `name` and `media_type` are what its sender said; `pictures` says that those inside are
        wanted. `progress` is called on the event loop and may neither wait nor raise.

        Raises `Fault`: `invalid`, `unsupported`, `too_large` or `timed_out` with a code of this page when it is the
        file's fault; `busy` or `upstream` when it is not, and another attempt may succeed.
        """
        ...

    async def close(self) -> None:
        """End all children. Returns when none is left."""
        ...
