"""The mirror: what detached runs say, where other processes can read it. Contract suite: `parlance.testing.mirrors`.

A run's log is primary in the process that flies it. The mirror gets batches of it a few times a second and may lose
them without hurting anybody who is attached there. Whoever asks names the scope: a run of another scope looks like one
that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.values.events import Event
from parlance.values.notices import Notice

GONE_SECONDS = 10.0
"""Without a word from the process that flies a run for so long, it is gone: several signs of life are missing."""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a run besides what it says: who flies it, whose it is, and how it stands."""

    process: str
    tenant: str
    user: str
    key: str | None = None
    guest: bool = False
    model: str = ""
    created: int = 0
    detached: bool = True
    cached: bool = False
    joined: bool = False
    kept: bool = False
    notice: Notice | None = None


class Stamped(msgspec.Struct, frozen=True, array_like=True):
    """An event and when it was logged, in microseconds."""

    at: int | None
    event: Event


class Published(msgspec.Struct, frozen=True):
    """Events of one run in order; `first` is the number of the first of them. Without any it is a sign of life."""

    scope: str
    run: str
    first: int
    events: tuple[Stamped, ...]
    facts: Facts


class Mirrored(msgspec.Struct, frozen=True):
    """A run as far as the mirror knows it: the events after the number asked for, perhaps not all of them at once.

    `over`: its end is among the mirror's events. `gone`: it is not over, and its process has not been heard of lately.
    """

    facts: Facts
    events: tuple[Stamped, ...]
    over: bool
    gone: bool


class RunMirror(Protocol):
    """Batches in, events out."""

    async def publish(self, batches: Sequence[Published]) -> list[int]:
        """Take batches; gives for each how many events of its run are there now.

        One that repeats known events is cut to what is new; one that leaves a gap is dropped, but for its facts.
        Raises `Fault(busy, code="mirror_away")`.
        """
        ...

    async def read(self, scope: str, run: str, after: int) -> Mirrored | None:
        """A run and its events after number `after`; `None` for a run that is not there.

        Raises `Fault(busy, code="mirror_away")`.
        """
        ...
