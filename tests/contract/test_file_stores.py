"""The contract of `ports/files.py`: rows of files, and room that is counted exactly whatever happens at once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parlance.ports.files import WHOLE_TENANT, Files
from parlance.ports.stores import ChangeSet, Conflict, Database, Value
from parlance.stores.sql.files import SqlFileKeeping
from parlance.stores.sql.rows import insert
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.files import File, Hold
from tests.unit.core.files.desk import people

ADA, BOB = "ada", "bob"
OTHER = "elsewhere"


@pytest.fixture
async def files(database: Database) -> Files:
    await people(database)
    return SqlFileKeeping(database).files(DEFAULT_TENANT)


def hold(id: str = "h1", bytes: int = 100, user: str = ADA, expires: int = 1000, tenant: str = DEFAULT_TENANT) -> Hold:
    return Hold(tenant, id, user, f"blob-{id}", bytes, expires)


def file(id: str = "f1", size: int = 60, user: str = ADA, **more: Any) -> File:
    made = File(id, DEFAULT_TENANT, user, "Notes.txt", "text", "text/plain", size, "ab" * 32, 5, f"blob-{id}")
    return msgspec.structs.replace(made, **more)


async def reserved(database: Database, files: Files, *holds: Hold, limit: int | None = None) -> None:
    for who in {WHOLE_TENANT, *(each.user for each in holds)}:
        if await files.room(who) is None:
            await database.apply(files.make_room(who))
    for each in holds:
        await database.apply(files.reserve(each, limit, limit))


async def rooms(files: Files) -> dict[str, tuple[int, int, int]]:
    """What is counted: used, reserved and files of the tenant and of both users."""
    found = {who: await files.room(who) for who in (WHOLE_TENANT, ADA, BOB)}
    return {who: (room.used, room.reserved, room.files) for who, room in found.items() if room is not None}


async def test_an_upload_moves_room_from_reserved_to_used(database: Database, files: Files) -> None:
    """For the user and for the tenant; the file is what was given."""
    await reserved(database, files, hold())
    assert await rooms(files) == {"": (0, 100, 0), ADA: (0, 100, 0)}
    kept = file(declared="text/x-notes", foreign={"knowledge": 3})
    await database.apply(files.settle(hold(), kept))
    assert await rooms(files) == {"": (60, 0, 1), ADA: (60, 0, 1)}
    assert await files.file("f1") == kept
    assert await files.hold("h1") is None


async def test_room_that_was_given_back_cannot_be_given_back_or_settled_again(database: Database, files: Files) -> None:
    """Whoever comes second meets a conflict, and nothing of it is applied."""
    await reserved(database, files, hold(), hold("h2"))
    await database.apply(files.release(hold()))
    for again in (files.release(hold()), files.settle(hold(), file()), files.extend(hold(), 5, 2000, None, None)):
        with pytest.raises(Conflict):
            await database.apply(again)
    assert await rooms(files) == {"": (0, 100, 0), ADA: (0, 100, 0)}
    assert await files.file("f1") is None


@pytest.mark.parametrize(("user_limit", "tenant_limit"), [(250, None), (None, 250), (250, 250)])
async def test_no_more_than_the_limit_is_ever_reserved(
    database: Database, files: Files, user_limit: int | None, tenant_limit: int | None
) -> None:
    """Of many who come at once as many get in as fit."""
    await database.apply((*files.make_room(WHOLE_TENANT), *files.make_room(ADA)))
    wishes = [files.reserve(hold(f"h{n}"), user_limit, tenant_limit) for n in range(20)]
    outcomes = await asyncio.gather(*(database.apply(wish) for wish in wishes), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 2
    assert await rooms(files) == {"": (0, 200, 0), ADA: (0, 200, 0)}


async def test_an_upload_can_be_given_more_room_and_time(database: Database, files: Files) -> None:
    """Within the limit, from what it has; without more room only the time is longer."""
    await reserved(database, files, hold())
    await database.apply(files.extend(hold(), 50, 2000, 150, None))
    longer = hold(bytes=150, expires=2000)
    assert await files.hold("h1") == longer
    with pytest.raises(Conflict):
        await database.apply(files.extend(longer, 1, 3000, 150, None))
    await database.apply(files.extend(longer, 0, 3000, 150, None))
    assert await files.hold("h1") == hold(bytes=150, expires=3000)
    assert await rooms(files) == {"": (0, 150, 0), ADA: (0, 150, 0)}


async def kept(database: Database, files: Files, *made: File) -> None:
    """Files as uploads leave them."""
    for each in made:
        held = hold(f"h-{each.id}", 1000, each.user)
        await reserved(database, files, held)
        await database.apply(files.settle(held, each))


async def test_deleting_gives_the_exact_room_back_once(database: Database, files: Files) -> None:
    """And takes the file out of the folders it was in."""
    await kept(database, files, file(), file("f2", 7), file("f3", 11, BOB))
    folder: dict[str, Value] = {"tenant": DEFAULT_TENANT, "id": "folder", "user_id": ADA, "name": "F", "name_key": "f"}
    more: dict[str, Value] = {"instructions": "", "created": 0, "updated": 0, "version": 1}
    linked: dict[str, Value] = {"tenant": DEFAULT_TENANT, "folder": "folder", "file_id": "f1", "added": 0}
    await database.apply((insert("folders", {**folder, **more}), insert("folder_files", linked)))
    await database.apply(files.delete(file()))
    with pytest.raises(Conflict):
        await database.apply(files.delete(file()))
    assert await rooms(files) == {"": (18, 0, 2), ADA: (7, 0, 1), BOB: (11, 0, 1)}
    assert await database.read("SELECT folder FROM folder_files WHERE tenant = :t", {"t": DEFAULT_TENANT}) == []


async def test_all_files_of_a_user_go_with_their_count(database: Database, files: Files) -> None:
    """When somebody's account goes; the others' files and the tenant's count stay right."""
    await kept(database, files, file(), file("f2", 7), file("f3", 11, BOB))
    await database.apply(files.delete_all(ADA, [file(), file("f2", 7)]))
    assert await rooms(files) == {"": (11, 0, 1), BOB: (11, 0, 1)}
    assert await files.page(ADA, None, 10) == []
    await database.apply(files.delete_all(ADA, []))


