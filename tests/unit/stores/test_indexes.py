"""Segments on the disk: what a restart, a crash, a damaged file and a second process leave of them."""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from parlance.ports.indexes import BaseIndex, ChangedDocument, IndexedChunk, Mark
from parlance.stores.indexes import shelf
from parlance.stores.indexes.folder import IndexFolder
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.indexes import DIMENSION, WORDS, MemorySource, by_words, bytes_of, filled
from parlance.values.errors import Fault, Kind

ASKED = [1.0] * DIMENSION


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    """A hundred documents, and bounds that make several files of them."""
    monkeypatch.setattr(shelf, "TOGETHER", 16)
    monkeypatch.setattr(shelf, "WRITE_ROWS", 32)
    monkeypatch.setattr(shelf, "BUILD_ROWS", 32)
    source = MemorySource()
    filled(source, random.Random(1), 100)
    return source


async def answers(index: BaseIndex, source: MemorySource) -> list[object]:
    """What an index says to a few queries, in one order."""
    every = [await index.find(source.base(), query, ASKED, 15) for query in ("tea cup", "bean", "茶叶 milk")]
    return [sorted(each.matches, key=lambda match: match.chunk) for each in every]


def files(folder: Path, pattern: str = "*.segment") -> list[Path]:
    """The segments that are there."""
    return sorted(folder.rglob(pattern))


async def test_what_was_written_is_not_read_from_the_source_again(source: MemorySource, tmp_path: Path) -> None:
    """After a restart only the last few rows are."""
    first = SegmentIndex(source, tmp_path)
    expected = await answers(first, source)
    await first.close()
    assert files(tmp_path)
    source.asked.clear()
    second = SegmentIndex(source, tmp_path)
    assert await answers(second, source) == expected
    assert source.asked[0][3] > Mark(50)
    await second.close()


def cut(path: Path) -> None:
    """Lose the end of a file."""
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    """Leave nothing."""
    path.write_bytes(b"")


def forget_scheme(path: Path) -> None:
    """As another version would have written it."""
    path.write_bytes(path.read_bytes().replace(b"pairs-light-1", b"pairs-light-0"))


@pytest.mark.slow
@pytest.mark.parametrize("harm", [cut, flip, empty, forget_scheme, Path.unlink])
@pytest.mark.parametrize("pattern", ["*.segment", "list"])
async def test_what_is_lost_or_damaged_is_made_again(
    source: MemorySource, tmp_path: Path, harm: Callable[[Path], None], pattern: str
) -> None:
    """From the source, with the same answers; and the damaged files go."""
    first = SegmentIndex(source, tmp_path)
    expected = await answers(first, source)
    await first.close()
    harm(files(tmp_path, pattern)[0])
    second = SegmentIndex(source, tmp_path)
    assert await answers(second, source) == expected
    await second.close()
    source.asked.clear()
    third = SegmentIndex(source, tmp_path)
    assert await answers(third, source) == expected
    assert source.asked[0][3] > Mark(50)
    await third.close()


async def test_what_a_crash_left_half_written_is_removed(source: MemorySource, tmp_path: Path) -> None:
    """With the next list; so are segments that no list names."""
    first = SegmentIndex(source, tmp_path)
    await answers(first, source)
    await first.close()
    folder = files(tmp_path)[0].parent
    for name in ("tmpabc.part", "0000.segment"):
        (folder / name).write_bytes(b"half")
    filled(source, random.Random(2), 60)
    second = SegmentIndex(source, tmp_path)
    await answers(second, source)
    await second.close()
    assert not list(folder.glob("*.part")) and "0000.segment" not in {path.name for path in files(tmp_path)}


