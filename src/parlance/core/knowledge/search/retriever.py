"""The stages of a search, one after the other. Who may search in a base is decided before."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat

from parlance.core.knowledge.graph.walking import Reached, Walker
from parlance.core.knowledge.search.diversity import diverse
from parlance.core.knowledge.search.exams import UNEXAMINED, Reading
from parlance.core.knowledge.search.filters import ids_of
from parlance.core.knowledge.search.fusion import Fused, fused, says_nothing, weight_of
from parlance.core.knowledge.search.options import Remark, Remarks, Retrieved, SearchOptions
from parlance.core.knowledge.search.queries import Queries
from parlance.core.knowledge.search.reranking import reranked
from parlance.core.knowledge.search.surroundings import with_neighbours, with_parents
from parlance.core.knowledge.search.telling import looked_for
from parlance.core.knowledge.vectors import ANOTHER, WRONG_DIMENSION, text_of
from parlance.core.steps import Steps, timed
from parlance.ports.engines import RerankEngine
from parlance.ports.indexes import BaseIndex, Found
from parlance.ports.knowledge import PAGE, Chunks, Documents, KnowledgeStores
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Hit

LOOSER, LOOSEST, LEAST = 0.7, 3, 0.05
"""By how much a threshold is lowered when nothing passes, how often, and how far at most."""
SPARE = 3
"""Hits looked up for each that is wanted, where diversity, parents or a reranker choose among them."""
ATTEMPTS = 4
"""How often a base is searched while what is found in it goes."""
Embed = Callable[[Base, str, bool], Awaitable[Sequence[float]]]
"""The vector of a text by a base's own model, of unit length; whether it is a question. Raises `Fault`."""
Read = Callable[[Base, str], Awaitable[Reading]]
"""How a base's own model reads the script of a question."""


async def _unexamined(base: Base, question: str) -> Reading:
    return UNEXAMINED


class Retriever:
    """Finds passages. `embed` makes the vector of a query; `reranker` gives the engine and the model's own name of a
    base's reranker, or none; `walker` follows graphs, where there are some here; `read` tells how a base's model reads
    a question."""

    def __init__(
        self,
        index: BaseIndex,
        stores: KnowledgeStores,
        embed: Embed,
        reranker: Callable[[Base], tuple[RerankEngine, str] | None] = lambda base: None,
        walker: Walker | None = None,
        read: Read = _unexamined,
    ) -> None:
        self._index = index
        self._stores = stores
        self._embed = embed
        self._reranker = reranker
        self._walker = walker
        self._read = read

    async def find(
        self,
        base: Base,
        query: str | Queries,
        options: SearchOptions = SearchOptions(),  # noqa: B008 - frozen
        also: Sequence[Hit] = (),
        steps: Steps | None = None,
    ) -> Retrieved:
        """The passages of a base that answer a query, or the first of several: of what is found for each of its texts
        the best score counts. `also` are chosen among as if they had been found. `steps` is told how long
        each took."""
        queries = Queries(query) if isinstance(query, str) else query
        remarks = Remarks(queries.remarks)
        only = await ids_of(base, options.filter, self._stores.documents(base.tenant))
        with timed(steps, "search"):
            hits, weight = await self._standing(base, queries, options, only, remarks)
        hits = _beside(hits, [hit for hit in also if only is None or hit.document.id in only])
        hits = await self._reranked(base, queries.question, options, hits, remarks, steps)
        with timed(steps, "merge"):
            hits, threshold = _passing(hits, options, remarks)
            hits = await self._chosen(base, options, hits)
        return Retrieved(tuple(hits), threshold, weight, tuple(dict.fromkeys(remarks)), remarks.problem)

    async def _chosen(self, base: Base, options: SearchOptions, hits: list[Hit]) -> list[Hit]:
        """The best of those that pass, with what stands around them where that is wanted."""
        chunks = self._stores.chunks(base.tenant)
        if options.parents:
            hits = await with_parents(hits, chunks)
        hits = diverse([(hit, hit.score, text_of(hit.chunk)) for hit in hits], options.most, options.diversity)
        return await with_neighbours(hits, chunks, options.neighbours) if options.neighbours else hits

    async def _standing(
        self, base: Base, queries: Queries, options: SearchOptions, only: frozenset[str] | None, remarks: Remarks
    ) -> tuple[list[Hit], float]:
        """The best that are there still, and what a deviation of the vectors was worth. Where one of them went while it
        was looked for, others stand behind it that were not chosen: the base is searched again as it is then."""
        stores = self._stores
        chunks, documents = stores.chunks(base.tenant), stores.documents(base.tenant)
        vectors = {text: await self._vector(base, queries, text, options, remarks) for text in queries.texts}
        first, *_ = readings = [await self._reading(base, text, vectors[text]) for text in queries.texts]
        reached = await self._reached(base, queries, options, only, remarks)
        for again in reversed(range(ATTEMPTS)):
            every = [await self._found(base, text, vectors[text], options, only, remarks) for text in queries.texts]
            candidates = merged(map(fused, every, repeat(reached), readings))[: self._spare(base, options)]
            hits = await _hits(candidates, chunks, documents)
            now = await stores.bases(base.tenant).base(base.id) if again and len(hits) < len(candidates) else None
            if now is None or now.generation != base.generation:  # the vector is the former embedder's
                break
            base = now
        if says_nothing(every[0], first):
            remarks.append("useless_vectors")
        return hits, weight_of(every[0], first)

    async def _reading(self, base: Base, text: str, vector: Sequence[float] | None) -> Reading:
        return UNEXAMINED if vector is None else await self._read(base, text)

    def _spare(self, base: Base, options: SearchOptions) -> int:
        chosen_among = options.diversity > 0 or (options.parents and base.options.parent_size > 0)
        wanted = options.most * (SPARE if chosen_among else 1)
        if options.rerank and base.reranker:
            wanted = max(wanted, options.depth)
        return min(wanted, PAGE)

    async def _found(
        self,
        base: Base,
        query: str,
        vector: Sequence[float] | None,
        options: SearchOptions,
        only: frozenset[str] | None,
        remarks: Remarks,
    ) -> Found:
        words = query if options.words else ""
        try:
            return await looked_for(self._index, base, words, vector, options.pool, only)
        except Fault as fault:
            if vector is None or fault.code not in ("no_vectors", "wrong_dimension"):
                raise
            remarks.append("no_vectors")
            if fault.code == "wrong_dimension":
                remarks.problem = WRONG_DIMENSION
            return await looked_for(self._index, base, words, None, options.pool, only)

    async def _reached(
        self,
        base: Base,
        queries: Queries,
        options: SearchOptions,
        only: frozenset[str] | None,
        remarks: list[Remark],
    ) -> Mapping[str, Reached]:
        """Where the graph leads, if there is one and it is asked for."""
        if self._walker is None or not options.graph or not base.graph.enabled:
            return {}
        reached, failed = await self._walker.reach(base, queries.question, queries.texts, only)
        if failed:
            remarks.append("entities_failed")
        return reached

    async def _vector(
        self, base: Base, queries: Queries, query: str, options: SearchOptions, remarks: Remarks
    ) -> Sequence[float] | None:
        if not options.vectors:
            return None
        if not base.embedder:
            remarks.append("no_embedder")
            return None
        imagined = queries.imagined if query == queries.question else ""
        try:
            own = await self._embed(base, query, True)
            # What answers is embedded as the passages are among which it is looked for.
            return between(own, await self._embed(base, imagined, False)) if imagined else own
        except Fault as fault:
            remarks.append("no_vectors" if fault.code == ANOTHER else "embedder_failed")
            remarks.problem = fault.code or fault.kind.value
            return None

    async def _reranked(
        self,
        base: Base,
        query: str,
        options: SearchOptions,
        hits: list[Hit],
        remarks: list[Remark],
        steps: Steps | None,
    ) -> list[Hit]:
        chosen = self._reranker(base) if options.rerank and base.reranker and hits else None
        if chosen is None:
            return hits
        with timed(steps, "rerank"):
            ordered = await reranked(hits, query, *chosen, options.depth)
        if ordered is None:
            remarks.append("reranker_failed")
            return hits
        return ordered


