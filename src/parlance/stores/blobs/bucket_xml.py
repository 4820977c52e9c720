"""The XML of an object store: lists of objects and of begun uploads, and errors. Nothing in it is trusted: no entities,
no document types, and bounded by what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from parlance.values.time import SECOND

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Listed(NamedTuple):
    """An object or a begun upload: when it was written or begun, in microseconds; `upload` is empty for an object."""

    key: str
    when: int
    upload: str = ""


class Page(NamedTuple):
    """Some of a list, and where the next page begins; empty for the last one."""

    entries: Sequence[Listed]
    key_marker: str = ""
    upload_marker: str = ""


def objects(body: bytes) -> Page:
    """A page of `ListBucketResult`. Raises ValueError."""
    root = _parsed(body)
    found = [Listed(_text(each, "Key"), _moment(_text(each, "LastModified"))) for each in _children(root, "Contents")]
    more = _text(root, "IsTruncated") == "true" and bool(found)
    return Page(found, (_text(root, "NextMarker") or found[-1].key) if more else "")


def uploads(body: bytes) -> Page:
    """A page of `ListMultipartUploadsResult`. Raises ValueError."""
    root = _parsed(body)
    found = [
        Listed(_text(each, "Key"), _moment(_text(each, "Initiated")), _text(each, "UploadId"))
        for each in _children(root, "Upload")
    ]
    if _text(root, "IsTruncated") != "true" or not found:
        return Page(found)
    return Page(found, _text(root, "NextKeyMarker"), _text(root, "NextUploadIdMarker"))


def upload_id(body: bytes) -> str:
    """Of `InitiateMultipartUploadResult`. Raises ValueError."""
    found = _text(_parsed(body), "UploadId")
    if not found:
        raise ValueError("no upload was begun")
    return found


def error(body: bytes) -> str:
    """The word of an `Error`, without anything that is not a plain word; empty for what is none."""
    try:
        root = _parsed(body)
    except ValueError:
        return ""
    word = _text(root, "Code") if _plain(root.tag) == "Error" else ""
    return word if _WORD.fullmatch(word) else ""


def parts(tags: Sequence[str]) -> bytes:
    """The body that makes one object of uploaded parts."""
    each = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(tags, 1)
    )
    return f"<CompleteMultipartUpload>{each}</CompleteMultipartUpload>".encode()


def _parsed(body: bytes) -> Element:
    from xml.etree import ElementTree

    if b"<!" in body:
        raise ValueError("declarations have no place here")
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise ValueError("this is not XML") from error


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _plain(child.tag) == name)


def _text(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in _children(element, name)), "")


def _moment(text: str) -> int:
    """`2026-11-21T23:50:00.000Z` in microseconds. Raises ValueError."""
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * SECOND)
