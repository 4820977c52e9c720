"""Ids: UUIDv7 as lower-case text, made by the application, ordered by time of making.

Layout (RFC 9562 §5.7): 48 bits of Unix milliseconds, version 7, 12 + 62 random bits.
"""

from __future__ import annotations

import os
import re
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
_RANDOM = int(("fff" + "3fff" + "f" * 12 + "0") * _BLOCK, 16)
"""What stays of the twenty digits of each: all but the two bits of the variant, and the last digit, which is spare."""
_VARIANT = int(("000" + "8000" + "0" * 12 + "0") * _BLOCK, 16)
_PARTS = re.compile("(...)(....)(.{12}).").findall


def _ends(digits: str) -> list[str]:
    """What stands behind the time and the version, from twenty random digits for each. All together, in C: made one by
    one they took as long as the rest of an id."""
    digits = f"{int(digits, 16) & _RANDOM | _VARIANT:0{len(digits)}x}"
    return list(map("-".join, _PARTS(digits)))
