"""Two who change the same document in one moment: what the one noted is there when the other is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from parlance.core.knowledge.bases_operations import ChangeBase
from parlance.core.knowledge.document_operations import (
    AddAddress,
    ChangeDocument,
    DeleteDocument,
    DocumentView,
    ListDocuments,
)
from parlance.core.knowledge.recutting_operations import RecutBase, RecutDocument
from parlance.core.knowledge.remarks import BEING_RECUT, not_drawn_whole
from parlance.core.knowledge.room import Summing
from parlance.core.knowledge.summing import summary_of
from parlance.core.knowledge.sync_operations import MoveFolderDocument, RemoveFolderDocument
from parlance.ports.fetching import Fetched
from parlance.ports.stores import FEW, ChangeSet, Database, Row, Statement, Value
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import ChunkOptions, Document
from tests.unit.core.knowledge.desk import TEXT, Desk, opened

Happens = Callable[[], Awaitable[Any]]


class Between:
    """A database in which something happens once, right before documents are written in a certain way: whoever writes
    has looked already."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._happens: Happens | None = None
        self._written = ""

    def before(self, written: str, happens: Happens) -> None:
        """From now on, by a piece of what is written."""
        self._written, self._happens = written, happens

    @property
    def happened(self) -> bool:
        """Whether it has."""
        return self._happens is None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        return await self._database.read(sql, parameters, most=most)

    async def apply(self, changes: ChangeSet) -> None:
        if self._happens is not None and any(map(self._is_meant, changes)):
            happens, self._happens = self._happens, None
            await happens()
        await self._database.apply(changes)

    def _is_meant(self, change: Statement) -> bool:
        return change.sql.startswith("UPDATE documents SET ") and self._written in change.sql.partition(" WHERE ")[0]


@pytest.fixture
def between(database: Database) -> Between:
    return Between(database)


@pytest.fixture
async def desk(between: Between, tmp_path: Path) -> AsyncIterator[Desk]:
    summing = Summing(lambda base: "wise" if base.description == "wise" else "")
    made = await opened(cast(Database, between), tmp_path / "blobs", summing=summing)
    yield made
    await made.close()
    assert made.defects == [] and between.happened


async def row(desk: Desk, document: DocumentView) -> Document:
    found = await desk.stores.documents(DEFAULT_TENANT).document(document.id)
    assert found is not None
    return found


async def test_two_folders_that_bring_the_same_file_at_once_are_both_noted(desk: Desk, between: Between) -> None:
    """None of them writes its note over the other's."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    between.before(" foreign_fields =", lambda: desk.upload(base, folder="books", path="b.txt"))
    await desk.upload(base, folder="cards", path="c.txt")
    assert (await row(desk, made)).foreign == {"folders": {"books": "b.txt", "cards": "c.txt"}}


async def test_a_file_that_another_folder_brings_while_the_first_lets_go_of_it_stays(
    desk: Desk, between: Between
) -> None:
    """The removal meets a conflict, and the second look finds an heir."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    between.before(" leaving = 1", lambda: desk.upload(base, folder="books", path="b.txt"))
    await desk.do(RemoveFolderDocument(made.id, "papers"))
    [kept] = (await desk.do(ListDocuments(base.id))).documents
    assert (kept.id, kept.place, kept.foreign) == (made.id, "books/b.txt", None)


async def test_an_heir_and_whoever_comes_in_that_moment_are_both_kept(desk: Desk, between: Between) -> None:
    """The first lets go of it in favour of the second while a third brings it."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    await desk.upload(base, folder="books", path="b.txt")
    between.before(" place =", lambda: desk.upload(base, folder="cards", path="c.txt"))
    await desk.do(RemoveFolderDocument(made.id, "papers"))
    now = await row(desk, made)
    assert (now.place, now.foreign) == ("books/b.txt", {"folders": {"cards": "c.txt"}})


async def test_a_folder_that_moves_its_file_loses_no_others_note(desk: Desk, between: Between) -> None:
    """Of a document that is another's first."""
    base = await desk.base()
    made = await desk.upload(base, folder="papers", path="a.txt")
    await desk.upload(base, folder="books", path="b.txt")
    between.before(" foreign_fields =", lambda: desk.upload(base, folder="cards", path="c.txt"))
    await desk.do(MoveFolderDocument(made.id, "books", "d/b.txt"))
    assert (await row(desk, made)).foreign == {"folders": {"books": "d/b.txt", "cards": "c.txt"}}


async def test_two_programs_that_note_something_at_once_are_both_heard(desk: Desk, between: Between) -> None:
    """Each under its own name; a name that somebody gives it meanwhile stays as well."""
    made = await desk.upload(await desk.base())
    between.before(" foreign_fields =", lambda: desk.do(ChangeDocument(made.id, name="b.txt", foreign={"b": 2})))
    await desk.do(ChangeDocument(made.id, foreign={"a": 1}))
    now = await row(desk, made)
    assert (now.foreign, now.name) == ({"a": 1, "b": 2}, "b.txt")


