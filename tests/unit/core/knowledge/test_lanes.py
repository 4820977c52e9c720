"""Jobs that wait for models have workers of their own: a model that takes for ever keeps no plain document waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.core.jobs.worker import Workers
from parlance.core.knowledge.bases_operations import ChangeBase
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.handlers import tasks
from parlance.core.knowledge.recutting_operations import RecutDocument
from parlance.ports.jobs import MODELS, WORK
from parlance.ports.observing import NullLog
from parlance.settings.knowledge import Knowledge
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.asks import Transcript
from parlance.values.graph import GraphOptions
from parlance.values.ids import RandomIds
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.knowledge.desk import Desk, opened, until

USUAL = Knowledge()
PICTURED = "A page.\n\nPICTURE one"
SOUND = b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 60


def lane(desk: Desk, name: str, count: int) -> Workers:
    """Workers of one lane at the desk, as many as a server has."""
    common = (
        desk.jobs,
        tasks(desk.room),
        desk.database,
        RandomIds(desk.clock),
        desk.crew,
        NullLog(),
        desk.defects.append,
    )
    return Workers(*common, count=count, idle=60.0, lane=name)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", vision="seer", graphs=True)
    lanes = [lane(made, WORK, USUAL.workers), lane(made, MODELS, USUAL.model_workers)]
    for each in lanes:
        each.start()
    yield made
    for each in lanes:
        await each.stop()
    await made.close()
    assert made.defects == []
    await database.close()


async def ready(desk: Desk, documents: list[DocumentView]) -> None:
    """When all of them are."""

    async def all_ready() -> bool:
        return [(await desk.read(each)).state for each in documents] == ["ready"] * len(documents)

    await until(all_ready)


async def test_a_model_that_takes_for_ever_keeps_no_plain_document_waiting(desk: Desk) -> None:
    """Be it one that looks at pictures or one that listens, and however many documents wait for it."""
    desk.seeing.says = lambda picture: None
    desk.hearing.says = lambda content: None
    base = await desk.base()
    waiting = [await desk.upload(base, f"{PICTURED}{n}", name=f"pictured{n}.txt") for n in range(5)]
    waiting += [await desk.upload(base, SOUND + bytes([n]), name=f"talk{n}.wav") for n in range(5)]
    plain = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(6)]
    await ready(desk, plain)
    assert {(await desk.read(each)).state for each in waiting} <= {"waiting", "parsing"}
    assert len(desk.seeing.asked) + len(desk.hearing.asked) <= USUAL.model_workers

    async def moved() -> bool:
        return await desk.count("jobs", "lane = 'models'") == len(waiting) == await desk.count("jobs")

    await until(moved)
    assert await desk.count("jobs", "lane = 'models' AND lease IS NULL AND attempts = 0") == 8


async def test_what_a_model_has_said_becomes_part_of_the_document(desk: Desk) -> None:
    """Read in the lane of those who ask; one without pictures never gets there, nor one whose captions are kept."""
    desk.hearing.says = lambda content: Transcript("Tea is grown in Assam.")
    base = await desk.base()
    documents = [await desk.upload(base, PICTURED), await desk.upload(base, SOUND, name="talk.wav")]
    documents.append(await desk.upload(base, "Plain.", name="plain.txt"))
    await ready(desk, documents)
    assert (len(desk.seeing.asked), len(desk.hearing.asked)) == (1, 1)
    assert sorted(desk.parsing.read) == ["plain.txt", "tea.txt", "tea.txt"]


async def test_documents_are_cut_anew_in_the_lane_of_those_who_ask(desk: Desk) -> None:
    """Where another model is to look at their pictures."""
    base = await desk.base()
    document = await desk.upload(base, PICTURED)
    await ready(desk, [document])
    await desk.do(ChangeBase(base.id, options=ChunkOptions(vision="other")))
    await desk.do(RecutDocument(document.id))

    async def over() -> bool:
        return await desk.count("jobs") == 0

    await until(over)
    assert [model for model, *_ in desk.seeing.asked] == ["seer", "other"]
    assert (await desk.read(document)).remarks == ()


async def test_a_graph_that_is_drawn_keeps_no_document_waiting(desk: Desk) -> None:
    """Its jobs are enqueued in the lane of those who ask."""
    base = await desk.base(graph=GraphOptions(enabled=True))
    documents: list[Any] = [await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt") for n in range(4)]
    await ready(desk, documents)
    assert await desk.count("jobs", "kind = 'draw_graph' AND lane <> 'models'") == 0


async def test_what_is_left_for_those_who_ask_is_begun_at_once(desk: Desk) -> None:
    """As soon as its document is ready, and not when they look by themselves."""
    desk.speaking.drawn = lambda said: ""
    base = await desk.base(graph=GraphOptions(enabled=True))
    await ready(desk, [await desk.upload(base, "Tea is grown in Assam.")])

    async def begun() -> bool:
        return await desk.count("jobs", "kind = 'draw_graph' AND attempts = 0") == 0

    await until(begun)
