"""Nets of large segments: found by them is what is found without, and losing one costs nothing but time."""

from __future__ import annotations

import asyncio
import errno
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from parlance.ports.indexes import ChangedDocument, Found, IndexedChunk
from parlance.ports.observing import NullLog
from parlance.stores.folder_lock import trying_lock
from parlance.stores.indexes import building, nearest, nets, shelf
from parlance.stores.indexes.building import Building, joined
from parlance.stores.indexes.net import MAGIC, REST_EVERY, Weaver
from parlance.stores.indexes.nets import Nets
from parlance.stores.indexes.parts import Part
from parlance.stores.indexes.segment import Damaged, Neighbours, Segment
from parlance.stores.indexes.segments import SegmentIndex, found
from parlance.testing.clocks import HandClock
from parlance.testing.indexes import DIMENSION, MemorySource, bytes_of, filled

ASKED = [1.0] * DIMENSION
ABOVE = 60
"""Vectors of a base that has nets here."""


class Journal(NullLog):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, event: str, /, **fields: Any) -> None:
        self.lines.append(event)

    info = warning = debug


@pytest.fixture
def journal() -> Journal:
    """Nothing yet."""
    return Journal()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    """A hundred documents, and bounds that make files with nets of them."""
    monkeypatch.setattr(shelf, "WRITE_ROWS", 32)
    monkeypatch.setattr(shelf, "BUILD_ROWS", 64)
    monkeypatch.setattr(nearest, "FEW", 0)
    monkeypatch.setattr(nets, "LATER_SECONDS", 0.0)
    source = MemorySource()
    filled(source, random.Random(1), 100)
    return source


def index_of(
    source: MemorySource, folder: Path, log: Journal, weaver: Weaver | None = None, clock: HandClock | None = None
) -> SegmentIndex:
    """An index with nets."""
    return SegmentIndex(source, folder, nets=Nets(folder, ABOVE, log, clock or HandClock(), weaver))


async def settled(index: SegmentIndex, source: MemorySource) -> Found:
    """What is found by the vector once all nets are there, and nothing is merged any more."""
    result = await index.find(source.base(), "", ASKED, 15)
    while await index.rest():
        result = await index.find(source.base(), "", ASKED, 15)
    return result


async def exactly(source: MemorySource, only: set[str] | None = None, asked: Sequence[float] = ASKED) -> set[Any]:
    """What is found without nets."""
    index = SegmentIndex(source, None)
    result = await index.find(source.base(), "", asked, 15, only)
    await index.close()
    return told(result)


def told(result: Found) -> set[Any]:
    """The matches, and how the base lies to the query."""
    return {*result.matches, (result.mean.__round__(5), result.spread.__round__(5), result.vectors)}


def files(folder: Path, *patterns: str) -> list[Path]:
    """Those that are there: nets, whole and half, if nothing else is asked for."""
    return sorted(path for pattern in patterns or ("*.net", "*.half") for path in folder.rglob(pattern))


class Counted(NamedTuple):
    """A net, and for how many rows nets were asked."""

    net: Neighbours
    asked: list[int]

    @property
    def nbytes(self) -> int:
        return self.net.nbytes

    def nearest(self, query: Any, most: int) -> Any:
        self.asked.append(most)
        return self.net.nearest(query, most)


class Counting(Weaver):
    """Its nets count what they are asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def opened(self, data: memoryview, segment: Segment) -> Neighbours:
        return Counted(super().opened(data, segment), self.asked)


class Slow(Weaver):
    """Begins to make a net, and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = threading.Event(), threading.Event()

    def made(self, segment: Segment, numeric: Any, goes_on: Callable[[], bool]) -> Any:
        self.begun.set()
        while goes_on() and not self.go.wait(0.001):
            pass
        return super().made(segment, numeric, goes_on)


class Full(Weaver):
    """Writes to a full disk, until there is room."""

    has_room = False

    def save(self, index: Any, segment: Segment, path: Path) -> None:
        if not self.has_room:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().save(index, segment, path)


async def test_a_large_base_is_searched_by_nets_with_the_same_scores(
    source: MemorySource, tmp_path: Path, journal: Journal
) -> None:
    """Also after a restart, which opens what is there."""
    weaver = Counting()
    expected = await exactly(source)
    for event in ("net_made", "net_opened"):
        index = index_of(source, tmp_path, journal, weaver)
        assert told(await settled(index, source)) == expected
        assert weaver.asked and event in journal.lines
        assert len(files(tmp_path)) == journal.lines.count("net_opened") > 0
        await index.close()
        weaver.asked.clear()
        journal.lines.clear()


async def test_small_bases_have_none(source: MemorySource, tmp_path: Path, journal: Journal) -> None:
    """Nor do bases that are searched by words alone."""
    index = SegmentIndex(source, tmp_path, nets=Nets(tmp_path, 100_000, journal, HandClock()))
    await settled(index, source)
    await index.close()
    index = index_of(source, tmp_path, journal)
    assert index.nets is not None
    await index.find(source.base(), "tea", None, 5)
    assert not await index.nets.rest()
    await index.close()
    assert not journal.lines and not files(tmp_path)


