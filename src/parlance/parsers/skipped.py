"""An element of a page that is left out, from its beginning to its end; which HTML lets some leave unsaid."""

from __future__ import annotations

from parlance.parsers.marks import VOID

_HOLDERS = {
    "li": frozenset({"ul", "ol", "menu"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "td": frozenset({"table"}),
    "th": frozenset({"table"}),
    "tr": frozenset({"table"}),
    "option": frozenset({"select", "datalist"}),
    "p": frozenset[str](),
}
"""Elements whose end may be left out, with those that hold them: inside another of these they begin anew."""
_ROWS = frozenset({"tr", "tbody", "thead", "tfoot"})
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figcaption", "figure"),
        *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu", "nav", "ol", "p"),
        *("pre", "section", "table", "ul"),
    }
)
_NEXT = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th", *_ROWS}),
    "th": frozenset({"td", "th", *_ROWS}),
    "tr": _ROWS,
    "option": frozenset({"option", "optgroup"}),
    "p": _BLOCKS,
}
"""What begins only where such an element has ended."""
_AROUND_PARAGRAPHS = _BLOCKS | {"td", "th", "li", "dd", "body"}


class Skipped:
    """One such element. `tag` is its name; see the HTML standard on which end tags may be omitted."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._depth = 1
        self._held = 0

    def ends_before(self, tag: str) -> bool:
        """Whether it is over where another element begins; if not, that is part of it."""
        if self.tag in _HOLDERS:
            if not self._held and tag in _NEXT[self.tag]:
                return True
            self._held += tag in _HOLDERS[self.tag]
        elif tag == self.tag and tag not in VOID:
            self._depth += 1
        return False

    def ends_with(self, tag: str) -> bool:
        """Whether it is over where an element ends: itself, or one that is around it."""
        if self.tag not in _HOLDERS:
            self._depth -= tag == self.tag
            return self._depth == 0
        if tag in _HOLDERS[self.tag]:
            self._held -= 1
            return self._held < 0
        if self._held:
            return False
        return tag == self.tag or tag in (_AROUND_PARAGRAPHS if self.tag == "p" else _NEXT[self.tag] & _ROWS)
