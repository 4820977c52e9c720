"""Ids are UUIDv7, sorted by the moment of their making."""

from __future__ import annotations

import uuid

from parlance.testing.clocks import HandClock
from parlance.values.ids import RandomIds


def test_an_id_is_a_uuid_of_version_seven() -> None:
    """In lower case, of the standard's variant, with the milliseconds in front."""
    clock = HandClock()
    ids = RandomIds(clock)
    for id in [ids.new() for _ in range(300)]:
        read = uuid.UUID(id)
        assert (str(read), read.version, read.variant) == (id, 7, uuid.RFC_4122)
        assert read.int >> 80 == clock.now() // 1000


def test_ids_differ_and_later_ones_sort_after_earlier_ones() -> None:
    clock = HandClock()
    ids = RandomIds(clock)
    made = []
    for _ in range(300):
        made.append(ids.new())
        clock.move(0.001)
    assert len(set(made)) == 300 and made == sorted(made)


def test_all_bits_that_may_be_random_are() -> None:
    """74 of them: with all the entropy's bits set, and with none."""
    ones = uuid.UUID(RandomIds(HandClock(), lambda n: b"\xff" * n).new())
    none = uuid.UUID(RandomIds(HandClock(), lambda n: b"\0" * n).new())
    assert (ones.int ^ none.int).bit_count() == 74
