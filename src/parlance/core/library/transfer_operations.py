"""What can be wanted of chats that leave and come in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar, Literal

import msgspec

from parlance.core.operation import Named, Operation

ExportFormat = Literal["json", "markdown"]
ImportFormat = Literal["auto", "parlance", "chatgpt", "openwebui"]


class Export(msgspec.Struct, frozen=True):
    """A file that is made while it is sent."""

    name: str
    media_type: str
    pieces: AsyncIterator[bytes]


class ExportChats(Operation[Export], frozen=True):
    """One chat, or all of the caller's own, as a file: `json` holds everything and can be imported again, `markdown`
    the branch that is shown (of all chats a zip with one file each)."""

    names: ClassVar[tuple[Named, ...]] = (Named("chat", "chat"),)

    chat: str | None = None
    format: ExportFormat = "json"


class Refused(msgspec.Struct, frozen=True):
    """A chat that could not be taken in, by its place in the file (from 1), and why, with the reason's code."""

    place: int
    title: str
    reason: str
    code: str = ""


class Imported(msgspec.Struct, frozen=True):
    """What became of a file: how many chats are new, how many were there already, and which could not be read."""

    imported: int = 0
    skipped: int = 0
    refused: tuple[Refused, ...] = ()
    chats: tuple[str, ...] = ()
    """Ids of the new ones, the first thousand."""


class ImportChats(Operation[Imported], frozen=True):
    """Take in chats: Parlance's own file, ChatGPT's `conversations.json` or an export of Open WebUI.

    What was taken in before is not taken in again. No id in the file is believed.
    """

    gated: ClassVar[bool] = True

    content: bytes
    format: ImportFormat = "auto"
