"""What an attempt at reading a document has left that was broken off."""

from __future__ import annotations

import msgspec
import pytest

from parlance.core.jobs.held import Held, LeaseLost
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.ingest import Ingest
from parlance.core.knowledge.room import INGEST
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.errors import Fault, Kind
from tests.unit.core.knowledge.desk import Desk


async def broken_off(desk: Desk, made: DocumentView) -> str:
    """A text that an attempt has left which was broken off; gives its blob."""
    blob = desk.room.ids.new()
    writing = await desk.blobs.write(blob)
    await writing.add(b"Half of it.")
    await writing.finish()
    documents = desk.stores.documents(DEFAULT_TENANT)
    await desk.database.apply((documents.change(made.id, {"state": "parsing", "text": blob, "text_size": 11}, 1),))
    return blob


async def test_a_store_that_deletes_nothing_keeps_no_document_from_being_read(desk: Desk) -> None:
    """What an attempt left that was broken off is for the keeper to find."""
    made = await desk.upload(await desk.base())
    await broken_off(desk, made)

    async def away(id: str) -> None:
        raise Fault(Kind.busy, "The store is away.", code="storage_unreachable")

    desk.room.blobs.delete = away  # type: ignore[method-assign]
    now = await desk.settled(made)
    assert (now.state, now.problem) == ("ready", "") and desk.on_disk() == 4


async def test_whoever_lost_the_lease_of_a_document_removes_nothing_of_it(desk: Desk) -> None:
    """Another worker may be at it."""
    made = await desk.upload(await desk.base())
    blob = await broken_off(desk, made)
    job = await desk.jobs.find(DEFAULT_TENANT, INGEST, made.id)
    assert job is not None
    with pytest.raises(LeaseLost):
        await Ingest(desk.room).run(Held(msgspec.structs.replace(job, lease="of another"), desk.jobs, desk.database))
    assert b"".join([piece async for piece in desk.blobs.read(blob, 0, 11)]) == b"Half of it."
    assert (await desk.settled(made)).state == "ready" and desk.on_disk() == 3
