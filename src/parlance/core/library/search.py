"""What a search does: only ever in the caller's own chats."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core import cursors
from parlance.core.chat.room import author
from parlance.core.library.query import Query, parsed
from parlance.core.library.room import LibraryRoom
from parlance.core.library.search_operations import MOST_PAGE, HitPage, SearchChats
from parlance.core.operation import Context, Result
from parlance.ports.chats import Place
from parlance.ports.library import HitPlace, Narrowed
from parlance.values.accounts import Principal
from parlance.values.chats import Chat, ChatFilter, Folder, Hit
from parlance.values.texts import folded


async def search_chats(room: LibraryRoom, context: Context, op: SearchChats) -> Result[HitPage]:
    """Handle `SearchChats`."""
    principal, query, limit = author(context.principal), parsed(op.query), cursors.within(op.limit, MOST_PAGE)
    which = await _which(room, principal, query)
    search, mark = room.library.search(principal.tenant), (principal.tenant, principal.user, query)
    if not search.searchable(query.pieces):
        return Result(await _chats(room, principal, query, which, op, mark) if query.narrowed else HitPage(()))
    after: HitPlace | None = cursors.place(mark, op.cursor, int, str, str)
    found = await search.hits(principal.user, query.pieces, which, after, limit + 1)
    page, more = cursors.page(mark, found, limit, lambda one: one[0])
    return Result(HitPage(tuple(hit for _, hit in page), more))


async def _which(room: LibraryRoom, principal: Principal, query: Query) -> Narrowed:
    """The chats to look in. A folder's name stands for all folders that are called so, and for what is under them."""
    folders = None
    if query.folder is not None:
        folders = within(await room.library.folders(principal.tenant).all(principal.user), query.folder)
    tag = None if query.tag is None else folded(query.tag)
    return Narrowed(folders, tag, query.pinned, query.archived)


def within(folders: Sequence[Folder], name: str) -> tuple[str, ...]:
    """The ids of the folders of this name, and of all under them."""
    under: dict[str | None, list[Folder]] = {}
    for folder in folders:
        under.setdefault(folder.parent, []).append(folder)
    todo = [folder for folder in folders if folded(folder.name) == folded(name)]
    found: dict[str, None] = {}
    while todo:
        folder = todo.pop()
        if folder.id not in found:
            found[folder.id] = None
            todo += under.get(folder.id, ())
    return tuple(found)


async def _chats(
    room: LibraryRoom, principal: Principal, query: Query, which: Narrowed, op: SearchChats, mark: object
) -> HitPage:
    """Filters without words: the chats themselves, as lists have them."""
    after: Place | None = cursors.place(mark, op.cursor, int, str)
    chats = room.chats.chats(principal.tenant)
    wanted = ChatFilter(query.archived, None, query.pinned, which.tag, which.folders)
    found = await chats.list(principal.user, wanted, after, op.limit + 1)
    page, more = cursors.page(mark, found, op.limit, lambda one: one[0])
    return HitPage(tuple(_hit(chat) for _, chat in page), more)


def _hit(chat: Chat) -> Hit:
    return Hit(chat.id, chat.title, None, chat.title, chat.updated)
