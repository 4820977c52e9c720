"""HTML as blocks: headings, paragraphs, items, tables and code, without what every page of a site has around them."""

from __future__ import annotations

import re
from collections.abc import Callable

from parlance.parsers.draft import Draft
from parlance.parsers.grid import Grid
from parlance.parsers.marks import VOID, Marks
from parlance.parsers.skipped import Skipped
from parlance.values.knowledge import BlockKind, Picture
from parlance.values.remarks import RemarkCode, remark

_UNSEEN = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "audio", "video"),
        *("select", "datalist", "button"),
    }
)
_AROUND = frozenset({"nav", "aside", "footer", "dialog", "menu"})
_AROUND_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu"}
)
_AROUND_CLASSES = frozenset({"cookie", "cookies", "advert", "advertisement", "ads", "breadcrumb", "breadcrumbs"})
_AROUND_NAME = re.compile(
    r"\b(?:cookie-?(?:bar|banner|consent|notice|popup|dialog|overlay)|consent-?(?:bar|banner|dialog|popup)|"
    r"newsletter-?(?:form|box|signup)|skip-?(?:link|nav)\w*|(?:share|social)-?(?:bar|links?|buttons?|icons?))\b"
)
"""Names that nobody gives to a part that is worth reading: a section on cookies is, a bar about them is not."""
_INVISIBLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0[a-z%]*\s*(?:;|!|$)|"
    r"opacity\s*:\s*0(?:\.0*)?%?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    {
        *("p", "div", "section", "article", "main", "header", "body", "html", "blockquote", "figure", "figcaption"),
        *("dl", "dt", "dd", "ul", "ol", "li", "table", "tr", "td", "th", "thead", "tbody", "tfoot", "caption", "pre"),
        *("address", "form", "fieldset", "details", "summary", "hr", "center", "title"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    }
)
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight)-([\w+#-]{1,30})")
DEEPEST_TABLE = 1
"""Tables inside a table's cell are read as its words: pages are laid out so."""
DEEPEST_LIST = 20
"""Levels by which an item is moved in: a page of nothing but lists in lists would be mostly blanks."""
_TICKS = re.compile("`+")
ENOUGH = 200
"""Code points of a page's main part that are taken for the whole of it."""


def read_markup(source: str, draft: Draft, look: Callable[[str], Picture | None] = lambda source: None) -> None:
    """Add the blocks of a page to a draft: those of its main part, where it names one, and without what is around it.
    Where that leaves nothing, all words of the page are taken. `look` gives the picture that a source names."""
    attempts = ["main"] if re.search(r"<main[\s>]", source, re.IGNORECASE) else []
    for extent in [*attempts, "lean", "whole", "hidden"]:
        reader = _Reader(extent)
        reader.read(source)
        reader.flush()
        wanted = ENOUGH if extent == "main" else 1
        if reader.length >= wanted and (extent == "whole" or not reader.is_cut):
            break
    if reader.is_cut:
        draft.remark(remark(RemarkCode.MARKUP_ENDLESS))
    draft.title = draft.title or " ".join(reader.title.split())
    draft.language = draft.language or reader.language
    for one in reader.found:
        if isinstance(one, str):
            draft.picture(look(one))
        elif one[3] is not None:
            draft.table(one[3])
        else:
            draft.add(one[0], one[1], level=one[2])


class _Reader(Marks):
    """Collects the blocks of a page. No tree is built, so that depth costs nothing."""

    def __init__(self, extent: str) -> None:
        super().__init__()
        self.found: list[tuple[BlockKind, str, int, list[list[str]] | None] | str] = []
        """Blocks, and between them the sources of pictures."""
        self._sources: list[str] = []
        self.title = self.language = ""
        self.length = 0
        self._only_main, self._lean = extent == "main", extent in ("main", "lean")
        self._shows_hidden = extent == "hidden"
        self._words: list[str] = []
        self._skipped: Skipped | None = None
        self._main = self._pre = self._tables = 0
        self._in_title = False
        self._level = 0
        self._lists: list[int] = []
        self._item = False
        self._kind: BlockKind = "paragraph"
        self._code_language = ""
        self._grid = Grid()

    @property
    def is_cut(self) -> bool:
        """Whether something that was left out never ended, and took all that follows with it."""
        return self._skipped is not None

    def begins(self, tag: str, attributes: dict[str, str]) -> None:
        """One element begins."""
        if tag == "title" and not self.title and not self._skipped:
            self._in_title = True
        if self._skipped is not None and not self._skipped.ends_before(tag):
            return
        self._skipped = None
        if tag == "html":
            self.language = attributes.get("lang", "")[:35]
        if self._is_around(tag, attributes) and tag not in VOID:
            self._skipped = Skipped(tag)
            return
        self._main += tag == "main"
        self._begin(tag, attributes)

    def ends(self, tag: str) -> None:
        """One element ends."""
        if tag == "title":
            self._in_title = False
        if self._skipped is not None:
            if not self._skipped.ends_with(tag):
                return
            own, self._skipped = self._skipped.tag == tag, None
            if own:
                return
        if tag in _BLOCKS:
            self._end(tag)
        if tag == "main":
            self._main = max(0, self._main - 1)

    def says(self, text: str) -> None:
        """Words."""
        if self._in_title:
            self.title += text[: 1000 - len(self.title)]
        elif not self._skipped and (self._main or not self._only_main):
            self._words.append(text)

    def flush(self) -> None:
        """End the block that is open."""
        text = "".join(self._words)
        self._words = []
        if self._tables and self._grid.takes_words and not self._pre and self._kind != "caption":
            self._grid.say(text)
            return
        self._put(text)
        if not self._tables:
            self.found += self._sources
            self._sources = []

    def _put(self, text: str) -> None:
        kind, level = self._kind, self._level
        if self._pre:
            text = fenced(text, self._code_language) if text.strip() else ""
            kind = "code"
        else:
            text = "\n".join(" ".join(line.split()) for line in text.split("\x0b"))
        if text.strip():
            marked = kind == "item" and self._item
            self.found.append((kind, self._mark() + text.strip() if marked else text, level, None))
            self._item = self._item and not marked
            self.length += len(text)

    def _is_around(self, tag: str, have: dict[str, str]) -> bool:
        if tag in _UNSEEN or (not self._shows_hidden and _is_hidden(tag, have)):
            return True
        if not self._lean or tag in ("body", "html", "main", "article"):
            return False
        classes = have.get("class", "").lower()
        if tag in _AROUND or have.get("role", "") in _AROUND_ROLES or not _AROUND_CLASSES.isdisjoint(classes.split()):
            return True
        return _AROUND_NAME.search(f"{classes} {have.get('id', '').lower()}") is not None

    def _begin(self, tag: str, have: dict[str, str]) -> None:
        if tag == "br":
            self._words.append("\n" if self._pre else "\x0b")
        elif tag == "img":
            self._image(have)
        elif tag == "code" and self._pre:
            self._code_language = self._code_language or _language(have)
        if tag not in _BLOCKS:
            return
        self.flush()
        if tag == "pre":
            self._pre += 1
            self._code_language = _language(have)
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ul" else _number(have.get("start", "1")))
        elif tag == "li":
            self._kind, self._item = "item", True
        elif tag[0] == "h" and tag[1:].isdigit():
            self._kind, self._level = "heading", int(tag[1])
        elif tag in ("figcaption", "caption"):
            self._kind = "caption"
        else:
            self._begin_table(tag, have)

    def _image(self, have: dict[str, str]) -> None:
        alt = have.get("alt", "").strip()
        if len(alt) > 3:
            self._words.append(f" {alt} ")
        if (self._main or not self._only_main) and (source := have.get("src", "").strip()):
            self._sources.append(source)

    def _begin_table(self, tag: str, have: dict[str, str]) -> None:
        if tag == "table":
            self._tables += 1
            if self._tables == DEEPEST_TABLE:
                self._grid = Grid()
        elif self._tables == DEEPEST_TABLE and tag == "tr":
            self._grid.begin_row()
        elif self._tables == DEEPEST_TABLE and tag in ("td", "th"):
            self._grid.begin_cell(_number(have.get("colspan", "1")), _number(have.get("rowspan", "1")))

    def _end(self, tag: str) -> None:
        self.flush()
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in ("ul", "ol"):
            del self._lists[-1:]
            self._kind = "item" if self._lists else "paragraph"
        elif tag == "li":
            self._kind, self._item = "paragraph", False
        elif self._kind in ("heading", "caption") and tag not in ("div", "section"):
            self._kind, self._level = "item" if self._lists else "paragraph", 0
        if tag == "table" and self._tables:
            self._tables -= 1
            if not self._tables:
                rows = self._grid.finish()
                self.found.append(("table", "", 0, rows))
                self.length += sum(len(cell) for row in rows for cell in row)
                self._grid = Grid()

    def _mark(self) -> str:
        """What stands before an item; a numbered list counts on."""
        depth = "  " * min(max(0, len(self._lists) - 1), DEEPEST_LIST)
        if not self._lists or not self._lists[-1]:
            return f"{depth}- "
        self._lists[-1] += 1
        return f"{depth}{self._lists[-1] - 1}. "


def _is_hidden(tag: str, have: dict[str, str]) -> bool:
    """Whether nobody who looks at the page sees it: a place for words that are meant for models alone. A whole page is
    hidden by some until a script has run."""
    if ("hidden" in have and have["hidden"] != "until-found") or have.get("aria-hidden") == "true":
        return True
    return tag not in ("body", "html", "main", "article") and _INVISIBLE.search(have.get("style", "")) is not None


def fenced(code: str, language: str = "") -> str:
    """Code between fences that it does not contain."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(code)), default=0))
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"


def _language(have: dict[str, str]) -> str:
    found = _LANGUAGE.search(have.get("class", ""))
    return found.group(1) if found else ""


def _number(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 7 else 1
