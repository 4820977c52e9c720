"""The marks of an HTML page, one after the other: elements that begin and end, and the words between them.

As in the HTML standard, as far as a reader of words needs it. The standard library's parser looks for the end of each
mark up to the end of the page, so that a page of marks without one takes the square of its length; here each sign is
looked at a few times, whatever the page is like, and what has no end is text.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from html import unescape

VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"),
        "wbr",
    }
)
"""Elements that end where they begin."""
_TAG = re.compile(
    r"""<([a-zA-Z][^\s/>]*+)            # what it is called
    ((?:[\s/]++
        |=?+[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\s>]*+))?+
        |=
    )*+)>""",
    re.VERBOSE,
)
_BARE = re.compile(r"<([a-zA-Z][^\s/>]*+)([^>]*+)>")
"""The same where quotes mean nothing."""
_ATTRIBUTE = re.compile(r"""(=?+[^\s/>=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|(?!["'])[^\s>]*+))?+""")
_END = re.compile(r"</([a-zA-Z][^\s/>]*+)[^>]*+>")
_COMMENT = re.compile(r"--!?>")
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}
"""Elements whose contents have no marks, by what ends them."""
_SECTION = "<![CDATA["


class Marks(ABC):
    """Goes through a page, and tells those that it meets."""

    def __init__(self) -> None:
        self._tag = _TAG
        self._comments = self._sections = True
        """Whether there may be another end of one."""

    @abstractmethod
    def begins(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; its name and those of its attributes in small letters."""

    @abstractmethod
    def ends(self, tag: str) -> None:
        """An element ends, or one that never began."""

    @abstractmethod
    def says(self, text: str) -> None:
        """Words."""

    def read(self, source: str) -> None:
        """All of a page."""
        at, said, last = 0, 0, source.rfind(">")
        while 0 <= (found := source.find("<", at)) < last:
            sign, at = source[found + 1], found + 1
            mark = _END.match(source, found) if sign == "/" else self._element(source, found, sign)
            if mark is None and sign not in "!?/":
                continue
            self._say(source[said:found])
            at = said = self._aside(source, found) if mark is None else self._met(mark)
        self._say(source[said:])

    def _say(self, text: str) -> None:
        if text:
            self.says(unescape(text))

    def _element(self, source: str, at: int, sign: str) -> re.Match[str] | None:
        """What begins here, if anything does."""
        if not (sign.isascii() and sign.isalpha()):
            return None
        found = self._tag.match(source, at)
        if found is None:  # it never ends: from here on no quote is believed, so that this happens once
            self._tag = _BARE
            found = _BARE.match(source, at)
        return found

    def _aside(self, source: str, at: int) -> int:
        """Where a comment ends, or what only looks like one."""
        if self._comments and source.startswith("<!--", at):
            found = _COMMENT.search(source, at + 2)
            if found is not None:
                return found.end()
            self._comments = False
        if self._sections and source[at : at + len(_SECTION)].upper() == _SECTION:
            end = source.find("]]>", at)
            if end >= 0:
                return end + 3
            self._sections = False
        return source.find(">", at) + 1

    def _met(self, mark: re.Match[str]) -> int:
        """Tell of an element; gives where the next words begin."""
        source, tag, end = mark.string, mark[1].lower(), mark.end()
        if mark[0][1] == "/":
            self.ends(tag)
            return end
        found = list(_ATTRIBUTE.finditer(mark[2]))
        self.begins(tag, {each[1].lower(): _value(each[2]) for each in found})
        if mark[2].endswith("/") and (not found or found[-1].end() < len(mark[2])):
            if tag not in VOID:
                self.ends(tag)
        elif tag in _RAW:
            ended = _RAW[tag].search(source, end)
            stop = len(source) if ended is None else ended.start()
            self.says(source[end:stop])
            return stop
        return end


def _value(given: str | None) -> str:
    if not given:
        return ""
    return unescape(given[1:-1] if given[0] in "\"'" else given)