async def test_a_user_who_goes_in_the_middle_of_uploads_takes_their_reservations_along(
    database: Database, files: Files
) -> None:
    """What others have reserved stays."""
    await reserved(database, files, hold(), hold("h2", 30), hold("h3", 5, BOB))
    await database.apply(files.delete_all(ADA, []))
    assert await rooms(files) == {"": (0, 5, 0), BOB: (0, 5, 0)}
    assert await files.hold("h1") is None and await files.hold("h3") is not None


async def test_a_list_goes_from_the_newest_to_the_oldest_in_pages(database: Database, files: Files) -> None:
    """One's own files only."""
    await kept(database, files, *(file(f"f{n}", n) for n in range(5)), file("f9", 9, BOB))
    first = await files.page(ADA, None, 3)
    assert [each.id for each in first] == ["f4", "f3", "f2"]
    assert [each.id for each in await files.page(ADA, "f2", 3)] == ["f1", "f0"]
    assert await files.page(ADA, "f0", 3) == []


async def test_nothing_crosses_tenants(database: Database, files: Files) -> None:
    """Not even with the same user and the same id."""
    await kept(database, files, file())
    others = SqlFileKeeping(database).files(OTHER)
    assert await others.file("f1") is None
    assert await others.page(ADA, None, 10) == []
    assert await others.room(ADA) is None and await others.hold("h1") is None
    change: ChangeSet = others.delete(file())
    with pytest.raises(Conflict):
        await database.apply(change)


async def test_reservations_that_are_over_are_found_in_every_tenant(database: Database, files: Files) -> None:
    """And no others."""
    keeping = SqlFileKeeping(database)
    others = keeping.files(OTHER)
    await reserved(database, files, hold(expires=10), hold("h2", expires=30))
    await reserved(database, others, hold("h3", expires=5, tenant=OTHER))
    assert {each.id for each in await keeping.overdue(20)} == {"h1", "h3"}
    assert await keeping.overdue(5) == []


async def test_blobs_that_nobody_names_are_told_from_those_of_files_and_uploads(
    database: Database, files: Files
) -> None:
    """In every tenant, a whole batch at once."""
    keeping = SqlFileKeeping(database)
    await kept(database, files, file())
    await reserved(database, files, hold("h2"))
    await reserved(database, keeping.files(OTHER), hold("h3", tenant=OTHER))
    asked = ["blob-f1", "blob-h2", "blob-h3", "nobody's", *(f"x{n}" for n in range(196))]
    assert list(await keeping.unknown(asked)) == asked[3:]
    assert await keeping.unknown([]) == []
