"""Every index of bases keeps the contract: on the disk and in memory, with numpy and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.ports.indexes import BaseIndex
from parlance.ports.observing import NullLog
from parlance.stores.indexes import nearest, shelf
from parlance.stores.indexes.nets import Nets
from parlance.stores.indexes.segments import SegmentIndex
from parlance.testing.clocks import HandClock
from parlance.testing.indexes import IndexContract, MemorySource


@pytest.fixture
def source() -> MemorySource:
    """No documents yet."""
    return MemorySource()


class TestInMemory(IndexContract):
    """Where nothing is to be left behind."""

    @pytest.fixture
    async def index(self, source: MemorySource) -> AsyncIterator[BaseIndex]:
        """Without a folder."""
        index = SegmentIndex(source, None)
        yield index
        await index.close()


class TestOnTheDisk(IndexContract):
    """As a server has it."""

    @pytest.fixture
    async def index(self, source: MemorySource, tmp_path: Path) -> AsyncIterator[BaseIndex]:
        """In a folder."""
        index = SegmentIndex(source, tmp_path / "indexes")
        yield index
        await index.close()


class TestOfManySmallSegments(IndexContract):
    """Every few rows are written, and merged all the time."""

    @pytest.fixture
    async def index(
        self, source: MemorySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[BaseIndex]:
        """With bounds that a handful of documents pass."""
        monkeypatch.setattr(shelf, "TOGETHER", 8)
        monkeypatch.setattr(shelf, "WRITE_ROWS", 4)
        monkeypatch.setattr(shelf, "BUILD_ROWS", 8)
        index = SegmentIndex(source, tmp_path / "indexes")
        yield index
        await index.close()


class TestWithNets(IndexContract):
    """As small as these bases are, their nets name every row that is wanted."""

    @pytest.fixture
    async def index(
        self, source: MemorySource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[BaseIndex]:
        """Segments of a few rows, and a net for each."""
        monkeypatch.setattr(shelf, "WRITE_ROWS", 16)
        monkeypatch.setattr(nearest, "FEW", 0)
        index = SegmentIndex(source, tmp_path / "indexes", nets=Nets(tmp_path / "indexes", 4, NullLog(), HandClock()))
        yield index
        await index.close()
