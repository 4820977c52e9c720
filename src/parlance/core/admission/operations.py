"""What can be wanted of the caches and the batches."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from parlance.core.operation import Operation


class CacheState(msgspec.Struct, frozen=True):
    """One cache: live entries, their real bytes, its bound in bytes, and what was asked of it since it was cleared."""

    entries: int
    bytes: int
    max_bytes: int
    hits: int
    misses: int


class AdmissionState(msgspec.Struct, frozen=True):
    """What admission has done since the start: `requests` that asked for an answer, those answered from the cache,
    those that joined another's flight, and the micro-batches of embeddings."""

    responses: CacheState
    conversations: CacheState
    requests: int
    cached: int
    joined: int
    batches: int
    batched: int


class ReadAdmission(Operation[AdmissionState], frozen=True):
    """The counters of caches, joins and batches, as far as they are the caller's own."""

    wire_name: ClassVar[str] = "admission.read"

    pool: str = "default"


class ClearCaches(Operation[None], frozen=True):
    """Forget the caller's own kept answers, conversations, or both, and zero their counters."""

    wire_name: ClassVar[str] = "caches.clear"

    which: Literal["all", "responses", "conversations"] = "all"
    pool: str = "default"
