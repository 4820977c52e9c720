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
        self._pool = ""
        self._at = 0

    def new(self) -> str:
        """A new UUIDv7, for example `01932c07-209c-7a4e-9b6d-5f0e8c1d2a3b`."""
        if self._at + 19 > len(self._pool):
            self._pool, self._at = self._entropy(1024).hex(), 0
        stamp = f"{self._clock.now() // 1000:012x}"
        at = self._at
        self._at = at + 19
        bits = self._pool[at : at + 19]
        variant = "89ab"[int(bits[0], 16) & 3]
        return f"{stamp[:8]}-{stamp[8:]}-7{bits[1:4]}-{variant}{bits[4:7]}-{bits[7:19]}"
