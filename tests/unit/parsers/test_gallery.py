"""Pictures inside documents: taken out where they stand, and never more than fit."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from parlance.parsers import gallery as galleries
from parlance.parsers.child import loaded
from parlance.parsers.gallery import MOST_BYTES, MOST_PICTURES, MOST_TRIED, Gallery, opened_picture
from parlance.parsers.kinds import recognised
from parlance.parsers.pictures import Pictures
from parlance.plugins import PARSERS, targets
from parlance.ports.parsing import ParseHints
from parlance.testing.documents import hostile, pictured
from parlance.testing.parsing import sound
from parlance.values.errors import Fault
from parlance.values.knowledge import Parsed

EVERY = [loaded(target) for target in targets(PARSERS)]
BLIND = partial(ParseHints, ocr=False)


def read(path: Path, *, wanted: bool = True, heard: list[tuple[int, int]] | None = None) -> Parsed:
    """What is in a file."""
    _, parser = recognised(path, path.name, "", EVERY)
    said: list[tuple[int, int]] = [] if heard is None else heard
    hints = BLIND(path.name, pictures=wanted)
    parsed = parser.parse(path, hints=hints, progress=lambda done, pages: said.append((done, pages)))
    assert sound(parsed)
    return parsed


@pytest.mark.parametrize("name", pictured.MADE)
def test_a_picture_is_taken_out_where_it_stands(tmp_path: Path, name: str) -> None:
    """Behind the words before it, on its page; where none is wanted, none is looked at, and the words are the same."""
    make, page = pictured.MADE[name]
    parsed = read(make(tmp_path / name))
    [picture] = parsed.images
    assert picture.media_type == "image/png" and picture.content.startswith(b"\x89PNG")
    assert (picture.span.page, picture.span.start) == (page, picture.span.stop)
    before = parsed.text[: picture.span.start]
    if page is not None:
        assert parsed.pages[page - 1] <= picture.span.start
    assert "base64" not in parsed.text and before.strip()
    blind = read(make(tmp_path / f"again-{name}"), wanted=False)
    assert not blind.images and (blind.text, blind.blocks) == (parsed.text, parsed.blocks)


@pytest.mark.parametrize("name", ["a.html", "a.md"])
def test_what_stands_behind_it_stays_behind_it(tmp_path: Path, name: str) -> None:
    """Between the paragraphs, and at no place inside of one."""
    parsed = read(pictured.MADE[name][0](tmp_path / name))
    at = parsed.images[0].span.start
    assert pictured.BEFORE in parsed.text[:at] and pictured.BEHIND in parsed.text[at:]
    assert not any(block.span.start < at < block.span.stop for block in parsed.blocks)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_picture_of_a_pdf_is_cut_out_as_it_is_seen(tmp_path: Path, turned: int) -> None:
    """Stripes of white and black and nothing else, however the page is turned."""
    from io import BytesIO

    from PIL import Image

    [picture] = read(pictured.page_of_pdf(tmp_path / "a.pdf", turned=turned)).images
    with Image.open(BytesIO(picture.content)) as seen:
        assert abs(seen.width - seen.height) <= 2 and min(seen.size) > 150
        middle = seen.crop((10, 10, seen.width - 10, seen.height - 10))
        grey = middle.convert("L").tobytes()
        down = grey[20 : 100 * middle.width : middle.width]
    assert min(grey) < 30 and max(grey) > 225
    assert (len(set(down)) > 1) is (turned % 180 == 0)  # its stripes lie, or stand where the page is turned
    assert (picture.span.box is None) is bool(turned)
    if not turned:
        assert picture.span.box == pytest.approx((60 / 595, 1 - 600 / 842, 160 / 595, 1 - 500 / 842), abs=0.01)


@pytest.mark.slow
def test_ten_thousand_pictures_are_a_hundred(tmp_path: Path) -> None:
    """The rest is told, not looked at."""
    each = {f"{number}.png": pictured.drawing(number, 48) for number in range(10_000)}
    heard: list[tuple[int, int]] = []
    parsed = read(pictured.docx(tmp_path / "a.docx", each), heard=heard)
    assert len(parsed.images) == MOST_PICTURES and len(heard) > MOST_PICTURES
    assert any("very many pictures" in remark.words for remark in parsed.remarks)
    assert pictured.BEHIND in parsed.text


@pytest.mark.slow
def test_so_they_are_on_the_pages_of_a_pdf_and_in_a_page_of_html(tmp_path: Path) -> None:
    """Whatever the format."""
    parsed = read(pictured.page_of_pdf(tmp_path / "a.pdf", 120))
    assert len(parsed.images) == MOST_PICTURES and any("very many" in remark.words for remark in parsed.remarks)
    images = "".join(f'<img src="{pictured.address(pictured.drawing(number, 48))}">' for number in range(3000))
    (path := tmp_path / "a.html").write_text(f"<p>{pictured.BEFORE}</p>{images}")
    assert len(read(path).images) == MOST_PICTURES


def test_one_picture_on_every_page_is_one_picture(tmp_path: Path) -> None:
    """By its part, and by its bytes."""
    same = {f"{number}.png": pictured.drawing() for number in range(30)}
    parsed = read(pictured.docx(tmp_path / "a.docx", same))
    assert len(parsed.images) == 1 and not parsed.remarks


def seen(*raws: bytes, library: bool = True) -> tuple[list[int], list[str]]:
    """Which of some raw pictures a gallery keeps, and what it says."""
    gallery = Gallery(BLIND(pictures=True), lambda: None, has_library=lambda: library)
    kept = [number for number, raw in enumerate(raws) if gallery.look(raw) is not None]
    return kept, [remark.words for remark in gallery.remarks()]


def noise(side: int) -> bytes:
    """A picture that nothing makes smaller."""
    import random

    chance = random.Random(side)
    return galleries.png(side, side, 3, (chance.randbytes(3 * side) for _ in range(side)))


def test_what_is_small_damaged_or_a_bomb_is_left_out(tmp_path: Path) -> None:
    """A mark is no picture and no loss; the others are told."""
    bomb = hostile.pixel_bomb(tmp_path / "bomb.png").read_bytes()
    whole = pictured.drawing()
    kept, remarks = seen(pictured.drawing(1, 47), whole, whole[:200], bomb, b"GIF89a" + bytes(20), b"", b"<svg/>")
    assert kept == [1] and remarks == ["5 of its pictures could not be read."]


def test_a_large_picture_is_made_smaller() -> None:
    """No model sees more."""
    gallery = Gallery(BLIND(pictures=True), lambda: None)
    picture = gallery.look(pictured.drawing(3, 2000))
    assert picture is not None and picture.media_type == "image/jpeg" and len(picture.content) < 1_000_000


@pytest.mark.slow
def test_all_together_take_no_more_than_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes count as pictures do; and so do those that are no pictures."""
    monkeypatch.setattr(galleries, "MOST_BYTES", 2_000_000)
    kept, remarks = seen(*(noise(520 + number) for number in range(6)))
    assert 1 <= len(kept) < 6 and "very many" in remarks[0] and MOST_BYTES > 2_000_000
    monkeypatch.undo()
    junk = (struct.pack(">I", number) * 10 for number in range(MOST_TRIED + 50))
    kept, remarks = seen(*junk)
    assert not kept and remarks[1] == f"{MOST_TRIED} of its pictures could not be read."


