"""The contract of `WeknoraStore` in `ports/weknora.py`, on every database."""

from __future__ import annotations

import msgspec
import pytest

from parlance.ports.secrets import Sealed
from parlance.ports.stores import Conflict, Database
from parlance.ports.weknora import StoredModel, StoredNote
from parlance.stores.sql.directory import SqlDirectory
from parlance.stores.sql.people import SqlPeople
from parlance.stores.sql.weknora import SqlWeknora
from parlance.values.accounts import DEFAULT_TENANT, Tenant, User
from parlance.values.weknora import Engine, ModelPlan, TenantModel, TenantNote

KEY = Sealed("aes256gcm", "0123", bytes(range(256)))
NOTE = StoredNote(TenantNote(DEFAULT_TENANT, "Téa 茶", "tea", (Engine("postgres", "vector"),), "k-1", 1), KEY)
PLAN = ModelPlan(
    "bge-m3", "Embedding", "remote", "知识", "http://lab.test/v1", 1024, 511, True, {"extra": {"deep": [1]}}
)
MODEL = StoredModel(
    TenantModel("1-bge", DEFAULT_TENANT, PLAN, "active", 5, 9_007_199_254_740_993, 3, True, "slow"), KEY
)
BARE = StoredModel(TenantModel("0-llama", DEFAULT_TENANT, ModelPlan("llama", "KnowledgeQA", "local"), "active", 6, 6))


@pytest.fixture
async def store(database: Database) -> SqlWeknora:
    made = SqlWeknora(database)
    await database.apply((*made.insert_model(MODEL), *made.insert_model(BARE)))
    return made


async def test_a_tenant_is_found_by_its_number(store: SqlWeknora) -> None:
    """The first one has the first number."""
    found = await store.numbered(10000)
    assert found is not None and found.id == DEFAULT_TENANT
    assert await store.numbered(9999) is None


async def test_a_tenant_gets_another_number_if_that_is_free(database: Database, store: SqlWeknora) -> None:
    """And if it still has the one that was read."""
    await database.apply((SqlDirectory(database).insert_tenant(Tenant("acme", "Acme", 10001, 1, 1)),))
    first = await store.numbered(10000)
    assert first is not None
    await database.apply((store.renumber(first, 9999),))
    moved = await store.numbered(9999)
    assert moved == msgspec.structs.replace(first, number=9999) and await store.numbered(10000) is None
    for before, number in ((first, 9998), (moved, 10001)):
        with pytest.raises(Conflict):
            await database.apply((store.renumber(before, number),))


async def test_the_owner_is_the_first_admin_who_is_let_in(database: Database, store: SqlWeknora) -> None:
    """Neither somebody else nor somebody who is shut out."""
    await database.apply((SqlDirectory(database).insert_tenant(Tenant("acme", "Acme", 10001, 1, 1)),))
    people = SqlPeople(database, "acme")
    everybody = (
        User("u-1", "acme", "a", "user", 1, 1),
        User("u-2", "acme", "b", "admin", 2, 2, disabled=True),
        User("u-4", "acme", "d", "admin", 4, 4),
        User("u-3", "acme", "c", "admin", 3, 3),
    )
    for user in everybody:
        await database.apply(people.insert(user, None))
    assert await store.owner("acme") == "u-3"
    assert await store.owner("elsewhere") is None


async def test_a_note_is_read_back_as_it_was_written(database: Database, store: SqlWeknora) -> None:
    """With its sealed key byte by byte, and changed by nobody who saw an older one."""
    assert await store.note(DEFAULT_TENANT) is None
    await database.apply((store.put_note(None, NOTE),))
    assert await store.note(DEFAULT_TENANT) == NOTE
    bare = StoredNote(msgspec.structs.replace(NOTE.note, key=None, description="", version=2))
    await database.apply((store.put_note(NOTE, bare),))
    assert await store.note(DEFAULT_TENANT) == bare
    for before in (None, NOTE):
        with pytest.raises(Conflict):
            await database.apply((store.put_note(before, NOTE),))
    assert await store.note(DEFAULT_TENANT) == bare


async def test_models_are_read_back_as_they_were_written(store: SqlWeknora) -> None:
    """Oldest first, those of one tenant; fields that we do not know too."""
    assert list(await store.models(DEFAULT_TENANT)) == [BARE, MODEL]
    assert await store.model(DEFAULT_TENANT, "1-bge") == MODEL
    assert list(await store.models("elsewhere")) == [] and await store.model("elsewhere", "1-bge") is None


async def test_every_change_of_a_model_is_seen_by_its_version(database: Database, store: SqlWeknora) -> None:
    """And made by nobody who saw an older one."""
    seen = [await store.models_version()]
    after = StoredModel(msgspec.structs.replace(MODEL.model, status="downloading", version=4, has_key=False))
    await database.apply(store.change_model(MODEL, after))
    seen.append(await store.models_version())
    assert await store.model(DEFAULT_TENANT, "1-bge") == after
    with pytest.raises(Conflict):
        await database.apply(store.change_model(MODEL, after))
    await database.apply(store.delete_model(after.model))
    seen.append(await store.models_version())
    with pytest.raises(Conflict):
        await database.apply(store.delete_model(after.model))
    assert list(await store.models(DEFAULT_TENANT)) == [BARE]
    assert seen == sorted(set(seen)) and len(seen) == 3
