"""Passwords hashed with Argon2id, in two threads of their own: the event loop never waits for a hash.

Two threads at 21 ms each are some ninety sign-ins a second on two cores; what waits beyond a bound is refused, so that
a flood of sign-ins takes neither the memory (19 MiB a hash) nor the time of everybody else.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from parlance.ports.secrets import Checked
from parlance.values.errors import Fault, Kind
from parlance.vault import foreign_hashes

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")
TIME_COST, MEMORY_KIB, LANES = 2, 19 * 1024, 1
"""The second choice of OWASP's password storage cheat sheet: 21 ms here."""
THREADS = 2
MOST_WAITING = 64
"""Hashes that may wait: 0.7 s of work, which a person at a sign-in does not mind."""


class Argon2Passwords:
    """`Passwords` by Argon2id. `time_cost` and `memory_kib` are lowered by tests that sign in a hundred times."""

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._costs = (time_cost, memory_kib)
        self._hasher: PasswordHasher | None = None
        self._nobody: str | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._going = 0

    async def hash(self, password: str) -> str:
        """The hash of a password, in the form in which everybody's keyboard writes it the same (NFKC)."""
        return await self._away(partial(self._hash, password))

    async def check(self, hashed: str | None, password: str) -> Checked:
        """Whether it is right. Without a hash that of nobody is checked, which takes as long."""
        return await self._away(partial(self._check, hashed, password))

    def close(self) -> None:
        """Let go of the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def _away(self, work: Callable[[], T]) -> T:
        if self._going >= THREADS + MOST_WAITING:
            raise Fault(
                Kind.busy,
                "Too many people are signing in right now.",
                hint="Try again in a few seconds.",
                retry_after=2.0,
                code="sign_in_busy",
            )
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._going += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # Whoever leaves does not free the thread: it is counted until the work is done.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[T]) -> None:
        self._going -= 1
        # Whoever waited has heard of a defect, or has left: nobody else is to be told that it was not looked at.
        _ = future.cancelled() or future.exception()

    # -- in the threads -----------------------------------------------------------------------------------------------

    def _ready(self) -> PasswordHasher:
        if self._hasher is None:
            from argon2 import PasswordHasher

            time_cost, memory_kib = self._costs
            self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=LANES)
        return self._hasher

    def _hash(self, password: str) -> str:
        return self._ready().hash(_normal(password))

    def _check(self, hashed: str | None, password: str) -> Checked:
        if hashed is None:
            self._verify(self._of_nobody(), password)
            return Checked(False)
        if hashed.startswith("$argon2"):
            # Another system may have hashed what was typed as it was typed.
            right = any(self._verify(hashed, form) for form in dict.fromkeys((_normal(password), password)))
            return Checked(right, right and self._outdated(hashed))
        right = foreign_hashes.verify(hashed, password)
        return Checked(right, right)

    def _verify(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._ready().verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _outdated(self, hashed: str) -> bool:
        return self._ready().check_needs_rehash(hashed)

    def _of_nobody(self) -> str:
        """A hash that no password has: its salt and tag are made up, but checking it costs what any other costs."""
        if self._nobody is None:
            time_cost, memory_kib = self._costs
            self._nobody = f"$argon2id$v=19$m={memory_kib},t={time_cost},p={LANES}${'A' * 22}${'A' * 43}"
        return self._nobody


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
