"""What failed for what is mended by now is tried once more."""

from __future__ import annotations

from parlance.core.knowledge.document_operations import RetryBase
from parlance.values.errors import Fault, Kind
from tests.unit.core.files.desk import BOB
from tests.unit.core.knowledge.desk import Desk, refused


async def test_all_documents_of_a_base_are_tried_again_that_failed(desk: Desk) -> None:
    """With one word, when what they failed for is mended; those of other bases and those that are ready stay."""
    base, other = await desk.base(), await desk.base()
    ready = await desk.settled(await desk.upload(base, "Tea is good."))
    desk.parsing.fault = Fault(Kind.unsupported, "Pictures are not read here.", code="extra_missing")
    failed = [await desk.settled(await desk.upload(each, f"Tea {n}.")) for n, each in enumerate((base, base, other))]
    assert {each.problem for each in failed} == {"extra_missing"}
    desk.parsing.fault, before = None, len(desk.parsing.read)
    assert await refused(desk, RetryBase(base.id), BOB) == "base_not_found"
    assert (await desk.do(RetryBase(base.id))).documents == 2
    await desk.workers.settle()
    states = [(await desk.read(each)).state for each in (ready, *failed)]
    assert states == ["ready", "ready", "ready", "failed"] and len(desk.parsing.read) == before + 2
    assert (await desk.do(RetryBase(base.id))).documents == 0
