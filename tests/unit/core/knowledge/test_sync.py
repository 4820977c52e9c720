"""A folder that is kept in step touches what it put into a base, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.core.knowledge.document_operations import AddAddress, AddText, ChangeDocument, ListDocuments, Noted
from parlance.core.knowledge.sync_operations import MoveFolderDocument, RemoveFolderDocument
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.errors import Fault
from tests.unit.core.files.desk import BOB, STRANGER
from tests.unit.core.knowledge.desk import Desk, refused


async def test_a_file_of_a_folder_is_called_by_its_path(desk: Desk) -> None:
    """However long that is."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="green/tea.txt")
    assert (made.source, made.place, made.name) == ("folder", "papers/green/tea.txt", "green/tea.txt")
    long = await desk.upload(base, "other words", folder="papers", path="d/" * 200 + "tea.txt")
    assert long.place == "papers/" + "d/" * 200 + "tea.txt" and len(long.name) == 255 and long.name[-7:] == "tea.txt"


@pytest.mark.parametrize(
    ("folder", "path", "code"),
    [
        ("Papers", "a.txt", "bad_name"),
        ("a/b", "a.txt", "bad_name"),
        ("papers", "", "bad_path"),
        ("papers", "../a.txt", "bad_path"),
        ("papers", "/a.txt", "bad_path"),
        ("papers", "a//b", "bad_path"),
        ("papers", "a\x00b", "bad_path"),
        ("papers", "a" * 4097, "bad_path"),
    ],
)
async def test_a_place_that_leads_elsewhere_is_refused(desk: Desk, folder: str, path: str, code: str) -> None:
    """Before a byte is taken."""
    base = await desk.base()
    with pytest.raises(Fault) as caught:
        await desk.upload(base, folder=folder, path=path)
    assert caught.value.code == code and desk.on_disk() == 0


async def test_a_file_that_moved_is_not_read_again(desk: Desk) -> None:
    base = await desk.base()
    made = await desk.settled(await desk.upload(base, folder="papers", path="tea.txt"))
    moved = await desk.do(MoveFolderDocument(made.id, "papers", "green/leaf.txt"))
    now = await desk.settled(made)
    assert (now.place, now.name, now.state) == ("papers/green/leaf.txt", "green/leaf.txt", "ready") and moved == now
    assert await refused(desk, MoveFolderDocument(made.id, "papers", "../leaf.txt")) == "bad_path"


async def test_a_folder_removes_what_it_put_there(desk: Desk) -> None:
    base = await desk.base()
    made = await desk.settled(await desk.upload(base, folder="papers", path="tea.txt"))
    await desk.do(RemoveFolderDocument(made.id, "papers"))
    await desk.workers.settle()
    assert (await desk.do(ListDocuments(base.id))).documents == () and desk.on_disk() == 0
    assert await refused(desk, RemoveFolderDocument(made.id, "papers")) == "document_not_found"


async def test_no_folder_touches_what_it_did_not_put_there(desk: Desk) -> None:
    """Not another folder's, not one of a name that begins alike, not what somebody uploaded, wrote or says of it."""
    base = await desk.base()
    others = [
        await desk.upload(base, "of another", folder="papers-2", path="tea.txt"),
        await desk.upload(base, "uploaded", name="papers/tea.txt"),
        await desk.do(AddText(base.id, "papers/note", "typed in", {"folder": "papers", "place": "papers/tea.txt"})),
    ]
    for each in others:
        assert await refused(desk, RemoveFolderDocument(each.id, "papers")) == "not_of_this_folder"
        assert await refused(desk, RemoveFolderDocument(each.id, "")) == "not_of_this_folder"
        assert await refused(desk, MoveFolderDocument(each.id, "papers", "x.txt")) == "not_of_this_folder"
    await desk.do(ChangeDocument(others[1].id, metadata={"source": "folder"}))
    assert await refused(desk, RemoveFolderDocument(others[1].id, "papers")) == "not_of_this_folder"
    assert len((await desk.do(ListDocuments(base.id))).documents) == 3


@pytest.mark.parametrize("who", [BOB, STRANGER])
async def test_somebody_else_learns_nothing_by_a_folders_name(desk: Desk, who: Principal) -> None:
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="tea.txt")
    assert await refused(desk, RemoveFolderDocument(made.id, "papers"), who) == "document_not_found"
    assert await refused(desk, MoveFolderDocument(made.id, "papers", "x"), who) == "document_not_found"


