"""The order in which the turns of a chat are given."""

from __future__ import annotations

from typing import TypeVar

from parlance.values.chats import Bone, Turn

T = TypeVar("T", Turn, Bone)


def parents_first(turns: list[T]) -> list[T]:
    """The same, no turn before its parent: ids of one millisecond sort by chance."""
    placed: set[str] = set()
    waiting: dict[str, list[T]] = {}
    there = {turn.id for turn in turns}
    order: list[T] = []
    for turn in turns:
        if turn.parent is not None and turn.parent in there and turn.parent not in placed:
            waiting.setdefault(turn.parent, []).append(turn)
            continue
        todo = [turn]
        while todo:
            at = todo.pop(0)
            order.append(at)
            placed.add(at.id)
            todo += waiting.pop(at.id, [])
    return order
