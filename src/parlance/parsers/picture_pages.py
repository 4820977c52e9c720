"""A frame of a picture as it is meant to be looked at, by the way the camera was held."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from parlance.parsers.draft import has_room
from parlance.parsers.gallery import frame_count, jpeg, opened_picture, orientation
from parlance.parsers.pictures import MOST_PIXELS, framed
from parlance.parsers.problems import lacking, no_such_page, problem
from parlance.ports.drawing import TALLEST, Drawn, Sheet, Wanted

_LYING = frozenset({5, 6, 7, 8})
"""How a camera was held when a picture is as high as it was wide."""


def look(content: Path, number: int, wanted: Sequence[Wanted]) -> Sheet:
    """The size of a frame in pixels, and the boxes of what is wanted of it: those of whole blocks. Raises `Fault`."""
    if find_spec("PIL") is None:
        raise lacking("ocr", "Pictures")
    with opened_picture(content) as picture:
        frames = frame_count(picture)
        if not 1 <= number <= frames:
            raise no_such_page()
        picture.seek(number - 1)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise problem("picture_too_large")
        if orientation(picture) in _LYING:
            width, height = height, width
    boxes = tuple(dict.fromkeys(one.box for one in wanted if one.box is not None and has_room(one.box)))
    return Sheet(frames, float(width), float(height), boxes)


def draw(content: Path, number: int, width: int) -> Drawn:
    """A frame in at most so many pixels, never more than it has. Raises `Fault`."""
    look(content, number, ())
    made, _ = framed(content, number - 1, max(width, TALLEST))
    made.thumbnail((width, TALLEST))
    return Drawn("image/jpeg", jpeg(made))
