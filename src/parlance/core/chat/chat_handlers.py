"""What the operations on whole chats do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core import cursors
from parlance.core.chat.chat_operations import (
    ChatPage,
    ClearChats,
    CountChats,
    CountedChats,
    CreateChat,
    DeleteChat,
    ListChats,
    MoveChat,
    ReadChat,
    ShowChat,
    UpdateChat,
)
from parlance.core.chat.room import ChatRoom, author, within
from parlance.core.chat.saving import Saving
from parlance.core.chat.titles import clean
from parlance.core.chat.tree import newest_leaf
from parlance.core.knowledge.foreign import merged, skipped
from parlance.core.operation import Context, Effect, Result
from parlance.values.accounts import Principal
from parlance.values.chats import MOST_CLIENT_ID, Chat, ChatFilter, OpenChat, PlacedTurn, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ChatChange, ChatChanged, ListChanged


async def create_chat(room: ChatRoom, context: Context, op: CreateChat) -> Result[Chat]:
    """Handle `CreateChat`."""
    principal, chats = author(context.principal), room.chats(context.principal)
    if op.client_id is not None:
        there = await chats.chat_of(principal.user, client_id(op.client_id))
        if there is not None:
            return Result(there)
    now, title = room.road.clock.now(), clean(op.title)
    chat = Chat(
        room.road.ids.new(),
        principal.tenant,
        principal.user,
        now,
        now,
        title,
        "user" if title else "nobody",
        op.folder,
        client_id=op.client_id,
        foreign=None if op.foreign is None else merged(None, op.foreign),
    )
    return Result(chat, chats.insert(chat), (tells(room, chat, "created"),))


async def read_chat(room: ChatRoom, context: Context, op: ReadChat) -> Result[OpenChat]:
    """Handle `ReadChat`: stored turns, and of the running ones what they say by now."""
    chat: Chat = context.subject
    # One whose end is written while its row is read is running in what was read, and forgotten by the saver.
    before = {saving.id: saving for saving in room.saver.of_chat(chat.id)}
    turns = room.turns(context.principal)
    stored = await turns.all(chat.id)
    if room.abroad is not None and room.elsewhere(turn for turn in stored if turn.id not in before):
        # Its end may have been told to everybody, and not be written yet: whoever flew it does so now.
        await room.abroad.settle(chat.tenant, chat.id)
        stored = await turns.all(chat.id)
    return Result(OpenChat(chat, tuple(_by_now(room, before, turn) for turn in stored)))


def _by_now(room: ChatRoom, before: Mapping[str, Saving], turn: Turn) -> Turn:
    saving = (room.saver.of(turn.id) or before.get(turn.id)) if turn.state == "running" else None
    return turn if saving is None or saving.run.id != turn.run else saving.turn()


async def show_chat(room: ChatRoom, context: Context, op: ShowChat) -> Result[Chat]:
    """Handle `ShowChat`: dispatch has found and authorised it."""
    chat: Chat = context.subject
    return Result(chat)


async def list_chats(room: ChatRoom, context: Context, op: ListChats) -> Result[ChatPage]:
    """Handle `ListChats`: a page and the place where the next one begins."""
    principal, limit = author(context.principal), cursors.within(op.limit)
    which = ChatFilter(op.archived, "" if op.unfiled else op.folder, op.pinned, op.tag)
    after = cursors.place(which, op.cursor, int, str)
    found = await room.chats(principal).list(principal.user, which, after, limit + 1)
    page, more = cursors.page(which, found, limit, lambda one: one[0])
    return Result(ChatPage(tuple(chat for _, chat in page), more))


async def count_chats(room: ChatRoom, context: Context, op: CountChats) -> Result[CountedChats]:
    """Handle `CountChats`."""
    principal, limit = author(context.principal), cursors.within(op.limit)
    chats = room.chats(principal)
    found = await chats.newest(principal.user, skipped(op.skip), limit)
    return Result(CountedChats(tuple(found), await chats.count(principal.user)))


async def update_chat(room: ChatRoom, context: Context, op: UpdateChat) -> Result[Chat]:
    """Handle `UpdateChat`."""
    chat: Chat = context.subject
    fields: dict[str, Any] = {
        name: value for name in ("pinned", "archived") if (value := getattr(op, name)) is not None
    }
    if op.title is not None:
        fields["title"] = clean(op.title)
        fields["titled_by"] = "user" if fields["title"] else "nobody"
    if op.foreign is not None:
        fields["foreign"] = merged(chat.foreign, op.foreign)
    chosen = within(chat, context.named["head"])
    if chosen is not None:
        fields["head"] = await _leaf(room, context.principal, chosen)
    if op.version is not None and op.version != chat.version:
        raise Fault(
            Kind.conflict, "This chat has changed since it was read.", hint="Read it again.", code="chat_changed"
        )
    return _changed(room, context.principal, chat, fields, op.version)


async def _leaf(room: ChatRoom, principal: Principal, chosen: PlacedTurn) -> str | None:
    return newest_leaf(await room.turns(principal).bones(chosen.chat.id), chosen.turn.id)


async def move_chat(room: ChatRoom, context: Context, op: MoveChat) -> Result[Chat]:
    """Handle `MoveChat`."""
    return _changed(room, context.principal, context.subject, {"folder": op.folder})


def _changed(
    room: ChatRoom, principal: Principal, chat: Chat, fields: dict[str, Any], version: int | None = None
) -> Result[Chat]:
    if not fields:
        return Result(chat)
    changes = room.chats(principal).change(chat, fields, room.road.clock.now(), version)
    after: Chat = msgspec.structs.replace(chat, **fields, version=chat.version + 1)
    return Result(after, changes, (tells(room, after, "changed"),))


async def delete_chat(room: ChatRoom, context: Context, op: DeleteChat) -> Result[None]:
    """Handle `DeleteChat`."""
    chat: Chat = context.subject
    effects = (lambda: room.saver.drop(room.saver.of_chat(chat.id)), tells(room, chat, "deleted"))
    return Result(None, room.chats(context.principal).delete(chat.id), effects)


async def clear_chats(room: ChatRoom, context: Context, op: ClearChats) -> Result[None]:
    """Handle `ClearChats`."""
    principal = author(context.principal)

    def cleared() -> None:
        room.saver.drop(room.saver.of_user(principal.tenant, principal.user))
        room.feeds.tell(principal.tenant, principal.user, ListChanged("chats"))

    return Result(None, room.chats(principal).delete_all(principal.user), (cleared,))


# -- what several share -----------------------------------------------------------------------------------------------


def tells(room: ChatRoom, chat: Chat, change: ChatChange) -> Effect:
    """The effect that tells the owner's pages of a change."""
    entry = ChatChanged(chat.id, change, chat.title if change != "deleted" else None)
    return lambda: room.feeds.tell(chat.tenant, chat.user, entry)


def client_id(given: str) -> str:
    """An id that a client made. Raises `Fault(invalid)` for one that is empty or too long."""
    if not 1 <= len(given) <= MOST_CLIENT_ID:
        raise Fault(
            Kind.invalid,
            f"A client id has 1 to {MOST_CLIENT_ID} characters.",
            field="client_id",
            code="out_of_range",
        )
    return given
