"""A conversation as a stateless client sends it, cut into the turns that it would be in a chat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.core.chat.prefix import prefix_of
from parlance.values.chats import TurnRole
from parlance.values.messages import Item, Message


class Group(msgspec.Struct, frozen=True):
    """Neighbouring items of one turn, and the hash of all that was said up to and with each of them."""

    role: TurnRole
    items: tuple[Item, ...]
    hashes: tuple[str, ...]


class Place(msgspec.Struct, frozen=True):
    """Where a known prefix ends: after so many whole groups and so many items of the next one."""

    groups: int
    items: int


def role_of(item: Item) -> TurnRole:
    """Whose turn an item belongs to: what tools answered stands in the turn of the answer that asked for them."""
    if isinstance(item, Message) and item.role != "assistant":
        return "user" if item.role == "user" else "system"
    return "assistant"


def grouped(items: Sequence[Item], head: str = "") -> tuple[Group, ...]:
    """The turns of a conversation that goes on from the hash `head`."""
    found: list[tuple[TurnRole, list[Item], list[str]]] = []
    for item in items:
        role = role_of(item)
        head = prefix_of(head, (item,)) or ""
        if not found or found[-1][0] != role:
            found.append((role, [], []))
        found[-1][1].append(item)
        found[-1][2].append(head)
    return tuple(Group(role, tuple(said), tuple(hashes)) for role, said, hashes in found)


def prefixes(groups: Sequence[Group], most: int) -> dict[str, Place]:
    """The hashes at which a stored turn may end, the longest ones: after whole turns, and between an answer's items."""
    found: dict[str, Place] = {}
    for n, group in enumerate(groups):
        for m, hash in enumerate(group.hashes, 1):
            whole = m == len(group.items)
            if hash and (whole or group.role == "assistant"):
                # An item that no hash counts (reasoning) leaves it as it was: the later place holds more.
                found[hash] = Place(n + 1, 0) if whole else Place(n, m)
    return dict(list(found.items())[-most:])
