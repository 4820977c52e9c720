"""A frame of a picture as it is meant to be looked at, by the way the camera was held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from parlance.parsers.gallery import FORMATS, jpeg, orientation
from parlance.parsers.pdf_pages import no_such_page
from parlance.parsers.pictures import DAMAGED, MOST_FRAMES, MOST_PIXELS, framed
from parlance.parsers.problems import lacking, problem
from parlance.ports.drawing import TALLEST, Drawn, Sheet, Wanted

_LYING = frozenset({5, 6, 7, 8})
"""How a camera was held when a picture is as high as it was wide."""


def look(content: Path, number: int, wanted: Sequence[Wanted]) -> Sheet:
    """The size of a frame in pixels, and the boxes of what is wanted of it: those of whole blocks. Raises `Fault`."""
    with _reading():
        from PIL import Image

        with Image.open(content, formats=FORMATS) as picture:
            frames = min(getattr(picture, "n_frames", 1), MOST_FRAMES) if picture.format == "TIFF" else 1
            if not 1 <= number <= frames:
                raise no_such_page()
            picture.seek(number - 1)
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise problem("picture_too_large")
            if orientation(picture) in _LYING:
                width, height = height, width
    boxes = tuple(dict.fromkeys(one.box for one in wanted if one.box is not None))
    return Sheet(frames, float(width), float(height), boxes)


def draw(content: Path, number: int, width: int) -> Drawn:
    """A frame in at most so many pixels, never more than it has. Raises `Fault`."""
    look(content, number, ())
    with _reading():
        made, _ = framed(content, number - 1, max(width, TALLEST))
        made.thumbnail((width, TALLEST))
        return Drawn("image/jpeg", jpeg(made))


@contextmanager
def _reading() -> Iterator[None]:
    if find_spec("PIL") is None:
        raise lacking("ocr", "Pictures")
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours is below
    try:
        yield
    except FileNotFoundError:
        raise
    except DAMAGED:
        raise problem("damaged_file") from None
