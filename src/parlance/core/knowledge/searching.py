"""Searching in somebody's name: the one place where a `Retriever` is made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from parlance.core.knowledge.graph import prompts
from parlance.core.knowledge.graph.reading import named
from parlance.core.knowledge.graph.walking import Walker
from parlance.core.knowledge.likeness import must_be_comparable
from parlance.core.knowledge.room import KnowledgeRoom, Reranking
from parlance.core.knowledge.search.exams import Reading
from parlance.core.knowledge.search.options import SearchOptions
from parlance.core.knowledge.search.queries import Queries, Said, prepared
from parlance.core.knowledge.search.retriever import Retriever
from parlance.core.knowledge.vectors import unit
from parlance.ports.engines import RerankEngine
from parlance.values.accounts import Principal
from parlance.values.asks import RerankAsk, Reranked
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base


def retriever_for(room: KnowledgeRoom, principal: Principal) -> Retriever:
    """What finds passages for somebody who may read the base: queries are embedded and passages judged by the base's
    own models, and counted as the asker's use of them."""

    async def embed(base: Base, text: str, query: bool) -> Sequence[float]:
        [vector] = await room.embedding.embed(principal.tenant, principal.user, base.embedder, [text], query)
        if len(vector) == base.dimension:  # else the index refuses it
            await must_be_comparable(room, principal, base)
        return unit(vector)

    def reranker(base: Base) -> tuple[RerankEngine, str] | None:
        return None if room.reranking is None else (_Asked(room.reranking, principal), base.reranker)

    async def read(base: Base, question: str) -> Reading:
        ask = partial(room.embedding.embed, principal.tenant, principal.user, base.embedder)
        told = await room.embedding.digest(principal, base.embedder)
        which = (principal.tenant, base.embedder, told, str(base.dimension))
        return await room.exams.of(which, question, ask, room.clock.monotonic())

    walker = Walker(room.stores.graphs, partial(_entities, room, principal)) if room.graphs else None
    return Retriever(room.index, room.stores, embed, reranker, walker, read)


async def _entities(room: KnowledgeRoom, principal: Principal, base: Base, question: str) -> Sequence[str]:
    """What the base's own model says that a question is about."""
    if room.speaking is None:
        raise Fault(Kind.unsupported, "Nothing here chats.")
    asked = (principal, base.graph.asking, prompts.names(), question)
    return named(await room.speaking.say(*asked, prompts.NAMES_ANSWER, temperature=prompts.COOL))


async def queries_for(
    room: KnowledgeRoom,
    principal: Principal,
    question: str,
    options: SearchOptions,
    history: Sequence[Said] = (),
    model: str = "",
) -> Queries:
    """What to look for to answer a question: made once, however many bases are searched. `model` (empty: the default
    one) is asked in the asker's name where the options want it."""

    async def say(told: str, asked: str, most: int) -> str:
        if room.speaking is None:
            raise Fault(Kind.unsupported, "Nothing here chats.")
        return await room.speaking.say(principal, model, told, asked, most)

    return await prepared(question, history, options, say)


async def chosen_reranker(room: KnowledgeRoom, principal: Principal, model: str) -> str:
    """The id of the reranker that a base is to have; empty for none. Raises `Fault` for what is none."""
    if not model:
        return ""
    if room.reranking is None:
        raise Fault(Kind.unsupported, "Nothing here reranks.", field="reranker")
    return await room.reranking.named(principal, model)


class _Asked:
    """A `RerankEngine` by the models' road. The model is an id as clients say it."""

    def __init__(self, reranking: Reranking, principal: Principal) -> None:
        self._reranking = reranking
        self._principal = principal

    async def rerank(self, ask: RerankAsk) -> Reranked:
        return await self._reranking.rerank(self._principal.tenant, self._principal.user, ask)