def merged(lists: Iterable[Sequence[Fused]]) -> list[Fused]:
    """One list of several, of each chunk where it is best; scores of one base mean the same in all of them."""
    best: dict[str, Fused] = {}
    for each in chain.from_iterable(lists):
        there = best.get(each.match.chunk)
        if there is None or each.score > there.score:
            best[each.match.chunk] = each
    return sorted(best.values(), key=lambda each: (-each.score, each.match.chunk))


def between(one: Sequence[float], other: Sequence[float]) -> Sequence[float]:
    """The direction in the middle of two vectors of unit length; the first where they are opposite."""
    total = [left + right for left, right in zip(one, other, strict=True)]
    length = math.hypot(*total)
    return [each / length for each in total] if length > 1e-6 else one


async def _hits(found: Sequence[Fused], chunks: Chunks, documents: Documents) -> list[Hit]:
    """The rows of what was found; without those that have gone in the meantime."""
    rows = {chunk.id: chunk for chunk in await chunks.several([each.match.chunk for each in found])} if found else {}
    ids = list(dict.fromkeys(each.match.document for each in found))
    read = await asyncio.gather(*(documents.document(id) for id in ids))
    of = dict(zip(ids, read, strict=True))
    hits = []
    for each in found:
        chunk, document = rows.get(each.match.chunk), of[each.match.document]
        if chunk is not None and document is not None:
            hits.append(Hit(chunk, document, each.score, each.scores))
    return hits


def _beside(hits: list[Hit], also: Sequence[Hit]) -> list[Hit]:
    """Both, the best first; what was found stays what it is, and so does what stands for a part of it."""
    found = {id for hit in hits for id in (hit.chunk.id, hit.chunk.parent)}
    more = [hit for hit in also if hit.chunk.id not in found]
    return sorted([*hits, *more], key=lambda hit: -hit.score) if more else hits


def _passing(hits: list[Hit], options: SearchOptions, remarks: list[Remark]) -> tuple[list[Hit], float]:
    """The hits above the threshold, or above a lower one where that is allowed and nothing passes. For those of an
    earlier answer it is lowered for nobody, and they do not keep it from being lowered."""
    threshold, found = options.threshold, [hit for hit in hits if not hit.earlier]
    for attempt in range(LOOSEST + 1):
        passing = [hit for hit in hits if hit.score >= (options.threshold if hit.earlier else threshold)]
        some = any(not hit.earlier for hit in passing)
        if some or not options.loosen or not found or threshold <= LEAST or attempt == LOOSEST:
            if attempt and some:
                remarks.append("loosened")
            return passing, threshold
        threshold = max(LEAST, threshold * LOOSER)
    return [], threshold
