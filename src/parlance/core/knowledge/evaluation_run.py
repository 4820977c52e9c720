"""Doing an evaluation: search for each question with each setting, compare, and sum up.

It goes through the set in pieces, each of which is written when it is measured: whoever takes the job over goes on with
the next. After some pieces the job goes back into the line, so that a long set keeps no document waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from parlance.core.jobs.held import LASTING, STINT_SECONDS, Held
from parlance.core.knowledge.asking.marks import RUN
from parlance.core.knowledge.evaluating import Evaluating, no_answers
from parlance.core.knowledge.evaluation_sums import Sums
from parlance.core.knowledge.evaluations import OPEN
from parlance.core.knowledge.measures import ANSWER_MEASURES, MEASURES
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.search.options import Retrieved, options_of
from parlance.core.knowledge.searching import retriever_for
from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import CORPUS_ID, Evaluation, Measured, Outcome, Piece, Question, SearchSetting
from parlance.values.knowledge import Base, Document, Hit

AT_A_TIME = 4
"""Questions that are searched for at the same time."""
PIECES = 4
"""Pieces at most that are measured before others have their turn."""
TOLD, EXAMPLES = 10, 10
"""Names that are kept of what was found, and of what names nothing."""
MOST_ANSWER = 8000
"""Code points of an answer that are compared: the longest sequence that two texts share costs their product."""
FAILING = frozenset({"embedder_failed", "reranker_failed"})
"""Remarks of a search that would have measured something else than what was asked for."""


class Evaluate:
    """The task `evaluate`: its subject is an evaluation's id."""

    def __init__(self, room: KnowledgeRoom, evaluating: Evaluating) -> None:
        self._room = room
        self._evaluating = evaluating

    def lasts(self, fault: Fault) -> bool:
        """An engine may come back; a model that is not there does not."""
        return fault.kind in LASTING

    async def run(self, held: Held) -> None:
        """Measure what is still to be measured, and sum up when nothing is."""
        base, evaluation = await self._found(held)
        if base is None or evaluation is None or evaluation.state not in OPEN:
            return await held.finish()
        evaluations, until = self._room.stores.evaluations(base.tenant), self._room.clock.monotonic() + STINT_SECONDS
        if evaluation.state == "waiting":
            evaluation = msgspec.structs.replace(evaluation, outcome=await self._known(base, evaluation))
            await held.commit((self._changed(evaluation, state="running", outcome=evaluation.outcome),))
        for _ in range(PIECES):
            piece = await evaluations.unmeasured(evaluation.id)
            if piece is None:
                return await self._finish(held, evaluation)
            measured = await self._measured(base, evaluation, piece)
            done = piece.place + len(piece.questions)
            written = evaluations.measured(evaluation.id, piece.place, measured)
            await held.commit((self._changed(evaluation, done=done), written))
            if self._room.clock.monotonic() >= until:
                break
        await held.give_back()
        await self._room.wake()

    async def give_up(self, held: Held, fault: Fault) -> None:
        """The evaluation says why."""
        _, evaluation = await self._found(held)
        if evaluation is None:
            return await held.finish()
        fields = {"state": "failed", "problem": fault.code or fault.kind.value, "words": fault.sentence()}

        async def failed() -> ChangeSet:
            return (self._changed(evaluation, **fields),)

        await held.finish(failed)

    async def _found(self, held: Held) -> tuple[Base | None, Evaluation | None]:
        stores, tenant = self._room.stores, held.job.tenant
        evaluation = await stores.evaluations(tenant).evaluation(held.job.subject)
        return (None if evaluation is None else await stores.bases(tenant).base(evaluation.base)), evaluation

    def _changed(self, evaluation: Evaluation, **fields: Any) -> Any:
        evaluations = self._room.stores.evaluations(evaluation.tenant)
        return evaluations.change(evaluation.id, fields, self._room.clock.now(), among=OPEN)

    # -- what the set names -----------------------------------------------------------------------------------------

    async def _known(self, base: Base, evaluation: Evaluation) -> Outcome:
        """How much of what should be found names nothing in the base. Raises `Fault` where nothing of it does."""
        left = {
            name async for piece in self._pieces(evaluation) for asked in piece.questions for name in asked.relevant
        }
        wanted = len(left)
        before: str | None = None
        documents = self._room.stores.documents(base.tenant)
        while left and (found := await documents.page(base.id, before, PAGE)):
            left.difference_update(name for document in found for name in names_of(document))
            before = found[-1].id
        ids = sorted(left)
        for start in range(0, len(ids), PAGE):
            chunks = await self._room.stores.chunks(base.tenant).several(ids[start : start + PAGE])
            left.difference_update(chunk.id for chunk in chunks if chunk.base == base.id)
        if len(left) == wanted:
            raise _nothing_known(sorted(left)[0])
        return Outcome(len(left), tuple(sorted(left)[:EXAMPLES]))

    async def _pieces(self, evaluation: Evaluation) -> AsyncIterator[Piece]:
        evaluations, after = self._room.stores.evaluations(evaluation.tenant), -1
        while found := await evaluations.pieces(evaluation.id, after, 20):
            after = found[-1].place
            for piece in found:
                yield piece

    # -- measuring --------------------------------------------------------------------------------------------------

    async def _measured(self, base: Base, evaluation: Evaluation, piece: Piece) -> list[tuple[Measured, ...]]:
        gate = asyncio.Semaphore(AT_A_TIME)

        async def one(asked: Question) -> tuple[Measured, ...]:
            async with gate:
                return tuple([await self._one(base, evaluation, asked, each) for each in evaluation.settings])

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(asked)) for asked in piece.questions]
        except ExceptionGroup as several:  # the first says why; the others were broken off
            raise several.exceptions[0] from several
        return [task.result() for task in tasks]

    async def _one(self, base: Base, evaluation: Evaluation, asked: Question, setting: SearchSetting) -> Measured:
        """One question with one setting."""
        found = await self._retrieved(base, evaluation, asked, setting)
        own = asked.id if evaluation.skip_own else ""
        ranking = list(dict.fromkeys(name for name in (named(hit, asked) for hit in found.hits) if name != own))
        figures = {name: measure(ranking, asked.relevant) for name, measure in MEASURES.items()}
        answer = ""
        if evaluation.model and asked.answer and setting == evaluation.settings[0]:
            answer = await self._answered(base, evaluation, asked)
            words = RUN.sub("", answer)  # the marks of citations are no words of the answer
            figures |= {name: measure(words, asked.answer) for name, measure in ANSWER_MEASURES.items()}
        return Measured(figures, tuple(ranking[:TOLD]), answer, found.remarks)

    async def _retrieved(
        self, base: Base, evaluation: Evaluation, asked: Question, setting: SearchSetting
    ) -> Retrieved:
        """What a search finds. Raises `Fault` where it would be measured without what was asked for."""
        who = Principal(evaluation.tenant, evaluation.user)
        found = await retriever_for(self._room, who).find(base, asked.query, options_of(setting))
        if failed := FAILING.intersection(found.remarks):
            raise Fault(
                Kind.busy,
                "A search could not be made as it is to be measured.",
                hint="Look whether the base's embedder and reranker answer.",
                code=min(failed),
            )
        return found

    async def _answered(self, base: Base, evaluation: Evaluation, asked: Question) -> str:
        answering = self._evaluating.answering
        if answering is None:
            raise no_answers()
        tenant, user = evaluation.tenant, evaluation.user
        return (await answering.answer(tenant, user, base.id, evaluation.model, asked.query))[:MOST_ANSWER]

    # -- the end ----------------------------------------------------------------------------------------------------

    async def _finish(self, held: Held, evaluation: Evaluation) -> None:
        sums = Sums(len(evaluation.settings))
        async for piece in self._pieces(evaluation):
            for each in piece.measured or ():
                sums.add(each)
        outcome = await asyncio.to_thread(sums.outcome, evaluation.outcome, self._evaluating.chance())

        async def whole() -> ChangeSet:
            return (self._changed(evaluation, state="done", outcome=outcome),)

        await held.finish(whole)


def names_of(document: Document) -> Iterator[str]:
    """Under which names a set may know a document."""
    yield from (document.id, document.place, document.name)
    yield from document.metadata.get(CORPUS_ID, "").split()


def named(hit: Hit, asked: Question) -> str:
    """Under which name a hit stands in a ranking: the one that the question has for it, else its document's id."""
    if hit.chunk.id in asked.relevant:
        return hit.chunk.id
    names = list(names_of(hit.document))
    known = next((name for name in names if name in asked.relevant), None)
    return known or (asked.id if asked.id in names else hit.document.id)


def _nothing_known(example: str) -> Fault:
    return Fault(
        Kind.invalid,
        "Nothing that should be found is in this base.",
        hint=f"Name documents by id, place or name, and chunks by id: there is none such as {example[:80]!r}.",
        code="nothing_known",
    )
