"""An answer as this wire streams it: `event:message` and `data:{…}` without any blank, the references first.

A wire without an error event: what fails on the way ends as what is whole ends. Where nothing was found and no model
was asked, all there is comes in the last event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from parlance.core.runs.run import Run
from parlance.core.runs.unfold import unfold
from parlance.dialects.pieces import Pieces
from parlance.dialects.table import Reply
from parlance.dialects.weknora.knowledge_shown import KINDS, pictured
from parlance.dialects.weknora.results import HISTORY, SearchResult, way
from parlance.dialects.weknora.telling import Course
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Delta, Ended, Event, Exhibit, Retrieved, Started, Whole
from parlance.values.knowledge import Span

TYPE = b"text/event-stream;charset=utf-8"
HEARTBEAT = b":\n\n"
"""A comment, which no client takes for an event."""
PATIENCE = 10.0
"""Seconds a status may be withheld: a failure until then is told by it, and no proxy gives up so soon."""
MOST_LINE = 60_000
"""Bytes of one line: the Go SDK reads none of 64 KiB or more."""
MOST_PIECE = 4096
"""Code points of one delta where much is said at once: escaped they are less than such a line."""


class StreamResponse(msgspec.Struct, frozen=True):
    """What an event holds. `id` is the request's; `content` is always there."""

    id: str
    response_type: str
    content: str
    done: bool
    knowledge_references: tuple[SearchResult, ...] | None = None


def references(passages: Iterable[Exhibit]) -> tuple[SearchResult, ...]:
    """The passages of a prompt in the order of their numbers."""
    return tuple(map(_reference, passages))


def _reference(passage: Exhibit) -> SearchResult:
    return SearchResult(
        id=passage.chunk,
        content=passage.content,
        knowledge_id=passage.document,
        chunk_index=0,
        knowledge_title=passage.name,
        start_at=passage.start,
        end_at=passage.stop,
        seq=passage.number - 1,
        score=passage.score,
        match_type=HISTORY if passage.earlier else way(passage.scores),
        sub_chunk_id=tuple(piece.chunk for piece in passage.pieces if piece.chunk != passage.chunk) or None,
        metadata={},
        chunk_type=KINDS[passage.kind],
        parent_chunk_id="",
        image_info=pictured(passage.kind, passage.content, Span(passage.start, passage.stop)),
        knowledge_filename=passage.name,
        knowledge_source="",
    )


class Frames:
    """Renders one run for one reader. `replays`: what was said before this reader came is told as one. `course` is to
    see what is shown."""

    def __init__(self, id: str, *, replays: bool = False, course: Course | None = None) -> None:
        self._id = id
        self._replays = replays
        self._course = course
        self._alone = False
        """Whether nothing was found; then, unless a model begins, what is said is held for the last event."""
        self._held: list[str] = []

    def render(self, events: Iterable[Event]) -> bytes:
        """The events of these events."""
        if self._course is not None:
            self._course.saw(events)
        out: list[bytes] = []
        texts: list[str] = []
        joins, self._replays = self._replays, False
        for event in _unfolded(events):
            if type(event) is Delta and event.lane == "text" and event.choice == 0:
                texts.append(event.text)
                continue
            self._said(texts, out, joins)
            texts = []
            self._other(event, out)
        self._said(texts, out, joins)
        return b"".join(out)

    def failed(self, fault: Fault) -> bytes:
        """A reader that was too slow is told of no end: it can come back and read on."""
        return b""

    def _other(self, event: Event, out: list[bytes]) -> None:
        if isinstance(event, Started):
            self._alone = False
            self._said(self._held, out, True)
            self._held = []
        elif isinstance(event, Retrieved):
            self._alone = not event.passages
            if event.passages:
                out.append(self._references(references(event.passages)))
        elif isinstance(event, Ended):
            out.append(self._event("answer", "".join(self._held), done=True))
            self._held = []

    def _said(self, texts: Sequence[str], out: list[bytes], joins: bool) -> None:
        if self._alone:
            self._held += texts
            return
        if joins:
            whole = "".join(texts)
            texts = [whole[at : at + MOST_PIECE] for at in range(0, len(whole), MOST_PIECE)]
        out += [self._event("answer", text) for text in texts if text]

    def _references(self, found: tuple[SearchResult, ...]) -> bytes:
        """As much of the passages as fits into one line; whole they are with the stored message."""
        length = max(len(each.content) for each in found)
        while True:
            clipped = tuple(msgspec.structs.replace(each, content=each.content[:length]) for each in found)
            event = self._event("references", "", found=clipped)
            if len(event) <= MOST_LINE or length == 0:
                return event
            length = length * 3 // 4

    def _event(
        self, kind: str, text: str, *, done: bool = False, found: tuple[SearchResult, ...] | None = None
    ) -> bytes:
        return b"event:message\ndata:%b\n\n" % json_door.encode(StreamResponse(self._id, kind, text, done, found))


def _unfolded(events: Iterable[Event]) -> Iterable[Event]:
    for event in events:
        if type(event) is Whole:
            yield from unfold(event)
        else:
            yield event


def streamed(run: Run, frames: Frames, *, begun: bool) -> Reply:
    """The reply that streams a run."""
    return Reply(frames=Pieces(run, frames.render, frames.failed, begun=begun), type=TYPE, heartbeat=HEARTBEAT)