@pytest.mark.slow
async def test_two_servers_on_one_folder_answer_alike(source: MemorySource, tmp_path: Path) -> None:
    """Whoever writes, and in whatever order."""
    chance = random.Random(3)
    pair = [SegmentIndex(source, tmp_path), SegmentIndex(source, tmp_path)]
    for number in range(12):
        for document in range(number * 7, number * 7 + 12):
            chunks = [IndexedChunk(f"{document}-{number}", " ".join(chance.choices(WORDS, k=6)), bytes_of(ASKED))]
            source.put(f"doc-{document:04}", chunks if chance.random() < 0.8 else [])
        both = await asyncio.gather(*(answers(index, source) for index in pair))
        alone = SegmentIndex(source, None)
        assert both[0] == both[1] == await answers(alone, source)
        await alone.close()
    for index in pair:
        await index.close()
    assert len({path.parent for path in files(tmp_path)}) == 1


async def test_an_older_generation_is_removed(source: MemorySource, tmp_path: Path) -> None:
    """Once the newer one is written."""
    index = SegmentIndex(source, tmp_path)
    await index.find(source.base(), "tea", None, 5)
    await index.find(source.base(generation=1), "tea", None, 5)
    await index.close()
    assert {path.parent.name for path in files(tmp_path)} == {"1"}


async def test_a_dropped_base_leaves_no_file(source: MemorySource, tmp_path: Path) -> None:
    """Neither its words nor its vectors."""
    index = SegmentIndex(source, tmp_path)
    await index.find(source.base(), "tea", None, 5)
    assert files(tmp_path)
    await index.drop("t", "b")
    assert not files(tmp_path)
    await index.close()


async def test_what_nobody_searched_for_long_is_removed(source: MemorySource, tmp_path: Path) -> None:
    """What is open stays, and what was opened since."""
    first = SegmentIndex(source, tmp_path)
    await first.find(source.base(), "tea", None, 5)
    await first.tidy(1 << 60)
    assert files(tmp_path)
    await first.close()
    second = SegmentIndex(source, tmp_path)
    await second.tidy(0)
    assert files(tmp_path)
    await second.tidy(1 << 60)
    assert not files(tmp_path)
    await second.close()
    await SegmentIndex(source, tmp_path / "nothing").tidy(1)
    await SegmentIndex(source, None).tidy(1)


async def test_a_base_that_is_dropped_while_it_is_taken_up_leaves_no_file(source: MemorySource, tmp_path: Path) -> None:
    """Whoever searches in it still gets an answer."""
    index = SegmentIndex(source, tmp_path)
    searching = asyncio.ensure_future(index.find(source.base(), "tea", None, 5))
    while not source.asked:
        await asyncio.sleep(0)
    await index.drop("t", "b")
    assert (await searching).matches
    await index.drop("t", "b")
    assert not files(tmp_path)
    await index.close()


class Flaky(MemorySource):
    """A source that fails at the third question, or never ends it."""

    def __init__(self, hangs: bool) -> None:
        super().__init__()
        self.hangs = hangs
        self.healthy = False

    async def changes(self, *about: Any) -> Sequence[ChangedDocument]:
        """See `MemorySource`."""
        if not self.healthy and len(self.asked) == 3:
            if not self.hangs:
                raise Fault(Kind.busy, "The database is away.")
            await asyncio.sleep(0.2)
        return await super().changes(*about)


async def test_a_source_that_fails_half_way_loses_nothing(source: MemorySource, tmp_path: Path) -> None:
    """The next search begins with what the disk has."""
    flaky = Flaky(hangs=False)
    filled(flaky, random.Random(1), 100)
    index = SegmentIndex(flaky, tmp_path)
    with pytest.raises(Fault):
        await index.find(flaky.base(), "tea", None, 5)
    flaky.healthy = True
    whole = SegmentIndex(source, None)
    assert await answers(index, flaky) == await answers(whole, source)
    await index.close()
    await whole.close()


async def test_what_is_half_taken_up_is_not_shown_by_a_merge(source: MemorySource, tmp_path: Path) -> None:
    """A source failed and a merge comes before the next search: it leaves what is shown as it is."""
    flaky = Flaky(hangs=False)
    filled(flaky, random.Random(1), 100)
    folder = IndexFolder(tmp_path, "t", "b", 0)
    half = shelf.Shelf(flaky, ("t", "b", 0), folder, asyncio.to_thread)
    with pytest.raises(Fault):
        await half.parts(flaky.base().revision)
    await half.lighten()
    assert half.nbytes == 0
    flaky.healthy = True
    assert sum(part.size for part in await half.parts(flaky.base().revision)) > 100


