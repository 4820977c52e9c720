"""What a file is, by its first bytes. What its sender calls it is never asked: that is how a page passes for a picture.

The few types that a browser can show without being able to act on them are `HARMLESS`; all else is handed out as bytes
to be saved. A text that begins like markup is markup, so that no text file is a page in disguise.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from parlance.values.files import FileKind

HEAD = 4096
"""Bytes that are looked at: every signature is within the first few, and a page says so early."""
BYTES = "application/octet-stream"
TEXT = "text/plain"
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What models that see are given; nothing else has been asked of one."""
HARMLESS = _PICTURES | {TEXT}


class Sniffed(NamedTuple):
    """What the first bytes say."""

    media_type: str
    kind: FileKind


class _Signature(NamedTuple):
    at: int
    mark: bytes
    media_type: str
    second: tuple[int, bytes] = (0, b"")
    """What must stand at another place, too: two letters alone begin many a text."""

    def fits(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes has it."""
        at, mark = self.second
        return head.startswith(self.mark, self.at) and head.startswith(mark, at)


_SIGNATURES = tuple(
    _Signature(*one)
    for one in (
        (0, b"\x89PNG\r\n\x1a\n", "image/png"),
        (0, b"\xff\xd8\xff", "image/jpeg"),
        (0, b"GIF87a", "image/gif"),
        (0, b"GIF89a", "image/gif"),
        (8, b"WEBPVP8", "image/webp"),
        (0, b"BM", "image/bmp", (6, bytes(4))),
        (0, b"II*\x00", "image/tiff"),
        (0, b"MM\x00*", "image/tiff"),
        (4, b"ftypavif", "image/avif"),
        (4, b"ftyphei", "image/heic"),
        (4, b"ftypM4A", "audio/mp4"),
        (4, b"ftyp", "video/mp4"),
        (0, b"\x1a\x45\xdf\xa3", "video/webm"),
        (8, b"WAVEfmt ", "audio/wav"),
        (0, b"ID3", "audio/mpeg"),
        (0, b"fLaC", "audio/flac"),
        (0, b"OggS", "audio/ogg"),
        (0, b"%PDF-", "application/pdf"),
        (0, b"PK\x03\x04", "application/zip"),
        (0, b"\x1f\x8b\x08", "application/gzip"),
        (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (0, b"\x00asm", "application/wasm"),
    )
)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Bytes that no text has (line feeds, tabs, form feeds and escapes it may have)."""
_MARKUP = re.compile(r"\s*<[a-z!?/]", re.IGNORECASE)


def sniff(head: bytes) -> Sniffed:
    """The type of a file that begins with these bytes (its first `HEAD`, or all there are)."""
    for known in _SIGNATURES:
        if known.fits(head):
            return Sniffed(known.media_type, "image" if known.media_type in _PICTURES else "other")
    text = _text(head)
    if text is None:
        return Sniffed(BYTES, "other")
    return Sniffed(_markup(text) if _MARKUP.match(text) else TEXT, "text")


def _text(head: bytes) -> str | None:
    """The words, if these bytes begin a text in UTF-8; a character may be cut at the end."""
    if _BINARY.search(head) is not None:
        return None
    try:
        cut = len(head) >= HEAD
        return codecs.getincrementaldecoder("utf-8")().decode(head, not cut).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None


def _markup(text: str) -> str:
    folded = text.lower()
    if "<svg" in folded and "<html" not in folded:
        return "image/svg+xml"
    return "application/xml" if folded.lstrip().startswith("<?xml") else "text/html"
