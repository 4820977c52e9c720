"""Chats as files in a folder of this machine.

An index beside them says what was written: by it a file is known as ours. It is written before the files, with the
digests of what may be found in them then, so that a crash in between leaves nothing that nobody knows. A file whose
content is another one was changed by somebody else: it stays as it is, and the chat gets a file beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from parlance.ports.mirrored import Page

INDEX = ".parlance-mirror.json"
PRIVATE_FOLDER = 0o700
MOST_NAME = 240
"""Bytes of a name: file systems take 255, and what is being written has a few more."""
PART = (".parlance-", ".part")
"""How the name of a file begins and ends while it is being written."""
MOST_BESIDE = 100
"""Names tried for one chat, where others' files have them."""


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was written for a chat: under which name, which contents may be there, and names that it had before."""

    name: str
    digests: tuple[str, ...]
    mark: str = ""
    former: tuple[str, ...] = ()
    gone: bool = False


class _Index(msgspec.Struct, frozen=True):
    version: int = 1
    files: dict[str, _Entry] = {}


def inside(folder: Path, name: str) -> Path:
    """The place of a file in a folder: the only way by which a name becomes a path. Raises ValueError for a name that
    is not one plain piece."""
    plain = name and name == os.path.basename(name) and name not in (".", "..")
    if not plain or any(c in name for c in "/\\\0:") or name.startswith(".") != (name == INDEX):
        raise ValueError(f"not the name of a file: {name!r}")
    return folder / name


class MirrorFolder:
    """A `ChatFolder`. One process owns it at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _Entry] | None = None
        self._writing = asyncio.Lock()

    async def marks(self) -> Mapping[str, str]:
        """The marks of the files that are there."""
        async with self._writing:
            return await asyncio.to_thread(self._marks)

    async def lay(self, pages: Sequence[Page]) -> None:
        """Write and remove."""
        async with self._writing:
            work = asyncio.ensure_future(asyncio.to_thread(self._lay, pages))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait([work])  # a thread cannot be stopped, and nobody else may write meanwhile
                raise

    def _marks(self) -> dict[str, str]:
        there = {chat: entry for chat, entry in self._known().items() if not entry.gone}
        return {chat: entry.mark if inside(self._folder, entry.name).is_file() else "" for chat, entry in there.items()}

    def _known(self) -> dict[str, _Entry]:
        if self._files is None:
            for left in self._folder.glob(f"{PART[0]}*{PART[1]}"):
                left.unlink(missing_ok=True)  # a process that was killed while it wrote left it
            try:
                found = msgspec.json.decode(inside(self._folder, INDEX).read_bytes(), type=_Index).files
            except (FileNotFoundError, msgspec.DecodeError):
                found = {}  # without it nothing here is ours
            self._files = {chat: entry for chat, entry in found.items() if _sound(entry)}
        return self._files

    def _lay(self, pages: Sequence[Page]) -> None:
        known = self._known()
        after = dict(known)
        taken = {entry.name.casefold(): chat for chat, entry in known.items()}
        for page in pages:
            entry = self._planned(page, after.get(page.chat), taken)
            if entry is not None:
                after[page.chat] = entry
                taken[entry.name.casefold()] = page.chat
        self._folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        self._save(after)
        for page in pages:
            if page.chat in after:
                self._carry_out(page, after[page.chat])
        settled = {chat: _settled(entry) for chat, entry in after.items() if not entry.gone}
        if settled != after:
            self._save(settled)

    def _planned(self, page: Page, before: _Entry | None, taken: Mapping[str, str]) -> _Entry | None:
        """What the index is going to say of a chat."""
        if page.content is None:
            return None if before is None else msgspec.structs.replace(before, gone=True)
        digest = _digest(page.content)
        name = self._free(page, before, taken)
        if before is None:
            return _Entry(name, (digest,), page.mark)
        former = before.former if name == before.name else (*before.former, before.name)
        return _Entry(name, tuple(dict.fromkeys((*before.digests, digest))), page.mark, former)

    def _free(self, page: Page, before: _Entry | None, taken: Mapping[str, str]) -> str:
        """A name that nobody else's file has."""
        stem = page.name.removesuffix(".md").encode()[:MOST_NAME].decode(errors="ignore")
        for number in range(1, MOST_BESIDE):
            name = f"{stem}.md" if number == 1 else f"{stem} ({number}).md"
            if taken.get(name.casefold(), page.chat) != page.chat:
                continue
            held = _content(inside(self._folder, name))
            ours = before is not None and name in (before.name, *before.former) and _digest(held) in before.digests
            if held is None or ours or held == page.content:
                return name
        raise FileExistsError(f"{self._folder} is full of files that are called like {page.name!r}")

    def _carry_out(self, page: Page, entry: _Entry) -> None:
        old = (*entry.former, entry.name) if entry.gone else entry.former
        if page.content is not None:
            place = inside(self._folder, entry.name)
            if _content(place) != page.content:
                _write(place, page.content)
        for name in old:
            place = inside(self._folder, name)
            if (page.content is None or name != entry.name) and _digest(_content(place)) in entry.digests:
                place.unlink(missing_ok=True)

    def _save(self, files: dict[str, _Entry]) -> None:
        _write(inside(self._folder, INDEX), msgspec.json.encode(_Index(files=files)))
        self._files = files


def _sound(entry: _Entry) -> bool:
    """Whether an entry of the index speaks of files in its folder: somebody else may have written it."""
    try:
        for name in (entry.name, *entry.former):
            inside(Path(), name)
    except ValueError:
        return False
    return INDEX not in (entry.name, *entry.former)


def _settled(entry: _Entry) -> _Entry:
    """When its file is written: only the last content may be there."""
    return msgspec.structs.replace(entry, digests=entry.digests[-1:], former=())


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _content(place: Path) -> bytes | None:
    """What a file holds; of what is no plain file, something that nobody wrote."""
    if place.is_symlink() or (place.exists() and not place.is_file()):
        return b"\0"
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _write(place: Path, content: bytes) -> None:
    """Replace a file whole: whoever reads it sees the old one or the new one. Only its owner can read it."""
    handle, name = tempfile.mkstemp(prefix=PART[0], suffix=PART[1], dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave an empty file, which nobody would know as ours
        os.replace(name, place)
    except BaseException:
        os.unlink(name)
        raise
