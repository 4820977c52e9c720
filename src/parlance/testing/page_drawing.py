"""The contract of drawing pages: subclass, give the fixture `drawing`, and inherit the tests."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from parlance.parsers.problems import CODES
from parlance.ports.drawing import NARROWEST, PDF, TALLEST, PageDrawing, Wanted
from parlance.testing.documents import pdf
from parlance.values.errors import Fault, Kind

LINES = ("The blue pot holds the rosemary.", "The red pot holds the basil.")
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def booklet(path: Path) -> Path:
    """Two pages of one line each."""
    return pdf.written(path, [([pdf.Words(60, 700, line)], []) for line in LINES])


async def refusal(drawing: PageDrawing, path: Path, page: int) -> set[tuple[Kind, str | None]]:
    """Kinds and codes of what is said to both calls."""
    found = set()
    for call in (drawing.draw(path, PDF, page, 300), drawing.look(path, PDF, page, [])):
        with pytest.raises(Fault) as caught:
            await call
        assert str(path.parent) not in caught.value.sentence()
        found.add((caught.value.kind, caught.value.code))
    return found


class PageDrawingContract:
    """What whoever shows pages does with a PDF, and with what is left of one."""

    async def test_it_says_what_it_shows(self, drawing: PageDrawing) -> None:
        """Types in lower case with a slash."""
        assert PDF in drawing.media_types
        assert all("/" in one and one == one.lower() for one in drawing.media_types)

    async def test_words_lie_on_the_page_where_they_are_printed(self, drawing: PageDrawing, tmp_path: Path) -> None:
        """In shares of the page as it is seen, on the page that is asked for and on no other."""
        path, at = booklet(tmp_path / "a.pdf"), LINES[1].index("basil")
        wanted = [Wanted(LINES[1], at, at + len("basil"))]
        found = await drawing.look(path, PDF, 2, wanted)
        assert (found.pages, found.width, found.height) == (2, pdf.WIDTH, pdf.HEIGHT)
        [(left, top, right, bottom)] = found.boxes
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        assert abs(bottom - (1 - 700 / pdf.HEIGHT)) < 0.01 and left > 60 / pdf.WIDTH
        assert (await drawing.look(path, PDF, 1, wanted)).boxes == ()

    @pytest.mark.parametrize("width", [NARROWEST, 777])
    async def test_a_picture_is_no_wider_than_asked(self, drawing: PageDrawing, tmp_path: Path, width: int) -> None:
        """By the rounding of a pixel; and it is what it says."""
        drawn = await drawing.draw(booklet(tmp_path / "a.pdf"), PDF, 1, width)
        [kind] = [kind for begins, kind in PICTURES.items() if drawn.content.startswith(begins)]
        assert drawn.media_type == kind
        if kind == "image/png":
            wide, high = struct.unpack_from(">II", drawn.content, 16)
            assert width - 1 <= wide <= width and high <= TALLEST

    async def test_what_is_no_page_or_not_there_says_so(self, drawing: PageDrawing, tmp_path: Path) -> None:
        """By its code, without a path."""
        path = booklet(tmp_path / "a.pdf")
        assert await refusal(drawing, path, 3) == {(Kind.missing, "no_such_page")}
        assert await refusal(drawing, tmp_path / "none.pdf", 1) == {(Kind.missing, "content_lost")}

    async def test_a_file_that_is_cut_has_a_code_and_the_next_is_drawn(
        self, drawing: PageDrawing, tmp_path: Path
    ) -> None:
        """However little of it is left."""
        whole = booklet(tmp_path / "a.pdf").read_bytes()
        for share in (0, 5, 40, len(whole) // 2):
            (path := tmp_path / f"{share}.pdf").write_bytes(whole[:share])
            assert {code for _, code in await refusal(drawing, path, 1)} <= CODES
        assert (await drawing.draw(tmp_path / "a.pdf", PDF, 1, 300)).content

    async def test_many_at_once_are_all_answered(self, drawing: PageDrawing, tmp_path: Path) -> None:
        """Each with its own page."""
        path = booklet(tmp_path / "a.pdf")
        wanted = [Wanted(line, 0, len(line)) for line in LINES]
        calls = [drawing.look(path, PDF, 1 + number % 2, [wanted[number % 2]]) for number in range(8)]
        assert [len(found.boxes) for found in await asyncio.gather(*calls)] == [1] * 8

    async def test_who_goes_away_holds_nobody_up(self, drawing: PageDrawing, tmp_path: Path) -> None:
        """The next page is drawn."""
        path = booklet(tmp_path / "a.pdf")
        calls = [asyncio.create_task(drawing.draw(path, PDF, 1, 300)) for _ in range(4)]
        await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(each) for each in ended} == {asyncio.CancelledError}
        assert (await drawing.draw(path, PDF, 1, 300)).content

    async def test_when_it_is_closed_it_draws_nothing_more(self, drawing: PageDrawing, tmp_path: Path) -> None:
        """And says that it is over."""
        path = booklet(tmp_path / "a.pdf")
        await drawing.draw(path, PDF, 1, 300)
        await drawing.close()
        assert {kind for kind, _ in await refusal(drawing, path, 1)} == {Kind.busy}
