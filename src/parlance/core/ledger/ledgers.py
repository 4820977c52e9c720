"""The ledgers of runs: drawn up when an answer begins, closed when it ends, readable for ten minutes from memory.

Those of saved chats are handed to whoever keeps them. No stateless ask waits for anything here: of a plain one only the
tokens are counted, some tenths of a microsecond for each message; its parts are made when somebody reads.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from parlance.core.ledger.draft import Sketch, all_parts, ignored, sketched
from parlance.core.ledger.prices import price
from parlance.core.runs.run import Run
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.events import Outcome, Trimmed, Usage
from parlance.values.ledger import Drawn, Kept, Ledger, LedgerPart
from parlance.values.models import ModelCard
from parlance.values.time import Clock

KEEP_SECONDS = 600.0
"""How long a ledger stays in memory after it was drawn up or closed: as long as a finished run."""
MOST = 2000
"""Ledgers in memory: a few megabytes; beyond it the oldest go early."""
LONG_SECONDS = 60.0
"""An answer that took longer has its ten minutes counted from its end."""


class Told(msgspec.Struct, frozen=True):
    """What whoever assembled a prompt knows of it: how it was drawn, the chat that keeps its ledger, and the word for
    the caller where something was left out."""

    drawn: Drawn = Drawn()
    chat: str | None = None
    trimmed: Trimmed | None = None


UNTOLD = Told()


class _Entry(msgspec.Struct):
    run: str
    owner: Principal
    created: int
    card: ModelCard
    told: Told
    shared: bool
    until: float
    parts: tuple[LedgerPart, ...] | Sketch
    """A sketch until somebody reads: hardly anybody does."""
    ignored: tuple[str, ...] = ()
    outcome: Outcome | None = None
    usage: Usage | None = None


class _Shelved(msgspec.Struct):
    """What is left of a closed entry."""

    until: float
    kept: Kept


_shelve = msgspec.msgpack.Encoder().encode
_unshelve = msgspec.msgpack.Decoder(dict[str, _Shelved]).decode


class Ledgers:
    """Ledgers by run. `keep` takes those that are to be stored, when they are closed."""

    def __init__(self, clock: Clock, keep: Callable[[Kept], None] = lambda kept: None) -> None:
        self._clock = clock
        self._keep = keep
        self._recent: dict[str, _Entry] = {}
        self._shelf = b""
        """Closed ones as one block of memory, if any: `pack` says why."""

    def open(self, run: Run, card: ModelCard, ask: ChatAsk, told: Told = UNTOLD, *, shared: bool = False) -> None:
        """Draw up the ledger of a run from what its engine is asked. `shared`: another flight or a cache answers."""
        recent, until = self._recent, self._clock.monotonic() + KEEP_SECONDS
        drawn = told.drawn.parts
        parts = (None if drawn else sketched(ask)) or all_parts(ask, drawn or None)
        left_out = ignored(ask, card.engine)
        recent[run.id] = _Entry(run.id, run.owner, run.created, card, told, shared, until, parts, left_out)
        first = next(iter(recent))
        if len(recent) > MOST or recent[first].until <= until - KEEP_SECONDS:
            del recent[first]

    def redraw(self, run: str, ask: ChatAsk, told: Told) -> None:
        """What an engine is asked was known only on the way to it: its documents had to be searched first."""
        entry = self._recent.get(run)
        if entry is not None:
            entry.told, entry.parts = told, told.drawn.parts or all_parts(ask)

    def answered(self, run: str) -> None:
        """No engine answers a run after all: the same was answered while it waited."""
        entry = self._recent.get(run)
        if entry is not None:
            entry.shared = True

    def close(self, run: Run) -> None:
        """The run has ended: how, and what its engine counted. Idempotent."""
        entry = self._recent.get(run.id)
        ended = run.ended
        if entry is None or ended is None or entry.outcome is not None:
            return
        entry.outcome = ended.outcome
        if run.flight is not None:
            entry.usage = run.flight.log.usage
        until = self._clock.monotonic() + KEEP_SECONDS
        if until - entry.until > LONG_SECONDS:  # its ten minutes begin now, behind those that were drawn up meanwhile
            entry.until = until
            self._recent[run.id] = self._recent.pop(run.id)
        if entry.told.chat is not None:
            self._keep(_kept(entry))

    def stored(self, run: str) -> None:
        """A ledger of a chat has been written, or its chat has gone: what is written counts from now on."""
        self._recent.pop(run, None)

    def find(self, run: str) -> Kept | None:
        """The ledger of a run, if it is in memory."""
        entry, now = self._recent.get(run), self._clock.monotonic()
        if entry is not None:
            return _kept(entry) if entry.until > now else None
        shelved = self._shelved().get(run)
        return shelved.kept if shelved is not None and shelved.until > now else None

    def pack(self) -> None:
        """Move what closed ledgers hold into one block, but for those that are still to be stored.

        They were drawn up beside what their answers needed, and memory goes back only where nothing in a whole mebibyte
        is held: of 5,000 streams that had ended, the ledgers of 2,000 kept 100 MiB.
        """
        now = self._clock.monotonic()
        shelved = {run: each for run, each in self._shelved().items() if each.until > now}
        for run, entry in list(self._recent.items()):
            if entry.outcome is not None and entry.told.chat is None:
                shelved[run] = _Shelved(entry.until, _kept(entry))
                del self._recent[run]
        self._shelf = _shelve(dict(list(shelved.items())[-MOST:])) if shelved else b""

    def _shelved(self) -> dict[str, _Shelved]:
        return _unshelve(self._shelf) if self._shelf else {}

    def prompt_tokens(self, run: str) -> int:
        """Our count of what an engine was given for a run."""
        entry = self._recent.get(run)
        if entry is None:
            shelved = self._shelved().get(run)
            return 0 if shelved is None else shelved.kept.ledger.prompt_tokens
        return entry.parts.tokens if isinstance(entry.parts, Sketch) else sum(part.tokens for part in entry.parts)


def _parts(entry: _Entry) -> tuple[LedgerPart, ...]:
    if isinstance(entry.parts, Sketch):
        entry.parts = entry.parts.parts()
    return entry.parts


def _kept(entry: _Entry) -> Kept:
    usage, card, parts = entry.usage, entry.card, _parts(entry)
    priced = usage is not None and not entry.shared and card.currency is not None
    ledger = Ledger(
        run=entry.run,
        model=card.id,
        connection=card.ref.connection,
        created=entry.created,
        prompt_tokens=sum(part.tokens for part in parts),
        parts=parts,
        cuts=entry.told.drawn.cuts,
        ignored=entry.ignored,
        outcome=entry.outcome,
        engine_prompt=None if usage is None else usage.prompt,
        engine_completion=None if usage is None else usage.completion,
        shared=entry.shared,
        cost=price(card, usage.prompt, usage.completion) if usage is not None and priced else None,
        currency=card.currency if priced else None,
    )
    owner = entry.owner
    return Kept(owner.tenant, owner.user, owner.scope_key, ledger, entry.told.chat)
