"""Where chats that come in are filed: into folders that are there, or that are made on the way."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.core.chat.bounds import MOST_INSTRUCTIONS
from parlance.core.library import filing as module
from parlance.core.library.filing import Filing
from parlance.core.library.folders import MOST_DEPTH
from parlance.ports.stores import Conflict
from parlance.values.chats import Folder
from tests.unit.core.library.shelves import ADA, BOB, Shelf


async def filing(shelf: Shelf, instructions: Any = None, who: Any = ADA) -> Filing:
    return await Filing.of(shelf.room, who, instructions or {})


async def folders(shelf: Shelf, user: str = "ada") -> dict[str, Folder]:
    return {folder.id: folder for folder in await shelf.room.library.folders("default").all(user)}


async def test_a_way_that_is_there_is_found_however_it_is_written(shelf: Shelf) -> None:
    """By names as people see them: capitals, blanks and accents' spelling make no other folder. Nothing is made."""
    await shelf.folder("top", "Straße")
    await shelf.folder("low", "Café au lait", "top")
    found = await filing(shelf)
    assert found.place(("STRASSE", "cafe\u0301  au\nlait")) == "low"
    assert found.place(("Straße",)) == "top" and found.place(()) is None
    assert found.taken() == ()


async def test_what_is_missing_is_made_once_with_what_was_written_of_it(shelf: Shelf) -> None:
    """The instructions of a folder that is there already stay its own."""
    await shelf.folder("top", "Work", instructions="Mine.")
    told = {("Work",): "Theirs.", ("Work", "Tea"): "Be brief.", ("Work", "Tea", "Green"): "x" * 200_000}
    found = await filing(shelf, told)
    tea = found.place(("Work", "Tea"))
    green = found.place(("Work", "Tea", "Green"))
    assert found.place(("work", "TEA")) == tea, "one that this change set makes is found, too"
    changes = found.taken()
    assert changes and found.taken() == (), "handed over once"
    await shelf.database.apply(changes)
    there = await folders(shelf)
    assert {(each.name, each.parent) for each in there.values()} == {("Work", None), ("Tea", "top"), ("Green", tea)}
    assert tea is not None and green is not None
    assert (there["top"].instructions, there[tea].instructions) == ("Mine.", "Be brief.")
    assert len(there[green].instructions) == MOST_INSTRUCTIONS


async def test_names_that_are_none_end_the_way(shelf: Shelf) -> None:
    """What leads nowhere leads to the folder before."""
    found = await filing(shelf)
    top = found.place(("Top", " \n\t", "Low"))
    assert top is not None and found.place(("\u202e",)) is None
    await shelf.database.apply(found.taken())
    assert [folder.name for folder in (await folders(shelf)).values()] == ["Top"]


async def test_a_way_that_is_too_deep_ends_where_folders_end(shelf: Shelf) -> None:
    found = await filing(shelf)
    deepest = found.place(tuple(f"level {n}" for n in range(MOST_DEPTH + 5)))
    await shelf.database.apply(found.taken())
    there = await folders(shelf)
    assert len(there) == MOST_DEPTH - 1 and deepest is not None
    assert there[deepest].name == f"level {MOST_DEPTH - 2}"


async def test_no_more_folders_are_made_than_one_may_have(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit goes into the one above; what is there is still found."""
    await shelf.folder("top", "Top")
    monkeypatch.setattr(module, "MOST_FOLDERS", 2)
    found = await filing(shelf)
    low = found.place(("Top", "Low"))
    assert low not in (None, "top")
    assert found.place(("Top", "Other")) == "top" and found.place(("Elsewhere",)) is None
    assert found.place(("top", "low")) == low


async def test_folders_are_ones_own(shelf: Shelf) -> None:
    """Another's of the same name is not found."""
    await shelf.folder("top", "Top")
    found = await filing(shelf, who=BOB)
    made = found.place(("Top",))
    await shelf.database.apply(found.taken())
    assert made not in (None, "top") and list(await folders(shelf, "bob")) == [made]


async def test_a_folder_that_goes_meanwhile_is_a_conflict(shelf: Shelf) -> None:
    """Then the whole change set is decided anew."""
    top = await shelf.folder("top", "Top")
    found = await filing(shelf)
    found.place(("Top", "Low"))
    await shelf.database.apply(shelf.room.library.folders("default").delete(top))
    with pytest.raises(Conflict):
        await shelf.database.apply(found.taken())
