"""Vectors that an embedder gave by mistake keep nothing out once they have gone."""

from __future__ import annotations

from typing import Any

from parlance.core.knowledge.bases_operations import ChangeBase, ReadBase
from parlance.core.knowledge.document_operations import DeleteDocument, DocumentView, RetryBase
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.knowledge.desk import Desk
from tests.unit.core.knowledge.embedders import MANY, Changing, nearest


async def test_a_base_is_free_of_the_first_vectors_when_these_have_gone(desk: Desk) -> None:
    """Also for those that failed by them; what has been searched meanwhile is found with the right ones."""
    embedder, base = Changing(desk), await desk.base()
    embedder.size = 5
    culprit = await desk.settled(await desk.upload(base, "Wrong.", name="wrong.txt"))
    assert culprit.state == "ready" and await nearest(desk, base, "Wrong.") == "wrong.txt"
    embedder.size = 4
    innocent = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(3)]
    failed = [await desk.settled(each) for each in innocent]
    assert {each.problem for each in failed} == {"embedder_dimension"}
    await desk.do(DeleteDocument(culprit.id))
    await desk.workers.settle()
    assert (await desk.do(RetryBase(base.id))).documents == 3
    assert [(await desk.settled(each)).state for each in innocent] == ["ready"] * 3
    assert await nearest(desk, base, "Tea number 1.") == "1.txt"


async def test_wrong_vectors_of_what_is_not_found_bind_nobody(desk: Desk) -> None:
    """And what has some itself is rid of them when it has failed: tried once more, it is found."""
    embedder = Changing(desk)
    base = await desk.base(options=ChunkOptions(size=2000, overlap=0, separators=("\n\n",)))
    embedder.size, embedder.left = 5, 4
    large: DocumentView = await desk.settled(await desk.upload(base, MANY))
    assert large.state == "embedding" and await desk.vectors(large) > 0
    embedder.size, embedder.left = 4, 1_000
    other = await desk.settled(await desk.upload(base, "Tea is good.", name="other.txt"))
    assert other.state == "ready"
    await desk.due()
    large = await desk.settled(large)
    assert (large.state, large.problem) == ("failed", "embedder_dimension") and await desk.vectors(large) == 0
    await desk.do(RetryBase(base.id))
    assert (await desk.settled(large)).state == "ready" and desk.parsing.read.count("tea.txt") == 1
    assert await nearest(desk, base, "Tea is good.") == "other.txt"


async def test_a_move_to_a_model_of_several_lengths_says_nothing_of_the_one_that_stays(desk: Desk) -> None:
    """It is not that another model goes by its name: it searches as before."""
    embedder, base = Changing(desk), await desk.base()
    for name in ("one.txt", "two.txt"):
        await desk.settled(await desk.upload(base, f"Tea of {name}.", name=name))
    given = embedder.embed

    async def uneven(*asked: Any, **more: Any) -> Any:
        embedder.size += 1
        return await given(*asked, **more)

    desk.embedding.embed = uneven  # type: ignore[method-assign]
    await desk.do(ChangeBase(base.id, embedder="hash-6"))
    await desk.workers.settle()
    after = await desk.do(ReadBase(base.id))
    assert (after.embedder, after.coming, after.problem) == (base.embedder, None, "embedder_nonsense")
    assert "different lengths" in after.words
    desk.embedding.embed, embedder.size = given, 4  # type: ignore[method-assign]
    assert await nearest(desk, base, "Tea of one.txt.") == "one.txt"
