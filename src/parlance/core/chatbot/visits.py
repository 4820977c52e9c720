"""Sessions of the app: a cookie's value, its CSRF token, who is signed in, and the key to their texts.

A session is kept as one record, sealed under a key that is made of the cookie, by a name that is made of it too: who
has all records has nothing, and the key to somebody's texts is in the record of their session alone (decision 0011).
What a guest says is in the session's record, too, and nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

import msgspec

from parlance.core.chatbot.refusals import contended, refused
from parlance.ports.chatbot import Cipher
from parlance.ports.visits import VisitRecords
from parlance.values.chatbot import Contents
from parlance.values.errors import Fault

MOST_GUEST_SETS = 16
MOST_OF_ONE = 256 * 1024
"""Characters that one guest keeps: some fifty pages, and more than most models read."""
TRIES = 20
"""How often what a guest keeps is decided anew, where another request of theirs was quicker."""
Decide = Callable[[Contents], Contents | None]
"""Other contents, or `None` where nothing is to change; may raise a `Fault`."""


class Visit(msgspec.Struct, frozen=True):
    """One session, as it was when it was looked at. `token` is the cookie's value, which is not in the record. `key`
    seals what belongs to `user`; `sets` are a guest's own, the one that was changed last behind."""

    token: str
    csrf: str
    guest: str
    user: str | None = None
    key: bytes | None = None
    sets: Mapping[str, Contents] = {}
    version: int = 0

    @property
    def owner(self) -> str:
        """Whose chats these are: all sessions of one user share them, and the lock on generating."""
        return f"guest_{self.guest}" if self.user is None else self.user


class Visits:
    """All sessions. `draw` makes a random text of so many bytes."""

    def __init__(self, records: VisitRecords, cipher: Cipher, draw: Callable[[int], str]) -> None:
        self._records = records
        self._cipher = cipher
        self._draw = draw

    async def find(self, token: str | None) -> Visit | None:
        """The session of a cookie, which goes on from now. Raises `Fault(code="session_store")`, as all here do."""
        if not token:
            return None
        kept = await self._records.get(_name(token))
        if kept is None:
            return None
        try:
            text = await self._cipher.open(_key(token), kept.sealed)
        except Fault:  # somebody changed what lies there: it is nobody's session any more
            return None
        visit = msgspec.msgpack.decode(text, type=Visit)
        return msgspec.structs.replace(visit, token=token, version=kept.version)

    async def open(self) -> Visit:
        """A new guest's."""
        visit = self._new()
        await self.put(visit)
        return visit

    async def signed_in(self, before: Visit, user: str, key: bytes) -> Visit:
        """A new session in the place of one, with a cookie and a CSRF token of its own: whoever knew those of before
        has nothing of it."""
        visit = msgspec.structs.replace(self._new(), user=user, key=key)
        await self.put(visit)
        await self.close(before.token)
        return visit

    async def close(self, token: str | None) -> None:
        """A session ends, with its key and what a guest kept in it."""
        if token:
            await self._records.drop(_name(token))

    async def proved(self, token: str | None, csrf: str | None) -> Visit:
        """The session whose CSRF token this is. Raises `Fault(code="csrf_missing" | "csrf_invalid")`."""
        if csrf is None:
            raise refused("csrf_missing")
        visit = await self.find(token)
        known = "" if visit is None else visit.csrf
        right = hmac.compare_digest(known.encode(), csrf.encode("utf-8", "replace"))
        if visit is None or not csrf or not right:
            raise refused("csrf_invalid")
        return visit

    async def put(self, visit: Visit) -> bool:
        """Keep a session as it is now; whether nobody was quicker, and it has not ended meanwhile."""
        text = msgspec.msgpack.encode(msgspec.structs.replace(visit, token="", version=0))
        sealed = await self._cipher.seal(_key(visit.token), text)
        return await self._records.put(_name(visit.token), sealed, guest=visit.user is None, version=visit.version)

    async def change(self, visit: Visit, name: str, decide: Decide) -> Contents:
        """Change a guest's set. What is too much goes: the oldest pairs of it, then the guest's other sets. What is
        decided after the session has ended is kept nowhere."""
        for _ in range(TRIES):
            now = await self.find(visit.token)
            before = (now or visit).sets.get(name, Contents(encrypted=False))
            after = decide(before)
            if after is None or now is None:
                return after or before
            if await self.put(msgspec.structs.replace(now, sets=with_set(now.sets, name, after))):
                return after
        raise contended()

    def _new(self) -> Visit:
        return Visit(self._draw(32), self._draw(32), self._draw(16))


def _name(token: str) -> str:
    """The name of a record: of a cookie that has 256 random bits it tells nothing."""
    return hashlib.sha256(b"name:" + token.encode("utf-8", "replace")).hexdigest()


def _key(token: str) -> bytes:
    """What a record is sealed with: only who has the cookie has it."""
    return hashlib.sha256(b"seal:" + token.encode("utf-8", "replace")).digest()


def with_set(sets: Mapping[str, Contents], name: str, contents: Contents) -> dict[str, Contents]:
    """A guest's sets with one of them changed, and as much of the others as there is room for."""
    others = [(other, kept) for other, kept in sets.items() if other != name]
    changed = shortened(contents, MOST_OF_ONE)
    left = MOST_OF_ONE - size_of(changed)
    kept: list[tuple[str, Contents]] = []
    for other, one in reversed(others):
        left -= size_of(one)
        if left < 0 or len(kept) + 1 == MOST_GUEST_SETS:
            break
        kept.append((other, one))
    return dict([*reversed(kept), (name, changed)])


def shortened(contents: Contents, most: int) -> Contents:
    """With as many of the newest pairs as fit into so many characters; at least the newest."""
    left = most - len(contents.memory) - len(contents.prompt or "")
    kept = 0
    for said, answered in reversed(contents.history):
        left -= len(said) + len(answered)
        if left < 0 and kept:
            break
        kept += 1
    if kept == len(contents.history):
        return contents
    return Contents(contents.memory, contents.prompt, contents.history[-kept:], contents.encrypted)


def size_of(contents: Contents) -> int:
    """Characters that are kept of a set."""
    pairs = sum(len(said) + len(answered) for said, answered in contents.history)
    return len(contents.memory) + len(contents.prompt or "") + pairs
