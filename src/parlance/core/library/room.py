"""What the library's handlers need, in one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from parlance.core.feeds.feed import Feeds
from parlance.core.library.underway import Underway
from parlance.core.operation import Effect
from parlance.ports.chats import ChatStores
from parlance.ports.coordination import Counter
from parlance.ports.files import Files
from parlance.ports.library import LibraryStores
from parlance.values.accounts import Principal
from parlance.values.chats import Folder, Share
from parlance.values.feeds import ListChanged
from parlance.values.ids import Ids
from parlance.values.time import Clock


class LibraryRoom(msgspec.Struct, frozen=True):
    """`draw` gives the random part of a link's token, `settle` has the answers of a chat (tenant, id) written that have
    ended, wherever they were flown, `files` is a tenant's uploaded files, where there are any."""

    chats: ChatStores
    library: LibraryStores
    feeds: Feeds
    counter: Counter
    clock: Clock
    ids: Ids
    draw: Callable[[], str]
    settle: Callable[[str, str], Awaitable[object]]
    files: Callable[[str], Files] | None = None
    process: str = ""
    """The id of this process in the rows of what it is bringing."""
    underway: Underway = msgspec.field(default_factory=Underway)
    """The imports that go on here."""

    async def find_folder(self, principal: Principal, id: str) -> Folder | None:
        """Dispatch's way to a folder; whether it may be seen is judged there."""
        return await self.library.folders(principal.tenant).folder(id)

    async def find_share(self, principal: Principal, id: str) -> Share | None:
        """Dispatch's way to a link."""
        return await self.library.shares(principal.tenant).share(id)

    def tells(self, principal: Principal, *entries: ListChanged) -> Effect:
        """The effect that tells the caller's pages which lists to read again."""

        def tell() -> None:
            for entry in entries:
                self.feeds.tell(principal.tenant, principal.user, entry)

        return tell
