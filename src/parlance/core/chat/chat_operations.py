"""What can be wanted of the chats that somebody keeps here."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.chats import Chat, OpenChat
from parlance.values.messages import Foreign

_CHAT = Named("chat", "chat", "write")
PAGE = 50


class CreateChat(Operation[Chat], frozen=True):
    """Begin an empty chat.

    `client_id` is an id that the client made: the same one gives the same chat again, and not a second one. `foreign`
    is what other programs note of it, each under its own name; nothing here reads it.
    """

    wire_name: ClassVar[str] = "chats.create"
    names: ClassVar[tuple[Named, ...]] = (Named("folder", "folder", "write"),)

    title: str = ""
    folder: str | None = None
    client_id: str | None = None
    foreign: Foreign | None = None


class ReadChat(Operation[OpenChat], frozen=True):
    """Open a chat with all of its turns; what a running answer has said so far is in its turn."""

    wire_name: ClassVar[str] = "chats.read"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str


class ShowChat(Operation[Chat], frozen=True):
    """A chat without its turns."""

    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str


class ChatPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some chats, and the cursor of the next page; none is the last one."""

    chats: tuple[Chat, ...]
    cursor: str | None = None


class ListChats(Operation[ChatPage], frozen=True):
    """The caller's own chats: pinned ones first, then the newest change first.

    `folder` takes those of one folder, `unfiled` those of none, `tag` those with one tag. `cursor` is the one that the
    page before gave.
    """

    wire_name: ClassVar[str] = "chats.list"
    names: ClassVar[tuple[Named, ...]] = (Named("folder", "folder"),)

    archived: bool = False
    folder: str | None = None
    unfiled: bool = False
    pinned: bool | None = None
    tag: str | None = None
    limit: int = PAGE
    cursor: str = ""


class UpdateChat(Operation[Chat], frozen=True):
    """Rename, pin or archive a chat, or choose the branch that is shown; what is not given stays.

    `head` is a turn of this chat: the branch goes on from it by the newest turn each time. With `version` the change is
    refused when the chat has changed since that version was read. What other programs note (`foreign`) takes the place
    of what stood under their names.
    """

    wire_name: ClassVar[str] = "chats.update"
    names: ClassVar[tuple[Named, ...]] = (_CHAT, Named("head", "turn", "write"))

    chat: str
    title: str | None = None
    pinned: bool | None = None
    archived: bool | None = None
    head: str | None = None
    version: int | None = None
    foreign: Foreign | None = None


class MoveChat(Operation[Chat], frozen=True):
    """Put a chat into a folder, or (without one) out of it."""

    wire_name: ClassVar[str] = "chats.move"
    names: ClassVar[tuple[Named, ...]] = (_CHAT, Named("folder", "folder", "write"))

    chat: str
    folder: str | None = None


class DeleteChat(Operation[None], frozen=True):
    """Delete a chat with its turns, tags and links; what still runs in it is stopped."""

    wire_name: ClassVar[str] = "chats.delete"
    names: ClassVar[tuple[Named, ...]] = (_CHAT,)

    chat: str


class CountedChats(msgspec.Struct, frozen=True):
    """One page of a list of chats by number, and how many they are in all."""

    chats: tuple[Chat, ...]
    total: int


class CountChats(Operation[CountedChats], frozen=True):
    """The caller's own chats, but those that were put away, the newest first by when they began: for lists of other
    clients, which have pages by number. `skip` entries are left out."""

    skip: int = 0
    limit: int = PAGE


class ClearChats(Operation[None], frozen=True):
    """Delete all of the caller's own chats and folders."""

    wire_name: ClassVar[str] = "chats.clear"
