"""The prompt of an answer: instructions, what was said before, and the question behind its passages.

The best hits come in first, as many as fit. In the prompt the documents stand in the order of their best hit, and the
passages of one in the order of its text. What did not fit is a cut with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from parlance.core.chat.tokens import estimate_all, text_tokens
from parlance.core.knowledge.asking.fencing import key_of
from parlance.core.knowledge.asking.guidance import Language, instructions, language_of
from parlance.core.knowledge.asking.layouts import Fenced, LaidOut, Laying
from parlance.core.knowledge.asking.passages import Numbered, Stretch, called, merged, shortened
from parlance.core.ledger.draft import parts_of
from parlance.values.grounds import Layout
from parlance.values.knowledge import Hit
from parlance.values.ledger import Drawn, LedgerCut
from parlance.values.messages import Item, Message, text_of

FULL = "The model's context has no room left for this passage."
BESIDE = "It stands beside a passage that did not fit into the model's context."
REST = "Only a part of this passage fits into the model's context."
WIDEST = 999
"""The number that passages are measured with before they have one."""
LEAST = 40
"""Code points below which a part of a passage says nothing."""


class Around(msgspec.Struct, frozen=True):
    """What stands around a question and its passages, and how they are told. `also` are instructions that go first,
    `history` what was said before, `after` what was answered already where an answer goes on; `ids` are those of the
    turns that history, question and after come from, item by item. `strict`, `instructions` and `layout` are as in
    `Grounds`."""

    also: str = ""
    history: tuple[Item, ...] = ()
    after: tuple[Item, ...] = ()
    ids: tuple[str | None, ...] = ()
    strict: bool = True
    instructions: str = ""
    layout: Layout = ()


NOTHING_AROUND = Around()


class Context(msgspec.Struct, frozen=True):
    """A prompt that is ready to be sent: `items` in order, `passages` by their numbers from 1, and what goes into the
    run's ledger. Without passages there is nothing to answer from (`refusing`)."""

    items: tuple[Item, ...]
    passages: tuple[Numbered, ...]
    drawn: Drawn
    language: Language


def context(
    question: Message, hits: Sequence[Hit], id: str, *, room: int | None, around: Around = NOTHING_AROUND
) -> Context:
    """The prompt for a question. `hits` as a search gives them: the best first, each followed by its neighbours. `id`
    is a new random one. `room` is what a prompt of this model may take, in tokens (`core/chat/assemble.room`), `None`
    where nobody knows; what stands around is taken off it.
    """
    key = key_of(id, [text for hit in hits for text in (hit.chunk.content, hit.chunk.context, _name(hit))])
    laying, before = _laid(question, key, around)
    taken = estimate_all((*before, *around.history, laying.message((), question), *around.after))
    chosen = _Choosing(laying, None if room is None else room - taken)
    for hit in hits:
        chosen.offer(hit)
    passages = tuple(Numbered(n, stretch) for n, stretch in enumerate(chosen.stretches(), 1))
    return _whole(question, passages, (laying, before), around, tuple(chosen.cuts))


def resumed(question: Message, passages: Sequence[Numbered], id: str, around: Around = NOTHING_AROUND) -> Context:
    """The prompt for an answer that goes on with the passages that it began with, under the same numbers."""
    texts = [text for each in passages for text in (each.stretch.content, each.stretch.context, each.stretch.name)]
    return _whole(question, passages, _laid(question, key_of(id, texts), around), around)


def _laid(question: Message, key: str, around: Around) -> tuple[Laying, tuple[Message, ...]]:
    """How passages stand in the message, and what a model is told of that before all."""
    language = language_of(text_of(question.content))
    laying: Laying = LaidOut(around.layout) if around.layout else Fenced(key)
    own = around.instructions.strip()
    told = own if around.layout else instructions(language, key, strict=around.strict, own=own)
    parts = [part for part in (around.also, told) if part]
    return laying, (Message("system", "\n\n".join(parts)),) if parts else ()


def _whole(
    question: Message,
    passages: Sequence[Numbered],
    laid: tuple[Laying, tuple[Message, ...]],
    around: Around,
    cuts: tuple[LedgerCut, ...] = (),
) -> Context:
    laying, before = laid
    said: tuple[Item, ...] = (*around.history, laying.message(passages, question), *around.after)
    ids = around.ids if len(around.ids) == len(said) else (None,) * len(said)
    parts = [part for item in before for part in parts_of(item)]
    parts += [part for item, id in zip(said, ids, strict=True) for part in parts_of(item, id)]
    language = language_of(text_of(question.content))
    return Context((*before, *said), tuple(passages), Drawn(tuple(parts), cuts), language)


class _Choosing:
    """Which hits fit, while they are offered: the best first."""

    def __init__(self, laying: Laying, space: int | None) -> None:
        self._laying, self._space = laying, space
        self._taken: dict[str, list[Hit]] = {}
        self._costs: dict[str, int] = {}
        self._seen: set[str] = set()
        self._last = True
        self.cuts: list[LedgerCut] = []

    def offer(self, hit: Hit) -> None:
        """Take a hit, a part of it where it is the first, or note why not."""
        if hit.chunk.id in self._seen:
            return
        self._seen.add(hit.chunk.id)
        if hit.neighbour and not self._last:
            self._cut(hit, text_tokens(hit.chunk.content), BESIDE)
            return
        taken = self._take(hit)
        if not taken and not self._taken and not hit.neighbour:
            taken = self._take_part(hit)
        elif not taken:
            self._cut(hit, text_tokens(hit.chunk.content), FULL)
        if not hit.neighbour:
            self._last = taken

    def stretches(self) -> list[Stretch]:
        """What was taken, as it stands in the prompt."""
        documents = [merged(hits) for hits in self._taken.values()]
        documents.sort(key=lambda found: -max(stretch.score for stretch in found))
        return [stretch for found in documents for stretch in found]

    def _take(self, hit: Hit) -> bool:
        of = hit.document.id
        hits = [*self._taken.get(of, ()), hit]
        cost = sum(map(self._cost, merged(hits)))
        others = sum(self._costs.values()) - self._costs.get(of, 0)
        if self._space is not None and others + cost > self._space:
            return False
        self._taken[of], self._costs[of] = hits, cost
        return True

    def _take_part(self, hit: Hit) -> bool:
        """The best hit of all is worth some of its sentences where it is larger than the room."""
        length = _most(len(hit.chunk.content), lambda n: self._fits(shortened(hit, n)))
        if length < LEAST:
            self._cut(hit, text_tokens(hit.chunk.content), FULL)
            return False
        part = shortened(hit, length)
        self._cut(hit, text_tokens(hit.chunk.content.replace(part.chunk.content, "", 1)), REST)
        return self._take(part)

    def _fits(self, hit: Hit) -> bool:
        return self._space is None or sum(map(self._cost, merged([hit]))) <= self._space

    def _cost(self, stretch: Stretch) -> int:
        return sum(text_tokens(part.text) for part in self._laying.passage(Numbered(WIDEST, stretch)))

    def _cut(self, hit: Hit, tokens: int, why: str) -> None:
        self.cuts.append(LedgerCut("passage", tokens, why, hit.chunk.id, _name(hit)))


def _most(length: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `length` that fits, 0 where none does; a smaller one takes no more room."""
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _name(hit: Hit) -> str:
    return called(hit.document)