async def test_whoever_leaves_while_a_base_is_taken_up_takes_nothing_away(source: MemorySource, tmp_path: Path) -> None:
    """The others get their answer from what was begun."""
    flaky = Flaky(hangs=True)
    filled(flaky, random.Random(1), 100)
    index = SegmentIndex(flaky, tmp_path)
    first = asyncio.ensure_future(index.find(flaky.base(), "tea", None, 5))
    while len(flaky.asked) < 3:
        await asyncio.sleep(0.001)
    other = asyncio.ensure_future(index.find(flaky.base(), "tea", None, 5))
    await asyncio.sleep(0)
    first.cancel()
    assert (await other).chunks == (await index.find(flaky.base(), "tea", None, 5)).chunks > 100
    assert sum(asked[3] == Mark() for asked in flaky.asked) == 1
    await index.close()


async def test_a_search_sees_no_half_of_a_change(source: MemorySource) -> None:
    """While a newer revision is taken up, an older one is answered as it was."""
    index = SegmentIndex(source, None)
    old = source.base()
    expected = await index.find(old, "tea", None, 500)
    for number in range(100):
        source.put(f"doc-{number:04}", [IndexedChunk(f"{number}-new", "coffee")])
    newer = asyncio.ensure_future(index.find(source.base(), "tea", None, 500))
    while not newer.done():
        found = await index.find(old, "tea", None, 500)
        assert len(found.matches) in (len(expected.matches), 0)
    assert (await newer).matches == ()
    await index.close()


async def test_a_full_disk_ends_no_search(
    source: MemorySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in memory; and is written once there is room."""

    def full(*rest: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    index = SegmentIndex(source, tmp_path)
    whole = SegmentIndex(source, None)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        assert await answers(index, source) == await answers(whole, source)
        assert not files(tmp_path)
    source.put("one-more", [IndexedChunk("one-more", "tea")])
    assert await answers(index, source) == await answers(whole, source)
    assert files(tmp_path)
    await index.close()
    await whole.close()


@pytest.mark.slow
async def test_segments_are_merged_as_a_base_grows(source: MemorySource, tmp_path: Path) -> None:
    """So that a search never looks into many."""
    index = SegmentIndex(source, tmp_path)
    for seed in range(4, 12):
        for number in range(100):
            source.put(f"doc-{seed}-{number}", [IndexedChunk(f"{seed}-{number}", WORDS[number % len(WORDS)])])
        await index.find(source.base(), "tea", None, 5)
    for _ in range(20):
        await index.find(source.base(), "tea", None, 5)
        await asyncio.sleep(0.01)
    await index.close()
    assert len(files(tmp_path)) <= 9


async def test_only_so_many_bytes_of_segments_are_kept_open(source: MemorySource) -> None:
    """The base that was searched longest ago goes first."""
    source.put("d", [IndexedChunk("c", "tea")], name="other")
    index = SegmentIndex(source, None, most_bytes=1000)
    await index.find(source.base(), "tea", None, 5)
    assert index.nbytes > 1000
    await index.find(source.base("other"), "tea", None, 5)
    await index.find(source.base("other"), "tea", None, 5)
    assert index.nbytes < 10_000
    await index.close()


async def test_without_numpy_words_are_found_and_vectors_refused(source: MemorySource) -> None:
    """With a sentence that says what to install."""
    index = SegmentIndex(source, None, plain=True)
    assert by_words(await index.find(source.base(), "tea", None, 5))
    with pytest.raises(Fault) as caught:
        await index.find(source.base(), "tea", ASKED, 5)
    assert caught.value.code == "no_vectors" and "pip install" in (caught.value.hint or "")
    await index.close()
