"""The ledgers of runs: drawn up when an answer begins, closed when it ends, readable for ten minutes from memory.

Those of saved chats are handed to whoever keeps them. No stateless ask waits for anything here: what it costs is a
microsecond for a short one, a quarter for each message of a long one; the rest is worked out when somebody reads.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from parlance.core.ledger.draft import all_parts, ignored
from parlance.core.ledger.prices import price
from parlance.core.runs.run import Run
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk
from parlance.values.events import Outcome, Trimmed, Usage
from parlance.values.ledger import Drawn, Kept, Ledger, LedgerPart
from parlance.values.messages import Message
from parlance.values.models import ModelCard
from parlance.values.time import Clock

KEEP_SECONDS = 600.0
"""How long a ledger stays in memory after it was drawn up or closed: as long as a finished run."""
MOST = 2000
"""Ledgers in memory: a few megabytes; beyond it the oldest go early."""
LONG_SECONDS = 60.0
"""An answer that took longer has its ten minutes counted from its end."""
SHORT_ITEMS, SHORT_TEXT = 8, 512
"""Messages, and characters of each, of a question that is kept as it is: with all of them together, still megabytes."""


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
    ask: ChatAsk | None
    """A short question itself, from which the parts are made if anybody reads: hardly anybody does."""
    parts: tuple[LedgerPart, ...] = ()
    ignored: tuple[str, ...] = ()
    outcome: Outcome | None = None
    usage: Usage | None = None


class Ledgers:
    """Ledgers by run. `keep` takes those that are to be stored, when they are closed."""

    def __init__(self, clock: Clock, keep: Callable[[Kept], None] = lambda kept: None) -> None:
        self._clock = clock
        self._keep = keep
        self._recent: dict[str, _Entry] = {}

    def open(self, run: Run, card: ModelCard, ask: ChatAsk, told: Told = UNTOLD, *, shared: bool = False) -> None:
        """Draw up the ledger of a run from what its engine is asked. `shared`: another flight or a cache answers."""
        recent, until = self._recent, self._clock.monotonic() + KEEP_SECONDS
        entry = recent[run.id] = _Entry(run.id, run.owner, run.created, card, told, shared, until, ask)
        if told is not UNTOLD or not _is_short(ask):
            _draw(entry, ask)
        first = next(iter(recent))
        if len(recent) > MOST or recent[first].until <= until - KEEP_SECONDS:
            del recent[first]

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
        entry = self._recent.get(run)
        if entry is None or entry.until <= self._clock.monotonic():
            return None
        return _kept(entry)

    def prompt_tokens(self, run: str) -> int:
        """Our count of what an engine was given for a run."""
        entry = self._recent.get(run)
        return 0 if entry is None else sum(part.tokens for part in _drawn(entry).parts)


def _is_short(ask: ChatAsk) -> bool:
    """Whether a question is so short that it may be kept for a while instead of being counted at once."""
    if len(ask.items) > SHORT_ITEMS or ask.prompt is not None or ask.tools:
        return False
    for item in ask.items:
        if type(item) is not Message or type(item.content) is not str or len(item.content) > SHORT_TEXT:
            return False
    return not ask.foreign


def _draw(entry: _Entry, ask: ChatAsk) -> None:
    entry.parts = all_parts(ask, entry.told.drawn.parts or None)
    entry.ignored = ignored(ask, entry.card.engine)
    entry.ask = None


def _drawn(entry: _Entry) -> _Entry:
    if entry.ask is not None:
        _draw(entry, entry.ask)
    return entry


def _kept(entry: _Entry) -> Kept:
    usage, card = entry.usage, _drawn(entry).card
    priced = usage is not None and not entry.shared and card.currency is not None
    ledger = Ledger(
        run=entry.run,
        model=card.id,
        connection=card.ref.connection,
        created=entry.created,
        prompt_tokens=sum(part.tokens for part in entry.parts),
        parts=entry.parts,
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
