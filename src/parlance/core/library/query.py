"""What is typed into a search field: words, phrases in quotes, and filters. All else is plain text."""

from __future__ import annotations

import re

import msgspec

from parlance.ports.library import Piece
from parlance.values.errors import Fault, Kind

MOST_LETTERS = 500
"""Code points of one query: a paragraph."""
_FILTER = re.compile(r'(?:(?<=\s)|^)(folder|tag|pinned|archived):(?:"([^"]*)"|(\S+))', re.IGNORECASE)
_PIECE = re.compile(r'"([^"]*)"?|(\S+)')
_YES, _NO = frozenset({"yes", "true", "1", "on"}), frozenset({"no", "false", "0", "off"})


class Query(msgspec.Struct, frozen=True):
    """`folder` is a folder's name, `tag` a tag. Archived chats are left out unless they are asked for (`archived` is
    none: both are meant)."""

    pieces: tuple[Piece, ...]
    folder: str | None = None
    tag: str | None = None
    pinned: bool | None = None
    archived: bool | None = False

    @property
    def narrowed(self) -> bool:
        """Whether any filter was given."""
        return self.folder is not None or self.tag is not None or self.pinned is not None or self.archived is not False


def parsed(text: str) -> Query:
    """A query. Raises `Fault(invalid)` for one that is too long."""
    if len(text) > MOST_LETTERS:
        raise Fault(
            Kind.invalid, f"A search has at most {MOST_LETTERS} characters.", field="query", code="out_of_range"
        )
    found: dict[str, str | bool | None] = {}

    def take(filter: re.Match[str]) -> str:
        name, value = filter[1].lower(), filter[2] if filter[2] is not None else filter[3]
        if name in ("folder", "tag"):
            found[name] = value
        elif value.lower() in _YES | _NO:
            found[name] = value.lower() in _YES
        elif (name, value.lower()) == ("archived", "all"):
            found[name] = None
        else:
            return filter[0]  # no filter after all, but words
        return " "

    rest = _FILTER.sub(take, text)
    return msgspec.convert({**found, "pieces": pieces(rest)}, Query)


def pieces(text: str) -> tuple[Piece, ...]:
    """What stands together. The last word may go on, unless it is in quotes or a space follows it."""
    found = []
    for piece in _PIECE.finditer(text):
        quoted, bare = piece[1], piece[2]
        found.append(Piece(quoted) if bare is None else Piece(bare, more=piece.end() == len(text)))
    return tuple(found)
