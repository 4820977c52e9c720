"""An embedder that was exchanged under its name for another with vectors as long is noticed, and nothing is mixed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, ReadBase, StopEmbedding
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks
from parlance.core.knowledge.document_operations import DocumentView, RetryBase
from parlance.core.knowledge.likeness import ALIKE, ASKED, NOW, WRITTEN, must_be_comparable
from parlance.core.knowledge.looks import MOST, Lasting, Looks, Which
from parlance.core.knowledge.misfits import WORDS
from parlance.core.knowledge.recutting_operations import RecutDocument
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.knowledge.vectors import ANOTHER, MISFITS, WRONG_DIMENSION, cosine, packed, unit
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import Desk, refused
from tests.unit.core.knowledge.embedders import MANY, Changing, nearest

OTHER = "another model: "


async def searched(desk: Desk, base: BaseView) -> tuple[str, list[str], str]:
    """The problem of a search and what it remarks; then what the base says."""
    found = await desk.do(RetrievePassages(base.id, "Tea"))
    vectors = {each.scores.vector is not None for each in found.passages}
    assert vectors == {not found.remarks}, "either all are compared, or none"
    return found.problem, list(found.remarks), (await desk.do(ReadBase(base.id))).problem


async def filled(desk: Desk, count: int = 3) -> tuple[BaseView, list[DocumentView]]:
    base = await desk.base()
    texts = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(count)]
    return base, [await desk.settled(each) for each in texts]


async def test_a_question_meets_it_when_its_digest_says_so(desk: Desk) -> None:
    """Words alone are searched then, and the base says why until the model is back."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    desk.embedding.digests = {"hash-4": "sha256:one"}
    assert await searched(desk, base) == ("", [], "")
    embedder.name, desk.embedding.digests["hash-4"] = OTHER, "sha256:two"
    assert await searched(desk, base) == (ANOTHER, ["no_vectors"], ANOTHER)
    assert (await desk.do(ReadBase(base.id))).words == WORDS[ANOTHER]
    embedder.name, desk.embedding.digests["hash-4"] = "", "sha256:one"
    desk.clock.move(WRITTEN.fit)
    assert await searched(desk, base) == ("", [], "")


async def test_a_question_meets_it_within_an_hour_where_no_digest_is_told(desk: Desk) -> None:
    """And a passage is embedded for that once an hour."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    desk.clock.move(WRITTEN.fit)
    await searched(desk, base)
    asked = len(desk.embedding.asked)
    await searched(desk, base)
    assert len(desk.embedding.asked) == asked + 1, "the question"
    embedder.name = OTHER
    assert await searched(desk, base) == ("", [], "")
    desk.clock.move(ASKED.fit)
    assert await searched(desk, base) == (ANOTHER, ["no_vectors"], ANOTHER)
    embedder.name = ""
    assert await searched(desk, base) == (ANOTHER, ["no_vectors"], ANOTHER)
    desk.clock.move(WRITTEN.fit)
    assert await searched(desk, base) == ("", [], "")


async def test_while_the_embedder_is_away_what_the_base_said_is_believed(desk: Desk) -> None:
    """A question that is embedded just before it goes is not compared with another model's vectors."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    embedder.name = OTHER
    desk.clock.move(ASKED.fit)
    assert (await searched(desk, base))[0] == ANOTHER
    desk.clock.move(WRITTEN.fit)
    embedder.left = 1
    assert await searched(desk, base) == (ANOTHER, ["no_vectors"], ANOTHER)


async def test_a_document_that_meets_it_fails_and_waits_for_the_base(desk: Desk) -> None:
    """Nothing of the other model is found; chosen anew, the base has all of its vectors of that."""
    embedder, (base, there) = Changing(desk), await filled(desk)
    embedder.name = OTHER
    desk.clock.move(WRITTEN.fit)
    failed = await desk.settled(await desk.upload(base, "Coffee.", name="coffee.txt"))
    assert (failed.state, failed.problem) == ("failed", ANOTHER) and "choose the embedder of the base" in failed.words
    assert await desk.vectors(failed) == 0 and (await desk.do(ReadBase(base.id))).problem == ANOTHER
    moving = await desk.do(ChangeBase(base.id, embedder=base.embedder))
    assert (moving.coming, moving.problem) == (base.embedder, "")
    await desk.do(RetryBase(base.id))
    await desk.workers.settle()
    await desk.due()
    assert (await desk.settled(failed)).state == "ready"
    assert (await desk.do(ReadBase(base.id))).problem == "" and await nearest(desk, base, "Coffee.") == "coffee.txt"
    assert await desk.count("chunk_vectors") == len(there) + 1


