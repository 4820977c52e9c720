"""Words in pictures: scanned pages and picture files, one after the other, for each takes half a gigabyte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parlance.parsers import ocr
from parlance.parsers.pdf import Pdf
from parlance.parsers.pictures import Pictures
from parlance.parsers.quarantine import Quarantine
from parlance.plugins import PARSERS, targets
from parlance.ports.parsing import ParseHints
from parlance.testing.documents import pdf, pictured, pictures
from parlance.testing.parsing import sound
from parlance.values.errors import Fault
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
    assert parsed.text == "" and "page 1" in parsed.remarks[0] and "`ocr`" in parsed.remarks[0]
    with pytest.raises(Fault) as caught:
        Pictures(has_ocr=none).parse(pictures.scan(tmp_path / "a.png"), hints=ParseHints("a.png"), progress=quiet)
    assert caught.value.code == "extra_missing" and "`ocr`" in caught.value.sentence()


def test_a_file_of_pages_with_words_needs_no_ocr(tmp_path: Path) -> None:
    """Not even asked for."""
    heard: list[str] = []

    def hear() -> None:
        heard.append("read")

    ocr.LISTENERS.append(hear)
    try:
        parsed: Parsed = Pdf().parse(pdf.handbook(tmp_path / "a.pdf"), hints=ParseHints("a.pdf"), progress=quiet)
    finally:
        ocr.LISTENERS.remove(hear)
    assert parsed.text and heard == []


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp", "bmp", "tiff"])
def test_a_picture_that_is_cut_is_damage(kind: str, tmp_path: Path) -> None:
    """Found out before anything is read in it."""
    whole = pictures.scan(tmp_path / f"a.{kind}").read_bytes()
    (path := tmp_path / f"b.{kind}").write_bytes(whole[: min(len(whole) // 3, 2000)])
    with pytest.raises(Fault) as caught:
        Pictures().parse(path, hints=ParseHints(path.name), progress=quiet)
    assert caught.value.code == "damaged_file"
