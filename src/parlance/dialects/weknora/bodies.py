"""Bodies as Go programs read them: whatever is left out or null is nothing, and what is not known is passed over."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from msgspec import inspect

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


def read(body: bytes, kind: type[T]) -> T:
    """A body as a `kind`, whichever row takes it. A null where none fits is left out; where one does, it is told from
    what is left out, as it takes away a key. Raises as `json_door.decode`."""
    body = body.strip() or b"{}"
    try:
        return json_door.decode(body, kind)
    except Fault as fault:
        if fault.code not in json_door.SHAPE_CODES or b"null" not in body:
            raise
    whole = json_door.decode(body, object)
    return json_door.fit({} if whole is None else _without_nulls(whole, _shape(cast(Any, kind))), kind, "")


@functools.cache
def _shape(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _without_nulls(value: Any, shape: inspect.Type) -> Any:
    """A plain value without the nulls of fields that cannot be null."""
    for each in _choices(shape):
        match each:
            case inspect.StructType() if isinstance(value, dict):
                kinds = {field.encode_name: field.type for field in each.fields}
                return {
                    name: _without_nulls(held, kinds[name])
                    for name, held in value.items()
                    if name in kinds and (held is not None or _may_be_null(kinds[name]))
                }
            case inspect.DictType() if isinstance(value, dict):
                kind = each.value_type
                kept = value if _may_be_null(kind) else {name: held for name, held in value.items() if held is not None}
                return {name: _without_nulls(held, kind) for name, held in kept.items()}
            case inspect.VarTupleType() | inspect.ListType() if isinstance(value, list):
                return [_without_nulls(held, each.item_type) for held in value]
    return value


def _choices(shape: inspect.Type) -> tuple[inspect.Type, ...]:
    return shape.types if isinstance(shape, inspect.UnionType) else (shape,)


def _may_be_null(shape: inspect.Type) -> bool:
    return any(isinstance(each, inspect.NoneType | inspect.AnyType) for each in _choices(shape))


def taking(kind: type[T], act: Callable[[Request, Do, T], Awaitable[Reply]]) -> Answer:
    """What a row does that takes a body: one that does not fit is refused in this wire's words, with ours beside."""

    async def answer(request: Request, do: Do) -> Reply:
        try:
            body = read(request.body, kind)
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
