"""Scanned pages: the words as a picture only. Needs the extra `ocr`, whose picture library draws them."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.documents.facts import PARAGRAPHS, TITLE
from parlance.testing.documents.pdf import wrapped

SEEN = ("ERR-4711", "1,145.23", "answers questions")
"""What OCR must read of it."""


def scan(path: Path) -> Path:
    """A page as a picture (PNG, JPEG, …) or as a PDF of one, by the name's ending."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", (1240, 560), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    lines = [TITLE, *(line for one in PARAGRAPHS[:3] for line in [*wrapped(one, 70), ""])]
    for number, line in enumerate(lines):
        pen.text((40, 30 + 40 * number), line, fill="black", font=font)
    page.save(path, resolution=150)
    return path
