"""What the saved chats' handlers need, in one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from parlance.core.authorize import absent, must_keep
from parlance.core.chat.abroad import Abroad
from parlance.core.chat.road import Road
from parlance.core.chat.saver import Saver
from parlance.core.feeds.feed import Feeds
from parlance.ports.chats import Chats, ChatStores, Turns
from parlance.values.accounts import Principal
from parlance.values.chats import Bone, Chat, PlacedTurn, Turn
from parlance.values.files import File
from parlance.values.messages import Item, Part

Instructions = Callable[[str, str], Awaitable[tuple[Item, ...]]]
"""What a folder (tenant, id) puts before every prompt of its chats."""
Attach = Callable[[str, str, tuple[str, ...]], Awaitable[tuple[Part, ...]]]
"""Uploaded files (tenant, user, ids) as parts of a message; what is gone is told of by a text in its place."""


async def no_instructions(tenant: str, folder: str) -> tuple[Item, ...]:
    """Where there are no folders."""
    return ()


Judge = Callable[[tuple[File, ...]], Awaitable[None]]
"""Raises `Fault` for a file that no model can be given, or whose content is lost."""


async def any_file(files: tuple[File, ...]) -> None:
    """Where there are no files."""


Doubt = Callable[[str, tuple[str, ...]], None]
"""A commit of a tenant's running turns (ids) was told as failed, and may have taken effect."""


def no_doubt(tenant: str, turns: tuple[str, ...]) -> None:
    """Where nobody looks."""


async def no_attachments(tenant: str, user: str, files: tuple[str, ...]) -> tuple[Part, ...]:
    """Where there are no files."""
    return ()


class ChatRoom(msgspec.Struct, frozen=True):
    """All that saved chats need."""

    road: Road
    stores: ChatStores
    saver: Saver
    feeds: Feeds
    instructions: Instructions = no_instructions
    attach: Attach = no_attachments
    judge: Judge = any_file
    doubt: Doubt = no_doubt
    abroad: Abroad | None = None

    def chats(self, principal: Principal) -> Chats:
        """The chats of the caller's tenant."""
        return self.stores.chats(principal.tenant)

    def turns(self, principal: Principal) -> Turns:
        """The turns of the caller's tenant."""
        return self.stores.turns(principal.tenant)

    async def find_chat(self, principal: Principal, id: str) -> Chat | None:
        """Dispatch's way to a chat; whether it may be seen is judged there."""
        return await self.chats(principal).chat(id)

    async def find_turn(self, principal: Principal, id: str) -> PlacedTurn | None:
        """Dispatch's way to a turn."""
        return await self.turns(principal).turn(id)

    def elsewhere(self, turns: Iterable[Bone | Turn]) -> bool:
        """Whether any of these is written by another process: it runs, and nobody here writes it."""
        if self.abroad is None:
            return False
        return any(turn.state == "running" and self.saver.of(turn.id) is None for turn in turns)

    async def settled(self, tenant: str, chat: str) -> tuple[Bone, ...]:
        """The turns of a chat, after whatever has just ended in it was written, here or by another process."""
        await self.saver.settle(chat)
        turns = self.stores.turns(tenant)
        bones = await turns.bones(chat)
        if self.abroad is None or not self.elsewhere(bones):
            return bones
        await self.abroad.settle(tenant, chat)
        return await turns.bones(chat)


def author(principal: Principal) -> Principal:
    """The one whose chats are meant. Raises `Fault(forbidden)` for guests, who share a name and so cannot own any."""
    return must_keep(principal, "chats")


def within(chat: Chat, placed: PlacedTurn | None) -> PlacedTurn | None:
    """A turn that must be one of this chat's: any other is as good as missing."""
    if placed is not None and placed.chat.id != chat.id:
        raise absent("turn")
    return placed
