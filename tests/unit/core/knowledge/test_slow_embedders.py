"""An embedder that is slow keeps nobody waiting who asks another one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from parlance.core.jobs.aside import SEATS
from parlance.core.jobs.held import STINT_SECONDS
from parlance.core.knowledge.bases_operations import ChangeBase
from parlance.ports.jobs import NO_SEAT
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.databases import migrated
from parlance.values.accounts import Principal
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import ADA, STRANGER
from tests.unit.core.knowledge.desk import Desk, opened, until

LARGE = ChunkOptions(size=2000, overlap=0, separators=("\n\n",))
MANY = "\n\n".join(f"Paragraph {n} " + "of tea " * 270 for n in range(60))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """With a single worker, who looks by itself after a minute."""
    database = Sqlite(None)
    await migrated(database)
    made = await opened(database, tmp_path / "blobs", count=1)
    yield made
    await made.workers.stop()
    await made.close()
    assert made.defects == []
    await database.close()


class Slow:
    """In place of the desk's embedder: `hash-4` answers when it is let, `hash-6` at once. The most that were asked for
    at a time are `most`; `asked` are the last words of what was first in each ask."""

    def __init__(self, desk: Desk) -> None:
        self.let, self.most, self._now = asyncio.Event(), 0, 0
        self.asked: list[str] = []
        self._real = desk.embedding.embed
        desk.embedding.embed = self.embed  # type: ignore[method-assign]

    async def embed(self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False) -> Any:
        self.asked.append(texts[0].rpartition(" ")[2])
        self._now += model == "hash-4"
        self.most = max(self.most, self._now)
        try:
            if model == "hash-4":
                await self.let.wait()
            return await self._real(tenant, user, model, texts, query)
        finally:
            self._now -= model == "hash-4"


async def is_ready(desk: Desk, document: Any, who: Principal) -> None:
    async def ready() -> bool:
        found = await desk.stores.documents(who.tenant).document(document.id)
        return found is not None and found.state == "ready"

    await until(ready)


async def all_are_ready(desk: Desk) -> None:
    async def over() -> bool:
        return await desk.count("jobs") == 0

    await until(over)
    assert await desk.count("documents", "state <> 'ready'") == 0


@pytest.mark.parametrize("who", [ADA, STRANGER])
@pytest.mark.parametrize("other", ["Rice is good.", MANY])
async def test_small_documents_of_a_slow_embedder_keep_no_other_waiting(desk: Desk, who: Principal, other: str) -> None:
    """Neither in another base nor in another tenant, however many there are. Each goes on as soon as there is a seat:
    nobody waits until the worker looks by itself."""
    slow = Slow(desk)
    base = await desk.base(embedder="hash-4")
    for n in range(2 * SEATS):
        await desk.upload(base, f"Tea number {n}.", name=f"{n}.txt")
    desk.workers.start()
    quick = await desk.upload(await desk.base(who, embedder="hash-6", options=LARGE), other, name="rice.txt", who=who)
    await is_ready(desk, quick, who)
    assert await desk.count("documents", "state = 'ready'") == 1
    assert await desk.count("jobs", "attempts > 1") == 0
    slow.let.set()
    await all_are_ready(desk)


async def test_large_documents_of_a_slow_embedder_keep_no_other_waiting(desk: Desk) -> None:
    """While it is asked for no more of them than before."""
    slow = Slow(desk)
    base = await desk.base(embedder="hash-4", options=LARGE)
    for n in range(5):
        await desk.upload(base, f"{MANY}\n\nNumber {n}.", name=f"{n}.txt")
    desk.workers.start()
    other = await desk.base(embedder="hash-6", options=LARGE)
    for n in range(3):
        quick = await desk.upload(other, f"{MANY}\n\nRice {n}.", name=f"rice-{n}.txt")
        await is_ready(desk, quick, ADA)
    assert slow.most <= 2
    slow.let.set()
    await all_are_ready(desk)


async def test_a_base_on_its_way_to_a_slow_embedder_keeps_no_other_waiting(desk: Desk) -> None:
    """It goes on beside the worker."""
    slow = Slow(desk)
    base = await desk.base(embedder="hash-6", options=LARGE)
    moved = await desk.settled(await desk.upload(base, MANY))
    await desk.do(ChangeBase(base.id, embedder="hash-4"))
    desk.workers.start()
    quick = await desk.upload(await desk.base(embedder="hash-6"), "Rice is good.", name="rice.txt")
    await is_ready(desk, quick, ADA)
    slow.let.set()
    await all_are_ready(desk)
    assert await desk.vectors(moved) == moved.chunks


async def test_documents_of_a_slow_embedder_take_turns(desk: Desk) -> None:
    """One that is large keeps the others of its embedder waiting for a stint, not for all of it."""
    slow, base = Slow(desk), await desk.base(embedder="hash-4", options=LARGE)
    for name in ("a", "b", "c"):
        await desk.upload(base, "\n\n".join(f"Paragraph {n} " + "tea " * 470 + name for n in range(60)), name=name)
    desk.workers.start()

    async def turned_away() -> bool:
        return await desk.count("jobs", f"problem = '{NO_SEAT}'") == 1

    await until(turned_away)
    assert slow.asked == ["a", "b"]
    desk.clock.move(STINT_SECONDS)
    slow.let.set()
    slow.let.clear()  # the two that wait are answered, and no more

    async def turned() -> bool:
        return "c" in slow.asked

    await until(turned)
    assert len(slow.asked) <= 4, "as soon as an ask is over"
    slow.let.set()
    await all_are_ready(desk)
    asked = [texts[0].rpartition(" ")[2] for _, texts in desk.embedding.asked]
    assert sorted(asked) == ["a"] * 15 + ["b"] * 15 + ["c"] * 15, "nothing is asked for twice"


async def test_bases_on_their_way_to_a_slow_embedder_take_turns(desk: Desk) -> None:
    """Also where each of their documents is small: one of many keeps the others waiting for a stint."""
    slow, bases = Slow(desk), {name: await desk.base(embedder="hash-6") for name in ("a", "b", "c")}
    for name, base in bases.items():
        for n in range(3):
            await desk.settled(await desk.upload(base, f"Tea number {n} of {name}", name=f"{n}.txt"))
    slow.asked.clear()
    for base in bases.values():
        await desk.do(ChangeBase(base.id, embedder="hash-4"))
    desk.workers.start()

    async def turned_away() -> bool:
        return await desk.count("jobs", f"problem = '{NO_SEAT}'") == 1

    await until(turned_away)
    two = set(slow.asked)
    assert len(slow.asked) == len(two) == 2
    desk.clock.move(STINT_SECONDS)
    slow.let.set()
    slow.let.clear()  # the two that wait are answered, and no more

    async def turned() -> bool:
        return len(set(slow.asked)) == 3

    await until(turned)
    assert len(slow.asked) <= 4 and two < set(slow.asked), "as soon as a document is done"
    slow.let.set()
    await all_are_ready(desk)
    assert await desk.count("bases", "embedder = 'hash-4' AND coming IS NULL") == 3
    asked = [text for model, texts in desk.embedding.asked if model == "hash-4" for text in texts]
    assert len(asked) == len(set(asked)) == 9, "nothing is asked for twice"
