"""An answer that rests on documents: they are searched on the way to the engine, in the flight's own task, before it
waits for the engine's slot (the embedder may be of the same engine)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from parlance.core.knowledge.asking.context import Around, Context, context, resumed
from parlance.core.knowledge.asking.exhibits import exhibits, numbered
from parlance.core.knowledge.asking.guidance import language_of
from parlance.core.knowledge.asking.looking import Findings
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.refusing import bases_gone, refusal
from parlance.core.knowledge.asking.telling import Telling
from parlance.core.knowledge.search.queries import Said
from parlance.core.runs.flight import Flight
from parlance.core.steps import Steps
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Evidence, Exhibit, Finished, Retrieved
from parlance.values.grounds import Footing
from parlance.values.ids import Ids
from parlance.values.knowledge import Base
from parlance.values.ledger import Drawn
from parlance.values.messages import Item, Message, text_of
from parlance.values.notices import Searching
from parlance.values.texts import without_thoughts


class Library(Protocol):
    """Where bases are (`core/knowledge/asking/looking.py`)."""

    async def there(self, principal: Principal, footing: Footing) -> tuple[Base, ...]:
        """Those of the bases that are there, and that somebody may read."""
        ...

    async def look(
        self,
        principal: Principal,
        footing: Footing,
        question: str,
        before: Sequence[Said] = (),
        model: str = "",
        earlier: Sequence[Exhibit] = (),
        steps: Steps | None = None,
    ) -> Findings:
        """Search in all of them; by the question as `model` puts it after what was said `before`. What an `earlier`
        answer rested on is chosen among, too. `steps` is told how long each took. Raises `Fault`."""
        ...


class Grounding:
    """The library of this installation; put together at start, for bases come after the road."""

    def __init__(self) -> None:
        self._library: Library | None = None
        self.turn = asyncio.Lock()
        """Whose sentence is looked at now: one of all answers."""

    def use(self, library: Library) -> None:
        """There are bases."""
        self._library = library

    @property
    def library(self) -> Library:
        """Where to look. Raises `Fault(unsupported)` where there are no bases at all."""
        if self._library is None:
            raise Fault(Kind.unsupported, "This server keeps no documents.", field="bases", code="no_knowledge")
        return self._library


class Grounded:
    """What one answer rests on. `ids` are those of the turns that the ask's items come from, `space` the tokens that
    its prompt may take; `evidence` is that of an answer that goes on: it keeps its passages and their numbers;
    `earlier` are the passages of an answer before, to be looked at again."""

    def __init__(
        self,
        footing: Footing,
        *,
        space: int | None = None,
        ids: Sequence[str | None] = (),
        evidence: Evidence | None = None,
        earlier: Sequence[Exhibit] = (),
    ) -> None:
        self.footing = footing
        self._space = space
        self._ids = tuple(ids)
        self._evidence = evidence
        self._earlier = tuple(earlier)
        self._passages: tuple[Numbered, ...] = ()
        self._refusal = ""
        self._said = ""
        self.asks = True
        """Whether an engine is asked: else all is said already."""

    async def prepared(
        self,
        items: tuple[Item, ...],
        principal: Principal,
        library: Library,
        ids: Ids,
        flight: Flight,
        model: str = "",
    ) -> tuple[tuple[Item, ...], Drawn | None]:
        """The prompt in place of these items, and what it was drawn from (`None`: as it was). What was found is told
        to the flight; where the answer is that there is nothing, that too. `model` completes the question where that
        is wanted. Raises `Fault`."""
        place = max((n for n, item in enumerate(items) if _asks(item)), default=None)
        if place is None:
            raise Fault(Kind.invalid, "There is no question to look for.", field="ask.items", code="no_question")
        question, around = items[place], self._around(items, place)
        assert isinstance(question, Message)
        if self._evidence is not None:
            return await self._gone_on(question, around, principal, library, ids)
        flight.notice(Searching(len(self.footing.bases)))
        findings = await self._found(
            items[:place], text_of(question.content), principal, library, model, flight.log.steps
        )
        flight.quiet()
        with flight.log.steps.step("compose"):
            made = context(question, findings.hits, ids.new(), room=self._space, around=around)
        self._passages = made.passages
        flight.push(Retrieved(exhibits(made.passages), findings.bases, findings.threshold, findings.remarks))
        self._refusal = self.footing.grounds.refusal or refusal(question, findings.searched)
        return self._decided(question, items, findings, made, flight)

    async def _found(
        self,
        before: tuple[Item, ...],
        question: str,
        principal: Principal,
        library: Library,
        model: str,
        steps: Steps,
    ) -> Findings:
        """What is found by the question, completed by what was said before; where that finds nothing new, as it is."""
        grounds = self.footing.grounds
        said = talk(before, grounds.rounds) if grounds.rounds and not grounds.query else ()
        if said:
            findings = await library.look(principal, self.footing, question, said, model, self._earlier, steps)
            if not all(hit.earlier for hit in findings.hits):
                return findings
        return await library.look(principal, self.footing, question, earlier=self._earlier, steps=steps)

    def sink(self, flight: Flight, turn: asyncio.Lock) -> Telling:
        """What one call of the engine pushes into; `turn` is that of all answers."""
        marker = "" if self._said else self.footing.grounds.no_match_prefix
        return Telling(flight, self._passages, marker=marker, fallback=self._refusal, said=self._said, turn=turn)

    def _around(self, items: tuple[Item, ...], place: int) -> Around:
        """What stands around the question at this place. Its ids are those behind the instructions."""
        first, grounds = items[0], self.footing.grounds
        told = isinstance(first, Message) and first.role in ("system", "developer") and place > 0
        also = text_of(first.content) if told and isinstance(first, Message) else ""
        return Around(
            also,
            items[int(told) : place],
            items[place + 1 :],
            self._ids[int(told) :],
            grounds.strict,
            grounds.instructions,
            grounds.layout,
        )

    async def _gone_on(
        self, question: Message, around: Around, principal: Principal, library: Library, ids: Ids
    ) -> tuple[tuple[Item, ...], Drawn | None]:
        """The same passages again, for who may still read the bases that they are from."""
        assert self._evidence is not None
        there = {base.id for base in await library.there(principal, self.footing)}
        if not all(passage.base in there for passage in self._evidence.passages):
            raise Fault(
                Kind.conflict,
                "A base that this answer rests on is not there any more, so it cannot go on.",
                hint="Ask again, of the bases that there are.",
                code="base_gone",
            )
        self._passages = numbered(self._evidence.passages)
        self._said = "".join(text_of(item.content) for item in around.after if isinstance(item, Message))
        made = resumed(question, self._passages, ids.new(), around)
        return made.items, made.drawn

    def _decided(
        self, question: Message, items: tuple[Item, ...], findings: Findings, made: Context, flight: Flight
    ) -> tuple[tuple[Item, ...], Drawn | None]:
        if made.passages:
            return made.items, made.drawn
        if findings.hits:
            raise Fault(
                Kind.context_full,
                "The model's context has no room left for any of the passages that were found.",
                hint="Begin a new chat, ask for a shorter answer, or choose a model with a larger context.",
                code="no_room_for_passages",
            )
        if findings.gone and not findings.bases:
            self._say(bases_gone(findings.gone, language_of(text_of(question.content))), flight)
        elif self.footing.grounds.strict:
            self._say(self._refusal, flight)
        else:
            return items, None
        return (), Drawn()

    def _say(self, text: str, flight: Flight) -> None:
        """The answer, without any engine."""
        self.asks = False
        flight.push(Delta(text))
        flight.push(Finished("stop"))


def _asks(item: Item) -> bool:
    return isinstance(item, Message) and item.role == "user"


def talk(before: Sequence[Item], rounds: int) -> tuple[Said, ...]:
    """The last rounds of what was said, without what was thought."""
    said = [item for item in before if isinstance(item, Message) and item.role in ("user", "assistant")]
    texts = [(item, without_thoughts(text_of(item.content)).strip()) for item in said[-2 * rounds :]]
    return tuple(Said("user" if item.role == "user" else "assistant", text) for item, text in texts if text)
