"""PDF: text with pages and boxes, ruled tables, and scanned pages by OCR where that is installed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from parlance.parsers import ocr
from parlance.parsers.draft import Draft
from parlance.parsers.gallery import Gallery
from parlance.parsers.pdf_lines import Line, Paragraph, frame, lines, paragraphs
from parlance.parsers.pdf_pictures import drawn, shown_on
from parlance.parsers.pdf_tables import Table, tables
from parlance.parsers.problems import lacking, problem
from parlance.ports.parsing import MOST_PAGES, ParseHints, Progress
from parlance.values.extras import advised
from parlance.values.knowledge import Parsed
from parlance.values.remarks import RemarkCode, Value, remark

_PASSWORD, _SECURITY = 4, 5
"""What PDFium calls a file that asks for a password, or for a method that it does not know."""
SAMPLED = 12
"""Pages that are looked at for what is on every page."""
FEW = 16
"""Characters on a page that is taken for a picture of words when it shows one: a stamp and a page's number."""
LARGER = 1.15
"""How much larger than the rest a heading is written."""
LONGEST_HEADING = 200
PIXELS_A_POINT = 200 / 72
_ALL = (0.0, 0.0, 1.0, 1.0)
_FILE_NAME = re.compile(
    r".+\.(?:html?|md|txt|rtf|tex|dvi|pdf|csv|od[tsp]|docx?|xlsx?|pptx?)|about:\w+|(?:https?|file)://\S+", re.IGNORECASE
)


class Pdf:
    """Reads PDF with PDFium."""

    media_types = frozenset({"application/pdf"})
    suffixes = frozenset({".pdf"})

    def __init__(self, has_ocr: Callable[[], bool] = ocr.installed) -> None:
        self._has_ocr = has_ocr

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """The pages in their order. A page that is broken is told in the remarks, the rest is read."""
        with opened(content) as (file, broken):
            return _Reader(file, hints, self._has_ocr, broken).read(progress)


@contextmanager
def opened(content: Path) -> Iterator[tuple[Any, type[Exception]]]:
    """A file that is open, and what is raised for what is broken in it. Raises `Fault`."""
    try:
        import pypdfium2
    except ImportError:
        raise lacking("documents", "PDF files") from None
    if not content.exists():
        raise FileNotFoundError(content)
    try:
        file = pypdfium2.PdfDocument(str(content))
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", 0) in (_PASSWORD, _SECURITY)
        raise problem("encrypted_file" if locked else "damaged_file") from None
    try:
        yield file, pypdfium2.PdfiumError
    finally:
        file.close()


