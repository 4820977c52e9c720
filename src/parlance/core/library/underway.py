"""The imports that go on in this process: how many each user has, and which chats they are bringing."""

from __future__ import annotations

from collections.abc import Callable

from parlance.values.errors import Fault, Kind

AT_ONCE = 2
"""Files that one user brings at once."""
Who = tuple[str, str]
"""A tenant and a user."""


def nobody() -> None:
    """Where nobody looks after what is left."""


class Underway:
    """Keeps them. `left` is called when an import is over that leaves a chat half brought."""

    def __init__(self) -> None:
        self.left: Callable[[], None] = nobody
        self._going: dict[Who, dict[int, set[str]]] = {}

    def begin(self, who: Who, number: int) -> set[str]:
        """One more (the same one, where it begins again after a conflict); gives where to write down the chats that it
        is bringing. Raises `Fault(busy)` when this user has enough."""
        going = self._going.setdefault(who, {})
        if number not in going and len(going) >= AT_ONCE:
            raise Fault(
                Kind.busy,
                f"{AT_ONCE} files are being imported for you already.",
                hint="Wait until one of them is done.",
                retry_after=10.0,
                code="importing",
            )
        return going.setdefault(number, set())

    def end(self, who: Who, number: int) -> None:
        """It is over; said twice it does no harm. What it was bringing still, nobody brings any more."""
        going = self._going.get(who, {})
        halves = going.pop(number, None)
        if not going:
            self._going.pop(who, None)
        if halves:
            self.left()

    def brings(self, chat: str) -> bool:
        """Whether one of them is bringing this chat."""
        return any(chat in chats for going in self._going.values() for chats in going.values())
