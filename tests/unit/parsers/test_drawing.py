"""Pages as they look: where words lie on them, within bounds, in a process that may end over a file."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.parsers import pdf_pages, picture_pages
from parlance.parsers.drawing import LIMITS, DrawingPool, shown
from parlance.parsers.pdf import Pdf
from parlance.parsers.quarantine import MIB
from parlance.ports.drawing import PDF, TALLEST, Box, Wanted
from parlance.ports.parsing import ParseHints
from parlance.processes.child import Limits
from parlance.testing.documents import hostile, pdf
from parlance.values.errors import Fault
from parlance.values.time import SystemClock

pytestmark = pytest.mark.slow

LINES = ("The blue pot holds the rose-", "mary by the door. The red pot", "holds the basil.")
CLOSE = 0.006
"""Shares of the page: five points of A4."""


def sides(png: bytes) -> tuple[int, int]:
    """How wide and high a PNG is."""
    width, height = struct.unpack_from(">II", png, 16)
    return width, height


def sheet(path: Path, page: str, *words: pdf.Words) -> Path:
    """A PDF of one page with these entries, such as its size."""
    content = b"\n".join(b"BT /F1 %g Tf %g %g Td (%s) Tj ET" % (w.size, w.x, w.y, w.text.encode()) for w in words)
    font = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        f"<< /Type /Page /Parent 2 0 R {page} /Contents 4 0 R /Resources << /Font {font} >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    return pdf.put(path, objects, "")


def wanted(text: str, words: str, box: Box | None = None) -> Wanted:
    at = text.index(words)
    return Wanted(text, at, at + len(words), box)


def is_near(box: Box, other: Box) -> bool:
    return all(abs(one - two) < CLOSE for one, two in zip(box, other, strict=True))


def test_the_words_of_a_paragraph_are_found_line_by_line(tmp_path: Path) -> None:
    """Where the file has them: from the middle of one line over a hyphen to the middle of the next."""
    words = [pdf.Words(60, 700 - 12 * number, line) for number, line in enumerate(LINES)]
    path = pdf.written(tmp_path / "a.pdf", [(words, [])])
    text = "The blue pot holds the rosemary by the door. The red pot holds the basil."
    boxes = pdf_pages.look(path, 1, [wanted(text, "rosemary by the door.")]).boxes
    assert len(boxes) == 2
    first, second = boxes
    assert first[0] > 0.25 and abs(second[0] - 60 / pdf.WIDTH) < CLOSE
    assert all(abs(box[3] - (1 - y / pdf.HEIGHT)) < CLOSE for box, y in zip(boxes, (700, 688), strict=True))


def test_what_the_parser_read_is_what_is_found(tmp_path: Path) -> None:
    """Each block of the handbook lies within the box that it was given, also items and tables."""
    path = pdf.handbook(tmp_path / "a.pdf")
    parsed = Pdf(lambda: False).parse(path, hints=ParseHints("a.pdf"), progress=lambda done, pages: None)
    for block in parsed.blocks:
        box, text = block.span.box, parsed.text[block.span.start : block.span.stop]
        assert box is not None and block.span.page is not None
        found = pdf_pages.look(path, block.span.page, [Wanted(text, 0, len(text), box, block.kind)]).boxes
        assert found, text
        assert all(one[0] >= box[0] - CLOSE and one[3] <= box[3] + CLOSE for one in found), text


def test_of_twins_the_one_is_meant_that_lies_in_the_box(tmp_path: Path) -> None:
    """And where nobody knows which, nothing is told."""
    twins = [pdf.Words(60, y, "The same words twice.") for y in (700, 300)]
    path = pdf.written(tmp_path / "a.pdf", [(twins, [])])
    text, low = "The same words twice.", (0.1, 0.63, 0.3, 0.65)
    [box] = pdf_pages.look(path, 1, [wanted(text, "words", low)]).boxes
    assert 0.63 < box[1] < box[3] < 0.65 and box[2] - box[0] < 0.1
    assert pdf_pages.look(path, 1, [wanted(text, "words")]).boxes == ()
    assert pdf_pages.look(path, 1, [wanted("Other words.", "words", low)]).boxes == (low,)
    assert pdf_pages.look(path, 1, [wanted("Other words.", "words")]).boxes == ()


@pytest.mark.parametrize(
    ("turned", "where"),
    [
        (0, (0.25, 0.19, 0.40, 0.20)),
        (90, (0.80, 0.25, 0.81, 0.40)),
        (180, (0.60, 0.80, 0.75, 0.81)),
        (270, (0.19, 0.60, 0.20, 0.75)),
    ],
)
def test_a_page_that_is_turned_and_cropped_is_marked_as_it_is_seen(tmp_path: Path, turned: int, where: Box) -> None:
    """Its size, and the place of its words, are those of the picture."""
    form = f"/MediaBox [0 0 600 900] /CropBox [100 100 500 500] /Rotate {turned}"
    path = sheet(tmp_path / "a.pdf", form, pdf.Words(200, 420, "Sideways we go", 10))
    found = pdf_pages.look(path, 1, [wanted("Sideways we go", "Sideways we go")])
    assert (found.width, found.height) == (400, 400)
    [box] = found.boxes
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    assert where[0] - 0.02 < middle[0] < where[2] + 0.02 and where[1] - 0.02 < middle[1] < where[3] + 0.02


@pytest.mark.parametrize("place", [(2000, 2000), (120, 40), (-500, 300)])
def test_words_outside_of_what_is_shown_have_no_box(tmp_path: Path, place: tuple[int, int]) -> None:
    """Neither in the file nor of the block that the parser read."""
    form = "/MediaBox [0 0 600 900] /CropBox [100 100 500 500]"
    words = [pdf.Words(200, 420, "We are here", 10), pdf.Words(*place, "Far away", 10)]
    path = sheet(tmp_path / "a.pdf", form, *words)
    parsed = Pdf(lambda: False).parse(path, hints=ParseHints("a.pdf"), progress=lambda done, pages: None)
    boxes = [block.span.box for block in parsed.blocks if "Far away" in parsed.text[block.span.start : block.span.stop]]
    for box in [None, (1.0, 0.0, 1.0, 0.0), *boxes]:
        assert box is None or box[0] == box[2] or box[1] == box[3]
        assert pdf_pages.look(path, 1, [wanted("Far away", "Far away", box)]).boxes == ()
    assert len(pdf_pages.look(path, 1, [wanted("We are here", "here")]).boxes) == 1


@pytest.mark.parametrize("width", [200, 1000, 2000])
def test_a_page_is_no_pixel_wider_than_asked(tmp_path: Path, width: int) -> None:
    """Whatever it measures."""
    for side in (595.276, 612, 480.3, 841.89):
        path = sheet(tmp_path / "a.pdf", f"/MediaBox [0 0 {side} 842]", pdf.Words(10, 10, "Near"))
        assert sides(pdf_pages.draw(path, 1, width).content)[0] == width


@pytest.mark.parametrize("box", ["0 0 1000000 1000000", "0 0 1000000 1", "0 0 1 1000000", "0 0 0 0"])
def test_no_size_of_a_page_makes_a_large_picture(tmp_path: Path, box: str) -> None:
    """It is as wide as was asked for or narrower, and never longer than the bound."""
    path = sheet(tmp_path / "a.pdf", f"/MediaBox [{box}]", pdf.Words(10, 10, "Far"))
    width, height = sides(pdf_pages.draw(path, 1, 500).content)
    assert 1 <= width <= 500 and 1 <= height <= TALLEST


def test_a_picture_stands_upright_and_no_larger_than_asked(tmp_path: Path) -> None:
    """As a phone meant it: what was taken lying is told and drawn as high as it is."""
    from PIL import Image

    taken, exif = Image.new("RGB", (900, 300), "white"), Image.Exif()
    taken.paste("black", (0, 0, 100, 300))
    exif[0x0112] = 6
    taken.save(tmp_path / "a.jpg", exif=exif)
    box = (0.1, 0.2, 0.3, 0.4)
    found = picture_pages.look(tmp_path / "a.jpg", 1, [Wanted("Words", 0, 2, box)])
    assert (found.pages, found.width, found.height, found.boxes) == (1, 300, 900, (box,))
    drawn = Image.open(io.BytesIO(picture_pages.draw(tmp_path / "a.jpg", 1, 200).content))
    assert drawn.size == (200, 600)
    grey = drawn.convert("L").tobytes()
    assert max(grey[: 50 * 200]) < 50 and min(grey[90 * 200 :]) > 200
    with pytest.raises(Fault) as caught:
        picture_pages.draw(tmp_path / "a.jpg", 2, 200)
    assert caught.value.code == "no_such_page"


def test_each_frame_of_a_scan_is_a_page(tmp_path: Path) -> None:
    """TIFF holds several."""
    from PIL import Image

    frames = [Image.new("L", (300, 200), shade) for shade in (0, 255)]
    frames[0].save(tmp_path / "a.tiff", save_all=True, append_images=frames[1:])
    shades = [
        Image.open(io.BytesIO(picture_pages.draw(tmp_path / "a.tiff", number, 300).content))
        .convert("L")
        .getpixel((9, 9))
        for number in (1, 2)
    ]
    assert shades == [0, 255] and picture_pages.look(tmp_path / "a.tiff", 2, []).pages == 2


@asynccontextmanager
async def pool(limits: Limits = LIMITS, width: int = 1) -> AsyncIterator[DrawingPool]:
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    made = DrawingPool(SystemClock(), environment=environment, limits=limits, width=width)
    try:
        yield made
    finally:
        await made.close()


REFUSED: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "a password": (PDF, pdf.encrypted, "encrypted_file"),
    "a picture of pixels": ("image/png", hostile.pixel_bomb, "picture_too_large"),
    "no PDF": (PDF, lambda path: _put(path, b"%PDF-1.7 nothing"), "damaged_file"),
    "no picture": ("image/png", lambda path: _put(path, b"\x89PNG\r\n\x1a\n nothing"), "damaged_file"),
    "nothing there": (PDF, lambda path: path, "content_lost"),
    "no picture there": ("image/png", lambda path: path, "content_lost"),
}


def _put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def test_what_cannot_be_drawn_says_why_and_the_next_page_is(tmp_path: Path) -> None:
    """A code, no path, and the same process goes on."""
    good = pdf.written(tmp_path / "good.pdf", [([pdf.Words(60, 700, "Here")], [])])
    async with pool() as drawing:
        for name, (media_type, made, code) in REFUSED.items():
            path = made(tmp_path / name)
            for call in (drawing.draw(path, media_type, 1, 300), drawing.look(path, media_type, 1, [])):
                with pytest.raises(Fault) as caught:
                    await call
                assert caught.value.code == code, name
                assert str(tmp_path) not in caught.value.sentence()
        with pytest.raises(Fault) as caught:
            await drawing.draw(good, PDF, 2, 300)
        assert caught.value.code == "no_such_page"
        drawn = await drawing.draw(good, PDF, 1, 300)
        assert drawn.media_type == "image/png" and sides(drawn.content)[0] in (300, 301)
        [box] = (await drawing.look(good, PDF, 1, [wanted("Here", "Here")])).boxes
        assert is_near(box, (60 / pdf.WIDTH, box[1], box[2], 1 - 700 / pdf.HEIGHT))


async def test_a_page_beyond_its_bounds_ends_the_process_alone(tmp_path: Path) -> None:
    """Too much memory, or too much time; the next call has another process."""
    good = pdf.written(tmp_path / "good.pdf", [([pdf.Words(60, 700, "Here")], [])])
    small = Limits(rest=60, answer=60, poll=0.02, memory=8 * MIB, depth=1, patience=0)
    async with pool(small) as drawing:
        with pytest.raises(Fault) as caught:
            await drawing.draw(good, PDF, 1, 2000)
        assert caught.value.code == "parser_too_large"
        drawing.children[0].allow(512 * MIB)
        assert (await drawing.draw(good, PDF, 1, 2000)).content
    async with pool(Limits(rest=60, answer=0.0001, memory=512 * MIB, depth=1)) as drawing:
        with pytest.raises(Fault) as caught:
            await drawing.draw(good, PDF, 1, 2000)
        assert caught.value.code == "parser_too_slow"


async def test_who_does_not_wait_any_more_leaves_the_process_to_others(tmp_path: Path) -> None:
    """The next page is drawn."""
    good = pdf.written(tmp_path / "good.pdf", [([pdf.Words(60, 700, "Here")], [])])
    async with pool() as drawing:
        call = asyncio.create_task(drawing.draw(good, PDF, 1, 300))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await drawing.draw(good, PDF, 1, 300)).content


def test_only_what_the_packages_that_are_there_can_draw_is_shown() -> None:
    """Without the extra `documents` no PDF, without `ocr` no picture."""
    with_pdf, with_pictures = shown({"pypdfium2"}.__contains__), shown({"PIL"}.__contains__)
    assert with_pdf == {PDF} and "image/png" in with_pictures and PDF not in with_pictures
    assert shown(lambda name: True) == with_pdf | with_pictures and shown(lambda name: False) == frozenset()
