"""A document that is found is summed up in the background, and nothing about that can make it fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.document_operations import ChangeDocument, DeleteDocument
from parlance.core.knowledge.room import Summing
from parlance.core.knowledge.summing import SHOWN, SumUp, summary_of
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.errors import Fault, Kind
from tests.unit.core.knowledge.desk import Desk, opened

LONG = "Tea is grown in Assam, as it has been for two hundred years. \n\n" * 200


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """One where bases that are described as wise have a model."""
    database = Sqlite(None)
    await migrated(database)
    summing = Summing(lambda base: "wise" if base.description == "wise" else "")
    desk = await opened(database, tmp_path / "files", summing=summing)
    yield desk
    await desk.close()
    await database.close()


async def test_a_document_is_summed_up_when_it_is_found(desk: Desk) -> None:
    """By its beginning, by the base's model; thoughts are left out, and what others noted stays."""
    desk.speaking.answers["summary"] = "<think>Hm.</think>\n It is about tea. "
    document = await desk.upload(await desk.base(description="wise"), LONG)
    await desk.do(ChangeDocument(document.id, foreign={"mine": {"a": 1}}))
    ready = await desk.settled(document)
    assert (ready.state, summary_of(ready.foreign)) == ("ready", "It is about tea.")
    assert ready.foreign is not None and ready.foreign["mine"] == {"a": 1}
    assert desk.speaking.models == ["wise"] and desk.speaking.asked == [LONG[:SHOWN]]
    assert await desk.count("jobs") == 0


async def test_a_short_text_is_its_own_summary(desk: Desk) -> None:
    """No model is asked; of an empty one there is none."""
    base = await desk.base(description="wise")
    short = await desk.settled(await desk.upload(base, "Tea grows.\n"))
    assert summary_of(short.foreign) == "Tea grows." and desk.speaking.asked == []


async def test_without_a_model_for_it_nothing_is_summed_up(desk: Desk) -> None:
    """Not even what is short."""
    ready = await desk.settled(await desk.upload(await desk.base(), "Tea grows."))
    assert ready.state == "ready" and ready.foreign is None and await desk.count("jobs") == 0


@pytest.mark.parametrize("kind", [Kind.unsupported, Kind.missing, Kind.invalid, Kind.context_full])
async def test_a_model_that_fails_leaves_the_document_as_it_is(desk: Desk, kind: Kind) -> None:
    """Ready, without remarks, and nothing is tried again."""
    desk.speaking.answers["summary"] = Fault(kind, "No.")
    ready = await desk.settled(await desk.upload(await desk.base(description="wise"), LONG))
    assert (ready.state, ready.remarks[1:], summary_of(ready.foreign)) == ("ready", (), "")
    assert await desk.count("jobs") == 0 and desk.defects == []


async def test_a_model_that_is_busy_is_asked_again(desk: Desk) -> None:
    """Meanwhile the document is there, and found."""
    desk.speaking.answers["summary"] = Fault(Kind.busy, "Later.")
    document = await desk.upload(await desk.base(description="wise"), LONG)
    assert (await desk.settled(document)).state == "ready" and await desk.count("jobs") == 1
    desk.speaking.answers["summary"] = "About tea."
    await desk.due()
    assert summary_of((await desk.settled(document)).foreign) == "About tea."


async def test_a_document_that_goes_takes_its_job_along(desk: Desk) -> None:
    """Whoever has it already finds nothing to sum up."""
    desk.speaking.answers["summary"] = Fault(Kind.busy, "Later.")
    document = await desk.upload(await desk.base(description="wise"), LONG)
    await desk.settled(document)
    await desk.do(DeleteDocument(document.id))
    await desk.workers.settle()
    assert await desk.count("jobs") == 0 and await desk.count("documents") == 0


def test_what_passes_is_tried_again() -> None:
    """What does not would fail again."""
    task = SumUp(None)  # type: ignore[arg-type]
    assert not task.lasts(Fault(Kind.over_budget, "Enough."))
    assert task.lasts(Fault(Kind.missing, "Gone."))


@pytest.mark.parametrize("foreign", [None, {}, {"summary": "text"}, {"summary": {"text": 7}}])
def test_notes_that_are_no_summary_are_none(foreign: dict[str, object] | None) -> None:
    """Others may write there as well."""
    assert summary_of(foreign) == ""
