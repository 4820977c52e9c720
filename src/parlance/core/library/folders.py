"""What the operations on folders and tags do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.core.authorize import absent
from parlance.core.chat.bounds import judged_instructions
from parlance.core.chat.room import author
from parlance.core.chat.titles import clean
from parlance.core.library.folder_operations import (
    CreateFolder,
    DeleteFolder,
    ListFolders,
    ListTags,
    MoveFolder,
    TagChat,
    TagList,
    UpdateFolder,
)
from parlance.core.library.room import LibraryRoom
from parlance.core.operation import Context, Result
from parlance.ports.library import MOST_FOLDERS, Tagged
from parlance.values.chats import Chat, Folder
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from parlance.values.texts import folded

MOST_FILES = 100
MOST_DEPTH = 16
"""Folders within folders."""
MOST_TAGS = 50
"""Tags of one chat."""
MOST_TAG = 60


async def create_folder(room: LibraryRoom, context: Context, op: CreateFolder) -> Result[Folder]:
    """Handle `CreateFolder`."""
    principal, folders = author(context.principal), room.library.folders(context.principal.tenant)
    there = await folders.all(principal.user)
    if len(there) >= MOST_FOLDERS:
        raise _too_many("folders", MOST_FOLDERS)
    _deep(above(there, op.parent))
    now = room.clock.now()
    made = Folder(
        room.ids.new(),
        principal.tenant,
        principal.user,
        folder_name(op.name),
        now,
        now,
        op.parent,
        judged_instructions(op.instructions),
        _files(op.files),
    )
    return Result(made, folders.insert(made), (room.tells(principal, ListChanged("folders")),))


async def list_folders(room: LibraryRoom, context: Context, op: ListFolders) -> Result[tuple[Folder, ...]]:
    """Handle `ListFolders`."""
    principal = author(context.principal)
    return Result(tuple(await room.library.folders(principal.tenant).all(principal.user)))


async def update_folder(room: LibraryRoom, context: Context, op: UpdateFolder) -> Result[Folder]:
    """Handle `UpdateFolder`."""
    folder: Folder = context.subject
    fields: dict[str, Any] = {}
    if op.name is not None:
        fields["name"] = folder_name(op.name)
    if op.instructions is not None:
        fields["instructions"] = judged_instructions(op.instructions)
    if op.files is not None:
        fields["files"] = _files(op.files)
    if not fields:
        return Result(folder)
    now = room.clock.now()
    after = msgspec.structs.replace(folder, **fields, updated=now, version=folder.version + 1)
    changes = room.library.folders(folder.tenant).change(folder, fields, now)
    return Result(after, changes, (room.tells(context.principal, ListChanged("folders")),))


async def move_folder(room: LibraryRoom, context: Context, op: MoveFolder) -> Result[Folder]:
    """Handle `MoveFolder`."""
    folder: Folder = context.subject
    folders = room.library.folders(folder.tenant)
    there = await folders.all(folder.user)
    way = above(there, op.parent)
    if any(each.id == folder.id for each in way):
        raise Fault(Kind.invalid, "A folder cannot be within itself.", field="parent", code="folder_within_itself")
    _deep((*way, *(each for each in there if each.id != folder.id and folder in above(there, each.id))))
    now = room.clock.now()
    after = msgspec.structs.replace(folder, parent=op.parent, updated=now, version=folder.version + 1)
    told = room.tells(context.principal, ListChanged("folders"))
    return Result(after, folders.move(folder, way, now), (told,))


async def delete_folder(room: LibraryRoom, context: Context, op: DeleteFolder) -> Result[None]:
    """Handle `DeleteFolder`."""
    folder: Folder = context.subject
    told = room.tells(context.principal, ListChanged("folders"), ListChanged("chats"))
    return Result(None, room.library.folders(folder.tenant).delete(folder), (told,))


async def tag_chat(room: LibraryRoom, context: Context, op: TagChat) -> Result[tuple[str, ...]]:
    """Handle `TagChat`."""
    chat: Chat = context.subject
    tags = room.library.tags(chat.tenant)
    there = {folded(tag): tag for tag in (await tags.of((chat.id,))).get(chat.id, ())}
    after = dict(there)
    for tag in op.remove:
        after.pop(folded(clean(tag)), None)
    after.update({folded(tag): tag for tag in map(tag_name, op.add)})
    if len(after) > MOST_TAGS:
        raise _too_many("tags", MOST_TAGS)
    given = tuple(tag for _, tag in sorted(after.items()))
    if after == there:
        return Result(given)
    return Result(given, tags.set(chat, given), (room.tells(context.principal, ListChanged("tags")),))


async def list_tags(room: LibraryRoom, context: Context, op: ListTags) -> Result[TagList]:
    """Handle `ListTags`."""
    principal = author(context.principal)
    tags, chat = room.library.tags(principal.tenant), context.named["chat"]
    every = await tags.all(principal.user)
    if chat is None:
        return Result(TagList(tuple(every)))
    own = (await tags.of((chat.id,))).get(chat.id, ())
    counts = {folded(each.tag): each.chats for each in every}
    return Result(TagList(tuple(Tagged(tag, counts.get(folded(tag), 1)) for tag in own)))


# -- what they may hold -----------------------------------------------------------------------------------------------


def above(folders: Sequence[Folder], id: str | None) -> tuple[Folder, ...]:
    """A folder and all above it, the topmost first. Raises `Fault(missing)` where it is gone."""
    by_id = {folder.id: folder for folder in folders}
    way: list[Folder] = []
    while id is not None and len(way) <= len(by_id):
        if id not in by_id:
            raise absent("folder")
        way.append(by_id[id])
        id = by_id[id].parent
    return tuple(reversed(way))


def folder_name(given: str) -> str:
    """A folder's name in one line. Raises `Fault(invalid)` for an empty one."""
    return _line(given, "name")


def tag_name(given: str) -> str:
    """A tag in one line. Raises `Fault(invalid)` for one that is empty or too long."""
    tag = _line(given, "add")
    if len(tag) > MOST_TAG:
        raise Fault(Kind.invalid, f"A tag has at most {MOST_TAG} characters.", field="add", code="out_of_range")
    return tag


def _line(given: str, field: str) -> str:
    name = clean(given)
    if not name:
        raise Fault(Kind.invalid, "This needs a name.", field=field, code="empty")
    return name


def _deep(way: Sequence[Folder]) -> None:
    if len(way) >= MOST_DEPTH:
        raise Fault(Kind.invalid, f"Folders are at most {MOST_DEPTH} deep.", field="parent", code="folders_too_deep")


def _files(given: tuple[str, ...]) -> tuple[str, ...]:
    files = tuple(dict.fromkeys(given))
    if len(files) > MOST_FILES:
        raise _too_many("files", MOST_FILES)
    return files


def _too_many(what: str, most: int) -> Fault:
    return Fault(Kind.invalid, f"There can be at most {most} {what}.", field=what, code="too_many")
