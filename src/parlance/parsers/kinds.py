"""What a file is, by its bytes. Its name decides only between kinds of text, which look alike."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from parlance.parsers.encodings import SAMPLE, decoded, is_text
from parlance.parsers.problems import problem
from parlance.ports.parsing import Parser
from parlance.values.errors import Fault
from parlance.values.remarks import DocumentRemark, RemarkCode, remark
from parlance.values.sounds import SUFFIXES

_OFFICE = "application/vnd.openxmlformats-officedocument"
_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
)
_ZIPPED = (
    ("word/document.xml", f"{_OFFICE}.wordprocessingml.document"),
    ("xl/workbook.xml", f"{_OFFICE}.spreadsheetml.sheet"),
    ("ppt/presentation.xml", f"{_OFFICE}.presentationml.presentation"),
    ("META-INF/container.xml", "application/epub+zip"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("EncryptedPackage", ""),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|article|main|h[1-6]|div|p|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_MAIL_FIELDS = "From|To|Subject|Date|Received|Return-Path|Message-ID|MIME-Version|Delivered-To"
_MAIL = re.compile(rf"(?:(?:{_MAIL_FIELDS})\s*:[^\n]*\n(?:[ \t][^\n]*\n)*){{3}}", re.IGNORECASE)
TEXT = "text/plain"
_BY_SUFFIX = {
    **dict.fromkeys((".md", ".markdown", ".mdx"), "text/markdown"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "text/csv"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "application/json"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "text/html"),
    ".eml": "message/rfc822",
}
_BY_TYPE = {
    "text/markdown": "text/markdown",
    "text/csv": "text/csv",
    "text/tab-separated-values": "text/csv",
    "application/json": "application/json",
    "application/x-ndjson": "application/json",
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "message/rfc822": "message/rfc822",
}
_BINARY_SUFFIXES = frozenset(
    {
        *(".pdf", ".docx", ".docm", ".dotx", ".doc", ".dot", ".pptx", ".pptm", ".ppsx", ".ppt", ".xlsx", ".xlsm"),
        *(".xltx", ".xls", ".xlt", ".epub", ".zip"),
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"),
        *SUFFIXES,  # sound itself comes to no parser
    }
)
_OFTEN_PAGES = frozenset({".doc", ".xls"})
"""What many programs call the pages that they write for Word and Excel."""
LONGEST_SUFFIX = 16


def suffix(name: str) -> str:
    """How a name ends, in lower case; nothing of it is ever part of a path."""
    last = re.split(r"[/\\\x00]", name)[-1]
    dot = last.rfind(".")
    return last[dot : dot + LONGEST_SUFFIX].lower() if dot >= 0 else ""


def recognised(content: Path, name: str, said: str, parsers: Sequence[Parser]) -> tuple[str, Parser]:
    """The media type of a file and the parser that reads it. `said` is the type its sender named.

    Raises `Fault`: `empty_file`, `unknown_format`, `wrong_content`, `damaged_file` or `encrypted_file`.
    """
    with content.open("rb") as file:
        head = file.read(SAMPLE)
    ending = suffix(name)
    if not head or (len(head) < SAMPLE and not head.strip(b"\x00\t\n\r \xfe\xff\xef\xbb\xbf")):
        raise problem("empty_file")
    found = _by_bytes(content, head)
    if found is None and is_text(head):
        found = _text_kind(head, ending, said)
        if ending in _BINARY_SUFFIXES and not (found == "text/html" and ending in _OFTEN_PAGES):
            held = "a web page" if found == "text/html" else "plain text"
            raise problem("wrong_content", f"This file is called {ending[1:].upper()} and holds {held}.")
    if found is None:
        return _by_name(ending, parsers)
    for parser in parsers:
        if found in parser.media_types:
            return found, parser
    raise problem("unknown_format")


def misnamed(name: str, parser: Parser) -> DocumentRemark | None:
    """A remark on a file that is called what it is not, but was read as what it is."""
    ending = suffix(name)
    if ending not in _BINARY_SUFFIXES or ending in parser.suffixes:
        return None
    return remark(RemarkCode.MISNAMED, suffix=ending)


def _by_bytes(content: Path, head: bytes) -> str | None:
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(content)
    if head.startswith(_OLE):
        return _stored(content)
    if head.startswith(b"{\\rtf"):
        raise problem("unknown_format", "Rich text (RTF) is not read here.")
    for at, mark, media_type in _MAGIC:
        if head.startswith(mark, at) and not (mark == b"BM" and head[6:10] != bytes(4)):
            return media_type
    return None


def _zipped(content: Path) -> str:
    try:
        with zipfile.ZipFile(content) as file:
            names = set(file.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        raise problem("damaged_file") from None
    for part, media_type in _ZIPPED:
        if part in names:
            return media_type
    raise problem("unknown_format", "This archive holds none of the documents that are read here.")


def _stored(content: Path) -> str:
    """What is in a file of streams; their names stand in it as they are."""
    raw = content.read_bytes()
    for name, media_type in _STREAMS:
        if name.encode("utf-16-le") + b"\x00\x00" in raw:
            if not media_type:
                raise problem("encrypted_file")
            return media_type
    raise problem("unknown_format")


def _text_kind(head: bytes, ending: str, said: str) -> str:
    """Which kind of text it is: what its name says, then what was said of it, then what it looks like."""
    if ending in _BY_SUFFIX:
        return _BY_SUFFIX[ending]
    if ending not in (".txt", ".text", ".log"):
        if (named := _BY_TYPE.get(said.partition(";")[0].strip().lower())) is not None:
            return named
        try:
            words = decoded(head)
        except Fault:
            return TEXT
        if _PAGE.match(words):
            return "text/html"
        if _MAIL.match(words):
            return "message/rfc822"
    return TEXT


def _by_name(ending: str, parsers: Sequence[Parser]) -> tuple[str, Parser]:
    """Bytes that say nothing: a parser that was added may know them by the name, ours do not."""
    if ending in _BINARY_SUFFIXES:
        raise problem("wrong_content")
    for parser in parsers:
        if ending and ending in parser.suffixes and not type(parser).__module__.startswith("parlance.parsers."):
            return min(parser.media_types, default="application/octet-stream"), parser
    raise problem("unknown_format")
