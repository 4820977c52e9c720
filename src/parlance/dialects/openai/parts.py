"""Content parts: pictures, sound and files into raw bytes, or into a URL that only an engine may fetch."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from parlance.dialects.openai.bodies import Kept, Place, field_name
from parlance.dialects.openai.chat_wire import (
    AudioPart,
    ContentPart,
    FileInput,
    FilePart,
    ImagePart,
    ImageUrl,
    RefusalPart,
    TextPart,
)
from parlance.dialects.openai.limits import invalid
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Audio, File, Foreign, Image, Part, Text

MAX_INLINE = 32 * 1024 * 1024
"""Bytes one inline picture, sound or file may have; OpenAI takes 20 MB of picture and 32 MB of file."""


def part_of(part: ContentPart, kept: Kept, place: Place) -> Part:
    """One part. `place` is where it stands, for errors and for its unknown fields."""
    foreign = kept.get(place) if kept else None
    match part:
        case TextPart(text):
            return Text(text, foreign)
        case ImagePart(ImageUrl(url, detail)):
            return image(url, detail, foreign, (*place, "image_url", "url"))
        case ImagePart(str() as url):
            return image(url, None, foreign, (*place, "image_url"))
        case AudioPart(sound):
            return Audio(decoded(sound.data, (*place, "input_audio", "data")), sound.format)
        case FilePart(given):
            return file(given, foreign, (*place, "file"))
        case RefusalPart(refusal):
            return Text(refusal, foreign)
        case _:  # pragma: no cover - the union has no other member
            raise AssertionError(part)


def image(url: str, detail: str | None, foreign: Foreign | None, place: Place) -> Image:
    """A picture from its URL."""
    if url[:5].lower() == "data:":
        data, media_type = from_data_url(url, place)
        return Image(data, media_type or "image/png", None, detail, foreign)
    if not url.lower().startswith(("http://", "https://")):
        raise invalid(field_name(place), "A picture must be an http, https or data URL.")
    return Image(None, None, url, detail, foreign)


def file(given: FileInput, foreign: Foreign | None, place: Place) -> File:
    """A document from its inline data, or by the id the upstream gave it."""
    if given.file_data is None:
        if given.file_id is None:
            raise invalid(field_name(place), "A file needs `file_data` or `file_id`.")
        return File(None, given.filename, None, given.file_id, foreign)
    place = (*place, "file_data")
    if given.file_data[:5].lower() == "data:":
        data, media_type = from_data_url(given.file_data, place)
        return File(data, given.filename, media_type, given.file_id, foreign)
    return File(decoded(given.file_data, place), given.filename, None, given.file_id, foreign)


def from_data_url(url: str, place: Place) -> tuple[bytes, str | None]:
    """The bytes and the media type inside a `data:` URL (RFC 2397)."""
    head, comma, body = url[5:].partition(",")
    if not comma:
        raise invalid(field_name(place), "The data URL has no comma before its data.")
    media_type, *options = head.split(";")
    if "base64" in (option.strip().lower() for option in options):
        return decoded(body, place), media_type or None
    _bound(len(body), place)
    return unquote_to_bytes(body), media_type or None


def decoded(text: str, place: Place) -> bytes:
    """Strict base64 under the size bound."""
    _bound(len(text) * 3 // 4, place)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(field_name(place), "The data is not valid base64.") from None


def _bound(size: int, place: Place) -> None:
    if size > MAX_INLINE + 2:  # padding may count for two bytes that are not there
        raise Fault(Kind.too_large, f"Inline data may have at most {MAX_INLINE} bytes.", field=field_name(place))
