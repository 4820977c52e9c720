"""Bodies as Go programs read them: whatever is left out or null is nothing, and what is not known is passed over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Answer, Do, Reply, Request
from parlance.dialects.weknora.errors import BAD_REQUEST, INTERNAL, refused
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

T = TypeVar("T")
BAD_BODY = "Invalid request parameters"
FULL = "Storage quota exceeded"
NO_ROOM = "no_room_for_documents"
"""The code of the fault that says so."""


def taking(kind: type[T], act: Callable[[Request, Do, T], Awaitable[Reply]]) -> Answer:
    """What a row does that takes a body: one that does not fit is refused in this wire's words, with ours beside."""

    async def answer(request: Request, do: Do) -> Reply:
        try:
            body = json_door.decode(request.body.strip() or b"{}", kind)
        except Fault as fault:
            return unfit(fault.sentence())
        return await act(request, do, body)

    return answer


def unfit(why: str) -> Reply:
    """The body is not what this row takes."""
    return refused(400, BAD_REQUEST, BAD_BODY, why)


def full(fault: Fault) -> Reply:
    """There is no room for a document: as the original says it. All else is raised again."""
    if fault.kind is not Kind.over_budget or fault.code != NO_ROOM:
        raise fault
    return refused(500, INTERNAL, FULL, None, fault)


async def number_of(do: Do) -> int:
    """The number of the caller's tenant, which every row of this wire shows."""
    return (await do(ReadPlace())).workspace.tenant.number
