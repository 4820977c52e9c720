"""Progress that is worth seeing only while it is fresh: one slot per run, the latest wins, never stored."""

from __future__ import annotations

import msgspec


class Queued(msgspec.Struct, frozen=True, tag="queued", tag_field="t"):
    """The run waits for a slot: `position` from 1, `length` of the whole line, `wait_ms` as an estimate."""

    position: int
    length: int
    wait_ms: int


class Loading(msgspec.Struct, frozen=True, tag="loading", tag_field="t"):
    """The engine loads the model; `fraction` from 0 to 1 where it is known."""

    fraction: float | None = None


class Reading(msgspec.Struct, frozen=True, tag="reading", tag_field="t"):
    """The engine reads the prompt; `fraction` from 0 to 1 where it is known."""

    fraction: float | None = None


class Searching(msgspec.Struct, frozen=True, tag="searching", tag_field="t"):
    """Passages to answer from are looked for, in so many bases."""

    bases: int


class Progressed(msgspec.Struct, frozen=True, tag="progressed", tag_field="t", omit_defaults=True):
    """A download or another long task moved on: `done` of `total`, in bytes unless the label says otherwise."""

    label: str
    done: int = 0
    total: int | None = None
    digest: str | None = None


Notice = Queued | Loading | Reading | Searching | Progressed
