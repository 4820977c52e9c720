"""Ids of elsewhere lead on: what came, or was made, under an id that cannot stay is still asked for by it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from parlance.core.operation import Operation
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values.weknora_ids import id_here

T = TypeVar("T")
_KINDS = frozenset({"base", "document", "chat", "turn"})


def led(row: Row) -> Row:
    """The same row, whose operations name things by the ids that they have here."""
    act = row.answer

    async def answer(request: Request, do: Do) -> Reply:
        async def here(operation: Operation[T]) -> T:
            return await do(_here(operation))

        return await act(request, here)

    return msgspec.structs.replace(row, answer=answer)


def _here(operation: Operation[T]) -> Operation[T]:
    given = {named.field: getattr(operation, named.field) for named in operation.names if named.kind in _KINDS}
    found = {field: _id(value) for field, value in given.items()}
    return operation if found == given else msgspec.structs.replace(operation, **found)


def _id(value: Any) -> Any:
    """One id or several; `None` and an empty one name nothing."""
    if isinstance(value, tuple):
        return tuple(map(_id, value))
    return id_here(value) if isinstance(value, str) and value else value