async def test_what_two_folders_brought_stays_until_both_let_go_of_it(desk: Desk) -> None:
    """It is the other's by its path there, whichever goes first; that one may move it before as well."""
    base = await desk.base()
    for first, name in (("papers", "books/b.txt"), ("books", "a.txt")):
        made = await desk.settled(await desk.upload(base, folder="papers", path="a.txt"))
        both = await desk.upload(base, folder="books", path="old.txt")
        assert (both.id, both.place, both.foreign) == (made.id, "papers/a.txt", {"folders": {"books": "old.txt"}})
        moved = await desk.do(MoveFolderDocument(made.id, "books", "books/b.txt"))
        assert (moved.place, moved.name, moved.foreign) == (
            "papers/a.txt",
            "a.txt",
            {"folders": {"books": "books/b.txt"}},
        )
        await desk.do(RemoveFolderDocument(made.id, first))
        last = "books" if first == "papers" else "papers"
        kept = await desk.settled(made)
        assert (kept.place, kept.name, kept.state, kept.foreign or None) == (f"{last}/{name}", name, "ready", None)
        assert await refused(desk, RemoveFolderDocument(made.id, first)) == "not_of_this_folder"
        await desk.do(RemoveFolderDocument(made.id, last))
        await desk.workers.settle()
        assert (await desk.do(ListDocuments(base.id))).documents == ()


async def test_nobody_else_writes_down_which_folders_brought_a_document(desk: Desk) -> None:
    """Nor what comes of summing it up; what was read there may be sent back, with whatever else is noted."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    odd: dict[str, Any]
    for odd in ({"folders": {"zz": "../../etc"}}, {"folders": {}}, {"folders": None}, {"summary": {"text": "x"}}):
        assert await refused(desk, ChangeDocument(made.id, foreign={"mine": 1, **odd})) == "bad_name"
    there = await desk.upload(base, folder="books", path="b.txt")
    told = await desk.do(ChangeDocument(made.id, foreign={**(there.foreign or {}), "mine": 1}))
    assert told.foreign == {"folders": {"books": "b.txt"}, "mine": 1}
    assert await refused(desk, ChangeDocument(made.id, foreign={"folders": {"books": "c.txt"}})) == "bad_name"
    address = AddAddress(base.id, "https://h.test/tea.txt", foreign={"folders": {"zz": "../../etc"}})
    assert await refused(desk, address) == "bad_name"
    with pytest.raises(Fault, match="keeps `summary` for itself"):
        await desk.upload(base, "Other.", noted=lambda: Noted(foreign={"summary": {"text": "x"}}))
    assert (await desk.used())[2] == 1


async def test_a_note_that_leads_elsewhere_is_no_folders(desk: Desk) -> None:
    """As somebody may have written one when anybody could."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    documents = desk.stores.documents(DEFAULT_TENANT)
    odd = {"zz": "../../etc", "z/z": "a.txt", "ok": "b.txt", "no": 5}
    await desk.database.apply((documents.change(made.id, {"foreign": {"folders": odd}}, 1),))
    assert await refused(desk, RemoveFolderDocument(made.id, "zz")) == "not_of_this_folder"
    await desk.do(RemoveFolderDocument(made.id, "papers"))
    kept = await desk.read(made)
    assert (kept.place, kept.name, kept.foreign) == ("ok/b.txt", "b.txt", None)


async def test_what_somebody_uploads_too_is_theirs_from_then_on(desk: Desk) -> None:
    """It stays when the folder's file goes; the folder that brings it again changes nothing of that."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="tea.txt")
    assert (await desk.upload(base, folder="others", path="leaf.txt")).place == "papers/tea.txt"
    taken = await desk.upload(base, name="mine.txt")
    assert (taken.id, taken.source, taken.place) == (made.id, "upload", "")
    assert await refused(desk, RemoveFolderDocument(made.id, "papers")) == "not_of_this_folder"
    again = await desk.upload(base, folder="papers", path="tea.txt")
    assert (again.id, again.source) == (made.id, "upload")
    assert (await desk.used())[1:] == (0, 1)


@pytest.mark.parametrize("operation", [RemoveFolderDocument, MoveFolderDocument])
async def test_an_upload_between_the_look_and_the_removal_wins(desk: Desk, operation: Any) -> None:
    """The change set meets a conflict, and the second look finds that it is somebody's."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="tea.txt")
    find, looks = desk.room.find_document, 0

    async def meanwhile(principal: Principal, id: str) -> Any:
        nonlocal looks
        located, looks = await find(principal, id), looks + 1
        if looks == 1:
            await desk.upload(base, name="mine.txt")
        return located

    desk.dispatch._loaders = {**desk.dispatch._loaders, "document": meanwhile}
    more = ("x.txt",) if operation is MoveFolderDocument else ()
    assert await refused(desk, operation(made.id, "papers", *more)) == "not_of_this_folder"
    assert looks == 2 and [each.source for each in (await desk.do(ListDocuments(base.id))).documents] == ["upload"]