async def test_a_summary_is_noted_beside_what_comes_while_it_is_written(desk: Desk, between: Between) -> None:
    """And not instead of it."""
    base = await desk.base(description="wise")
    made = await desk.upload(base, "Tea grows.", folder="papers", path="a.txt")
    between.before(" foreign_fields =", lambda: desk.upload(base, "Tea grows.", folder="books", path="b.txt"))
    now = await desk.settled(made)
    assert summary_of(now.foreign) == "Tea grows." and (now.foreign or {})["folders"] == {"books": "b.txt"}


async def test_what_people_note_of_a_document_while_it_is_read_stays(desk: Desk, between: Between) -> None:
    """Also in the moment in which what was found in it is written down."""
    made = await desk.upload(await desk.base())
    noted = ChangeDocument(made.id, title="Tea and more", metadata={"year": "2026"})
    between.before(" metadata =", lambda: desk.do(noted))
    now = await desk.settled(made)
    assert (now.state, now.title, now.metadata) == ("ready", "Tea and more", {"year": "2026"})


async def test_a_name_that_is_given_to_a_document_while_it_is_fetched_stays(desk: Desk, between: Between) -> None:
    """With the ending that it lacks."""
    desk.pages.pages["https://h.test/tea"] = Fetched(
        "https://h.test/tea", 200, "text/html", "utf-8", b"<p>Tea grows.</p>"
    )
    made = await desk.do(AddAddress((await desk.base()).id, "https://h.test/tea"))
    between.before(" name =", lambda: desk.do(ChangeDocument(made.id, name="leaf")))
    now = await desk.settled(made)
    assert (now.state, now.name) == ("ready", "leaf.html")


async def test_what_people_note_of_a_document_while_it_is_cut_anew_stays(desk: Desk, between: Between) -> None:
    """Where its bytes are read once more."""
    made = await desk.settled(await desk.upload(await desk.base(options=ChunkOptions(size=200))))
    await desk.do(RecutDocument(made.id, anew=True))
    noted = ChangeDocument(made.id, title="Tea and more", metadata={"year": "2026"})
    between.before(" metadata =", lambda: desk.do(noted))
    now = await desk.settled(made)
    assert (now.remarks, now.title, now.metadata) == ((), "Tea and more", {"year": "2026"})


async def test_a_document_that_changes_while_its_base_is_cut_anew_is_cut_anew_all_the_same(
    desk: Desk, between: Between
) -> None:
    """As are those beside it; one that goes is not missed."""
    base = await desk.base(options=ChunkOptions(size=50, overlap=0))
    made = [await desk.upload(base, f"{TEXT}\n\nNumber {n}.") for n in range(3)]
    await desk.workers.settle()
    await desk.do(ChangeBase(base.id, options=ChunkOptions(size=600, overlap=0)))

    async def happens() -> None:
        await desk.do(ChangeDocument(made[0].id, title="Tea and more"))
        await desk.do(DeleteDocument(made[1].id))

    await desk.do(RecutBase(base.id))
    between.before(" remarks =", happens)
    await desk.workers.settle()
    now = [await row(desk, each) for each in (made[0], made[2])]
    assert [(each.chunks, each.cut, each.remarks) for each in now] == [(1, 1, ()), (1, 1, ())]
    assert now[0].title == "Tea and more" and await desk.count("jobs") == 0


async def test_two_remarks_that_are_made_at_once_are_both_told(desk: Desk, between: Between) -> None:
    """What a graph lacks, while the document is to be cut anew."""
    made = await desk.settled(await desk.upload(await desk.base()))
    lacking, documents = not_drawn_whole(1), desk.stores.documents(DEFAULT_TENANT)
    change = documents.change(made.id, {"remarks": (lacking,)}, 1)
    between.before(" remarks =", lambda: desk.database.apply((change,)))
    told = await desk.do(RecutDocument(made.id))
    assert (await row(desk, made)).remarks == (lacking, BEING_RECUT)
    assert told.remarks == (lacking.words, BEING_RECUT.words)


async def test_a_change_is_later_than_the_one_before_by_any_clock(desk: Desk, between: Between) -> None:
    """Also where the clock stands or is set back: by its time it is seen that a document is not as it was read."""
    made, times = await desk.upload(await desk.base()), list[int]()
    for seconds in (0.0, 5.0, -60.0, 0.0):
        desk.clock.move(seconds)
        told = await desk.do(ChangeDocument(made.id, title=f"at {seconds}"))
        times.append((await row(desk, made)).changed)
        assert told.changed == times[-1]
    assert times == sorted(set(times)) and len(times) == 4
