"""Ids: UUIDv7 as lower-case text, made by the application, ordered by time of making.

Layout (RFC 9562 §5.7): 48 bits of Unix milliseconds, version 7, 12 + 62 random bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from parlance.values.time import Clock


class Ids(Protocol):
    """Where new ids come from."""

    def new(self) -> str:
        """A new id: 36 characters, lower case, later ids sort after earlier ones (to the millisecond)."""
        ...


class RandomIds:
    """UUIDv7 from the clock and the system's randomness, drawn in blocks because one system call per id is dear."""

    def __init__(self, clock: Clock, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._entropy = entropy
        self._ends: list[str] = []
        self._millis = -1
        self._start = ""

    def new(self) -> str:
        """A new UUIDv7, for example `01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b`."""
        millis = self._clock.now() // 1000
        if self._millis != millis:
            stamp = f"{millis:012x}"
            self._millis, self._start = millis, f"{stamp[:8]}-{stamp[8:]}-7"
        if not self._ends:
            self._ends = _ends(self._entropy(_BLOCK * 10).hex())
        return self._start + self._ends.pop()


_BLOCK = 64
"""Ids whose randomness is drawn at once: 640 bytes."""


def _ends(digits: str) -> list[str]:
    """What stands behind the time and the version, from twenty random digits for each."""
    ends = []
    for at in range(0, len(digits), 20):
        variant = "89ab"[int(digits[at], 16) & 3]
        ends.append(f"{digits[at + 1 : at + 4]}-{variant}{digits[at + 4 : at + 7]}-{digits[at + 7 : at + 19]}")
    return ends
