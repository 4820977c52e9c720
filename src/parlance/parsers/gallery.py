"""Pictures inside documents: taken out within bounds, made no larger than a model looks at, their words read by OCR.

Pillow, which comes with the extra `ocr`, scales them and reads every common format. Without it pictures that are small
enough are kept as they are.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from parlance.parsers import ocr
from parlance.parsers.draft import Box
from parlance.parsers.problems import problem
from parlance.ports.parsing import ParseHints
from parlance.values.errors import Fault
from parlance.values.knowledge import Picture, Span
from parlance.values.remarks import DocumentRemark, RemarkCode, remark

MOST_PICTURES, MOST_TRIED = 100, 1000
"""Pictures of one document that are kept, and those that are looked at in search of them."""
MOST_BYTES, MOST_RAW = 16 * 1024 * 1024, 16 * 1024 * 1024
"""Bytes of all that are kept, and of one as it lies in the document."""
MOST_PIXELS = 25_000_000
"""Of one picture, which takes three or four bytes each while it is scaled."""
LEAST, LONGEST = 48, 1536
"""Pixels on a side: what is smaller is a mark or a line, and no model sees more than the larger."""
SMALL = 1024 * 1024
"""Bytes of a picture that is kept as it is, where its sides fit."""
MOST_WORDS = 10_000
MOST_FRAMES = 200
"""Pages of one scan."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
"""What is opened, by Pillow's names."""
_KEPT = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
"""What models take, by Pillow's names."""
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, struct.error, zlib.error)
"""What Pillow raises for pictures that are cut or lie."""
_NOWHERE = Span(0, 0)
Reading = Callable[[Any], Iterator[tuple[str, Box]]]
"""What gives the words in a picture."""


class Gallery:
    """The pictures of one document. `tick` is called after each that was looked at, for some take seconds."""

    def __init__(
        self,
        hints: ParseHints,
        tick: Callable[[], None],
        has_ocr: Callable[[], bool] = ocr.installed,
        *,
        has_library: Callable[[], bool] = lambda: find_spec("PIL") is not None,
        reading: Reading = ocr.read,
    ) -> None:
        self._reads = hints.ocr and has_ocr()
        self._tick, self._reading, self._announce = tick, reading, hints.announce
        self._open = hints.pictures or self._reads
        self._draws = self._open and has_library()
        self._known: set[str | bytes] = set()
        self._tried = self._kept = self._bytes = self._lost = 0
        self._full = False

    @property
    def is_open(self) -> bool:
        """Whether any further picture would be looked at."""
        return self._open and not self._full

    def wants(self, name: str | bytes = "") -> bool:
        """Whether a picture of this name is to be looked at: one is looked at once, and no more than there is room
        for."""
        if not self._open or (name and name in self._known):
            return False
        if self._kept >= MOST_PICTURES or self._tried >= MOST_TRIED or self._bytes >= MOST_BYTES:
            self._full = True
            return False
        if name:
            self._known.add(name)
        return True

    def look(self, raw: bytes, *, words: bool = True) -> Picture | None:
        """A picture, perhaps with its words; `None` for one that was there already, that is too small, or cannot be
        read."""
        if not self.wants(hashlib.sha256(raw).digest()):
            return None
        self._tried += 1
        try:
            seen = self._drawn(raw, words) if self._draws else _as_it_is(raw)
        except (Fault, *DAMAGED):
            seen = None
            self._lost += 1
        if seen is not None:
            self._kept += 1
            self._bytes += len(seen.content)
        self._tick()
        return seen

    def fetch(self, name: str, read: Callable[[], bytes]) -> Picture | None:
        """A picture that lies somewhere under a name. What cannot be read there is lost, and nothing else is."""
        if not self.wants(name):
            return None
        try:
            raw = read()
        except Fault:
            self.lost()
            return None
        return self.look(raw)

    def lost(self) -> None:
        """One could not even be taken out."""
        self._tried += 1
        self._lost += 1

    def remarks(self) -> Iterator[DocumentRemark]:
        """What is to be said of them."""
        if self._full:
            yield remark(RemarkCode.PICTURES_UNSEEN, count=self._kept)
        if self._lost:
            yield remark(RemarkCode.PICTURES_DAMAGED, count=self._lost)

    def _drawn(self, raw: bytes, reads: bool) -> Picture | None:
        if len(raw) > MOST_RAW:
            raise ValueError("too long")
        with opened_picture(io.BytesIO(raw)) as opened:
            width, height, form = opened.width, opened.height, opened.format
            if min(width, height) < LEAST:
                return None
            if width * height > MOST_PIXELS:
                raise ValueError("too large")
            opened.draft("RGB", (LONGEST, LONGEST))
            turned = orientation(opened)
            page = upright(on_white(opened), turned)
        words = self._words(page) if reads and self._reads else ""
        if form in _KEPT and turned == 1 and len(raw) <= SMALL and max(width, height) <= LONGEST:
            return Picture(_NOWHERE, _KEPT[form], raw, words)
        page.thumbnail((LONGEST, LONGEST))
        return Picture(_NOWHERE, "image/jpeg", jpeg(page), words)

    def _words(self, page: Any) -> str:
        import numpy

        seen = page.copy()
        seen.thumbnail((ocr.LONGEST, ocr.LONGEST))
        self._announce()
        return "\n".join(words for words, _ in self._reading(numpy.asarray(seen)[:, :, ::-1]))[:MOST_WORDS]


