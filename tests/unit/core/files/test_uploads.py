"""Uploads: room before the first byte, settled after the last, given back whatever goes wrong."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from parlance.core.files.cabinet import FileLimits
from parlance.core.files.keeper import ORPHAN_SECONDS
from parlance.core.files.operations import DeleteFile, ListFiles, ReadContent, ReadFile, ReadFileUsage, UploadFile
from parlance.core.files.taking import HOLD_SECONDS, STEP
from parlance.ports.stores import Conflict
from parlance.stores.blobs.disk import Disk
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.files import Hold, Room
from tests.unit.core.files.desk import ADA, ADMIN, BOB, STRANGER, Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "blobs", FileLimits(upload=50 * 2**20, user=100 * 2**20, tenant=150 * 2**20))
    await desk.open()
    yield desk
    await desk.close()


async def refused(doing: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        await doing
    return caught.value


async def settled(desk: Desk) -> None:
    """What the keeper does at its next round."""
    await desk.keeper.tidy()


@pytest.mark.slow
@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("size", [0, 1, 100_000, STEP, STEP + 1, 3 * STEP + 5])
async def test_a_file_is_kept_as_it_was_sent(desk: Desk, size: int, announced: bool) -> None:
    """Whether its length was announced or not, it takes exactly the room it has."""
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    view = await desk.upload(data, size=size if announced else None)
    assert (view.size, view.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert await desk.room() == (size, 0, 1) and await desk.room("") == (size, 0, 1)
    content = await desk.do(ReadContent(view.id))
    assert b"".join([piece async for piece in content.read(0, size)]) == data
    assert await desk.do(ReadFile(view.id)) == view


@pytest.mark.slow
async def test_nothing_is_read_from_a_client_before_there_is_room_for_it(desk: Desk) -> None:
    """Neither when it is too large for us nor for its owner."""

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("a byte was asked for")
        yield b""

    await desk.upload(bytes(40 * 2**20))
    await desk.upload(bytes(40 * 2**20))
    fault = await refused(desk.do(UploadFile("a", never(), 21 * 2**20)))
    assert (fault.kind, fault.code) == (Kind.over_budget, "no_room")
    fault = await refused(desk.do(UploadFile("a", never(), 50 * 2**20 + 1)))
    assert (fault.kind, fault.code) == (Kind.too_large, "file_too_large")
    assert await desk.room() == (80 * 2**20, 0, 2)


@pytest.mark.slow
async def test_a_tenants_room_is_shared_by_its_users(desk: Desk) -> None:
    """And not with another tenant's."""
    for who in (ADA, ADA, BOB):
        await desk.upload(bytes(50 * 2**20), who=who)
    fault = await refused(desk.upload(b"x", who=BOB))
    assert fault.code == "no_room"
    await desk.upload(b"x", who=STRANGER)


@pytest.mark.slow
async def test_an_upload_of_unknown_length_reserves_in_steps_and_stops_at_the_bounds(desk: Desk) -> None:
    """At what one file may have, and at what there is room for; nothing of it stays."""
    fault = await refused(desk.upload(bytes(50 * 2**20 + 1), size=None))
    assert fault.code == "file_too_large"
    await settled(desk)
    await desk.upload(bytes(50 * 2**20))
    await desk.upload(bytes(40 * 2**20))
    fault = await refused(desk.upload(bytes(12 * 2**20), size=None))
    assert fault.code == "no_room"
    await settled(desk)
    assert await desk.room() == (90 * 2**20, 0, 2)
    await desk.blobs.close()
    assert len(desk.on_disk()) == 2


async def test_a_file_exactly_as_large_as_allowed_is_taken_in_steps(desk: Desk) -> None:
    """The bound counts bytes, not steps."""
    view = await desk.upload(bytes(50 * 2**20), size=None)
    assert view.size == 50 * 2**20