def test_without_the_extra_small_pictures_are_kept_as_they_are() -> None:
    """What nothing here can scale is not sent to anybody."""
    jpeg = b"\xff\xd8\xff" + zlib.compress(b"x")
    raws = (pictured.drawing(), pictured.drawing(1, 20), jpeg, b"II*\x00" + bytes(50), bytes(5_000_000))
    kept, remarks = seen(*raws, library=False)
    assert kept == [0, 2] and remarks == ["2 of its pictures could not be read."]


def test_a_part_that_cannot_be_read_harms_nothing_else(tmp_path: Path) -> None:
    """Nor does one that unpacks to very much."""
    path = pictured.docx(tmp_path / "a.docx", {"1.png": bytes(9_000_000), "2.png": pictured.drawing()})
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        place = file.getinfo("word/media/2.png").header_offset
    path.write_bytes(raw[: place + 60] + b"\xff\xff" + raw[place + 62 :])
    parsed = read(path)
    assert not parsed.images and pictured.BEHIND in parsed.text
    assert [remark.words for remark in parsed.remarks] == ["2 of its pictures could not be read."]


def test_a_mail_whose_only_attachment_was_looked_at_has_no_remark(tmp_path: Path) -> None:
    """Where it was not, it has."""
    path = pictured.eml(tmp_path / "a.eml")
    assert not read(path).remarks
    assert "Attachments" in read(path, wanted=False).remarks[0].words


