"""Sessions of the app, in memory only: a cookie's value, its CSRF token, who is signed in, and the key to their texts.

What a guest says is in the session's record and nowhere else. Both are bounded: sessions by number, what a guest keeps
by size, and all that guests keep together by size; who was here longest ago is forgotten first.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable

from parlance.core.chatbot.refusals import refused
from parlance.values.chatbot import Contents
from parlance.values.time import Clock

MOST_GUESTS = 10_000
MOST_SIGNED_IN = 10_000
MOST_GUEST_SETS = 16
MOST_OF_ONE = 1024 * 1024
"""Characters that one guest keeps: some two hundred pages."""
MOST_OF_ALL = 64 * 1024 * 1024
"""Characters that all guests keep together."""


class Visit:
    """One session. `key` seals what belongs to `user`; `sets` are a guest's own."""

    __slots__ = ("csrf", "guest", "key", "sets", "size", "token", "used", "user")

    def __init__(self, token: str, csrf: str, guest: str, used: float) -> None:
        self.token = token
        self.csrf = csrf
        self.guest = guest
        self.used = used
        self.user: str | None = None
        self.key: bytes | None = None
        self.sets: OrderedDict[str, Contents] = OrderedDict()
        self.size = 0

    @property
    def owner(self) -> str:
        """Whose chats these are: all sessions of one user share them, and the lock on generating."""
        return f"guest_{self.guest}" if self.user is None else self.user


class Visits:
    """All sessions. `draw` makes a random text of so many bytes, `idle` is in seconds."""

    def __init__(self, clock: Clock, draw: Callable[[int], str], idle: float) -> None:
        self._clock = clock
        self._draw = draw
        self._idle = idle
        self._guests: OrderedDict[str, Visit] = OrderedDict()
        self._people: OrderedDict[str, Visit] = OrderedDict()
        self._kept = 0

    def __len__(self) -> int:
        return len(self._guests) + len(self._people)

    @property
    def kept(self) -> int:
        """Characters that all guests keep together."""
        return self._kept

    # -- coming and going -------------------------------------------------------------------------------------------

    def find(self, token: str | None) -> Visit | None:
        """The session of a cookie, which goes on from now."""
        self._expire()
        for visits in (self._guests, self._people):
            visit = visits.get(token or "")
            if visit is not None:
                visit.used = self._clock.monotonic()
                visits.move_to_end(visit.token)
                return visit
        return None

    def open(self) -> Visit:
        """A new guest's."""
        self._expire()
        while len(self._guests) >= MOST_GUESTS:
            self._forget(next(iter(self._guests.values())))
        visit = Visit(self._draw(32), self._draw(32), self._draw(16), self._clock.monotonic())
        self._guests[visit.token] = visit
        return visit

    def signed_in(self, before: Visit, user: str, key: bytes) -> Visit:
        """A new session in the place of one, with a cookie and a CSRF token of its own: whoever knew those of before
        has nothing of it."""
        self._forget(before)
        while len(self._people) >= MOST_SIGNED_IN:
            self._forget(next(iter(self._people.values())))
        visit = Visit(self._draw(32), self._draw(32), self._draw(16), self._clock.monotonic())
        visit.user, visit.key = user, key
        self._people[visit.token] = visit
        return visit

    def close(self, token: str | None) -> None:
        """A session ends, with its key and what a guest kept in it."""
        visit = self.find(token)
        if visit is not None:
            self._forget(visit)

    def proved(self, token: str | None, csrf: str | None) -> Visit:
        """The session whose CSRF token this is. Raises `Fault(code="csrf_missing" | "csrf_invalid")`."""
        if csrf is None:
            raise refused("csrf_missing")
        visit = self.find(token)
        known = "" if visit is None else visit.csrf
        right = hmac.compare_digest(known.encode(), csrf.encode("utf-8", "replace"))
        if visit is None or not csrf or not right:
            raise refused("csrf_invalid")
        return visit

    def _expire(self) -> None:
        """Forget who was idle for too long; the longest idle are in front."""
        until = self._clock.monotonic() - self._idle
        for visits in (self._guests, self._people):
            while visits and (first := next(iter(visits.values()))).used < until:
                self._forget(first)

    def _forget(self, visit: Visit) -> None:
        self._guests.pop(visit.token, None)
        self._people.pop(visit.token, None)
        self._kept -= visit.size
        visit.sets.clear()
        visit.size, visit.key = 0, None

    # -- what guests keep -------------------------------------------------------------------------------------------

    def keep(self, visit: Visit, name: str, contents: Contents) -> None:
        """A guest's set has other contents. What is too much goes: the oldest pairs of it, then the guest's other
        sets, then what other guests have that were here longest ago."""
        if visit.token not in self._guests:
            return  # it was forgotten meanwhile, and shall stay so
        visit.sets[name] = shortened(contents, MOST_OF_ONE)
        visit.sets.move_to_end(name)
        while len(visit.sets) > MOST_GUEST_SETS or (_size(visit) > MOST_OF_ONE and len(visit.sets) > 1):
            visit.sets.popitem(last=False)
        self._kept += _size(visit) - visit.size
        visit.size = _size(visit)
        for other in self._guests.values():
            if self._kept <= MOST_OF_ALL:
                break
            if other is not visit:
                self._kept -= other.size
                other.sets.clear()
                other.size = 0


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


def _size(visit: Visit) -> int:
    return sum(
        len(each.memory) + len(each.prompt or "") + sum(len(said) + len(answer) for said, answer in each.history)
        for each in visit.sets.values()
    )
