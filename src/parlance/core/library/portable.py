"""A chat as it leaves and comes back: Parlance's own file of chats, version 1.

Ids in it only say what belongs together within one chat. What comes in gets ids of its own; runs, keys and folders of
another server mean nothing here, so folders are told by the names on the way to them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.values.chats import Chat, TitledBy, Turn, TurnItem, TurnRole, TurnState
from parlance.values.events import Evidence, Failure, Usage
from parlance.values.grounds import Footing
from parlance.values.messages import Foreign

FORMAT = "parlance.chats"
VERSION = 1
_KEPT = (
    *("id", "role", "state", "created", "parent", "items", "model", "files", "usage", "error", "rating", "note"),
    *("client_id", "sent", "ended", "foreign", "footing", "evidence"),
)


class PortableTurn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A turn; see `values/chats.py`. Times in microseconds since 1970, 0 where nobody knows."""

    id: str
    role: TurnRole
    state: TurnState = "complete"
    created: int = 0
    parent: str | None = None
    items: tuple[TurnItem, ...] = ()
    model: str | None = None
    files: tuple[str, ...] = ()
    usage: Usage | None = None
    error: Failure | None = None
    rating: int = 0
    note: str | None = None
    client_id: str | None = None
    sent: str = ""
    ended: int | None = None
    foreign: Foreign | None = None
    footing: Footing | None = None
    evidence: Evidence | None = None


class PortableChat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chat with its tree of turns, parents before their children. `folder` are names, the topmost first."""

    id: str
    title: str = ""
    titled_by: TitledBy = "nobody"
    created: int = 0
    updated: int = 0
    pinned: bool = False
    archived: bool = False
    folder: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    head: str | None = None
    client_id: str | None = None
    turns: tuple[PortableTurn, ...] = ()
    foreign: Foreign | None = None


class PortableFolder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A folder by the names on the way to it."""

    path: tuple[str, ...]
    instructions: str = ""


def portable(
    chat: Chat, turns: tuple[Turn, ...], folder: tuple[str, ...] = (), tags: tuple[str, ...] = ()
) -> PortableChat:
    """A chat as it leaves."""
    return PortableChat(
        chat.id,
        chat.title,
        chat.titled_by,
        chat.created,
        chat.updated,
        chat.pinned,
        chat.archived,
        folder,
        tags,
        chat.head,
        chat.client_id,
        tuple(_turn(turn) for turn in turns),
        chat.foreign,
    )


def _turn(turn: Turn) -> PortableTurn:
    values: dict[str, Any] = {name: getattr(turn, name) for name in _KEPT}
    return PortableTurn(**values)