def test_references_of_markdown_are_taken_out_too(tmp_path: Path) -> None:
    """As word processors write them; an example stays."""
    small = "data:image/png;base64,iVBORw0KGgo="
    (path := tmp_path / "a.md").write_text(
        f"![][one]\n\nUse `{small}`.\n\n[one]: <{pictured.address(pictured.drawing())}>\n"
    )
    parsed = read(path)
    assert len(parsed.images) == 1 and "[one]: <#picture-1>" in parsed.text and small in parsed.text


@pytest.mark.slow
def test_words_in_a_picture_are_read_without_anybody_asking() -> None:
    """The picture has them; a large one is made smaller for it."""
    shown: list[Any] = []

    def reading(picture: Any) -> Iterator[tuple[str, Any]]:
        shown.append(picture.shape)
        yield "Words on", (0.0, 0.0, 1.0, 0.4)
        yield "a sign.", (0.0, 0.6, 1.0, 1.0)

    hints = ParseHints(announce=lambda: shown.append("announced"))
    gallery = Gallery(hints, lambda: None, lambda: True, reading=reading)
    found = [gallery.look(pictured.drawing(number, side)) for number, side in enumerate((120, 3000))]
    assert [one.words for one in found if one is not None] == ["Words on\na sign."] * 2
    assert shown[::2] == ["announced"] * 2 and shown[1] == (120, 120, 3) and shown[3][0] <= 1754
    assert gallery.look(pictured.drawing(5), words=False) is not None and len(shown) == 4


def test_a_picture_by_itself_may_be_seen_without_being_read(tmp_path: Path) -> None:
    """Where nothing here reads words, a model may still look at it."""
    (path := tmp_path / "a.png").write_bytes(pictured.drawing())
    alone = read(path)
    assert alone.text == "" and len(alone.images) == 1 and alone.images[0].span.page == 1
    with pytest.raises(Fault) as caught:
        read(path, wanted=False)
    assert caught.value.code == "extra_missing"


@pytest.mark.parametrize(
    "error", [OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, struct.error, zlib.error]
)
def test_whatever_pillow_says_of_a_broken_picture_is_damage(error: type[Exception], tmp_path: Path) -> None:
    """In a file and in a document alike, also when it is found only on unpacking."""
    from PIL import Image

    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    with pytest.raises(Fault) as caught, opened_picture(tmp_path / "a.png"):
        raise error
    assert caught.value.code == "damaged_file"


def test_only_pictures_of_the_formats_that_are_told_are_opened(tmp_path: Path) -> None:
    """Pillow knows dozens more, some of which start programs or take whatever comes."""
    from PIL import Image

    Image.new("RGB", (64, 64)).save(tmp_path / "a.png", format="PPM")
    with pytest.raises(Fault) as caught:
        Pictures(lambda: True).parse(tmp_path / "a.png", hints=ParseHints("a.png"), progress=lambda done, pages: None)
    assert caught.value.code == "damaged_file"
