"""Which models an Ollama has: `/api/tags`, `/api/show`, `/api/ps`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.engines.ollama_http import cards
from parlance.engines.ollama_http.faults import not_json
from parlance.engines.ollama_http.wire import Wire
from parlance.engines.plug import Upstream
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault
from parlance.values.models import LoadedModel, ModelCard, ModelRef

LISTING = Deadlines(connect=5.0, first_byte=10.0, between=10.0, total=15.0)
"""A list is read from a disk, not thought up; somebody waits for it. Shorter deadlines of a connection hold too."""
SHOWN_AT_ONCE = 4
SHOWN_AT_MOST = 64
"""Models that are looked at more closely: a shelf of more than that is told by names."""
SHOWING_SECONDS = 0.5
"""What a list may take longer for it. Models that were not shown in time are guessed at, and shown the next time."""

Told = dict[str, Any]


class OllamaCatalogue:
    """A `Catalogue`. What `/api/show` said of a model is kept until its digest changes or it is gone."""

    def __init__(self, wire: Wire, upstream: Upstream, showing: float = SHOWING_SECONDS) -> None:
        """`showing` is how many seconds a list may take longer for a closer look."""
        self._wire = wire
        self._connection = upstream.name
        self._only = upstream.models
        self._better = upstream.cards
        self._showing = showing
        given = upstream.deadlines
        self._listing = Deadlines(
            min(given.connect, LISTING.connect),
            min(given.first_byte, LISTING.first_byte),
            min(given.between, LISTING.between),
            LISTING.total,
        )
        self._shown: dict[tuple[str, str], Told] = {}
        self._cards: dict[str, ModelCard] = {}

    async def cards(self) -> Sequence[ModelCard]:
        """Every model there is, or those that were configured. Raises `Fault`."""
        rows = _rows(await self._wire.get("/api/tags", self._listing))
        if self._only:
            rows = [row for row in rows if not {cards.text(row, "name"), _bare(row)}.isdisjoint(self._only)]
        await self._show_new(rows)
        found = [cards.listed(row, self._connection, self._shown.get(_key(row))) for row in rows]
        self._cards = {card.ref.name: self._known_better(card) for card in found}
        for name in self._only:
            if name not in self._cards and f"{name}:latest" not in self._cards:
                # Somebody wrote it down: it may be pulled later, or made by a proxy that lists nothing.
                card = ModelCard(name, ModelRef(self._connection, name), cards.ENGINE, state="unavailable")
                self._cards[name] = self._known_better(card)
        return tuple(self._cards.values())

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """All that is known of a model, in `foreign`. Raises `Fault(missing)`."""
        body: Told = {"model": name, "verbose": True} if verbose else {"model": name}
        told = await self._wire.post("/api/show", body, self._listing)
        known = self._cards.get(name) or self._cards.get(f"{name}:latest")
        return self._known_better(cards.shown(name, self._connection, told, known))

    async def loaded(self) -> Sequence[LoadedModel]:
        """The models in memory now."""
        rows = _rows(await self._wire.get("/api/ps", self._listing))
        return tuple(cards.loaded(row, self._card(row)) for row in rows)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _card(self, row: Told) -> ModelCard:
        card = self._cards.get(cards.text(row, "name")) or cards.listed(row, self._connection, None)
        return msgspec.structs.replace(card, state="loaded")

    def _known_better(self, card: ModelCard) -> ModelCard:
        """What the operator knows wins over what an Ollama tells."""
        better = self._better.get(card.ref.name) or self._better.get(card.ref.name.removesuffix(":latest"))
        if better is None:
            return card
        return msgspec.structs.replace(
            card,
            capabilities=better.capabilities or card.capabilities,
            context=better.context or card.context,
            note=better.note or card.note,
            prompt_price=better.prompt_price,
            completion_price=better.completion_price,
            currency=better.currency,
        )

    async def _show_new(self, rows: list[Told]) -> None:
        """Look at the models that are new or changed, a few at a time and not for long; forget those that went."""
        keys = {_key(row) for row in rows}
        self._shown = {key: told for key, told in self._shown.items() if key in keys}
        wanted = [row for row in rows[:SHOWN_AT_MOST] if _key(row) not in self._shown and "capabilities" not in row]
        if not wanted:
            return
        few = asyncio.Semaphore(SHOWN_AT_ONCE)
        try:
            async with asyncio.timeout(self._showing):
                await asyncio.gather(*(self._show_one(row, few) for row in wanted))
        except TimeoutError:
            pass  # the rest is guessed

    async def _show_one(self, row: Told, few: asyncio.Semaphore) -> None:
        async with few:
            try:
                told = await self._wire.post("/api/show", {"model": cards.text(row, "name")}, self._listing)
            except Fault:
                return  # a model that cannot be shown is still listed
        kept: Told = {name: told[name] for name in ("capabilities", "model_info") if name in told}
        self._shown[_key(row)] = kept


def _rows(found: Told) -> list[Told]:
    """The rows of a list that name a model."""
    rows = found.get("models")
    if rows is None and "models" in found:
        return []  # an empty list in Go's JSON
    if not isinstance(rows, list):
        raise not_json()
    return [row for row in rows if isinstance(row, dict) and (cards.text(row, "name") or cards.text(row, "model"))]


def _key(row: Told) -> tuple[str, str]:
    return cards.text(row, "name"), cards.text(row, "digest")


def _bare(row: Told) -> str:
    return cards.text(row, "name").removesuffix(":latest")
