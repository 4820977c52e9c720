"""A long chat on its way in: it is expected, its turns come in pieces, and only then is it admitted.

A database may have one writer: whoever else writes waits for a piece, not for the chat. Nobody knows of it before it is
admitted; what is left where it never is, `remains.py` removes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from parlance.core.library.planting import YIELD_TURNS
from parlance.core.library.room import LibraryRoom
from parlance.core.library.transfer_operations import Imported
from parlance.core.operation import Result
from parlance.ports.stores import Statement
from parlance.values.chats import Chat, Turn

TURNS_TOGETHER = 100
"""Turns in one change set: some 25 ms of SQLite's writer, and whoever waits may have to wait for two of them."""
TOKENS_TOGETHER = 64 * 1024
"""Estimated tokens of those turns, some 256 KiB: what takes long is their words' way into the index."""
Admit = Callable[[], Awaitable[Result[Imported]]]


class Landing:
    """The pieces of one chat. `admit` decides on the last change set; `left` is called where it does not come to it."""

    def __init__(self, room: LibraryRoom, chat: Chat, turns: Sequence[Turn], admit: Admit, left: Callable[[], None]):
        self._arrivals = room.chats.arrivals(chat.tenant)
        self._inserting = room.chats.turns(chat.tenant)
        self._process = room.process
        self._chat = chat
        self._turns = turns
        self._admit = admit
        self._left = left

    async def piece(self, start: int = 0) -> Result[Imported]:
        """The turns from a place on, as many as go together."""
        changes: list[Statement] = [] if start else list(self._arrivals.expect(self._chat, self._process))
        end, tokens = start, 0
        while end < len(self._turns) and end - start < TURNS_TOGETHER and tokens < TOKENS_TOGETHER:
            if end % YIELD_TURNS == 0:
                await asyncio.sleep(0)
            changes += self._inserting.insert(self._turns[end], self._chat.user)
            tokens += self._turns[end].tokens
            end += 1
        then = partial(self.piece, end) if end < len(self._turns) else self._admit
        return Result(Imported(), tuple(changes), then=then, otherwise=self._left)
