"""Saved chats over several processes: answers that another one writes are stopped there, and feeds hear of all.

What is asked for here was authorised by the process that asks: those who share a Redis trust each other.
"""

from __future__ import annotations

import msgspec

from parlance.core.chat.saver import Saver
from parlance.core.feeds.feed import Feeds
from parlance.ports.signals import Signals
from parlance.values.feeds import FeedEntry

_STOP, _SETTLE, _FEED = "chat.stop", "chat.settle", "feed"
_MOST = 64
"""Processes that may have something to stop, at most."""


class _Turns(msgspec.Struct):
    """Turns of one chat; `turn`: only that one."""

    tenant: str
    chat: str
    turn: str | None = None


class _Told(msgspec.Struct):
    """What a user's feed is told."""

    tenant: str
    user: str
    entry: FeedEntry


class Abroad:
    """Asks other processes, and does what they ask for."""

    def __init__(self, saver: Saver, feeds: Feeds, signals: Signals) -> None:
        self._saver = saver
        self._feeds = feeds
        self._signals = signals
        signals.on(_STOP, self._stop)
        signals.on(_SETTLE, self._settle)
        signals.on(_FEED, self._hear)

    async def stop(self, tenant: str, chat: str, turn: str | None) -> bool:
        """Stop the answers of a chat wherever they are written; gives whether there were any. Their end is written."""
        said = msgspec.json.encode(_Turns(tenant, chat, turn))
        for asked in range(_MOST):
            if await self._signals.ask(_STOP, said) is None:  # the first one that had any answers for all
                return asked > 0
        return True

    async def settle(self, tenant: str, chat: str) -> None:
        """Let every process write the answers of a chat that have ended."""
        await self._signals.ask(_SETTLE, msgspec.json.encode(_Turns(tenant, chat)))

    async def tell(self, tenant: str, user: str, entry: FeedEntry) -> None:
        """Let the readers of a user's feed elsewhere hear it too."""
        await self._signals.tell(_FEED, msgspec.json.encode(_Told(tenant, user, entry)))

    async def _stop(self, said: bytes) -> bytes | None:
        wanted = msgspec.json.decode(said, type=_Turns)
        going = [s for s in self._saver.of_chat(wanted.chat) if s.chat.tenant == wanted.tenant]
        stopped = [s.halt() for s in going if wanted.turn in (None, s.id)]
        if not any(stopped):
            return None
        await self._saver.settle(wanted.chat)
        return b"1"

    async def _settle(self, said: bytes) -> bytes | None:
        await self._saver.settle(msgspec.json.decode(said, type=_Turns).chat)
        return None

    async def _hear(self, said: bytes) -> bytes | None:
        told = msgspec.json.decode(said, type=_Told)
        self._feeds.of(told.tenant, told.user).tell(told.entry)
        return None
