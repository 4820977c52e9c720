"""Hits as passages: what overlaps or touches in a document becomes one stretch of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from parlance.values.knowledge import Chunk, ChunkKind, Document, Hit, Scores, Span

LONGEST_TITLE = 80
"""Characters of a title that stand beside a name."""
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
"""A word; where a script has no spaces each sign counts as one."""
_FILE = re.compile(r"\S+\.\w{1,5}")
"""A title that is the name of some other file, as programs leave it in what they export."""

_ENDS = ("\n.!?。！？", " ，、；,;")


class Piece(msgspec.Struct, frozen=True):
    """What one chunk adds to a passage: its text from `start` on, in code points of the document. The chunk itself
    `begins` before that where it overlaps with the piece before."""

    chunk: str
    begins: int
    start: int
    text: str
    page: int | None = None


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of a document's text, without a gap, and the chunks that it is made of (those that lie wholly in others
    among `chunks` only). `score` and `scores` are those of its best hit. One that is not `exact` says other words
    than the document at its span, such as a chunk that somebody has rewritten: nothing in it can be placed. It is
    `earlier` where nothing of it was found by this question. `kind` is that of its first chunk."""

    document: str
    name: str
    context: str
    pieces: tuple[Piece, ...]
    chunks: tuple[str, ...]
    score: float
    span: Span
    exact: bool = True
    base: str = ""
    scores: Scores = Scores()
    earlier: bool = False
    kind: ChunkKind = "text"

    @property
    def content(self) -> str:
        """Its words; the document's text at the span where it is `exact`."""
        return "".join(piece.text for piece in self.pieces)


class Numbered(msgspec.Struct, frozen=True):
    """A passage as it is in a prompt: its number, from 1, and the stretch."""

    number: int
    stretch: Stretch

    def piece_at(self, start: int, stop: int) -> Piece:
        """The piece whose chunk holds this stretch of the document, or else its beginning."""
        pieces = self.stretch.pieces
        holding = (piece for piece in pieces if piece.begins <= start and stop <= piece.start + len(piece.text))
        return next(holding, None) or next((piece for piece in reversed(pieces) if piece.start <= start), pieces[0])


def merged(hits: Iterable[Hit]) -> list[Stretch]:
    """The hits of one document as stretches, in the document's order."""
    ordered = sorted(hits, key=lambda hit: (hit.chunk.span.start, -hit.chunk.span.stop, hit.chunk.id))
    groups: list[list[Hit]] = []
    stop = -1  # of the group that can still grow
    for hit in ordered:
        if not _exact(hit.chunk):
            groups.insert(max(0, len(groups) - (stop >= 0)), [hit])
            continue
        if hit.chunk.span.start <= stop:
            groups[-1].append(hit)
        else:
            groups.append([hit])
        stop = max(stop, hit.chunk.span.stop)
    return [_stretch(group) for group in groups]


def shortened(hit: Hit, length: int) -> Hit:
    """The hit with at most so many code points: those around what was found in it, or else its beginning. It begins
    behind the end of a sentence or a word, and ends with one where there is one in the second half."""
    chunk = hit.chunk
    text, (begin, stop), found = chunk.content, _around(hit, length), _matched(hit)
    if begin:
        begin = _begin(text, begin, max(begin, found[0]))
    if stop < len(text):
        kept = found[1] if found[1] <= stop else 0
        stop = _stop(text, begin, stop, max(kept - begin, (stop - begin) // 2))
    bare = text[begin:stop].strip() if begin else text[:stop].rstrip()
    begin = text.index(bare, begin)
    span = chunk.span.part(chunk.span.start + begin, chunk.span.start + begin + len(bare))
    part = msgspec.structs.replace(chunk, content=bare, span=span if _exact(chunk) else chunk.span)
    return msgspec.structs.replace(hit, chunk=part)


def called(document: Document) -> str:
    """What a document is cited as, in a line: its name, by which its reader knows it, and behind that the title which
    was found in it, where it says more than the name."""
    name, title = " ".join(document.name.split()), _beside(document.title)
    known = _letters(name)
    says_more = len(_WORD.findall(title)) > 1 and not _FILE.fullmatch(title) and _letters(title) not in known
    return f"{name} ({title})" if says_more and name else name or title


def _beside(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text.casefold())).replace("_", "")


def _matched(hit: Hit) -> tuple[int, int]:
    """Where in a hit's words what was found stands; nothing of its beginning where that is all of them."""
    start, size = hit.chunk.span.start, len(hit.chunk.content)
    if hit.matched is None or not _exact(hit.chunk):
        return 0, 0
    first, last = hit.matched.start - start, hit.matched.stop - start
    return (first, last) if 0 <= first < last <= size else (0, 0)


def _around(hit: Hit, length: int) -> tuple[int, int]:
    """So many code points, with what was found in their middle where there is room around it."""
    size, (first, last) = len(hit.chunk.content), _matched(hit)
    spare = max(0, length - (last - first))
    begin = max(0, min(first - spare // 2, size - length))
    return begin, min(size, begin + length)


def _begin(text: str, begin: int, most: int) -> int:
    """Behind the first end of a sentence, or else of a word, from `begin` up to `most`."""
    for ends in _ENDS:
        places = [at for end in ends if (at := text.find(end, begin, most)) >= 0]
        if places:
            return min(places) + 1
    return begin


def _stop(text: str, begin: int, stop: int, least: int) -> int:
    """Behind the last end of a sentence, or else of a word, that leaves more than `least` code points."""
    for ends in _ENDS:
        cut = max(text.rfind(end, begin, stop) for end in ends) + 1
        if cut - begin > least:
            return cut
    return stop


def _exact(chunk: Chunk) -> bool:
    return len(chunk.content) == chunk.span.stop - chunk.span.start


def _stretch(group: Sequence[Hit]) -> Stretch:
    first, document = group[0].chunk, group[0].document
    best = max(group, key=lambda hit: hit.score)
    pieces = [_piece(first, first.span.start)]
    stop = first.span.stop
    for hit in group:
        if hit.chunk.span.stop > stop:
            pieces.append(_piece(hit.chunk, stop))
            stop = hit.chunk.span.stop
    return Stretch(
        document.id,
        called(document),
        first.context,
        tuple(pieces),
        tuple(hit.chunk.id for hit in group),
        best.score,
        Span(first.span.start, stop, first.span.page, page_starts=_page_starts(group)),
        _exact(first),
        document.base,
        best.scores,
        all(hit.earlier for hit in group),
        first.kind,
    )


def _page_starts(group: Sequence[Hit]) -> tuple[int, ...]:
    """Where pages begin in what hits are together: those of one, then those that the next one tells beyond it. A page
    may also begin just where one ends."""
    first = group[0].chunk.span
    starts, stop = list(first.page_starts), first.stop
    for span in (hit.chunk.span for hit in group[1:]):
        page = span.page_at(stop)
        if span.stop > stop and page is not None and first.page is not None:
            starts += [stop] * (page - first.page - len(starts))
            starts += [each for each in span.page_starts if each > stop]
        stop = max(stop, span.stop)
    return tuple(starts)


def _piece(chunk: Chunk, start: int) -> Piece:
    return Piece(chunk.id, chunk.span.start, start, chunk.content[start - chunk.span.start :], chunk.span.page)