async def test_a_large_document_that_meets_it_on_its_way_begins_without_the_old_ones(desk: Desk) -> None:
    """Its own vectors are compared, too, where no other document is ready."""
    embedder, base = Changing(desk), await desk.base()
    embedder.left = 3
    large = await desk.settled(await desk.upload(base, MANY))
    assert large.state == "embedding" and await desk.vectors(large) > 0
    embedder.left, embedder.name = 1_000, OTHER
    desk.clock.move(WRITTEN.fit)
    await desk.due()
    large = await desk.settled(large)
    assert (large.state, large.problem, await desk.vectors(large)) == ("failed", ANOTHER, 0)
    desk.clock.move(WRITTEN.misfit)
    await desk.do(RetryBase(base.id))
    assert (await desk.settled(large)).state == "ready"
    found = await desk.do(RetrievePassages(base.id, "Paragraph"))
    assert found.problem == "" and found.passages[0].scores.vector is not None


async def test_one_that_is_cut_anew_stays_as_it_is(desk: Desk) -> None:
    """And so does a passage that somebody writes anew."""
    embedder, (base, [first, *_]) = Changing(desk), await filled(desk)
    embedder.name = OTHER
    desk.clock.move(WRITTEN.fit)
    [chunk] = (await desk.do(ListChunks(first.id))).chunks
    assert await refused(desk, ChangeChunk(chunk.id, content="Something else.")) == ANOTHER
    desk.parsing.read.clear()
    await desk.do(RecutDocument(first.id, anew=True))
    after = await desk.settled(first)
    assert after.state == "ready" and "choose the embedder of the base anew" in str(after.remarks)
    assert (await desk.do(ListChunks(first.id))).chunks == (chunk,)
    assert (await desk.do(ReadBase(base.id))).problem == ANOTHER


async def test_what_was_mixed_before_it_was_noticed_is_told_though_the_first_model_is_back(desk: Desk) -> None:
    """The newest document is compared as well as the oldest. Chosen anew, all is of one."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    embedder.name = OTHER
    desk.clock.move(1.0)  # what came later is the newer one
    mixed = await desk.settled(await desk.upload(base, "Coffee.", name="coffee.txt"))
    assert mixed.state == "ready", "within the minute"
    embedder.name = ""
    desk.clock.move(ASKED.fit)
    assert await searched(desk, base) == (ANOTHER, ["no_vectors"], ANOTHER)
    assert (await desk.do(ChangeBase(base.id, embedder=base.embedder))).coming == base.embedder
    await desk.workers.settle()
    assert await searched(desk, base) == ("", [], "") and await nearest(desk, base, "Coffee.") == "coffee.txt"


async def test_a_base_that_is_embedded_again_by_one_that_changes_meanwhile_says_so(desk: Desk) -> None:
    """Under its own name, it has become another once more; of one that was never its own the base says nothing."""
    for name, problem in (("hash-4", ANOTHER), ("hash-6", "embedder_nonsense")):
        embedder, (base, _) = Changing(desk), await filled(desk)
        embedder.name, embedder.size = OTHER, int(name[-1])
        desk.clock.move(WRITTEN.fit)
        embedder.left = 2 if name == "hash-4" else 1  # one to see that it is another
        assert (await desk.do(ChangeBase(base.id, embedder=name))).coming == name
        await desk.workers.settle()
        embedder.name, embedder.left = "a third: ", 1_000
        desk.clock.move(WRITTEN.fit)
        await desk.due()
        await desk.workers.settle()
        after = await desk.do(ReadBase(base.id))
        assert (after.embedder, after.coming, after.problem) == ("hash-4", None, problem), after.words
        desk.embedding.embed = embedder._real  # type: ignore[method-assign]


async def test_what_is_broken_off_says_again_why_it_was_begun(desk: Desk) -> None:
    """It is so still."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    embedder.name = OTHER
    await desk.do(ChangeBase(base.id, embedder=base.embedder))
    stopped = await desk.do(StopEmbedding(base.id))
    assert (stopped.coming, stopped.problem, stopped.words) == (None, ANOTHER, WORDS[ANOTHER])


