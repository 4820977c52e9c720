"""What can be wanted of folders and tags."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.ports.library import Tagged
from parlance.values.chats import Folder

_FOLDER = Named("folder", "folder", "write")
_PARENT = Named("parent", "folder", "write")
_FILES = Named("files", "file", "write")


class CreateFolder(Operation[Folder], frozen=True):
    """Make a folder, perhaps within another.

    `instructions` go before every prompt of its chats (after those of the folders above), and so do its `files`, which
    are ids of uploaded ones.
    """

    wire_name: ClassVar[str] = "folders.create"
    names: ClassVar[tuple[Named, ...]] = (_PARENT, _FILES)

    name: str
    parent: str | None = None
    instructions: str = ""
    files: tuple[str, ...] = ()


class ListFolders(Operation[tuple[Folder, ...]], frozen=True):
    """All of the caller's own folders, by name; the tree is in their `parent`."""

    wire_name: ClassVar[str] = "folders.list"


class UpdateFolder(Operation[Folder], frozen=True):
    """Give a folder another name, other instructions or other files; what is not given stays."""

    wire_name: ClassVar[str] = "folders.update"
    names: ClassVar[tuple[Named, ...]] = (_FOLDER, _FILES)

    folder: str
    name: str | None = None
    instructions: str | None = None
    files: tuple[str, ...] | None = None


class MoveFolder(Operation[Folder], frozen=True):
    """Put a folder with all in it into another, or (without one) to the top."""

    wire_name: ClassVar[str] = "folders.move"
    names: ClassVar[tuple[Named, ...]] = (_FOLDER, _PARENT)

    folder: str
    parent: str | None = None


class DeleteFolder(Operation[None], frozen=True):
    """Delete a folder. Its chats and folders are in the one above it then, or in none."""

    wire_name: ClassVar[str] = "folders.delete"
    names: ClassVar[tuple[Named, ...]] = (_FOLDER,)

    folder: str


class TagChat(Operation[tuple[str, ...]], frozen=True):
    """Give a chat tags and take some away; gives all that it has then."""

    wire_name: ClassVar[str] = "chats.tag"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat", "write"),)

    chat: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class TagList(msgspec.Struct, frozen=True):
    """Tags by name, each with the number of chats that have it."""

    tags: tuple[Tagged, ...]


class ListTags(Operation[TagList], frozen=True):
    """All of the caller's own tags, or those of one chat."""

    wire_name: ClassVar[str] = "tags.list"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str | None = None
