"""The room that a tenant's documents may take: of its own, none at all, or as the settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.core.knowledge.storage import read_storage, set_storage
from parlance.core.knowledge.storage_operations import ReadStorage, SetStorage, Storage
from parlance.core.operation import Context
from parlance.ports.files import UNBOUND
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import ALL_SCOPES, DEFAULT_TENANT, ROLE_SCOPES, Tenant
from parlance.values.errors import Fault
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import Desk, opened

HOME = Context(ADA, "request-1", Tenant(DEFAULT_TENANT, "Home", 10000, 1, 1))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", tenant=1000)
    yield made
    await made.close()
    assert made.defects == []
    await database.close()


async def standing(desk: Desk) -> Storage:
    found: Storage = (await read_storage(desk.room, HOME, ReadStorage(DEFAULT_TENANT))).value
    return found


async def change(desk: Desk, **more: Any) -> Storage:
    result = await set_storage(desk.room, HOME, SetStorage(DEFAULT_TENANT, **more))
    await desk.database.apply(result.changes)
    assert result.value == await standing(desk)
    found: Storage = result.value
    return found


async def test_a_tenant_may_have_another_bound_than_the_settings(desk: Desk) -> None:
    """It holds at once; without one of its own the settings' holds again."""
    assert await standing(desk) == Storage(0, 0, 0, 1000)
    assert await change(desk, quota=50) == Storage(0, 0, 0, 50, True)
    base = await desk.base(embedder="")
    with pytest.raises(Fault) as refused:
        await desk.upload(base, "x" * 60)
    assert refused.value.code == "no_room_for_documents"
    assert (await change(desk, unlimited=True)).quota is None
    await desk.upload(base, "x" * 5000)
    assert await change(desk) == Storage(5000, 0, 1, 1000)
    assert await change(desk, quota=0) == Storage(5000, 0, 1, 0, True)
    await desk.workers.settle()


async def test_whoever_looks_after_a_tenant_need_not_name_it(desk: Desk) -> None:
    """It is their own then; to all others it is not there, as where they name it."""
    admin = msgspec.structs.replace(ADA, scopes=ROLE_SCOPES["admin"])
    operator = msgspec.structs.replace(ADA, scopes=ALL_SCOPES)
    result = await set_storage(desk.room, Context(operator, "request-1"), SetStorage(quota=70))
    await desk.database.apply(result.changes)
    for who in (admin, operator):
        found = (await read_storage(desk.room, Context(who, "request-1"), ReadStorage())).value
        assert found == await standing(desk) == Storage(0, 0, 0, 70, True)
    with pytest.raises(Fault) as refused:
        await read_storage(desk.room, Context(ADA, "request-1"), ReadStorage())
    assert refused.value.code == "tenant_not_found"


@pytest.mark.parametrize("quota", [-1, UNBOUND])
async def test_a_bound_that_is_none_is_refused(desk: Desk, quota: int) -> None:
    """What has no end is said by its word."""
    with pytest.raises(Fault) as refused:
        await set_storage(desk.room, HOME, SetStorage(DEFAULT_TENANT, quota))
    assert refused.value.code == "out_of_range"
