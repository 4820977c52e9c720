"""Bases and documents, and what is done for them in the background."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

from parlance.core.knowledge.bases_operations import (
    ChangeBase,
    CreateBase,
    DeleteBase,
    ListBases,
    ReadBase,
    ReadBaseUsage,
    StopEmbedding,
)
from parlance.core.knowledge.chunk_operations import ChangeChunk, DeleteChunk, DeleteChunks, ListChunks, ReadChunk
from parlance.core.knowledge.copying_operations import CopyBase, StopCopy
from parlance.core.knowledge.document_operations import (
    AddText,
    ChangeDocument,
    DeleteDocument,
    DocumentView,
    ListDocuments,
    ReadDocument,
    ReadDocumentContent,
    RetryBase,
    RetryDocument,
    UploadDocument,
)
from parlance.core.knowledge.evaluation_operations import (
    DeleteEvaluation,
    ListQuestions,
    ReadEvaluation,
    StartEvaluation,
    StopEvaluation,
)
from parlance.core.knowledge.recutting_operations import RecutBase, RecutDocument
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault
from parlance.values.evaluations import Question
from parlance.values.knowledge import ChunkOptions
from tests.faults.chat_scenarios import nothing
from tests.faults.library_scenarios import pieces
from tests.faults.runner import Scenario
from tests.faults.stage import Stage

TEXT = b"Tea is grown in Assam, where it rains for half of the year.\n\nCoffee is grown in Kerala, in the shade.\n\n"
SMALL = ChunkOptions(size=60, overlap=0)


async def uploaded(stage: Stage, base: str, text: bytes = TEXT, *, announced: bool = True) -> DocumentView:
    """A document, which is not read yet."""
    size = len(text) if announced else None
    return await stage.do(UploadDocument(base, "tea.txt", pieces(text), size))


async def a_base(stage: Stage) -> Any:
    """One without documents."""
    return SimpleNamespace(base=await stage.do(CreateBase("Tea", options=SMALL)))


async def a_document(stage: Stage) -> Any:
    """One that is ready, in a base, with a chunk of it."""
    given = await a_base(stage)
    given.document = await uploaded(stage, given.base.id)
    await stage.knowledge.workers.settle()
    given.chunk = (await stage.do(ListChunks(given.document.id))).chunks[0]
    return given


async def a_failed_one(stage: Stage) -> Any:
    """A document that cannot be read."""
    given = await a_base(stage)
    given.document = await uploaded(stage, given.base.id, b"FAIL damaged_file")
    await stage.knowledge.workers.settle()
    return given


async def work(stage: Stage, given: Any) -> None:
    """A worker reads a document that has just come. What fails is told to nobody, and done again."""
    document = await uploaded(stage, given.base.id, b"Rice is grown in Bihar, on wet fields.")
    with contextlib.suppress(Conflict):  # one that works by itself looks again
        await stage.knowledge.workers.settle()
    assert (await stage.do(ReadDocument(document.id))).id == document.id


async def look(stage: Stage, given: Any) -> None:
    """All that can be read of it."""
    base, document = given.base.id, given.document.id
    assert len((await stage.do(ListBases())).bases) == 1 and (await stage.do(ReadBase(base))).id == base
    assert (await stage.do(ReadBaseUsage(base))).states == {"ready": 1}
    assert len((await stage.do(ListDocuments(base))).documents) == 1
    assert (await stage.do(ReadChunk(given.chunk.id))).content == given.chunk.content
    content = await stage.do(ReadDocumentContent(document, "text"))
    assert b"".join([piece async for piece in content.read(0, content.file.size)]) == TEXT


async def refused(stage: Stage, given: Any) -> None:
    """The same bytes are the same document."""
    try:
        again = await uploaded(stage, given.base.id)
    except Fault as fault:
        assert fault.code != "no_room_for_documents", fault
        raise
    assert again.id == given.document.id


async def two_bases(stage: Stage) -> Any:
    """One with a document, and one with another."""
    given = await a_document(stage)
    given.target = await stage.do(CreateBase("Coffee", options=SMALL))
    await uploaded(stage, given.target.id, b"Only here.")
    await stage.knowledge.workers.settle()
    return given


async def a_move(stage: Stage) -> Any:
    """A base on its way to another embedder."""
    given = await a_document(stage)
    stage.embedder.models = ("hash-4", "hash-6")
    assert (await stage.do(ChangeBase(given.base.id, embedder="hash-6"))).coming
    return given


async def copied(stage: Stage, given: Any) -> None:
    """One holds what the other holds. What fails is told to nobody, and done again."""
    await stage.do(CopyBase(given.base.id, given.target.id))
    with contextlib.suppress(Conflict):
        await stage.knowledge.workers.settle()
    assert (await stage.do(ReadBase(given.target.id))).id == given.target.id


async def tried_anew(stage: Stage, given: Any) -> None:
    """The same bytes take the place of what failed."""
    data = b"FAIL damaged_file"
    again = await stage.do(UploadDocument(given.base.id, "tea.txt", pieces(data), len(data), anew=True))
    assert again.id != given.document.id


async def an_evaluation(stage: Stage) -> Any:
    """One of a base with a document, which is not measured yet."""
    given = await a_document(stage)
    given.evaluation = await stage.do(StartEvaluation(given.base.id, (asked(given),)))
    return given


def asked(given: Any) -> Question:
    """What is to find the document."""
    return Question("q1", "tea", {given.document.id: 1})


async def measure(stage: Stage, given: Any) -> None:
    """A worker measures it. What fails is told to nobody, and done again."""
    with contextlib.suppress(Conflict):
        await stage.knowledge.workers.settle()
    assert (await stage.do(ReadEvaluation(given.evaluation.id))).id == given.evaluation.id
    await stage.do(ListQuestions(given.evaluation.id))


SCENARIOS = (
    Scenario(
        "an evaluation is begun",
        a_document,
        lambda s, g: s.do(StartEvaluation(g.base.id, (asked(g),))),
        once=False,
    ),
    Scenario("an evaluation is done by a worker", an_evaluation, measure, atomic=False),
    Scenario("an evaluation is stopped", an_evaluation, lambda s, g: s.do(StopEvaluation(g.evaluation.id))),
    Scenario("an evaluation goes", an_evaluation, lambda s, g: s.do(DeleteEvaluation(g.evaluation.id))),
    Scenario("a base is made", nothing, lambda s, g: s.do(CreateBase("Coffee")), once=False),
    Scenario("a base is changed", a_base, lambda s, g: s.do(ChangeBase(g.base.id, name="Teas", access="tenant"))),
    Scenario("a base goes", a_document, lambda s, g: s.do(DeleteBase(g.base.id))),
    Scenario("a base has no embedder any more", a_document, lambda s, g: s.do(ChangeBase(g.base.id, embedder=""))),
    Scenario("a base is embedded anew no more", a_move, lambda s, g: s.do(StopEmbedding(g.base.id))),
    Scenario("a document is uploaded", a_base, lambda s, g: uploaded(s, g.base.id), atomic=False),
    Scenario(
        "a document is uploaded without its length",
        a_base,
        lambda s, g: uploaded(s, g.base.id, announced=False),
        atomic=False,
    ),
    Scenario("a document comes again", a_document, refused, atomic=False),
    Scenario("a text is added", a_base, lambda s, g: s.do(AddText(g.base.id, "note", "Tea is good.")), atomic=False),
    Scenario("a document is read by a worker", a_document, work, atomic=False),
    Scenario(
        "a document is changed",
        a_document,
        lambda s, g: s.do(ChangeDocument(g.document.id, name="b.txt", enabled=False, metadata={"a": "b"})),
    ),
    Scenario("a document is tried again", a_failed_one, lambda s, g: s.do(RetryDocument(g.document.id)), atomic=False),
    Scenario("all that failed is tried again", a_failed_one, lambda s, g: s.do(RetryBase(g.base.id)), atomic=False),
    Scenario("a document goes", a_document, lambda s, g: s.do(DeleteDocument(g.document.id))),
    Scenario("a chunk is changed", a_document, lambda s, g: s.do(ChangeChunk(g.chunk.id, content="Something else."))),
    Scenario("a chunk goes", a_document, lambda s, g: s.do(DeleteChunk(g.chunk.id))),
    Scenario("all chunks go", a_document, lambda s, g: s.do(DeleteChunks(g.document.id)), atomic=False),
    Scenario("a document is cut anew", a_document, lambda s, g: s.do(RecutDocument(g.document.id))),
    Scenario("a base is cut anew", a_document, lambda s, g: s.do(RecutBase(g.base.id))),
    Scenario("a base is copied into a new one", a_document, lambda s, g: s.do(CopyBase(g.base.id)), once=False),
    Scenario("a base is copied into another", two_bases, copied, atomic=False, once=False),
    Scenario("a copy is stopped", two_bases, lambda s, g: s.do(StopCopy(g.target.id))),
    Scenario("what failed makes way for another try", a_failed_one, tried_anew, atomic=False, once=False),
    Scenario("a base is looked at", a_document, look),
)
