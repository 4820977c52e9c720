"""A call to an engine through its circuit, made again where the next moment may mend what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from parlance.core.chat.road import Road
from parlance.core.models.connections import Connection
from parlance.values.errors import Fault, Kind

T = TypeVar("T")
BACKOFF_SECONDS = 0.1
"""The first wait before a retry; it doubles, and jitter spreads it from half to the whole."""
_LASTING = frozenset({"circuit_open", "answer_too_large", "line_too_long"})
"""Faults that the next moment will not mend, or that are too dear to ask for twice."""


def worth_retrying(fault: Fault) -> bool:
    """Only what may pass in a moment: a refused or broken connection, or an upstream that is overloaded."""
    return fault.kind is Kind.upstream and fault.code not in _LASTING and fault.status in (None, 502, 503, 504)


async def retried(
    road: Road,
    connection: Connection,
    lane: str,
    call: Callable[[], Awaitable[T]],
    retries: int,
    worth: Callable[[Fault], bool] = worth_retrying,
) -> T:
    """What the call gives, after so many further attempts at the most. Raises the `Fault` of the last one, and at once
    one that is not `worth` another."""
    attempt = 0
    while True:
        try:
            with connection.circuit.call(lane):
                return await call()
        except Fault as fault:
            road.meters.upstream_error(connection.name, fault.kind)
            if attempt >= retries or not worth(fault):
                raise
        await asyncio.sleep(BACKOFF_SECONDS * 2**attempt * (0.5 + road.chance.random() / 2))
        attempt += 1
