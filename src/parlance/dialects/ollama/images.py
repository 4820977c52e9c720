"""Pictures as this wire has them: plain base64 without a word about what they are."""

from __future__ import annotations

import base64
import binascii

from parlance.dialects.ollama.bodies import invalid
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Image

MAX_IMAGE = 32 * 1024 * 1024
"""Bytes of one picture: more than any vision model looks at."""
MAX_IMAGES = 64
"""Pictures in one message."""
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"BM", "image/bmp"))


def images_of(images: list[str] | None, field: str) -> tuple[Image, ...]:
    """The pictures, decoded. Raises `Fault` (invalid, too_large) naming the one at fault."""
    if not images:
        return ()
    if len(images) > MAX_IMAGES:
        raise Fault(Kind.too_large, f"A message may hold at most {MAX_IMAGES} pictures.", field=field)
    return tuple(_image(text, f"{field}[{index}]") for index, text in enumerate(images))


def _image(text: str, field: str) -> Image:
    if len(text) * 3 // 4 > MAX_IMAGE + 2:  # padding may count for two bytes that are not there
        raise Fault(Kind.too_large, f"A picture may have at most {MAX_IMAGE} bytes.", field=field)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(field, "A picture must be base64 of its bytes, without a prefix.") from None
    if not data:
        raise invalid(field, "A picture must not be empty.")
    return Image(data, media_type(data))


def media_type(data: bytes) -> str:
    """What a picture is, by its first bytes; engines of other wires want to be told."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "image/png")
