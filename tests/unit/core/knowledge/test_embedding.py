"""What an embedder has given is kept, whatever comes next; and who asks along with others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest

from parlance.core.admission.gate import Gate, Rate, Rates
from parlance.core.jobs.worker import MOST_ATTEMPTS
from parlance.core.knowledge.document_operations import DocumentView, ListDocuments
from parlance.core.knowledge.embedding import MOST_LETTERS, MOST_TEXTS
from parlance.core.knowledge.joined import JoinedEmbedding
from parlance.core.operation import Weight
from parlance.stores.volatile.counters import MemoryCounter
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.knowledge.desk import Desk

FOUR_IN_AN_ASK = ChunkOptions(size=2000, overlap=0, separators=("\n\n",))
MANY = "\n\n".join(f"Paragraph {n} " + "of tea " * 270 for n in range(110))


class Embedder:
    """In place of the desk's: `before` is called with what it is asked, and may raise."""

    def __init__(self, desk: Desk, before: Any) -> None:
        self._real, self._before = desk.embedding.embed, before
        self.asked: list[Sequence[str]] = []
        desk.embedding.embed = self.embed  # type: ignore[method-assign]

    async def embed(self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False) -> Any:
        await self._before(Principal(tenant, user), texts)
        self.asked.append(texts)
        return await self._real(tenant, user, model, texts, query)

    @property
    def texts(self) -> int:
        """How many it has embedded."""
        return sum(map(len, self.asked))


async def many(desk: Desk, name: str = "tea.txt") -> DocumentView:
    """A document of 110 chunks, four of which fill an ask."""
    return await desk.upload(await desk.base(options=FOUR_IN_AN_ASK), MANY, name=name)


@pytest.mark.parametrize("user", [Rate(requests=10), Rate(tokens=9000)])
async def test_a_rate_that_is_met_after_a_few_asks_keeps_no_document_from_its_end(desk: Desk, user: Rate) -> None:
    """Each window brings it on by what may be asked in one, and nothing is asked for twice."""
    gate = Gate(MemoryCounter(desk.clock), Rates(user=user, window=5.0))

    async def admitted(who: Principal, texts: Sequence[str]) -> None:
        await gate.admit(who, lambda: Weight(sum(map(len, texts)) // 4))

    embedder, document, before = Embedder(desk, admitted), await many(desk), 0
    for _ in range(8):
        document = await desk.settled(document)
        if document.state == "ready":
            break
        there = await desk.vectors(document)
        assert there == embedder.texts > before, "what was paid for is there"
        before = there
        desk.clock.move(9.0)
        await desk.due()
    assert document.state == "ready" and embedder.texts == document.chunks == await desk.vectors(document)


async def test_an_engine_that_refuses_every_third_ask_is_asked_for_nothing_twice(desk: Desk) -> None:
    asks = 0

    async def third(who: Principal, texts: Sequence[str]) -> None:
        nonlocal asks
        asks += 1
        if not asks % 3:
            raise Fault(Kind.over_budget, "Too many.", retry_after=1.0)

    embedder, document = Embedder(desk, third), await many(desk)
    for _ in range(20):
        document = await desk.settled(document)
        await desk.due()
    assert document.state == "ready" and embedder.texts == document.chunks


async def test_a_worker_that_is_stopped_keeps_what_was_given(desk: Desk) -> None:
    third = asyncio.Event()

    async def held(who: Principal, texts: Sequence[str]) -> None:
        if len(embedder.asked) == 2:
            third.set()
            await asyncio.Event().wait()

    embedder, document = Embedder(desk, held), await many(desk)
    desk.workers.start()
    async with asyncio.timeout(20):
        await third.wait()
    assert await desk.vectors(document) == 0
    await desk.workers.stop()
    assert await desk.vectors(document) == embedder.texts > 0


async def test_what_a_slow_embedder_gives_is_written_at_once(desk: Desk) -> None:
    """Also for whoever looks how far it is, and where the process is killed."""
    seen, told = list[tuple[int, int]](), list[DocumentView]()

    async def slow(who: Principal, texts: Sequence[str]) -> None:
        given = {text for texts in embedder.asked for text in texts}  # once a minute two of them are asked for again
        seen.append((await desk.vectors(document), len(given)))
        [listed] = (await desk.do(ListDocuments(document.base))).documents
        told.append(await desk.read(document))
        assert (listed.embedded, listed.to_embed) == (told[-1].embedded, told[-1].to_embed)
        desk.clock.move(3.0)

    embedder = Embedder(desk, slow)
    document = await many(desk)
    assert (await desk.settled(document)).state == "ready"
    assert all(written == given for written, given in seen) and len(seen) > 20
    assert [(each.embedded, each.to_embed) for each in told] == [(given, 110) for _, given in seen]
    ready = await desk.read(document)
    assert (ready.embedded, ready.to_embed) == (0, 0), "of one that is ready all have"


async def test_one_text_that_ends_its_engine_fails_its_own_document_alone(desk: Desk) -> None:
    """Whoever happened to ask along with it asks for themselves from then on."""
    tried: list[Sequence[str]] = []

    async def dies(who: Principal, texts: Sequence[str]) -> None:
        tried.append(texts)
        if any("poison" in text for text in texts):
            raise Fault(Kind.upstream, "The engine has closed the connection.")

    Embedder(desk, dies)
    joined = JoinedEmbedding(desk.embedding, MOST_TEXTS, MOST_LETTERS, 0.1)
    msgspec.structs.force_setattr(desk.room, "joined", joined)
    base = await desk.base()
    texts = [f"Tea number {n}" + (" is poison." if n == 7 else ".") for n in range(40)]
    documents = [await desk.upload(base, text, name=f"{n}.txt") for n, text in enumerate(texts)]
    for _ in range(MOST_ATTEMPTS):
        await desk.workers.settle()
        await desk.due()
    assert any("poison" in text for ask in tried if len(ask) > 1 for text in ask), "it was among others"
    states = [(await desk.read(each)).state for each in documents]
    assert states == ["failed" if n == 7 else "ready" for n in range(40)]


async def test_those_that_failed_together_come_back_one_after_the_other(desk: Desk) -> None:
    """An engine that one of them ends is there again for the others."""
    base = await desk.base()
    for n in range(20):
        await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt")
    desk.embedding.faults = [Fault(Kind.upstream, "The engine is away.")] * 99
    spans = []
    for _ in range(3):
        await desk.workers.settle()
        rows = cast(Any, await desk.database.read("SELECT not_before FROM jobs WHERE kind = 'ingest'", {}))
        spans.append((max(when for (when,) in rows) - min(when for (when,) in rows)) / 1_000_000)
        await desk.due()
    assert spans[0] > 1 and spans[1] > 6 and spans[2] > 24, "a good part of each pause: of 5, 30 and 120 seconds"