async def test_of_64_at_once_as_many_get_in_as_fit(tmp_path: Path) -> None:
    """Each wants a tenth of the room; afterwards the count is exact, and again after every deletion. Promise P16."""
    desk = Desk(tmp_path, FileLimits(upload=2**20, user=1_000_000))
    await desk.open()
    try:
        for size in (100_000, None):
            wishes = [desk.upload(bytes(100_000), size=size) for _ in range(64)]
            outcomes = await asyncio.gather(*wishes, return_exceptions=True)
            kept = [view for view in outcomes if not isinstance(view, BaseException)]
            assert len(kept) == 10 if size else 1 <= len(kept) <= 10
            refusals = [fault for fault in outcomes if isinstance(fault, BaseException)]
            assert all(isinstance(fault, Fault) and fault.code in ("no_room", None) for fault in refusals)
            await settled(desk)
            assert await desk.room() == (100_000 * len(kept), 0, len(kept)) == await desk.room("")
            for view in kept:
                before = await desk.room()
                await desk.do(DeleteFile(view.id))
                assert await desk.room() == (before[0] - 100_000, 0, before[2] - 1)
        assert desk.on_disk() == []
    finally:
        await desk.close()


async def test_a_sender_who_leaves_takes_nothing_with_them(desk: Desk) -> None:
    """In the middle of a file: bytes and room are given back."""
    arrived = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        arrived.set()
        await asyncio.Event().wait()

    uploading = asyncio.create_task(desk.do(UploadFile("a", stuck(), 10**6)))
    await arrived.wait()
    assert await desk.room() == (0, 10**6, 0)
    uploading.cancel()
    await asyncio.wait([uploading])
    await settled(desk)
    assert await desk.room() == (0, 0, 0) == await desk.room("")
    await desk.blobs.close()
    assert desk.on_disk() == []


async def test_a_sender_who_breaks_off_is_refused_and_nothing_stays(desk: Desk) -> None:
    """Also when the transport says so with a fault."""

    async def broken() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        raise Fault(Kind.too_large, "The body is larger than it said.", code="body_too_large")

    assert (await refused(desk.do(UploadFile("a", broken(), 10**6)))).code == "body_too_large"
    await settled(desk)
    await desk.blobs.close()
    assert await desk.room() == (0, 0, 0) and desk.on_disk() == []


@pytest.mark.slow
async def test_room_is_given_back_by_the_keeper_as_soon_as_an_upload_broke(desk: Desk) -> None:
    """Without waiting for its next round."""
    desk.keeper.start()
    await refused(desk.upload(bytes(51 * 2**20), size=None))
    async with asyncio.timeout(10):
        while (await desk.room())[1]:
            await asyncio.sleep(0)
    await desk.keeper.stop()


async def test_a_reservation_that_could_not_be_given_back_is_at_the_end(desk: Desk) -> None:
    """The database was away; a clean stop tries once more."""
    away = Fault(Kind.busy, "The database cannot be reached.", code="database_unreachable")

    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        desk.database.refusal = away
        raise Fault(Kind.invalid, "Broken.")

    await refused(desk.do(UploadFile("a", breaking(), 10**6)))
    desk.keeper.start()
    await desk.keeper.stop()
    desk.database.refusal = None
    assert await desk.room() == (0, 10**6, 0)
    await desk.keeper.stop()
    assert await desk.room() == (0, 0, 0)


async def test_a_server_that_died_gives_the_room_back_when_the_reservation_is_over(desk: Desk) -> None:
    """And removes what had been written."""
    blob = await desk.blobs.write("ab")
    await blob.add(b"x")
    await blob.finish()
    files = desk.rows.files("default")
    held = desk.cabinet.clock.now() + HOLD_SECONDS * 10**6
    await desk.database.apply((*files.make_room(""), *files.make_room("ada")))
    await desk.database.apply(files.reserve(Hold("default", "h", "ada", "ab", 500, held), None, None))
    await settled(desk)
    assert await desk.room() == (0, 500, 0)
    desk.clock.move(HOLD_SECONDS + 1)
    await settled(desk)
    assert await desk.room() == (0, 0, 0) and desk.on_disk() == []