def cut(path: Path) -> None:
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    """Leave nothing."""
    path.write_bytes(b"")


def swap(path: Path) -> None:
    """The net of another segment: whole, but not this one's."""
    other = next(each for each in path.parent.glob("*.net") if each != path)
    path.write_bytes(other.read_bytes())


def half(path: Path) -> None:
    """As a crash leaves it."""
    path.rename(path.with_name(path.name + ".half"))


@pytest.mark.slow
@pytest.mark.parametrize("harm", [cut, flip, empty, swap, half, Path.unlink])
async def test_what_is_lost_or_damaged_is_made_again(
    source: MemorySource, tmp_path: Path, journal: Journal, harm: Callable[[Path], None]
) -> None:
    """With the same answers, and nothing half is left."""
    first = index_of(source, tmp_path, journal)
    await settled(first, source)
    await first.close()
    journal.lines.clear()
    expected = await exactly(source)
    harm(files(tmp_path)[0])
    second = index_of(source, tmp_path, journal)
    assert told(await second.find(source.base(), "", ASKED, 15)) == expected
    assert told(await settled(second, source)) == expected
    await second.close()
    assert journal.lines.count("net_made") == 1
    again = 0 if harm in (half, Path.unlink) else 2
    assert journal.lines.count("net_damaged") == again  # it is looked at once more with the lock
    assert not files(tmp_path, "*.half")


async def test_what_has_gone_or_is_left_out_is_not_found(
    source: MemorySource, tmp_path: Path, journal: Journal
) -> None:
    """And what is left are the nearest of it."""
    weaver = Counting()
    index = index_of(source, tmp_path, journal, weaver)
    first = await settled(index, source)
    for match in first.matches[:10]:
        source.put(match.document, ())
    assert told(await index.find(source.base(), "", ASKED, 15)) == await exactly(source)
    weaver.asked.clear()
    every = {f"doc-{number:04}" for number in range(100)}
    for only in (set(random.Random(3).sample(sorted(every), 60)), {"doc-0011"}, set()):
        result = await index.find(source.base(), "", ASKED, 15, only)
        assert told(result) == await exactly(source, only)
    assert weaver.asked
    await index.close()


@pytest.mark.slow
async def test_a_filter_that_leaves_none_of_the_nearest_is_searched_exactly(
    source: MemorySource, tmp_path: Path, journal: Journal
) -> None:
    """However much it leaves."""
    for number in range(400):
        side = [1.0 if number % 2 else -1.0, *(random.Random(number).gauss(0, 0.1) for _ in range(DIMENSION - 1))]
        source.put(f"side-{number}", [IndexedChunk(f"side-{number}", "", bytes_of(side))])
    index = index_of(source, tmp_path, journal)
    await settled(index, source)
    far = {f"side-{number}" for number in range(0, 400, 2)}
    asked = [1.0, *([0.0] * (DIMENSION - 1))]
    assert told(await index.find(source.base(), "", asked, 15, far)) == await exactly(source, far, asked)
    await index.close()


@pytest.mark.slow
async def test_searches_and_changes_go_on_while_a_net_is_made(
    source: MemorySource, tmp_path: Path, journal: Journal
) -> None:
    """Until it is there they are exact."""
    weaver = Slow()
    index = index_of(source, tmp_path, journal, weaver)
    await index.find(source.base(), "", ASKED, 15)
    assert await asyncio.to_thread(weaver.begun.wait, 20)
    filled(source, random.Random(8), 130)
    assert told(await index.find(source.base(), "", ASKED, 15)) == await exactly(source)
    assert "net_made" not in journal.lines
    weaver.go.set()
    assert told(await settled(index, source)) == await exactly(source)
    assert "net_made" in journal.lines
    await index.close()


async def test_closing_waits_for_no_net(source: MemorySource, tmp_path: Path, journal: Journal) -> None:
    """And leaves no half of one."""
    weaver = Slow()
    index = index_of(source, tmp_path, journal, weaver)
    await index.find(source.base(), "", ASKED, 15)
    assert await asyncio.to_thread(weaver.begun.wait, 20)
    await index.close()
    assert not files(tmp_path)


