"""What can be wanted of links to chats."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.chats import Share

PAGE = 50


class SharedTurn(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody said, as a link shows it: its text, how many pictures and files went with it, and on how many
    passages of documents it rests (`sources`): these are not shown, nor are their numbers in the text."""

    role: str
    text: str
    created: int
    model: str | None = None
    attachments: int = 0
    sources: int = 0


class SharedChat(msgspec.Struct, frozen=True, omit_defaults=True):
    """One branch of a chat as it was when the link was made: what was asked and answered, and nothing else."""

    title: str
    created: int
    turns: tuple[SharedTurn, ...]
    expires: int | None = None


class ShareMade(msgspec.Struct, frozen=True):
    """A new link. `token` and `path`, which has it, are shown this once."""

    share: Share
    token: str
    path: str


class SharePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some links, newest first, and the cursor of the next page; none is the last one."""

    shares: tuple[Share, ...]
    cursor: str | None = None


class CreateShare(Operation[ShareMade], frozen=True):
    """Make a link to a chat as it is now: whoever has it can read that, until `expires` (microseconds) or for good.

    `turn` chooses the branch that goes on from it; by default it is the one that is shown.
    """

    wire_name: ClassVar[str] = "shares.create"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat", "write"), Named("turn", "turn", "write"))

    chat: str
    turn: str | None = None
    expires: int | None = None


class ListShares(Operation[SharePage], frozen=True):
    """The caller's own links, newest first, perhaps of one chat only; without their tokens, which nobody knows."""

    wire_name: ClassVar[str] = "shares.list"
    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str | None = None
    limit: int = PAGE
    cursor: str = ""


class RevokeShare(Operation[None], frozen=True):
    """Take a link out of service, at once."""

    wire_name: ClassVar[str] = "shares.revoke"
    names: ClassVar[tuple[Named, ...]] = (Named("share", "share", "write"),)

    share: str


class OpenShare(Operation[SharedChat], frozen=True):
    """What a link shows to anybody who has it."""

    scope: ClassVar[Scope | None] = None

    token: str