async def test_a_slow_upload_renews_its_reservation(desk: Desk) -> None:
    """It may take as long as it moves; the keeper leaves it alone."""

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(10):
            desk.clock.move(HOLD_SECONDS * 0.4)
            await settled(desk)
            yield bytes(1000)

    view = await desk.do(UploadFile("slow.bin", slow(), 10_000))
    assert view.size == 10_000 and await desk.room() == (10_000, 0, 1)


async def test_an_upload_whose_reservation_ran_out_is_refused(desk: Desk) -> None:
    """Its sender was silent for too long, and somebody else may have the room by now."""

    async def silent() -> AsyncIterator[bytes]:
        yield bytes(1000)
        desk.clock.move(HOLD_SECONDS * 2)
        await settled(desk)

    fault = await refused(desk.do(UploadFile("a", silent(), 2000)))
    assert (fault.kind, fault.code) == (Kind.timed_out, "upload_expired")
    assert await desk.room() == (0, 0, 0)


class Fragile(Disk):
    """A disk that is full while `full` is set."""

    full = False

    def settle(self, file: Any) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().settle(file)


async def test_a_full_disk_refuses_gives_everything_back_and_heals(tmp_path: Path) -> None:
    """Promise P04."""
    disk = Fragile()
    desk = Desk(tmp_path / "blobs", disk=disk)
    await desk.open()
    try:
        disk.full = True
        assert (await refused(desk.upload(bytes(10**6)))).code == "disk_full"
        await settled(desk)
        assert await desk.room() == (0, 0, 0)
        disk.full = False
        assert (await desk.upload(bytes(10**6))).size == 10**6
        assert len(desk.on_disk()) == 1
    finally:
        await desk.close()


async def test_a_commit_that_fails_at_the_end_keeps_neither_row_nor_room(desk: Desk) -> None:
    """Nor any bytes: what is left of a room that was given back is nobody's."""

    async def conflict() -> None:
        raise Conflict

    async def ending() -> AsyncIterator[bytes]:
        yield bytes(1000)
        desk.database.before = [conflict, conflict, conflict]

    assert (await refused(desk.do(UploadFile("a", ending(), 1000)))).kind is Kind.conflict
    await settled(desk)
    assert await desk.room() == (0, 0, 0) and (await desk.do(ListFiles())).files == ()
    assert desk.on_disk() == []


async def test_a_file_that_is_kept_in_the_moment_its_reservation_ends_stays(desk: Desk) -> None:
    """The keeper has seen that the time is over, and then the upload is settled after all."""
    held = desk.cabinet.clock.now() - 1
    files = desk.rows.files("default")
    await desk.database.apply((*files.make_room(""), *files.make_room("ada")))
    hold = Hold("default", "ab", "ada", "ab", 1, held)
    await desk.database.apply(files.reserve(hold, None, None))
    blob = await desk.blobs.write("ab")
    await blob.add(b"x")
    await blob.finish()

    async def settle() -> None:
        await desk.sqlite.apply(files.release(hold))  # whatever it is from now on, it is reserved no more

    desk.database.before = [settle]
    await settled(desk)
    assert desk.on_disk() == ["ab"]


async def test_the_sweep_leaves_what_is_kept_and_what_is_young(desk: Desk) -> None:
    """Only blobs that are older than a day and that no row names are removed."""
    view = await desk.upload(b"kept")
    orphan = await desk.blobs.write("0123ab")
    await orphan.add(b"nobody's")
    await orphan.finish()
    assert await desk.keeper.sweep() == 0, "they were written after the moment at which the desk's clock stands"
    old = desk.clock.now() / 10**6 - ORPHAN_SECONDS - 5
    for path in desk.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    assert await desk.keeper.sweep() == 1
    content = await desk.do(ReadContent(view.id))
    assert [piece async for piece in content.read(0, 4)] == [b"kept"]


