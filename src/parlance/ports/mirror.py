"""The mirror: what detached runs say, where other processes can read it. Contract suite: `parlance.testing.mirrors`.

A run's log is primary in the process that flies it. The mirror gets batches of it a few times a second and may lose
them without hurting anybody who is attached there. Whoever asks names the scope (`Principal.scope_key`): a run of
another scope looks like one that is not there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from parlance.values.events import Event


class Published(msgspec.Struct, frozen=True):
    """Events of one run in order; `first` is the number of the first of them, `process` who flies the run."""

    scope: str
    run: str
    process: str
    first: int
    events: tuple[Event, ...]


class RunMirror(Protocol):
    """Batches in, events out."""

    async def publish(self, batches: Sequence[Published]) -> None:
        """Take batches. One that repeats known events is cut to what is new; one that leaves a gap is dropped."""
        ...

    def tail(self, scope: str, run: str, after: int) -> AsyncIterator[tuple[int, tuple[Event, ...]]]:
        """The number of the first event and the events after number `after`, then what comes, up to the `Ended`.

        Ends at once for a run that is not there.
        """
        ...

    async def locate(self, scope: str, run: str) -> str | None:
        """The process that flies (or flew) a run, or `None`."""
        ...
