"""Chats and their turns, for one tenant. Contract suite: `tests/contract/test_chat_stores.py`.

Reads give values from committed state, each in one statement. Changes are statements for a change set: nothing has
happened until it is applied. Who may see what is decided in the core: a store finds any chat of its tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from parlance.ports.arrivals import Arrivals
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.chats import Bone, Chat, ChatFilter, PlacedTurn, Turn

Place = tuple[int, str]
"""Where a list goes on: what its last chat is sorted by, and that chat's id."""

CHANGEABLE = frozenset({"title", "titled_by", "folder", "pinned", "archived", "head", "foreign"})
"""Fields of a chat that may get new values."""


class Running(msgspec.Struct, frozen=True):
    """A turn that is marked as running, and the process that should be flying its run."""

    turn: str
    process: str


class Chats(Protocol):
    """The chats of one tenant."""

    async def chat(self, id: str) -> Chat | None:
        """A chat by its id."""
        ...

    async def chat_of(self, user: str, client_id: str) -> Chat | None:
        """A user's chat by the id that its client made."""
        ...

    async def list(self, user: str, which: ChatFilter, after: Place | None, limit: int) -> Sequence[tuple[Place, Chat]]:
        """A user's chats with their places: pinned ones first, then the newest change first."""
        ...

    async def newest(self, user: str, skip: int, limit: int) -> Sequence[Chat]:
        """A user's chats that were not put away, the newest first by when they began, after so many of them."""
        ...

    async def count(self, user: str) -> int:
        """How many those are."""
        ...

    async def older(self, than: int, limit: int) -> Sequence[Chat]:
        """Chats that have not changed since a time (microseconds), oldest first."""
        ...

    def insert(self, chat: Chat) -> ChangeSet:
        """A new chat."""
        ...

    def change(self, chat: Chat, fields: Mapping[str, Any], now: int, version: int | None = None) -> ChangeSet:
        """New values of some of `CHANGEABLE`; a conflict when the chat is gone, or is not at `version` any more."""
        ...

    def touch(self, chat: str, head: str, now: int) -> Statement:
        """Something was said: the branch that is shown, and the time. A conflict when the chat is gone."""
        ...

    def name(self, chat: Chat, title: str, now: int) -> ChangeSet:
        """A title by a model. Nothing happens when the user has given one, or the chat is gone."""
        ...

    def delete(self, chat: str) -> ChangeSet:
        """A chat with all that hangs on it. Nothing happens when it is gone."""
        ...

    def delete_all(self, user: str) -> ChangeSet:
        """Every chat, folder, tag and share of a user."""
        ...


class Turns(Protocol):
    """The turns of one tenant's chats."""

    async def all(self, chat: str) -> tuple[Turn, ...]:
        """All turns of a chat, parents before their children."""
        ...

    async def bones(self, chat: str) -> tuple[Bone, ...]:
        """The same without what they say."""
        ...

    async def these(self, chat: str, ids: Sequence[str]) -> dict[str, Turn]:
        """Some turns of a chat by their ids; what is not there is left out."""
        ...

    async def turn(self, id: str) -> PlacedTurn | None:
        """A turn by its id, with its chat."""
        ...

    async def of_run(self, run: str) -> PlacedTurn | None:
        """The turn that a run answered (last)."""
        ...

    async def sent(self, chat: str, client_id: str) -> tuple[Turn, ...]:
        """What one operation made, by the id that its client gave it: that turn first, then its fellows."""
        ...

    async def continuing(self, user: str, kept_by: str, prefixes: Sequence[str]) -> PlacedTurn | None:
        """The newest turn, in the chats that this key or door keeps, up to which one of these prefixes was said: of
        the last prefix (at most two hundred) for which there is one."""
        ...

    async def running(self) -> Sequence[Running]:
        """Turns that are marked as running, at most two hundred."""
        ...

    def insert(self, turn: Turn, user: str, process: str | None = None) -> ChangeSet:
        """A new turn of a user's chat under its parent; a conflict when that is gone. `process` flies the run of a
        running one; one that does not run is found by search from then on."""
        ...

    def restart(self, turn: Turn, run: str, process: str) -> Statement:
        """An unfinished answer goes on with another run; a conflict when it is in another state by now."""
        ...

    def checkpoint(self, turn: Turn, process: str) -> Statement:
        """What a running turn says so far. Nothing happens when it is not this process's running turn any more."""
        ...

    def finish(self, turn: Turn, user: str, process: str) -> ChangeSet:
        """How a running turn ended, found by search from then on. Nothing happens when it is not this process's
        running turn any more."""
        ...

    def delete(self, chat: Chat, ids: Iterable[str], head: str | None) -> ChangeSet:
        """Turns of a chat, and the branch that is shown then; a conflict when the chat has changed meanwhile."""
        ...

    def hang(self, chat: str, below: str, onto: str | None) -> Statement:
        """What hangs under one turn hangs under another one, or is a root (`None`)."""
        ...

    def rate(self, turn: Turn, rating: int, note: str | None) -> Statement:
        """What the user thinks of an answer; a conflict when it is gone."""
        ...


class ChatStores(Protocol):
    """The stores of every tenant, and what the server knows of its own processes."""

    async def tenants(self) -> Sequence[str]:
        """The ids of all tenants."""
        ...

    async def living(self, since: int) -> frozenset[str]:
        """Processes that were there since a time (microseconds)."""
        ...

    def arrived(self, process: str, now: int) -> Statement:
        """A process that was not there before."""
        ...

    def seen(self, process: str, now: int) -> Statement:
        """It is still there; a conflict when it was taken for gone."""
        ...

    def gone(self, before: int, besides: str) -> Statement:
        """Forget processes that were not there since a time, but one."""
        ...

    def chats(self, tenant: str) -> Chats:
        """The chats of a tenant."""
        ...

    def arrivals(self, tenant: str) -> Arrivals:
        """What is on its way in for its users."""
        ...

    def turns(self, tenant: str) -> Turns:
        """The turns of its chats."""
        ...
