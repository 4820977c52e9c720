"""A library on a database of its own, with what is needed to ask it for something without a server."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.core.library.room import LibraryRoom
from parlance.core.operation import Context, Result
from parlance.stores.sql.library import SqlLibraryStores
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.chats import ChatBench
from parlance.values.accounts import Circumstances, Principal
from parlance.values.chats import Chat, Folder, Turn, TurnItem
from parlance.values.messages import Item, Message

ADA = Principal("default", "ada")
BOB = Principal("default", "bob")
GUEST = Principal("default", "ada", guest=True)
NOW = 1_700_000_000_000_000


class Shelf:
    """Ada's and Bob's chats, folders and links. Tokens are `token-1`, `token-2`, …"""

    def __init__(self, bench: ChatBench, **more: Any) -> None:
        chats = bench.room
        self.bench, self.database, self.clock = bench, bench.database, bench.clock
        self._drawn = 0
        self.room = LibraryRoom(
            chats=chats.stores,
            library=SqlLibraryStores(bench.database),
            feeds=chats.feeds,
            counter=MemoryCounter(bench.clock),
            clock=bench.clock,
            ids=chats.road.ids,
            draw=self._draw,
            settle=chats.settled,
            process="process-1",
            **more,
        )

    def _draw(self) -> str:
        self._drawn += 1
        return f"token-{self._drawn}"

    async def do(
        self, handle: Any, op: Any, who: Principal = ADA, subject: Any = None, address: str = "", **named: Any
    ) -> Any:
        """What a handler gives whoever asks, with its changes committed and its effects done, step after step."""
        context = Context(who, "r", subject, named, came=msgspec.structs.replace(Circumstances(), address=address))
        result: Result[Any] = await handle(self.room, context, op)
        while True:
            await self.database.apply(result.changes)
            for effect in result.effects:
                effect()
            if result.then is None:
                return result.value
            result = await result.then()

    async def chat(self, id: str, *said: Turn, **more: Any) -> Chat:
        """A chat of Ada's with turns one under the other; the last one is its head."""
        chat = Chat(id, "default", "ada", NOW, NOW, head=said[-1].id if said else None)
        chat = msgspec.structs.replace(chat, **more)
        changes = list(self.room.chats.chats("default").insert(chat))
        for turn in said:
            changes += self.room.chats.turns("default").insert(turn, chat.user)
        await self.database.apply(tuple(changes))
        return chat

    async def folder(self, id: str, name: str, parent: str | None = None, **more: Any) -> Folder:
        """A folder of Ada's."""
        made = msgspec.structs.replace(Folder(id, "default", "ada", name, NOW, NOW, parent), **more)
        await self.database.apply(self.room.library.folders("default").insert(made))
        return made


def turn(id: str, chat: str, *items: Item | str, parent: str | None = None, **more: Any) -> Turn:
    """A turn that says something; texts are the user's."""
    said = [Message("user", each) if isinstance(each, str) else each for each in items]
    kept = tuple(TurnItem(f"item-{n}", item) for n, item in enumerate(said))
    made = Turn(id, chat, "user", "complete", NOW, parent, kept, sent=id)
    return msgspec.structs.replace(made, **more)
