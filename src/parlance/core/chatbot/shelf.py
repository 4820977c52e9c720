"""Where sets are read and changed: a guest's in the session's record, a user's in the database under the user's key.

One writer at a time changes what a user has, from reading to committing; what another process wrote meanwhile is found
by the row's version, and decided on anew. So no writer ever takes away what another one wrote (decision 0011).
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

import msgspec

from parlance.core.chatbot.refusals import contended, refused
from parlance.core.chatbot.visits import Decide, Visit, Visits
from parlance.ports.chatbot import ChatbotStore, Cipher
from parlance.ports.stores import ChangeSet, Conflict, Database
from parlance.values.chatbot import DEFAULT_SET, MOST_SETS, Contents, KeptSet, Pair, SetEntry
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

TRIES = 200
"""How often a change that met another process's is decided anew: milliseconds each, and one of them always wins."""
MOST_HISTORY = 8 * 1024 * 1024
"""Bytes of a user's history in one set, before it is sealed: ten books."""
MOST_OF_USER = 64 * 1024 * 1024
"""Bytes of all sets of a user as they lie there. Anybody may sign up, so all that somebody keeps is bounded."""


class Shelf:
    """All sets."""

    def __init__(self, store: ChatbotStore, database: Database, cipher: Cipher, visits: Visits, clock: Clock) -> None:
        self._store = store
        self._database = database
        self._cipher = cipher
        self._visits = visits
        self._clock = clock
        self._writers: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, visit: Visit, name: str) -> Contents:
        """What is in a set; nothing, where there is none. Raises `Fault(code="key_gone" | "cannot_unseal")`, and what
        the database raises."""
        if visit.user is None:
            return visit.sets.get(name, Contents(encrypted=False))
        return await self._opened(visit, await self._store.set(visit.user, name))

    async def change(self, visit: Visit, name: str, decide: Decide) -> Contents:
        """Change a set, which is made where there is none. Raises as `read` does, `Fault(conflict)`, `Fault(too_large,
        code="history_full")`, and what `decide` raises."""
        if visit.user is None:
            return await self._visits.change(visit, name, decide)
        async with self._writer(visit.user):
            for _ in range(TRIES):
                kept = await self._store.set(visit.user, name)
                before = await self._opened(visit, kept)
                after = decide(before)
                if after is None or await self._written(visit, name, kept, after):
                    return after or before
        raise contended()

    async def entries(self, user: str) -> list[SetEntry]:
        """A user's sets; the default one is always there."""
        found = list(await self._store.sets(user))
        if all(each.name != DEFAULT_SET for each in found):
            found.insert(0, SetEntry(DEFAULT_SET, self._clock.now(), True))
        return found

    async def make(self, user: str, name: str) -> bool:
        """A new set; whether there was none. Raises `Fault(too_large, code="sets_full")`."""
        async with self._writer(user):
            if await self._store.set(user, name) is not None:
                return False
            if (await self._store.room(user)).sets >= MOST_SETS:
                raise refused("sets_full")
            return await self._applied(self._store.insert_set(user, KeptSet(name, self._clock.now(), True)))

    async def take_away(self, user: str, name: str) -> bool:
        """A set goes; whether there was one."""
        async with self._writer(user):
            return await self._applied(self._store.delete_set(user, name))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _writer(self, user: str) -> asyncio.Lock:
        found = self._writers.get(user)
        if found is None:
            found = self._writers[user] = asyncio.Lock()
        return found

    async def _opened(self, visit: Visit, kept: KeptSet | None) -> Contents:
        if kept is None:
            return Contents()
        texts = (kept.memory, kept.prompt, kept.history)
        memory, prompt, history = [await self._text(visit, kept, each) for each in texts]
        pairs = () if not history else _pairs(history)
        return Contents(
            (memory or b"").decode("utf-8", "replace"),
            None if prompt is None else prompt.decode("utf-8", "replace"),
            pairs,
            kept.encrypted,
        )

    async def _text(self, visit: Visit, kept: KeptSet, text: bytes | None) -> bytes | None:
        if not text or not kept.encrypted:
            return text
        if visit.key is None:
            raise refused("key_gone")
        return await self._cipher.open(visit.key, text)

    async def _written(self, visit: Visit, name: str, kept: KeptSet | None, after: Contents) -> bool:
        """Seal and commit; whether nobody was quicker."""
        key, user = visit.key, visit.user
        if key is None or user is None:
            raise refused("key_gone")
        history = msgspec.json.encode(after.history)
        if len(history) > MOST_HISTORY:
            raise refused("history_full")
        prompt = None if after.prompt is None else await self._cipher.seal(key, after.prompt.encode())
        sealed = KeptSet(
            name,
            self._clock.now(),
            True,
            await self._cipher.seal(key, after.memory.encode()),
            prompt,
            await self._cipher.seal(key, history),
            0 if kept is None else kept.version,
        )
        await self._fits(user, kept, sealed)
        put = self._store.insert_set if kept is None else self._store.replace_set
        return await self._applied(put(user, sealed))

    async def _fits(self, user: str, kept: KeptSet | None, sealed: KeptSet) -> None:
        """Raise `Fault(too_large, code="sets_full" | "room_full")` for what would be more than somebody may keep; what
        becomes less always fits."""
        before, after = 0 if kept is None else size_of(kept), size_of(sealed)
        if kept is not None and after <= before:
            return
        room = await self._store.room(user)
        if kept is None and room.sets >= MOST_SETS:
            raise refused("sets_full")
        if room.bytes + after - before > MOST_OF_USER:
            raise refused("room_full")

    async def _applied(self, changes: ChangeSet) -> bool:
        try:
            await self._database.apply(changes)
        except Conflict:
            return False
        return True


def size_of(kept: KeptSet) -> int:
    """Bytes of a set as it lies there."""
    return sum(len(text) for text in (kept.memory, kept.prompt, kept.history) if text is not None)


def _pairs(history: bytes) -> tuple[Pair, ...]:
    try:
        return msgspec.json.decode(history, type=tuple[Pair, ...])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Fault(Kind.internal, "A history that was kept is not one.", code="cannot_unseal") from None
