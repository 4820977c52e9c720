"""A file of chats, taken apart: which kind it is, and one chat after the other, each read by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from parlance.core.library.portable import FORMAT, VERSION, PortableChat, PortableFolder
from parlance.core.library.strangers import ChatGptChat, OpenWebUiChat, chatgpt, openwebui
from parlance.core.library.transfer_operations import ImportFormat
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

MOST_CHATS = 50_000
MOST_CHAT = 32 * 1024 * 1024
"""Bytes of one chat: pictures stand in it."""


_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPES = re.compile(rb"(\\\\|" + _PAIR + rb")|\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})")


class _Own(msgspec.Struct, frozen=True):
    format: str = ""
    version: int = 0
    chats: list[msgspec.Raw] = []
    folders: msgspec.Raw = msgspec.Raw(b"[]")


class _Peek(msgspec.Struct, frozen=True):
    mapping: msgspec.Raw = msgspec.Raw(b"")
    chat: msgspec.Raw = msgspec.Raw(b"")


class _Titled(msgspec.Struct, frozen=True):
    title: Any = None
    chat: msgspec.Raw = msgspec.Raw(b"")


class Parcel(msgspec.Struct, frozen=True):
    """A file's chats, not read yet, and what reads each."""

    chats: list[msgspec.Raw]
    kind: ImportFormat
    folders: tuple[PortableFolder, ...] = ()

    def read(self, at: int) -> PortableChat:
        """One of them. Raises `Fault(invalid or too_large)` where it is not what it should be."""
        raw = bytes(self.chats[at])
        if len(raw) > MOST_CHAT:
            raise Fault(Kind.too_large, f"A chat has at most {MOST_CHAT} bytes.", code="chat_too_large")
        try:
            return _READERS[self.kind](raw)
        except Fault as fault:
            if fault.code != "bad_text":
                raise
        return _READERS[self.kind](_repaired(raw))

    def title(self, at: int) -> str:
        """What one of them is called, as far as that can be told of one that cannot be read; else nothing."""
        raw = _repaired(bytes(self.chats[at]))
        while raw:
            try:
                found = msgspec.json.decode(raw, type=_Titled)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                break
            if isinstance(found.title, str):
                return found.title
            raw = bytes(found.chat)
        return ""


_READERS: Mapping[ImportFormat, Callable[[bytes], PortableChat]] = {
    "parlance": lambda raw: json_door.decode(raw, PortableChat),
    "chatgpt": lambda raw: chatgpt(json_door.decode(raw, ChatGptChat)),
    "openwebui": lambda raw: openwebui(json_door.decode(raw, OpenWebUiChat)),
}


def opened(content: bytes, wanted: ImportFormat) -> Parcel:
    """A file. Raises `Fault(invalid)` for one that is no file of chats, `Fault(too_large)` for too many."""
    start = content.lstrip()[:1]
    if start == b"{":
        own = _outer(content, _Own)
        if own.format == FORMAT:
            return _own(own, wanted)
        chats = [msgspec.Raw(content)]
    elif start == b"[":
        chats = _outer(content, list[msgspec.Raw])
    else:
        raise _strange()
    _few(chats)
    kind = _kind(chats)
    if kind is None:
        if chats or wanted == "auto":
            raise _strange()
        kind = wanted
    if wanted not in ("auto", kind):
        raise _strange()
    return Parcel(chats, kind)


def _own(own: _Own, wanted: ImportFormat) -> Parcel:
    if wanted not in ("auto", "parlance"):
        raise _strange()
    if own.version > VERSION:
        raise Fault(
            Kind.unsupported,
            f"This file is of version {own.version}; this server reads up to {VERSION}.",
            hint="Import it with the version of Parlance that wrote it, or a newer one.",
            code="newer_file",
        )
    _few(own.chats)
    return Parcel(own.chats, "parlance", json_door.decode(bytes(own.folders), tuple[PortableFolder, ...]))


def _outer(content: bytes, kind: Any) -> Any:
    """The file without what is in its chats: those are looked at one by one, so that a bad one spoils no other."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        repaired = _repaired(content)
    try:
        return msgspec.json.decode(repaired, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _strange() from None


def _repaired(text: bytes) -> bytes:
    """With U+FFFD for what JSON can spell and no database can keep: halves of surrogate pairs, and U+0000."""
    return _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", text)


def _few(chats: list[msgspec.Raw]) -> None:
    if len(chats) > MOST_CHATS:
        raise Fault(Kind.too_large, f"A file has at most {MOST_CHATS} chats.", code="too_many_chats")


def _kind(chats: list[msgspec.Raw]) -> ImportFormat | None:
    """By the first chat that says."""
    for raw in chats[:100]:
        try:
            peek = msgspec.json.decode(raw, type=_Peek)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        if bytes(peek.mapping):
            return "chatgpt"
        if bytes(peek.chat):
            return "openwebui"
    return None


def _strange() -> Fault:
    return Fault(
        Kind.invalid,
        "This is no file of chats that is known here.",
        hint="Send Parlance's own export, ChatGPT's conversations.json, or an export of chats from Open WebUI.",
        field="content",
        code="strange_file",
    )
