"""Requests whose head came before: what follows from a head alone is worked out once.

A client sends the same headers with every request but for the length of its body. Which row it asks for, where it
comes from and what it shows of itself follow from them, from the address it comes from and from nothing else; who may
come in with that is asked anew each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parlance.transports.http.bodies import Message
from parlance.transports.http.gateway import Facts
from parlance.transports.http.origins import Standing
from parlance.transports.http.router import Target

Key = tuple[Any, ...]
"""Method, path, client and scheme; behind them each header as it came, name and value."""
_BEFORE = 4
MOST = 256
"""Heads that are remembered; when there are more, the oldest is forgotten."""
LONGEST = 4096
"""Bytes of headers, names and values, of one that is worth remembering."""
WIDEST = 64
"""Headers of one that is worth remembering: an empty one takes memory too."""
_LENGTH = b"content-length"
_ONCE = frozenset({b"x-request-id", b"traceparent", b"idempotency-key"})
"""Headers that name a request of its own: a head that has one never comes again."""


class Familiar:
    """What a head means. `headers` are all but the length of the body."""

    __slots__ = ("_headers", "facts", "standing", "target")

    def __init__(self, headers: Mapping[str, str], target: Target, standing: Standing, facts: Facts) -> None:
        self._headers = {name: value for name, value in headers.items() if name != "content-length"}
        self.target = target
        self.standing = standing
        self.facts = facts

    def headers(self, raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
        """The headers of a request with this head, whose length may be another."""
        for name, value in raw:
            if name == _LENGTH:
                return {**self._headers, "content-length": value.decode("latin-1")}
        return self._headers.copy()


class Familiars:
    """The heads that came lately, of one door."""

    def __init__(self) -> None:
        self._known: dict[Key, Familiar] = {}

    @staticmethod
    def key(scope: Message) -> Key:
        """What tells one head from another."""
        client = scope.get("client")
        head = [pair for pair in scope["headers"] if pair[0] != _LENGTH]
        return (scope["method"], scope["raw_path"], client and client[0], scope["scheme"], *head)

    def find(self, key: Key) -> Familiar | None:
        """What is known of a head."""
        return self._known.get(key)

    def keep(self, key: Key, familiar: Familiar) -> None:
        """Remember one, unless it is large or never comes again."""
        head = key[_BEFORE:]
        if len(head) > WIDEST or sum(len(name) + len(value) for name, value in head) > LONGEST:
            return
        if not _ONCE.isdisjoint(name for name, _ in head):
            return
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = familiar
