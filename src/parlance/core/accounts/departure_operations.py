"""What can be wanted of all that one has: to take a copy of it along, and to leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import msgspec

from parlance.core.operation import Operation
from parlance.values.accounts import Scope


class Takeout(msgspec.Struct, frozen=True):
    """A JSON file that is made while it is sent."""

    name: str
    pieces: AsyncIterator[bytes]


class ExportAccount(Operation[Takeout], frozen=True):
    """All that is kept of one, as a JSON file: the account, groups, keys (without what opens anything), sessions, what
    one did that the audit log tells of, the chats as `chats.export` gives them, and what files there are."""

    scope: ClassVar[Scope | None] = None
    personal: ClassVar[bool] = True


class DeleteAccount(Operation[None], frozen=True):
    """Delete one's own account with all that is one's own, for good: chats, files, keys. `password` may be empty where
    the account has none. The machine's owner and the last admin stay."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "accounts.delete"
    personal: ClassVar[bool] = True

    password: str = ""
