"""A parsed document while it grows: one text, and blocks that lie in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_PAGES, MOST_TEXT
from parlance.values.knowledge import Block, BlockKind, Parsed, Picture, Span
from parlance.values.remarks import DocumentRemark

Box = tuple[float, float, float, float]

_GAP = "\n\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_LONE = re.compile(r"[\ud800-\udfff]")
_BLANK_ENDS = re.compile(r"(?<![ \t\u00a0])[ \t\u00a0]++(?=\n)")
"""Each run of blanks is looked at from its beginning alone: a long one within a line takes no more than its length."""
MOST_REMARKS = 20


def has_room(box: Box) -> bool:
    """Whether anything of a box is on the page: what lies outside of it has come to lie on its edge."""
    return box[2] > box[0] and box[3] > box[1]


def clean(text: str) -> str:
    """A text without control characters and lone surrogates, its lines ended by a line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n\n")
    return _LONE.sub("\ufffd", _CONTROL.sub("", text))


class Draft:
    """Takes blocks in order, and keeps their places in one text."""

    def __init__(self) -> None:
        self.title = ""
        self.language = ""
        self.metadata: dict[str, str] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._pages: list[int] = []
        self._images: list[Picture] = []
        self._remarks: dict[str, DocumentRemark] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been added yet."""
        return not self._pieces

    def add(
        self, kind: BlockKind, text: str, *, level: int = 0, box: Box | None = None, image: int | None = None
    ) -> None:
        """One more block; what is blank is none. A following block is parted from it by an empty line, an item from
        the item before it by a line's end."""
        words = _BLANK_ENDS.sub("", clean(text)).strip("\n")
        words = words.rstrip() if kind == "code" else words.strip()
        if not words:
            return
        gap = "\n" if kind == "item" and self._blocks and self._blocks[-1].kind == "item" else _GAP
        start = self._put(words, gap if self._pieces else "")
        self._blocks.append(Block(kind, Span(start, self._length, None, box), level, image))

    def table(self, rows: Iterable[Sequence[str]], *, box: Box | None = None) -> None:
        """A table: its first row is its head. Rows of nothing are left out, and one column is a paragraph of lines."""
        lines = [[cell_text(cell) for cell in row] for row in rows]
        lines = [line for line in lines if any(line)]
        width = max((len(line) for line in lines), default=0)
        while width and not any(len(line) >= width and line[width - 1] for line in lines):
            width -= 1
        if width < 2:
            self.add("paragraph", "\n".join(line[0].replace("\\|", "|") for line in lines), box=box)
            return
        drawn = [f"| {' | '.join((line + [''] * width)[:width])} |" for line in lines]
        self.add("table", "\n".join([drawn[0], f"|{' --- |' * width}", *drawn[1:]]), box=box)

    def picture(self, seen: Picture | None, box: Box | None = None) -> None:
        """A picture stands here, behind what was added last; `None` is none."""
        if seen is not None:
            place = Span(self._length, self._length, len(self._pages) or None, box)
            self._images.append(msgspec.structs.replace(seen, span=place))

    def page(self) -> None:
        """A new page begins with the next block. Raises `Fault(too_large)`."""
        if len(self._pages) >= MOST_PAGES:
            raise problem("too_many_pages")
        if self._pieces:
            self._put("", _GAP)
        self._pages.append(self._length if self._pages else 0)

    def turn(self) -> None:
        """A page ends here, in a format whose first page does not begin by itself. Raises `Fault(too_large)`."""
        if not self._pages:
            self._pages.append(0)
        self.page()

    def remark(self, *remarks: DocumentRemark | None) -> None:
        """Something that could not be read, where there is something; each is told once."""
        for each in filter(None, remarks):
            if len(self._remarks) < MOST_REMARKS:
                self._remarks[each.words] = each

    def finish(self) -> Parsed:
        """What it has become. Raises `Fault(invalid)` where there is neither a text nor a word on why."""
        text = "".join(self._pieces)
        if not text.strip() and not self._remarks and not self._images:
            raise problem("empty_file", "There are no words in this file.")
        return Parsed(
            text,
            tuple(map(self._paged, self._blocks)) if self._pages else tuple(self._blocks),
            tuple(min(page, len(text)) for page in self._pages),
            clean(self.title).strip()[:500],
            self.language[:35],
            tuple(map(self._shown, self._images)),
            tuple(self._remarks.values()),
            {name: clean(value).strip()[:1000] for name, value in self.metadata.items() if value.strip()},
        )

    def _paged(self, block: Block) -> Block:
        """The block with the page that it begins on."""
        page = bisect_right(self._pages, block.span.start)
        return msgspec.structs.replace(block, span=msgspec.structs.replace(block.span, page=page))

    def _shown(self, picture: Picture) -> Picture:
        """The picture with its page: the first, where it came before anybody knew that there are pages."""
        if not self._pages or picture.span.page is not None:
            return picture
        return msgspec.structs.replace(picture, span=msgspec.structs.replace(picture.span, page=1))

    def _put(self, words: str, gap: str) -> int:
        """Append to the text; where the words begin. Pages that follow each other share one gap."""
        if gap and self._pieces and self._pieces[-1] == _GAP:
            gap = ""
        start = self._length + len(gap)
        self._pieces.extend(piece for piece in (gap, words) if piece)
        self._length = start + len(words)
        if self._length > MOST_TEXT:
            raise problem("text_too_long")
        return start


def whole(text: str, blocks: Sequence[Block], title: str = "", **more: Any) -> Parsed:
    """A document whose text stays as it was written. Raises `Fault` where it is blank or too long."""
    if len(text) > MOST_TEXT:
        raise problem("text_too_long")
    if not text.strip():
        raise problem("empty_file")
    return Parsed(text, tuple(blocks), title=title.strip()[:500], **more)


def cell_text(cell: str) -> str:
    """A table's cell on one line, its bars escaped."""
    return " ".join(clean(cell).split()).replace("|", "\\|")
