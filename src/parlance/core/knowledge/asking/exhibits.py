"""Passages as a run's log and a stored turn tell them, and back again: an answer that goes on keeps its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parlance.core.knowledge.asking.passages import Numbered, Piece, Stretch
from parlance.values.events import Exhibit, ExhibitPiece
from parlance.values.knowledge import Span


def exhibits(passages: Iterable[Numbered]) -> tuple[Exhibit, ...]:
    """The passages of a prompt, to be told."""
    return tuple(map(_told, passages))


def numbered(told: Iterable[Exhibit]) -> tuple[Numbered, ...]:
    """The passages that were told."""
    return tuple(Numbered(each.number, _stretch(each)) for each in told)


def _told(passage: Numbered) -> Exhibit:
    stretch, span = passage.stretch, passage.stretch.span
    return Exhibit(
        passage.number,
        stretch.base,
        stretch.document,
        stretch.pieces[0].chunk,
        stretch.content,
        span.start,
        span.stop,
        stretch.name,
        span.page,
        stretch.context,
        stretch.score,
        stretch.scores,
        _pieces(stretch.pieces) if len(stretch.pieces) > 1 else (),
        stretch.exact,
        stretch.earlier,
        span.page_starts,
        stretch.kind,
    )


def _pieces(pieces: Sequence[Piece]) -> tuple[ExhibitPiece, ...]:
    return tuple(
        ExhibitPiece(each.chunk, each.begins, each.start, each.start + len(each.text), each.page) for each in pieces
    )


def _stretch(told: Exhibit) -> Stretch:
    alone = ExhibitPiece(told.chunk, told.start, told.start, told.start + len(told.content), told.page)
    pieces = tuple(
        Piece(
            each.chunk,
            each.begins,
            each.start,
            told.content[each.start - told.start : each.stop - told.start],
            each.page,
        )
        for each in told.pieces or (alone,)
    )
    return Stretch(
        told.document,
        told.name,
        told.context,
        pieces,
        tuple(piece.chunk for piece in pieces),
        told.score,
        Span(told.start, told.stop, told.page, page_starts=told.page_starts),
        told.exact,
        told.base,
        told.scores,
        told.earlier,
        told.kind,
    )