async def test_a_row_goes_before_its_content_and_a_disk_that_refuses_does_not_bring_it_back(desk: Desk) -> None:
    """Deleting is done when it is committed."""
    view = await desk.upload(b"gone")
    await desk.do(DeleteFile(view.id))
    assert desk.on_disk() == []
    assert (await refused(desk.do(ReadFile(view.id)))).code == "file_not_found"
    assert (await refused(desk.do(DeleteFile(view.id)))).code == "file_not_found"


@pytest.mark.parametrize("operation", [ReadFile, ReadContent, DeleteFile])
@pytest.mark.parametrize("who", [BOB, STRANGER, ADMIN, Principal("default", "ada", guest=True)])
async def test_a_file_of_somebody_else_is_like_one_that_never_was(
    desk: Desk, operation: Callable[[str], Any], who: Principal
) -> None:
    """For another user, another tenant, an admin and a guest of the same name."""
    view = await desk.upload(b"mine")
    told = [await refused(desk.do(operation(id), who)) for id in (view.id, "no-such-file")]
    assert [(fault.kind, fault.message, fault.code) for fault in told] == [
        (Kind.missing, "There is no such file.", "file_not_found")
    ] * 2
    if who.guest:
        assert (await refused(desk.do(ListFiles(), who))).kind is Kind.forbidden
        assert (await refused(desk.do(ReadFileUsage(), who))).kind is Kind.forbidden
    else:
        assert (await desk.do(ListFiles(), who)).files == ()
    assert (await desk.do(ReadFile(view.id))) == view


async def test_guests_keep_no_files(desk: Desk) -> None:
    """They share a name, and so would share what is theirs."""
    fault = await refused(desk.upload(b"x", who=Principal("default", "guest", guest=True)))
    assert fault.kind is Kind.forbidden


@pytest.mark.parametrize("name", ["", "x" * 256, "a\x00b"])
async def test_a_name_that_cannot_be_kept_is_refused(desk: Desk, name: str) -> None:
    """Before anything is reserved."""
    assert (await refused(desk.upload(b"x", name))).code == "bad_name"
    assert await desk.room() == (0, 0, 0)


async def test_a_hostile_name_is_kept_as_text_and_never_becomes_a_path(desk: Desk) -> None:
    """The folder has ids only."""
    names = ["../../../etc/passwd", "..\\..\\x", "/abs", "CON", "a\nb", "\u202egnp.exe", "." * 255, "x" * 255]
    for name in names:
        assert (await desk.upload(b"x", name)).name == name
    listed = await desk.do(ListFiles())
    assert {view.name for view in listed.files} == set(names)
    assert all(len(found) == 36 for found in desk.on_disk()) and len(desk.on_disk()) == len(names)


async def test_a_list_is_given_in_pages_and_its_cursor_is_nobody_elses(desk: Desk) -> None:
    """Newest first, each file once."""
    for number in range(5):
        desk.clock.move(1)
        await desk.upload(b"x", f"{number}")
    first = await desk.do(ListFiles(limit=2))
    second = await desk.do(ListFiles(first.cursor, 2))
    third = await desk.do(ListFiles(second.cursor, 2))
    assert [view.name for page in (first, second, third) for view in page.files] == ["4", "3", "2", "1", "0"]
    assert third.cursor is None
    for who, cursor in ((BOB, first.cursor), (ADA, "nonsense"), (ADA, "é")):
        assert (await refused(desk.do(ListFiles(cursor), who))).code == "bad_cursor"
    for limit in (-5, 0, 200):
        assert (await refused(desk.do(ListFiles(limit=limit)))).code == "out_of_range"


async def test_everybody_sees_their_own_room_and_an_admin_the_tenants(desk: Desk) -> None:
    """And what the disk has left."""
    await desk.upload(bytes(500))
    usage = await desk.do(ReadFileUsage())
    assert usage.own == Room(500, 0, 1, 100 * 2**20) and usage.tenant is None and usage.disk_free is None
    usage = await desk.do(ReadFileUsage(), ADMIN)
    assert usage.own == Room(0, 0, 0, 100 * 2**20) and usage.tenant == Room(500, 0, 1, 150 * 2**20)
    assert usage.disk_free > 0