async def test_many_small_documents_ask_once_for_all(desk: Desk) -> None:
    """Not each of them; and of an embedder that is as it was nothing is said."""
    base, _ = await filled(desk)
    desk.clock.move(WRITTEN.fit)
    before = [text for _, texts in desk.embedding.asked for text in texts]
    made = [await desk.upload(base, f"Coffee number {n}.", name=f"c{n}.txt") for n in range(30)]
    await desk.workers.settle()
    assert {(await desk.read(each)).state for each in made} == {"ready"}
    asked = [text for _, texts in desk.embedding.asked for text in texts][len(before) :]
    assert len({text for text in asked if "Tea" in text}) == 2 and len(asked) == 32


async def test_an_embedder_that_gives_fewer_vectors_is_told(desk: Desk) -> None:
    """Whatever is asked of it."""
    base, _ = await filled(desk)
    desk.clock.move(WRITTEN.fit)
    desk.embedding.spoil = [[1.0, 0.0, 0.0, 0.0]]
    failed = await desk.settled(await desk.upload(base, "Coffee.", name="coffee.txt"))
    assert (failed.state, failed.problem) == ("failed", "embedder_nonsense") and "1 vectors for 2" in failed.words


class Finding:
    """What `Looks` finds of numbered bases, as told, by a clock that is set."""

    def __init__(self) -> None:
        self.looks, self.asked, self.now = Looks(), list[int](), 0.0
        self.told: dict[int, Any] = {}

    async def of(self, number: int, lasts: Lasting = ASKED, user: str = "ada") -> str | None:
        async def find() -> str | None:
            self.asked.append(number)
            await asyncio.sleep(0)
            if isinstance(found := self.told.get(number, ""), Fault):
                raise found
            return found  # type: ignore[no-any-return]

        return await self.looks.of(Which("t", f"b{number}", 0, "m"), user, find, lambda: self.now, lasts)


async def test_what_is_remembered_is_bounded_and_asked_for_once() -> None:
    """A misfit is for a minute, and a moment for what is written."""
    finding = Finding()
    of, asked = finding.of, finding.asked
    assert await asyncio.gather(*(of(1) for _ in range(9))) == [""] * 9 and asked == [1]
    finding.told[2] = ANOTHER
    assert await asyncio.gather(*(of(2, WRITTEN) for _ in range(9))) == [ANOTHER] * 9 and asked == [1, 2]
    finding.now = WRITTEN.misfit
    assert await of(2) == ANOTHER and asked == [1, 2]
    assert await of(2, WRITTEN) == ANOTHER and asked == [1, 2, 2]
    finding.now += ASKED.misfit
    await of(2), await of(1)
    assert asked[-1] == 2 and await of(1, NOW) == "" and asked[-1] == 1
    for number in range(10, 10 + MOST):
        await of(number)
    await of(1)
    assert asked[-1] == 1


async def test_where_there_was_nothing_to_compare_with_a_question_asks_again() -> None:
    """What is written does so after a minute: what it wrote first is of the same model."""
    finding = Finding()
    finding.told[1] = None
    assert await finding.of(1, WRITTEN) is None
    finding.told[1] = ANOTHER
    assert await finding.of(1, WRITTEN) is None and finding.asked == [1]
    assert await finding.of(1) == ANOTHER and finding.asked == [1, 1]


