"""Walking a chat's tree of turns: the way to a turn, what hangs under it, and the branch to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from parlance.values.chats import Bone, Turn

T = TypeVar("T", Bone, Turn)


def path_to(bones: Sequence[T], leaf: str | None) -> tuple[T, ...]:
    """The turns from the root to this one; of none, or of one that is not there, nothing."""
    by_id = {bone.id: bone for bone in bones}
    way: list[T] = []
    at = by_id.get(leaf) if leaf is not None else None
    while at is not None and len(way) < len(by_id):  # a ring, which nothing here can make, must not hold us
        way.append(at)
        at = by_id.get(at.parent) if at.parent is not None else None
    return tuple(reversed(way))


def children(bones: Sequence[Bone]) -> Mapping[str | None, list[Bone]]:
    """The turns under each turn (under `None`: the roots), oldest first."""
    found: dict[str | None, list[Bone]] = {}
    for bone in bones:
        found.setdefault(bone.parent, []).append(bone)
    return found


def subtree(bones: Sequence[Bone], top: str) -> tuple[str, ...]:
    """A turn and all that hangs under it, the deepest first."""
    under = children(bones)
    order, todo = [], [top]
    while todo:
        id = todo.pop()
        order.append(id)
        todo += [child.id for child in under.get(id, ())]
    return tuple(reversed(order))


def newest_leaf(bones: Sequence[Bone], start: str | None) -> str | None:
    """The end of the branch that is shown when a turn is chosen: its newest child, that one's newest child, and so on.

    From `None` the newest root is the first step; `None` is given where there is no turn at all.
    """
    under = children(bones)
    at = start
    while under.get(at):
        at = under[at][-1].id
    return at


def head_without(bones: Sequence[Bone], head: str | None, gone: set[str], top: Bone) -> str | None:
    """The head of a chat that loses a branch: the same if it stays, else the newest leaf beside or above what went."""
    if head is not None and head not in gone:
        return head
    left = [bone for bone in bones if bone.id not in gone]
    return newest_leaf(left, top.parent)
