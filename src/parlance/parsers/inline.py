"""Pictures that are written out inside a text, as addresses that begin with `data:`."""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from parlance.parsers.gallery import MOST_RAW, Gallery
from parlance.values.knowledge import Block, Picture, Span

SHORTEST = 100
"""Characters below which it is an example in a text, and no picture."""
_WRITTEN = re.compile(
    rf"data:image/[a-z0-9.+-]{{1,40}}(?:;[a-z0-9=._-]{{1,60}}){{0,3}};base64,([A-Za-z0-9+/_-]{{{SHORTEST},}}={{0,2}})",
    re.IGNORECASE,
)


def in_place(gallery: Gallery, source: str) -> Picture | None:
    """The picture that an address holds; `None` for any other address."""
    if not source[:11].lower().startswith("data:image/") or not gallery.wants():
        return None
    head, _, held = source.partition(",")
    raw = _decoded("".join(held.split())) if head.rstrip().lower().endswith(";base64") else b""
    return gallery.look(raw) if raw else None


def taken_out(text: str, gallery: Gallery) -> tuple[str, list[Picture]]:
    """A text with `#picture-1` and so on in place of what is written out in it, whether it is looked at or not, and
    the pictures where these stand."""
    pieces: list[str] = []
    found: list[Picture] = []
    length, last = 0, 0
    for number, one in enumerate(_WRITTEN.finditer(text), 1):
        piece = f"{text[last : one.start()]}#picture-{number}"
        pieces.append(piece)
        length, last = length + len(piece), one.end()
        raw = _decoded(one.group(1)) if gallery.wants() else b""
        if raw and (seen := gallery.look(raw)) is not None:
            found.append(msgspec.structs.replace(seen, span=Span(length, length)))
    return "".join([*pieces, text[last:]]), found


def behind_blocks(pictures: Sequence[Picture], blocks: Sequence[Block]) -> tuple[Picture, ...]:
    """The pictures, each behind the block that it stands in."""
    stops = [block.span.stop for block in blocks]
    placed = []
    for one in pictures:
        at = bisect_left(stops, one.span.start)
        inside = at < len(blocks) and blocks[at].span.start < one.span.start
        place = stops[at] if inside else one.span.start
        placed.append(msgspec.structs.replace(one, span=Span(place, place)))
    return tuple(placed)


def _decoded(written: str) -> bytes:
    """The bytes; none of what is no Base64, or too long."""
    if len(written) > MOST_RAW * 4 // 3:
        return b""
    plain = written.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""