async def test_without_the_extra_a_large_base_is_searched_exactly(
    source: MemorySource, tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log says so, once."""
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    index = index_of(source, tmp_path, journal)
    for _ in range(3):
        assert told(await settled(index, source)) == await exactly(source)
    await index.close()
    assert journal.lines == ["large_base_searched_exactly"]
    assert not files(tmp_path)


async def test_a_full_disk_ends_no_search(
    source: MemorySource, tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The net is made once there is room, and not tried again at once."""
    monkeypatch.setattr(nets, "LATER_SECONDS", 60.0)
    weaver, clock = Full(), HandClock()
    index = index_of(source, tmp_path, journal, weaver, clock)
    assert told(await index.find(source.base(), "", ASKED, 15)) == await exactly(source)
    assert index.nets is not None
    await index.nets.rest()
    assert journal.lines == ["net_not_made"]
    assert not files(tmp_path)
    weaver.has_room = True
    clock.move(59)
    await index.find(source.base(), "", ASKED, 15)
    assert not await index.nets.rest()
    clock.move(1)
    assert told(await settled(index, source)) == await exactly(source)
    assert files(tmp_path)
    await index.close()


async def test_one_process_makes_a_net_at_a_time(source: MemorySource, tmp_path: Path, journal: Journal) -> None:
    """The others search exactly meanwhile, and open it then."""
    index, other = index_of(source, tmp_path, journal), index_of(source, tmp_path, Journal())
    with trying_lock(tmp_path / "lock-nets") as mine:
        assert mine
        assert told(await index.find(source.base(), "", ASKED, 15)) == await exactly(source)
        assert index.nets is not None
        await index.nets.rest()
        assert journal.lines == ["net_not_made"]
    await settled(other, source)
    journal.lines.clear()
    assert told(await settled(index, source)) == await exactly(source)
    assert "net_opened" in journal.lines and "net_made" not in journal.lines
    await index.close()
    await other.close()


@pytest.mark.slow
async def test_nets_go_with_their_segments(source: MemorySource, tmp_path: Path, journal: Journal) -> None:
    """When these are merged, and when the base is dropped."""
    index = index_of(source, tmp_path, journal)
    await settled(index, source)
    for seed in range(4, 10):
        filled(source, random.Random(seed), 100)
        await settled(index, source)
    segments = {path.stem for path in files(tmp_path, "*.segment")}
    assert {path.stem for path in files(tmp_path)} <= segments
    await index.drop("t", "b")
    assert not files(tmp_path)
    await index.close()


def test_what_is_no_net_is_told() -> None:
    """Whatever it is."""
    segment = clustered(10, 4)
    for data in (b"", b"x" * 200, bytes(184) + b"PARLNET1" + bytes(8), bytes(8) + MAGIC):
        with pytest.raises(Damaged):
            Weaver().opened(memoryview(data), segment)


def test_other_threads_go_on_while_a_net_is_saved_and_opened(tmp_path: Path) -> None:
    """usearch itself would keep the interpreter until it is done: seconds with a million vectors."""
    rests: list[int] = []
    weaver = Weaver(lambda: rests.append(1))
    segment = clustered(2000, 4)
    index = weaver.made(segment, np, lambda: True)
    weaver.save(index, segment, path := tmp_path / "a.net")
    assert len(rests) >= 2000 // REST_EVERY
    rests.clear()
    weaver.opened(memoryview(path.read_bytes()), segment)
    assert len(rests) >= 2000 // REST_EVERY


@pytest.mark.slow
def test_nothing_is_imported_before_it_is_wanted() -> None:
    """A server without large bases holds neither numpy nor usearch."""
    code = "import sys, parlance.assembly.knowledge; print({'numpy', 'usearch'} & {*sys.modules} or 'none')"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "none"


def clustered(rows: int, dimension: int, centres: int = 300) -> Segment:
    """Vectors around some centres, the same at each run; ten to a document."""
    chance = np.random.default_rng(5)
    middles = chance.standard_normal((centres, dimension), dtype=np.float32)
    noise = 0.6 * chance.standard_normal((rows, dimension), dtype=np.float32)
    vectors = middles[chance.integers(centres, size=rows)] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    made = Building()
    for first in range(0, rows, 10):
        several = enumerate(vectors[first : first + 10], first)
        chunks = tuple(IndexedChunk(f"{row:06}", "", vector.tobytes()) for row, vector in several)
        made.add(ChangedDocument(f"d{first:06}", first + 1, chunks))
    return Segment(joined(made.finish()), "a.segment")


@pytest.mark.slow
def test_of_ten_nearest_at_least_98_in_100_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Among 40,000 vectors of 64 dimensions, against comparing all of them; with the very cosines."""
    monkeypatch.setattr(building, "REST_SECONDS", 0.0)
    segment = clustered(40_000, 64)
    index = Weaver().made(segment, np, lambda: True)
    Weaver().save(index, segment, tmp_path / "a.net")
    woven = Weaver().opened(memoryview((tmp_path / "a.net").read_bytes()), segment)
    hits = 0
    picked = np.frombuffer(segment.vectors, np.float32).reshape(-1, 64)[:: 40_000 // 200]
    parts = [Part(segment)]
    for vector in picked:
        query = (vector + 0.05).tolist()
        segment.net = None
        exact = {match.chunk: match.vector for match in found(parts, "", query, 10, None, np).matches}
        segment.net = woven
        by_net = {match.chunk: match.vector for match in found(parts, "", query, 10, None, np).matches}
        hits += len(exact.items() & by_net.items())
    assert hits >= 0.98 * 10 * len(picked)