async def test_a_failure_is_told_to_all_who_waited_for_the_same() -> None:
    """They do not try one after another, each as long as an engine that is away lets them wait. It is not remembered,
    and is nobody else's: a budget is one user's."""
    finding = Finding()
    finding.told[1] = Fault(Kind.over_budget, "Away.")
    said = await asyncio.gather(*(finding.of(1) for _ in range(20)), return_exceptions=True)
    assert {str(each) for each in said} == {str(finding.told[1])} and finding.asked == [1]
    mine = asyncio.ensure_future(finding.of(1))
    await asyncio.sleep(0)
    finding.told[1] = ""
    assert await finding.of(1, user="bob") == "" and finding.asked == [1, 1, 1]
    with suppress(Fault):
        await mine


async def test_what_takes_longer_than_anybody_waits_is_known_in_the_end() -> None:
    looks, let, asked = Looks(), asyncio.Event(), list[int]()

    async def find() -> str:
        asked.append(1)
        await let.wait()
        return ANOTHER

    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await looks.of(Which("t", "b", 0, "m"), "ada", find, lambda: 0.0, ASKED)
    let.set()
    assert await looks.of(Which("t", "b", 0, "m"), "ada", find, lambda: 0.0, ASKED) == ANOTHER and asked == [1]


@pytest.mark.parametrize("problem", ["", ANOTHER])
async def test_a_question_waits_no_longer_than_that_for_passages_that_hang(desk: Desk, problem: str) -> None:
    """Then what the base said last is believed."""
    view, _ = await filled(desk)
    base = await desk.stores.bases(DEFAULT_TENANT).base(view.id)
    assert base is not None
    desk.clock.move(ASKED.fit)
    desk.embedding.gate.clear()
    async with asyncio.timeout(20):
        asked = must_be_comparable(desk.room, ADA, msgspec.structs.replace(base, problem=problem), patience=0.05)
        if not problem:
            return await asked
        with pytest.raises(Fault) as caught:
            await asked
    assert caught.value.code == ANOTHER


@pytest.mark.parametrize(("near", "state"), [(ALIKE + 0.01, "ready"), (ALIKE - 0.01, "failed")])
async def test_what_was_only_rounded_is_the_same_model(desk: Desk, near: float, state: str) -> None:
    """By how near a passage that is embedded again is to itself."""
    base = await desk.base()
    await desk.settled(await desk.upload(base, "Tea."))
    [own] = await desk.embedding.embed("", "", "hash-4", ["Tea."])
    one, other = unit(own), unit([-own[1], own[0], -own[3], own[2]])  # at right angles
    side = (1 - near**2) ** 0.5
    desk.embedding.spoil = [[near * left + side * right for left, right in zip(one, other, strict=True)]]
    desk.clock.move(WRITTEN.fit)
    second = await desk.settled(await desk.upload(base, "Coffee.", name="coffee.txt"))
    assert (second.state, second.problem) == (state, "" if state == "ready" else ANOTHER)


async def test_what_one_document_had_of_another_model_is_no_matter_of_the_others(desk: Desk) -> None:
    """It fails by itself; what is searched, and what comes, goes by what is ready. Tried again it begins anew."""
    embedder, (base, _) = Changing(desk), await filled(desk)
    embedder.name, embedder.left = OTHER, 3
    large = await desk.settled(await desk.upload(base, MANY, name="large.txt"))
    assert large.state == "embedding" and await desk.vectors(large) > 0
    embedder.name, embedder.left = "", 1_000
    desk.clock.move(WRITTEN.fit)
    await desk.due()
    large = await desk.settled(large)
    assert (large.state, large.problem) == ("failed", ANOTHER)
    fine = await desk.settled(await desk.upload(base, "Coffee.", name="coffee.txt"))
    assert fine.state == "ready"
    desk.clock.move(WRITTEN.misfit)
    await desk.do(RetryBase(base.id))
    assert (await desk.settled(large)).state == "ready"


def test_the_cosine_is_that_of_the_angle() -> None:
    """Of whatever length a vector is given; codes that the page knows."""
    assert cosine([3.0, 0.0], packed([2.0, 0.0])) == pytest.approx(1.0)
    assert cosine([1.0, 1.0], packed([1.0, 0.0])) == pytest.approx(0.5**0.5)
    assert {WRONG_DIMENSION, ANOTHER} == MISFITS and 0.5 < ALIKE < 0.90
