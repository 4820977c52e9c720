"""What a folder puts before every prompt of its chats: its instructions and files, and those of the folders above."""

from __future__ import annotations

from parlance.core.authorize import absent
from parlance.core.chat.room import Attach
from parlance.core.library.folders import above
from parlance.ports.library import LibraryStores
from parlance.values.errors import Fault
from parlance.values.messages import Item, Message, Part, Text


class FolderInstructions:
    """Gives what a chat's folder puts before its prompts; of a folder that is gone, nothing."""

    def __init__(self, stores: LibraryStores, attach: Attach) -> None:
        self._stores = stores
        self._attach = attach

    async def __call__(self, tenant: str, folder: str) -> tuple[Item, ...]:
        """Texts as one system message; pictures, which no system message may hold, as a user's behind it."""
        folders = self._stores.folders(tenant)
        found = await folders.folder(folder)
        if found is None:
            return ()
        try:
            way = (found,) if found.parent is None else above(await folders.all(found.user), folder)
        except Fault as fault:
            if fault.code != absent("folder").code:
                raise
            way = (found,)  # a folder above it went in this moment
        texts: list[str] = [each.instructions for each in way if each.instructions.strip()]
        pictures: list[Part] = []
        for each in way:
            for part in await self._attach(tenant, found.user, each.files) if each.files else ():
                if isinstance(part, Text):
                    texts.append(part.text.strip())
                else:
                    pictures.append(part)
        said: tuple[Item, ...] = (Message("system", "\n\n".join(texts)),) if texts else ()
        return (*said, Message("user", tuple(pictures))) if pictures else said
