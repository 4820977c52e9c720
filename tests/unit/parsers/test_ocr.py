"""Words in pictures: scanned pages and picture files, one after the other, for each takes half a gigabyte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parlance.parsers import ocr
from parlance.parsers.gallery import Gallery
from parlance.parsers.pdf import Pdf
from parlance.parsers.pictures import Pictures
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import PARSERS, targets
from parlance.ports.parsing import ParseHints
from parlance.testing.documents import pdf, pictured, pictures
from parlance.testing.parsing import sound
from parlance.values.errors import Fault
from parlance.values.extras import advice
from parlance.values.knowledge import Parsed
from parlance.values.time import SystemClock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def quiet(done: int, pages: int) -> None:
    """Nobody listens."""


async def test_a_scanned_page_and_a_picture_are_read_and_the_next_text_by_the_same_child(tmp_path: Path) -> None:
    """A process that has come to OCR keeps its memory, and is not ended for it."""
    parsing = Quarantine(targets(PARSERS), SystemClock(), environment=os.environ)
    try:
        scanned = await parsing.parse(pictures.scan(tmp_path / "scan.pdf"), "scan.pdf", "", progress=quiet)
        child = parsing.children[0].pid
        assert child is not None and sound(scanned)
        assert [word for word in pictures.SEEN if word not in " ".join(scanned.text.split())] == []
        assert scanned.metadata["words"] == "ocr" and scanned.blocks[0].span.page == 1
        assert all(block.span.box is not None for block in scanned.blocks)
        drawn = await parsing.parse(pictures.scan(tmp_path / "scan.png"), "scan.png", "", progress=quiet)
        assert [word for word in pictures.SEEN if word not in " ".join(drawn.text.split())] == []
        inner = {"p.png": (tmp_path / "scan.png").read_bytes()}
        path = pictured.docx(tmp_path / "a.docx", inner)
        within = await parsing.parse(path, "a.docx", "", progress=quiet)
        assert [word for word in pictures.SEEN if word not in " ".join(within.images[0].words.split())] == []
        assert within.images[0].span.page == 2 and pictured.BEHIND in within.text
        (path := tmp_path / "next.txt").write_text("next")
        assert (await parsing.parse(path, "next.txt", "", progress=quiet)).text == "next"
        assert parsing.children[0].pid == child
    finally:
        await parsing.close()


def test_without_the_extra_scanned_pages_are_told_and_pictures_are_refused(tmp_path: Path) -> None:
    """Each says which extra would read it."""
    scan, none = pictures.scan(tmp_path / "a.pdf"), lambda: False
    parsed = Pdf(has_ocr=none).parse(scan, hints=ParseHints("a.pdf"), progress=quiet)
    assert parsed.text == "" and "page 1" in parsed.remarks[0].words and parsed.remarks[0].words.endswith(advice("ocr"))
    with pytest.raises(Fault) as caught:
        Pictures(has_ocr=none).parse(pictures.scan(tmp_path / "a.png"), hints=ParseHints("a.png"), progress=quiet)
    assert caught.value.code == "extra_missing" and "`ocr`" in caught.value.sentence()


def test_a_file_of_pages_with_words_needs_no_ocr(tmp_path: Path) -> None:
    """Not even asked for."""
    heard: list[str] = []

    def hear() -> None:
        heard.append("read")

    hints = ParseHints("a.pdf", announce=hear)
    parsed: Parsed = Pdf().parse(pdf.handbook(tmp_path / "a.pdf"), hints=hints, progress=quiet)
    assert parsed.text and heard == []


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_a_picture_that_is_cut_is_damage(kind: str, tmp_path: Path) -> None:
    """Found out before anything is read in it."""
    whole = pictures.scan(tmp_path / f"a.{kind}").read_bytes()
    (path := tmp_path / f"b.{kind}").write_bytes(whole[: min(len(whole) // 3, 2000)])
    with pytest.raises(Fault) as caught:
        Pictures().parse(path, hints=ParseHints(path.name), progress=quiet)
    assert caught.value.code == "damaged_file"


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_that_was_put_in_the_wrong_way_is_read_from_its_top(angle: int, tmp_path: Path) -> None:
    """In its order, and its boxes are where its words stand in the picture as it is."""
    from PIL import Image

    with Image.open(pictures.scan(tmp_path / "a.png")) as page:
        page.rotate(angle, expand=True).save(tmp_path / "b.png")
    upright, turned = (
        Pictures().parse(tmp_path / name, hints=ParseHints(name), progress=quiet) for name in ("a.png", "b.png")
    )
    order = [sorted(pictures.SEEN, key=" ".join(one.text.split()).index) for one in (upright, turned)]
    assert order[0] == order[1]
    first, same = upright.blocks[0].span.box, turned.blocks[0].span.box
    assert first and same
    assert ocr.back(first, 4 - angle // 90) == pytest.approx(same, abs=0.02)


@pytest.mark.parametrize("turned", [3, 6, 8])
def test_a_picture_is_read_as_the_camera_was_held(turned: int, tmp_path: Path) -> None:
    """Phones keep their pictures as the sensor lay, and say how in EXIF; so do those that a model sees."""
    from PIL import Image

    angle = {3: 180, 6: 90, 8: 270}[turned]
    with Image.open(pictures.scan(tmp_path / "a.png")) as page:
        wide, facts = page.size, page.getexif()
        facts[0x0112] = turned
        page.rotate(angle, expand=True).save(tmp_path / "b.jpg", exif=facts.tobytes(), quality=90)
    parsed = Pictures().parse(tmp_path / "b.jpg", hints=ParseHints("b.jpg", pictures=True), progress=quiet)
    assert [word for word in pictures.SEEN if word not in " ".join(parsed.text.split())] == []
    box = parsed.blocks[0].span.box
    assert box and box[0] < 0.1 and box[1] < 0.15
    for raw in (parsed.images[0].content, _within((tmp_path / "b.jpg").read_bytes())):
        (tmp_path / "seen").write_bytes(raw)
        with Image.open(tmp_path / "seen") as seen:
            assert seen.size == wide and seen.getexif().get(0x0112, 1) == 1


def _within(raw: bytes) -> bytes:
    """What is kept of a picture inside a document."""
    seen = Gallery(ParseHints("a.docx", ocr=False, pictures=True), lambda: None).look(raw)
    assert seen is not None
    return seen.content


def test_a_blurred_page_is_not_given_up_for_a_word_that_is_clear_the_wrong_way_up() -> None:
    """Most of its letters would be lost for it; of a page on its head as many are read, and better."""
    box, straight = (0.1, 0.1, 0.9, 0.2), (0.1, 0.1, 0.2)
    blurred = [ocr.Line("The pump must be drained before frost.", box, 0.77, False, straight)]
    assert not ocr.is_better([ocr.Line("isoJ", box, 0.83, False, straight)], blurred)
    assert ocr.is_better([ocr.Line("The pump must be drained before frost.", box, 0.98, False, straight)], blurred)


@pytest.mark.parametrize("angle", [0, 3, -4])
def test_a_receipt_is_read_row_by_row_however_the_camera_was_held(angle: float, tmp_path: Path) -> None:
    """What a thing costs stands far to the right of it, and in its row."""
    from PIL import Image, ImageDraw, ImageFont

    bought = [("Cordless drill", "89.95 EUR"), ("Wood screws", "6.50 EUR"), ("Masking tape", "8.00 EUR")]
    with Image.new("RGB", (900, 700), "white") as page:
        drawn, font = ImageDraw.Draw(page), ImageFont.load_default(30)
        for number, row in enumerate([*bought, ("Total", "104.45 EUR")]):
            for left, words in zip((80, 600), row, strict=True):
                drawn.text((left, 100 + 110 * number), words, "black", font)
        page.rotate(angle, fillcolor="white").save(tmp_path / "a.png")
    parsed = Pictures().parse(tmp_path / "a.png", hints=ParseHints("a.png"), progress=quiet)
    assert [line for line in parsed.text.splitlines() if line] == [
        *(" ".join(row) for row in bought),
        "Total 104.45 EUR",
    ]
