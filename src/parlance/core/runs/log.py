"""A flight's log: concrete, synchronous, ordered, bounded.

The tail is a plain list, so that an engine's push costs an append. Every 512 events the older half is sealed: runs of
plain deltas become one text and an array of cuts, so that a million tokens cost some bytes each and not an object.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from parlance.core.steps import Steps
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended, Event, Usage, Whole
from parlance.values.time import Clock
from parlance.values.weights import all_bytes, is_plain, text_bytes

BOUND = 4 * 1024 * 1024
"""Bytes a run may hold: its text, and as JSON what else it says (log probabilities, an upstream's own fields); a book
is 1 MiB."""
EVENT_BOUND = 1 << 20
"""Events a run may hold; a model says one token per event, and 4 MiB of text are about as many tokens."""
_SEAL_AT = 512
SEALED_BYTES, OPEN_BYTES, TREE = 16, 144, 7
"""What CPython spends on a sealed and on an open event beside its text, and how many times its JSON a tree of values
takes; measured."""


class _Segment:
    """Consecutive deltas of one lane, item and choice as one text, cut at `cuts`."""

    __slots__ = ("cuts", "like", "text")

    def __init__(self, deltas: list[Delta]) -> None:
        self.like = deltas[0]
        self.text = "".join(delta.text for delta in deltas)
        self.cuts = array("I", [0])
        end = 0
        for delta in deltas:
            end += len(delta.text)
            self.cuts.append(end)

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def events(self) -> list[Event]:
        like, cuts, text = self.like, self.cuts, self.text
        return [Delta(text[cuts[i] : cuts[i + 1]], like.lane, like.item, like.choice) for i in range(len(cuts) - 1)]


def _seal(events: list[Event]) -> list[Event | _Segment]:
    """Fold neighbours that differ only in text into segments."""
    sealed: list[Event | _Segment] = []
    run: list[Delta] = []
    for event in events:
        if isinstance(event, Delta) and is_plain(event):
            if run and (run[0].lane, run[0].item, run[0].choice) != (event.lane, event.item, event.choice):
                sealed.append(_Segment(run))
                run = []
            run.append(event)
            continue
        if run:
            sealed.append(_Segment(run))
            run = []
        sealed.append(event)
    if run:
        sealed.append(_Segment(run))
    return sealed


class Burst(list[Event]):
    """Events of which a stretch is known to be plain text of the first choice: from `at` on one delta for each of
    `texts`. Who writes them down need not look at each. A part of it is an ordinary list."""

    __slots__ = ("at", "texts")

    at: int
    texts: Sequence[str]


class Log:
    """Events numbered from 1. `bytes` is what they hold so far, `beside` how much of it is no text, `ended` the last
    event once it is there."""

    __slots__ = (
        "_at",
        "_blocks",
        "_burst",
        "_clock",
        "_steps",
        "_tail",
        "_tail_start",
        "beside",
        "bytes",
        "ended",
        "usage",
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blocks: list[tuple[int, list[Event | _Segment]]] = []
        self._tail: list[Event] = []
        self._tail_start = 0
        self._at = array("q")
        self._burst: tuple[int, Sequence[str]] | None = None
        """What `say` said last, and after which event."""
        self.bytes = 0
        self.beside = 0
        self.ended: Ended | None = None
        self.usage: Usage | None = None
        """What the engine counted, once it said so."""
        self._steps: Steps | None = None

    @property
    def steps(self) -> Steps:
        """What was done before an engine was asked, and is told to nobody who reads."""
        if self._steps is None:
            self._steps = Steps(self._clock)
        return self._steps

    def __len__(self) -> int:
        return self._tail_start + len(self._tail)

    def append(self, event: Event) -> None:
        """Add an event. Raises `Fault(too_large, code="cut")` when a bound would be passed; `Ended` always fits."""
        if self.ended is not None:
            return
        kind = type(event)
        if kind is Delta and event.logprobs is None and event.foreign is None:  # type: ignore[union-attr]
            text = event.text  # type: ignore[union-attr]
            self._take(len(text) if text.isascii() else len(text.encode()))
        elif kind is Ended:
            self.ended = event  # type: ignore[assignment]
        else:
            size = all_bytes(event)
            self._take(size)
            self.beside += size - (text_bytes(event) if kind is Whole or kind is Delta else 0)
            if kind is Usage or kind is Whole:
                self.usage = event if kind is Usage else event.usage  # type: ignore[assignment,union-attr]
        self._tail.append(event)
        self._at.append(self._clock.now())
        if len(self._tail) >= _SEAL_AT:
            self._compact()

    def _take(self, size: int) -> None:
        if self.bytes + size > BOUND or len(self._at) >= EVENT_BOUND:
            raise Fault(
                Kind.too_large,
                "The answer grew past what one run may hold and was cut.",
                hint="Ask for a shorter answer, or set max_tokens.",
                code="cut",
            )
        self.bytes += size

    def say(self, texts: Sequence[str]) -> None:
        """Append a plain text delta for each: a tenth of what as many appends take. Raises as `append` does."""
        joined = texts[0] if len(texts) == 1 else "".join(texts)
        size = len(joined) if joined.isascii() else len(joined.encode())
        if self.ended is not None or self.bytes + size > BOUND or len(self._at) + len(texts) > EVENT_BOUND:
            for text in texts:
                self.append(Delta(text))
            return
        self.bytes += size
        if len(texts) == 1:
            self._tail.append(Delta(joined))
            self._at.append(self._clock.now())
        else:
            self._burst = (len(self), texts)
            self._tail += map(Delta, texts)
            self._at.extend(array("q", (self._clock.now(),)) * len(texts))
        while len(self._tail) >= _SEAL_AT:
            self._compact()

    def _compact(self) -> None:
        half = _SEAL_AT // 2
        self._blocks.append((self._tail_start, _seal(self._tail[:half])))
        self._tail = self._tail[half:]
        self._tail_start += half

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes, about."""
        events = len(self._at) * SEALED_BYTES + len(self._tail) * OPEN_BYTES
        return events + self.bytes + self.beside * (TREE - 1)

    def copy(self) -> Log:
        """The same events; what is said here later is not said there."""
        log = Log(self._clock)
        log._blocks, log._tail, log._tail_start = self._blocks.copy(), self._tail.copy(), self._tail_start
        log._at, log.bytes, log.beside = self._at[:], self.bytes, self.beside
        log.ended, log.usage = self.ended, self.usage
        return log

    def at(self, n: int) -> int:
        """When event `n` was logged, in microseconds."""
        return self._at[n - 1]

    def after(self, n: int) -> list[Event]:
        """Every event after number `n`, the next one first."""
        if n >= self._tail_start:
            if self._burst is not None and self._burst[0] >= n:
                return self._bursting(n, *self._burst)
            return self._tail[n - self._tail_start :] if n > self._tail_start else self._tail.copy()
        events: list[Event] = []
        for start, block in self._blocks:
            if start + _SEAL_AT // 2 <= n:
                continue
            opened: list[Event] = []
            for piece in block:
                if isinstance(piece, _Segment):
                    opened.extend(piece.events())
                else:
                    opened.append(piece)
            events.extend(opened[max(0, n - start) :])
        events.extend(self._tail)
        return events

    def _bursting(self, n: int, start: int, texts: Sequence[str]) -> Burst:
        burst = Burst(self._tail[n - self._tail_start :])
        burst.at, burst.texts = start - n, texts
        return burst
