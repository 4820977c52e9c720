"""How far a base is that is embedded anew, and what is left of it where that is broken off."""

from __future__ import annotations

import pytest

from parlance.core.knowledge.bases import stop_embedding
from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, ReadBase, ReadBaseUsage, StopEmbedding
from parlance.core.knowledge.misfits import WORDS
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.operation import Context
from parlance.ports.stores import Conflict
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import Base, ChunkOptions
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import Desk
from tests.unit.core.knowledge.embedders import MANY, Changing, nearest

NESTED = ChunkOptions(size=2000, overlap=0, separators=("\n\n",), parent_size=8000)


async def kept(desk: Desk, view: BaseView) -> Base:
    """A base as it is stored."""
    found = await desk.stores.bases(DEFAULT_TENANT).base(view.id)
    assert found is not None
    return found


async def far(desk: Desk, base: BaseView) -> tuple[int, int]:
    """How many passages of how many are embedded anew."""
    usage = await desk.do(ReadBaseUsage(base.id))
    return usage.embedded, usage.to_embed


async def again(desk: Desk, embedder: Changing, base: BaseView, size: int, left: int) -> None:
    """Begin to embed everything once more, by a model with vectors of another size that refuses after so many asks."""
    embedder.size, embedder.left = size, 1_000
    await desk.do(RetrievePassages(base.id, "tea"))
    begun = await desk.do(ChangeBase(base.id, embedder=base.embedder))
    assert begun.coming == base.embedder
    embedder.left = left
    await desk.workers.settle()


async def test_what_is_embedded_again_tells_how_far_it_is(desk: Desk) -> None:
    """Within a long document, too, where larger passages count that have no vectors themselves; nothing is told of a
    base that stands."""
    embedder, base = Changing(desk), await desk.base(options=NESTED)
    large = await desk.settled(await desk.upload(base, MANY))
    small = await desk.settled(await desk.upload(base, "Tea is good.", name="small.txt"))
    there, own = await desk.vectors(large), await desk.vectors(small)
    assert await far(desk, base) == (0, 0) and large.chunks > there
    count = large.chunks + small.chunks
    await again(desk, embedder, base, 5, 0)
    assert await far(desk, base) == (0, count)
    embedder.left = 3
    await desk.due()
    await desk.workers.settle()
    done, of = await far(desk, base)
    fresh = await desk.vectors(large) - there
    first = small.chunks if await desk.vectors(small) > own else 0
    assert 0 < fresh < there and (done, of) == (first + large.chunks * fresh // there, count)
    embedder.left = 1_000
    await desk.due()
    await desk.workers.settle()
    assert await far(desk, base) == (0, 0) and (await kept(desk, base)).dimension == 5


async def test_what_is_embedded_again_can_be_broken_off(desk: Desk) -> None:
    """The base is as it was: it says why its words alone are searched, has its vectors and no others, and can be
    embedded again from the start."""
    embedder, base = Changing(desk), await desk.base(options=NESTED)
    large = await desk.settled(await desk.upload(base, MANY))
    there = await desk.vectors(large)
    before = await kept(desk, base)
    await again(desk, embedder, base, 5, 3)
    assert await desk.vectors(large) > there
    stopped = await desk.do(StopEmbedding(base.id))
    assert (stopped.coming, stopped.problem, stopped.words) == (None, "embedder_dimension", WORDS["embedder_dimension"])
    assert await desk.do(ReadBase(base.id)) == stopped and await far(desk, base) == (0, 0)
    await desk.workers.settle()
    assert await desk.count("jobs") == 0
    assert await desk.vectors(large) == there == await desk.vectors(large, before.generation)
    embedder.left = 1_000
    found = await desk.do(RetrievePassages(base.id, "Paragraph"))
    assert "no_vectors" in found.remarks and all(each.scores.vector is None for each in found.passages)
    await again(desk, embedder, base, 5, 1_000)
    after = await kept(desk, base)
    assert (after.dimension, after.problem) == (5, "") and await desk.vectors(large, after.generation) == there
    assert await nearest(desk, base, "Paragraph 7") == "tea.txt"


async def test_where_the_model_came_back_a_search_finds_that_nothing_is_wrong(desk: Desk) -> None:
    """What it said when it was broken off is then not so any more."""
    embedder, base = Changing(desk), await desk.base()
    await desk.settled(await desk.upload(base, "Tea is good.", name="small.txt"))
    await again(desk, embedder, base, 5, 0)
    assert (await desk.do(StopEmbedding(base.id))).problem == "embedder_dimension"
    embedder.size, embedder.left = 4, 1_000
    assert await nearest(desk, base, "Tea is good.") == "small.txt"
    assert (await desk.do(ReadBase(base.id))).problem == ""


async def test_vectors_of_what_was_broken_off_are_not_those_of_the_next(desk: Desk) -> None:
    """Not even where it begins in the same moment, before they have gone: they may be of yet another model."""
    embedder, base = Changing(desk), await desk.base()
    for name in ("one.txt", "two.txt"):
        await desk.settled(await desk.upload(base, f"Tea of {name}.", name=name))
    await again(desk, embedder, base, 5, 1)
    assert await far(desk, base) == (1, 2)
    await desk.do(StopEmbedding(base.id))
    embedder.size, embedder.left = 6, 1_000
    assert (await desk.do(ChangeBase(base.id, embedder=base.embedder))).coming == base.embedder
    assert await far(desk, base) == (0, 2)
    await desk.workers.settle()
    generation = (await kept(desk, base)).generation
    assert await desk.count("chunk_vectors", "LENGTH(vector) = 24") == 2 == await desk.count("chunk_vectors")
    assert await desk.count("chunk_vectors", f"generation = {generation}") == 2
    for name in ("one.txt", "two.txt"):
        assert await nearest(desk, base, f"Tea of {name}.") == name


async def test_a_base_that_has_just_gone_over_is_not_told_to_be_as_it_was(desk: Desk) -> None:
    """Who breaks it off meets a conflict, looks again, and finds nothing to break off."""
    embedder, base = Changing(desk), await desk.base()
    await desk.settled(await desk.upload(base, "Tea is good.", name="small.txt"))
    await again(desk, embedder, base, 5, 0)
    moving = await kept(desk, base)
    late = await stop_embedding(desk.room, Context(ADA, "request-1", moving), StopEmbedding(base.id))
    embedder.left = 1_000
    await desk.due()
    await desk.workers.settle()
    with pytest.raises(Conflict):
        await desk.database.apply(late.changes)
    over = await desk.do(StopEmbedding(base.id))
    assert (over.coming, over.problem) == (None, "") and over == await desk.do(ReadBase(base.id))
    assert await nearest(desk, base, "Tea is good.") == "small.txt"


async def test_a_move_to_another_embedder_tells_how_far_it_is_and_is_broken_off_alike(desk: Desk) -> None:
    """Nothing is wrong with the base then: it is searched as before."""
    embedder, base = Changing(desk), await desk.base()
    for name in ("one.txt", "two.txt"):
        await desk.settled(await desk.upload(base, f"Tea of {name}.", name=name))
    await desk.do(ChangeBase(base.id, embedder="hash-6"))
    embedder.left = 1
    await desk.workers.settle()
    assert await far(desk, base) == (1, 2)
    stopped = await desk.do(StopEmbedding(base.id))
    assert (stopped.embedder, stopped.coming, stopped.problem) == (base.embedder, None, "")
    await desk.workers.settle()
    assert await desk.count("chunk_vectors") == 2 and await desk.count("jobs") == 0
    embedder.left = 1_000
    assert await nearest(desk, base, "Tea of one.txt.") == "one.txt"
