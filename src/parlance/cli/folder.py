"""A folder as it goes into a knowledge base: the files that a look at it finds, and what can be said of each."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import socket
import stat
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from parlance.cli.ignoring import Rules, rules_above

_SAFELY = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
"""How a file is opened, as far as the platform has it: not through a link, and without waiting for a pipe's writer."""
_STRANGE = re.compile("[\udc80-\udcff]")
_ESCAPE = re.compile("%(?=[0-9A-Fa-f]{2})")

Stamp = tuple[int, int, int]
"""When a file was changed (nanoseconds), its size, and its number on the disk: what differs when it was written."""


class Found(NamedTuple):
    """A file: its name is its path in the folder, with `/` between; `size` in bytes."""

    path: Path
    name: str
    size: int
    stamp: Stamp = (0, 0, 0)


class Look(NamedTuple):
    """What there is in a folder now: files by name; folders that could not be looked at, with the reason, and folders
    with nothing in them but what is hidden, by their paths (`""` is the first). `root` tells disk and number."""

    files: list[Found]
    unseen: dict[str, str]
    bare: frozenset[str]
    root: tuple[int, int] = (0, 0)


def looked(folder: Path) -> Look:
    """The regular files of a folder and of those within. Links are not followed, and nothing hidden or ignored is
    taken. Raises OSError where the folder itself cannot be looked at."""
    rules, above = rules_above(folder)
    about = os.stat(folder)
    walk = _Walk(folder, above)
    walk.enter("", rules)
    while walk.pending:
        within, rules = walk.pending.pop()
        try:
            walk.enter(within, rules)
        except OSError as error:
            walk.unseen[shown(within)] = error.strerror or "it cannot be read"
    files = sorted(walk.files, key=lambda file: file.name)
    return Look(files, walk.unseen, frozenset(walk.bare), (about.st_dev, about.st_ino))


class _Walk:
    def __init__(self, folder: Path, above: str) -> None:
        self._folder, self._above = folder, f"{above}/" if above else ""
        self.files: list[Found] = []
        self.pending: list[tuple[str, Rules]] = []
        self.unseen: dict[str, str] = {}
        self.bare: set[str] = set()

    def enter(self, within: str, rules: Rules) -> None:
        """Sort what is in one folder."""
        rules = rules.of(self._folder / within, (self._above + within).rstrip("/"))
        anything = False
        with os.scandir(self._folder / within) as entries:
            for entry in entries:
                anything = anything or not entry.name.startswith(".")
                try:
                    self._sort(entry, f"{within}/{entry.name}" if within else entry.name, rules)
                except FileNotFoundError:
                    continue  # gone since it was listed
        if not anything:
            self.bare.add(shown(within))

    def _sort(self, entry: os.DirEntry[str], name: str, rules: Rules) -> None:
        folder = entry.is_dir(follow_symlinks=False)
        if entry.name.startswith(".") or rules.leave_out(self._above + name, folder):
            return
        if folder:
            self.pending.append((name, rules))
        elif entry.is_file(follow_symlinks=False):
            about = entry.stat(follow_symlinks=False)
            stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
            self.files.append(Found(Path(entry.path), shown(name), about.st_size, stamp))


def shown(name: str) -> str:
    """A path as text, whatever bytes the file system has in it: those that are no UTF-8 as `%FF`. No two paths become
    one."""
    return _STRANGE.sub(lambda byte: f"%{ord(byte[0]) & 0xFF:02X}", _ESCAPE.sub("%25", name.replace(os.sep, "/")))


def raw(name: str) -> str:
    """The path of what is shown so."""
    return os.fsdecode(unquote_to_bytes(name)) if "%" in name else name


def identity(folder: Path) -> str:
    """What a folder is called in a base unless it is given a name: its last part, and a mark of this machine and its
    path that gives neither away."""
    whole = os.path.realpath(folder)
    mark = hashlib.sha256(os.fsencode(f"{socket.gethostname()}\0{whole}")).hexdigest()[:8]
    word = re.sub(r"[^a-z0-9]+", "-", os.path.basename(whole).lower()).strip("-")[:40].strip("-")
    return f"{word or 'folder'}-{mark}"


def opened(path: Path) -> BufferedReader:
    """A regular file, to be read. Raises OSError for anything else, also where one was replaced by a link or a pipe
    since the folder was looked through."""
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in _SAFELY))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.fdopen(handle, "rb")


class Digests:
    """The SHA-256 of files, taken anew only of those that were written since."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stamp, str]] = {}

    def of(self, file: Found) -> str:
        """In hexadecimal. Raises OSError."""
        known = self._known.get(file.name)
        if known is not None and known[0] == file.stamp:
            return known[1]
        with opened(file.path) as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        self._known[file.name] = (file.stamp, digest)
        return digest