class _Reader:
    """Reads one file, page after page; of a page nothing stays but its text."""

    def __init__(self, file: Any, hints: ParseHints, has_ocr: Callable[[], bool], broken: type[Exception]) -> None:
        self._file, self._sees, self._broken = file, hints.ocr and has_ocr(), broken
        self._draft, self._announce = Draft(), hints.announce
        self._shows, self._done, self._count = hints.pictures, 0, 0
        self._progress: Progress = lambda done, pages: None
        self._gallery = Gallery(hints, lambda: self._progress(self._done, self._count), has_ocr)
        self._unread: list[int] = []
        self._damaged: list[int] = []
        self._scanned = 0

    def read(self, progress: Progress) -> Parsed:
        """All pages. Raises `Fault`."""
        count = len(self._file)
        if count > MOST_PAGES:
            raise problem("too_many_pages")
        said = self._file.get_metadata_dict(skip_empty=True)
        self._draft.title, self._draft.metadata["author"] = _told(said, "Title"), _told(said, "Author")
        progress(0, count)
        self._progress, self._count = progress, count
        running, size = self._survey(count)
        for number in range(count):
            self._draft.page()
            try:
                self._page(number, running, size)
            except self._broken:
                self._damaged.append(number + 1)
            self._done = number + 1
            progress(number + 1, count)
        return self._finished(count)

    def _page(self, number: int, running: frozenset[str], size: float) -> None:
        page = self._file[number]
        try:
            text = page.get_textpage()
            try:
                found = lines(page, text)
                if sum(len(line.text.strip()) for line in found) < FEW and _shows_picture(page):
                    self._scan(number, page)
                    return
                kept = [line for line in found if not line.at_edge or _worn(line.text) not in running]
                self._put(kept, tables(page, text), size)
                self._pictures(page)
            finally:
                text.close()
        finally:
            page.close()

    def _put(self, found: Sequence[Line], drawn: Sequence[Table], size: float) -> None:
        """Paragraphs in their order, each table where its first line stood."""
        left = list(drawn)
        loose: list[Line] = []
        for line in found:
            table = next((one for one in drawn if one.holds(line)), None)
            if table is None:
                loose.append(line)
            elif table in left:
                self._paragraphs(loose, size)
                loose = []
                left.remove(table)
                self._draft.table(table.rows, box=table.box)
        self._paragraphs(loose, size)

    def _pictures(self, page: Any) -> None:
        """The pictures of a page, behind its words."""
        if not self._gallery.is_open:
            return
        for one in shown_on(page):
            if not self._gallery.wants(one.mark):
                continue
            try:
                raw = drawn(page, one.box)
            except (self._broken, ValueError):
                self._gallery.lost()
                continue
            self._draft.picture(self._gallery.look(raw), one.box if frame(page) is not None else None)

    def _paragraphs(self, found: Sequence[Line], size: float) -> None:
        for one in paragraphs(found):
            level = _heading_level(one, size)
            if level:
                self._draft.add("heading", one.text, level=level, box=one.box)
            else:
                self._draft.add("item" if one.is_item else "paragraph", one.text, box=one.box)

    def _scan(self, number: int, page: Any) -> None:
        """Words of a page that is a picture; one that has few or none to read is looked at as a picture."""
        if not self._sees and not self._shows:
            self._unread.append(number + 1)
            return
        seen = 0
        if self._sees:
            scale = min(PIXELS_A_POINT, ocr.LONGEST / max(1.0, *page.get_size()))
            picture = page.render(scale=scale).to_numpy()
            self._announce()
            for words, box in ocr.read(picture):
                self._draft.add("paragraph", words, box=box)
                seen += len(words)
            self._scanned += 1
        if self._shows and seen < FEW and self._gallery.wants():
            self._draft.picture(self._gallery.look(drawn(page), words=False), _ALL)

    def _survey(self, count: int) -> tuple[frozenset[str], float]:
        """What stands at the edge of most pages, and the size that most letters have, from a few pages."""
        sample = sorted({number * count // min(count, SAMPLED) for number in range(min(count, SAMPLED))})
        edges: Counter[str] = Counter()
        sizes: Counter[float] = Counter()
        for found in self._sampled(sample):
            edges.update({_worn(line.text) for line in found if line.at_edge})
            for line in found:
                sizes[line.size] += len(line.text)
        enough = max(3, len(sample) // 2)
        size = sizes.most_common(1)[0][0] if sizes else 0.0
        return frozenset(text for text, times in edges.items() if times >= enough), size

    def _sampled(self, sample: Sequence[int]) -> Iterator[list[Line]]:
        for number in sample:
            try:
                page = self._file[number]
                text = page.get_textpage()
                found = lines(page, text)
                text.close()
                page.close()
            except self._broken:
                continue
            yield found

    def _finished(self, count: int) -> Parsed:
        draft = self._draft
        if len(self._damaged) == count:
            raise problem("damaged_file")
        if self._damaged:
            draft.remark(remark(RemarkCode.PAGES_DAMAGED, **_pages(self._damaged)))
        if self._unread:
            draft.remark(remark(RemarkCode.PAGES_UNREAD, **_pages(self._unread), **advised("ocr")))
        draft.remark(*self._gallery.remarks())
        if self._scanned:
            draft.metadata["scanned"] = str(self._scanned)
        if self._scanned == count:
            draft.metadata["words"] = "ocr"
        return draft.finish()


def _shows_picture(page: Any) -> bool:
    import pypdfium2.raw

    return next(iter(page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None


def _worn(text: str) -> str:
    """A line as it looks on every page: its numbers count on."""
    return " ".join("".join("#" if c.isdecimal() else c for c in text).split())


def _heading_level(one: Paragraph, size: float) -> int:
    """1 to 3 by how much larger than the rest it is written; 0 for what is no heading."""
    if not size or one.size < size * LARGER or len(one.text) > LONGEST_HEADING or one.lines > 3:
        return 0
    return 1 if one.size >= size * 1.6 else 2 if one.size >= size * 1.3 else 3


def _pages(numbers: Sequence[int]) -> dict[str, Value]:
    """How many, and which: `3`, `1-4, 7`, the first dozen runs."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs[:12])
    return {"count": len(numbers), "pages": f"{shown}, …" if len(runs) > 12 else shown}


def _told(said: dict[str, str], name: str) -> str:
    """A field of the file's own description, without what a program writes when nobody filled it in: that, or the
    address or the name of what it was printed from."""
    word = said.get(name, "").strip()
    empty = word.lower().strip("()") in ("anonymous", "unspecified", "untitled")
    return "" if empty or _FILE_NAME.fullmatch(word) else word
