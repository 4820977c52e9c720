"""Work that outlives a process: rows that are committed with what they are about, and claimed under a lease.

Contract suite: `tests/contract/test_jobs.py`. The clock is the database's. A claim counts as an attempt, so that work
which ends its worker is not tried for ever. Whoever writes for a job puts `hold` behind it in the same change set: that
is a conflict as soon as the lease is somebody else's, or the job was dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parlance.ports.stores import ChangeSet, Statement
from parlance.values.knowledge import Job

WORK, MODELS = "", "models"
"""The lanes: jobs that work themselves, and those that wait for what models say. Each has workers of its own, so that a
model that is slow keeps nothing else waiting."""

NO_SEAT = "no_seat"
"""The problem of a job that was turned away by a process which calls it when there is a seat."""


class JobCount(msgspec.Struct, frozen=True):
    """How many jobs of a kind there are: `waiting` (also for another attempt), `running`, and `failed`, which were
    given up and stay until they are asked for anew. `oldest` is how many seconds the first that waits has been due."""

    kind: str
    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest: float = 0.0


class Jobs(Protocol):
    """The jobs of all tenants."""

    def enqueue(self, job: Job) -> ChangeSet:
        """To be done at once; in place of one of this kind and subject that was given up. A conflict when there is an
        open one. Of the job, its times are not used."""
        ...

    def drop(self, tenant: str, kind: str, subject: str) -> Statement:
        """Not to be done any more, if it was; who does it now meets a conflict."""
        ...

    async def claim(self, kinds: Sequence[str], lease: str, seconds: float, lane: str | None = None) -> Job | None:
        """Take the job of a lane (`None`: of any) that has been due for longest, of the tenant for which fewest are
        being done in it. `lease` is a new token. From then on it counts as due since now: where its worker dies, others
        have their turn first."""
        ...

    def hold(self, job: Job, seconds: float) -> Statement:
        """The lease lasts this long from now; a conflict when it is lost."""
        ...

    def note(self, job: Job, payload: Mapping[str, Any]) -> Statement:
        """Whoever takes it over finds this payload; a conflict when the lease is lost."""
        ...

    def finish(self, job: Job) -> Statement:
        """Done; a conflict when the lease is lost."""
        ...

    def postpone(
        self, job: Job, seconds: float, problem: str, words: str, *, counts: bool = True, anew: bool = False
    ) -> Statement:
        """Another attempt later; whether this one `counts`, or all are forgotten. A conflict when the lease is lost."""
        ...

    def give_back(self, job: Job) -> Statement:
        """For somebody else, at once: this attempt does not count. A conflict when the lease is lost."""
        ...

    def call(self, job: Job) -> Statement:
        """Where nobody has it and it waits for another attempt, it is due at once, and as old as it is."""
        ...

    def move(self, job: Job, lane: str) -> Statement:
        """For somebody of another lane, at once: this attempt does not count. A conflict when the lease is lost."""
        ...

    def release_all(self) -> Statement:
        """Every lease ends, and whoever was turned away (`NO_SEAT`) is due: said at the start of a process that has the
        database for itself."""
        ...

    def give_up(self, job: Job, problem: str, words: str) -> Statement:
        """No further attempt; it stays as evidence. A conflict when the lease is lost."""
        ...

    async def find(self, tenant: str, kind: str, subject: str) -> Job | None:
        """An open job."""
        ...

    async def due_in(self, kinds: Sequence[str], lane: str | None = None) -> float | None:
        """Seconds until the next job of a lane (`None`: of any) is due or a lease ends, below 0 where it is overdue;
        nothing where there is none."""
        ...

    async def standing(self) -> Sequence[JobCount]:
        """How the jobs of each kind stand, of all tenants; of a kind without any there is nothing."""
        ...

    async def count(self) -> int:
        """How many jobs are open."""
        ...