@contextmanager
def opened_picture(source: Path | io.BytesIO) -> Iterator[Any]:
    """A picture that is open and still to be unpacked; whoever does so looks at its size before. Raises
    `Fault(damaged_file)` also for what Pillow finds while it is used, and `FileNotFoundError`."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # callers have bounds of their own
    try:
        with Image.open(source, formats=FORMATS) as picture:
            yield picture
    except FileNotFoundError:
        raise
    except DAMAGED:
        raise problem("damaged_file") from None


def frame_count(picture: Any) -> int:
    """How many pages it is, of which no more are looked at than there may be: only scans have several."""
    return min(getattr(picture, "n_frames", 1), MOST_FRAMES) if picture.format == "TIFF" else 1


def on_white(picture: Any) -> Any:
    """A picture with nothing to see through."""
    from PIL import Image

    if picture.mode in ("RGB", "L", "CMYK", "YCbCr") and "transparency" not in picture.info:
        return picture.convert("RGB")
    page = picture.convert("RGBA")
    ground = Image.new("RGB", page.size, "white")
    ground.paste(page, mask=page.getchannel("A"))
    return ground


def orientation(picture: Any) -> int:
    """How a camera was held, by the field of that name in EXIF: 1 is upright, up to 8."""
    found = picture.getexif().get(0x0112, 1)
    return found if found in range(1, 9) else 1


def upright(picture: Any, turned: int) -> Any:
    """A picture as it was meant to be looked at: phones keep their pictures as the sensor lay."""
    from PIL import Image

    ways = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return picture if turned == 1 else picture.transpose(ways[turned])


def jpeg(picture: Any) -> bytes:
    """A picture without anything to see through, as models take it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _as_it_is(raw: bytes) -> Picture | None:
    """A picture without anything that reads it. Raises `ValueError` for one that cannot be handed on."""
    if len(raw) > SMALL * 4:
        raise ValueError("too long")
    if raw.startswith(b"\x89PNG\r\n\x1a\n") and len(raw) > 24:
        width, height = struct.unpack_from(">II", raw, 16)
        return Picture(_NOWHERE, "image/png", raw) if min(width, height) >= LEAST else None
    if raw.startswith(b"\xff\xd8\xff"):
        return Picture(_NOWHERE, "image/jpeg", raw)
    if raw[8:12] == b"WEBP":
        return Picture(_NOWHERE, "image/webp", raw)
    raise ValueError("no format of these")


def png(width: int, height: int, colours: int, rows: Iterator[bytes]) -> bytes:
    """A PNG of rows of 1 (grey), 3 (red, green, blue) or 4 bytes a pixel."""
    kind = {1: 0, 3: 2, 4: 6}[colours]
    squeezed = zlib.compressobj(1)
    data = b"".join(squeezed.compress(b"\x00" + row) for row in rows) + squeezed.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    each = (
        struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held)) for name, held in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(each)
