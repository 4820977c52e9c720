"""What is kept of a conversation: chats, the tree of their turns, folders and shares.

A chat belongs to one user of one tenant. Its turns are a tree by `parent`: an edited question or a regenerated answer
is a sibling, and a branch is the way from the root to one turn. Times are in microseconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.events import Evidence, Failure, Usage
from parlance.values.grounds import Footing
from parlance.values.messages import Foreign, Item

TurnRole = Literal["system", "user", "assistant"]
TurnState = Literal["running", "complete", "cut", "stopped", "failed", "interrupted"]
"""`running` while its run goes on, then the run's outcome; an answer that reached `max_tokens` is `cut`. A user's turn
is `complete` from the start."""
CONTINUABLE: frozenset[TurnState] = frozenset({"cut", "stopped", "failed", "interrupted"})
"""States of an answer that is not whole."""
TitledBy = Literal["nobody", "text", "model", "user"]
"""Who gave the title; one by the user is never overwritten."""
ItemStatus = Literal["complete", "partial"]

MOST_TITLE = 200
"""Code points in a title: a line, and within every database's column."""
MOST_NOTE = 4096
"""Characters of a note beside a rating."""
MOST_CLIENT_ID = 200
"""Characters in an id that a client made."""


class TurnItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing said in a turn. `id` names it within its turn (`message-1`), and stays while the answer grows."""

    id: str
    item: Item
    status: ItemStatus = "complete"


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step in a chat's tree: what a user sent, or a whole answer with all of its tool rounds.

    `files` are ids of uploaded files that go with it. `sent` is shared by the turns that one operation made. `run` is
    the run that answered (last). `tokens` is our estimate of the whole turn. `prefix_hash` is the chained hash of all
    that was said up to and with this turn; of a running turn there is none. `rating` is -1, 0 or 1. `footing` is what a
    question is answered from where that is bases of documents; an answer has one where it stands on others than its
    question does (on none: one without bases). `evidence` is what an answer rests on.
    """

    id: str
    chat: str
    role: TurnRole
    state: TurnState
    created: int
    parent: str | None = None
    items: tuple[TurnItem, ...] = ()
    model: str | None = None
    files: tuple[str, ...] = ()
    usage: Usage | None = None
    error: Failure | None = None
    run: str | None = None
    rating: int = 0
    note: str | None = None
    client_id: str | None = None
    sent: str = ""
    tokens: int = 0
    prefix_hash: str | None = None
    ended: int | None = None
    foreign: Foreign | None = None
    footing: Footing | None = None
    evidence: Evidence | None = None

    @property
    def said(self) -> tuple[Item, ...]:
        """Its items, as engines are told of them."""
        return tuple(each.item for each in self.items)


class Bone(msgspec.Struct, frozen=True):
    """A turn without what it says: enough to walk the tree and to measure a branch."""

    id: str
    parent: str | None
    role: TurnRole
    state: TurnState
    created: int
    tokens: int
    prefix_hash: str | None
    run: str | None = None
    model: str | None = None


class Chat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chat without its turns.

    `head` is the last turn of the branch that is shown. `kept_by` names the key or door that kept what was said through
    another dialect; of chats made here there is none. `version` grows with every change of the row.
    """

    id: str
    tenant: str
    user: str
    created: int
    updated: int
    title: str = ""
    titled_by: TitledBy = "nobody"
    folder: str | None = None
    pinned: bool = False
    archived: bool = False
    head: str | None = None
    client_id: str | None = None
    kept_by: str | None = None
    version: int = 1
    foreign: Foreign | None = None


class OpenChat(msgspec.Struct, frozen=True):
    """A chat with all of its turns, oldest first."""

    chat: Chat
    turns: tuple[Turn, ...]


class PlacedTurn(msgspec.Struct, frozen=True):
    """A turn with the chat it stands in."""

    chat: Chat
    turn: Turn

    @property
    def tenant(self) -> str:
        """The tenant of its chat."""
        return self.chat.tenant

    @property
    def user(self) -> str:
        """The user of its chat."""
        return self.chat.user


class Folder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A folder of chats. `instructions` go before every prompt of its chats, and so do its files."""

    id: str
    tenant: str
    user: str
    name: str
    created: int
    updated: int
    parent: str | None = None
    instructions: str = ""
    files: tuple[str, ...] = ()
    version: int = 1
    foreign: Foreign | None = None


class Share(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link to a chat as it was when the link was made. The link's token is kept as a digest only.

    `expires` is the time from which it is gone; none is never.
    """

    id: str
    tenant: str
    user: str
    chat: str
    title: str
    created: int
    expires: int | None = None


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a search found: a turn (none: the title) of a chat, with the text around the words."""

    chat: str
    title: str
    turn: str | None
    excerpt: str
    created: int


class ChatFilter(msgspec.Struct, frozen=True):
    """Which chats a list holds; `None` does not ask. `folder` `""` is of those in no folder, `folders` of those in any
    of these. `tag` is a tag's key."""

    archived: bool | None = False
    folder: str | None = None
    pinned: bool | None = None
    tag: str | None = None
    folders: tuple[str, ...] | None = None
