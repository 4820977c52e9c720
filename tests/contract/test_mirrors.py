"""Every mirror keeps the contract; the one in memory is bounded in time and number."""

from __future__ import annotations

import pytest

from parlance.stores.volatile import mirror as mirror_module
from parlance.stores.volatile.mirror import MemoryMirror
from parlance.testing.clocks import HandClock
from parlance.testing.mirrors import MirrorContract, batch, told
from parlance.values.events import Delta, Ended


class TestMemoryMirror(MirrorContract):
    @pytest.fixture
    def mirror(self) -> MemoryMirror:
        return MemoryMirror(HandClock())


async def test_a_finished_run_is_forgotten_after_ten_minutes() -> None:
    clock = HandClock()
    mirror = MemoryMirror(clock)
    await mirror.publish([batch(1, Ended("complete")), batch(1, Delta("a"), run="going")])
    clock.move(601)
    assert await told(mirror) == []
    going = await mirror.read("ada", "going", 0)
    assert going is not None and going.gone, "nothing was heard of its process for ten minutes"


async def test_more_bytes_than_the_bound_push_out_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "KEEP_BYTES", 5000)
    mirror = MemoryMirror(HandClock())
    for number in range(3):
        await mirror.publish([batch(1, Delta("a"), run=str(number))])
    assert await mirror.read("ada", "0", 0) is None
    assert await mirror.read("ada", "2", 0) is not None


async def test_what_an_event_holds_besides_text_takes_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "KEEP_BYTES", 50_000)
    mirror = MemoryMirror(HandClock())
    for number in range(3):
        await mirror.publish([batch(1, Delta("a", logprobs={"content": ["l" * 20_000]}), run=str(number))])
    assert await mirror.read("ada", "0", 0) is None
    assert await mirror.read("ada", "2", 0) is not None
