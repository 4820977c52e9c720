"""A backup as one file: a tar stream of tables as JSON lines, blobs, and last a manifest with every hash.

Any kind of database can be made from it, since nothing in it is of one kind. The manifest comes last because only then
the hashes are known; a file without one is no backup.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import re
import tarfile
from collections.abc import Iterator
from typing import IO, Any, Protocol

import msgspec

from parlance.stores.sql.snapshot import Page

FORMAT = 1
MANIFEST = "manifest.json"
_NAME = re.compile(r"tables/[a-z_]{1,64}\.jsonl|blobs/[0-9a-f-]{2,64}|secrets/secret\.key|manifest\.json")
_CUT = "The file is no backup, or it is cut short."
PIECE = 1024 * 1024
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one row: the largest turn takes a tenth of it."""


class BadBackup(ValueError):
    """The file is no whole backup. The message is a sentence."""


class Entry(msgspec.Struct, frozen=True):
    """One piece of a backup: bytes, SHA-256 in hexadecimal, and rows where it is a table."""

    size: int
    sha256: str
    rows: int | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. `made` is in microseconds since 1970; `schema` the number of its newest migration; `lost`
    are ids of files whose content was not there, or not what was stored, when it was made."""

    format: int
    schema: int
    made: int
    version: str
    entries: dict[str, Entry]
    lost: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows in all tables."""
        return sum(entry.rows or 0 for entry in self.entries.values())


class Output(Protocol):
    """What a backup is written to."""

    def write(self, data: bytes, /) -> int:
        """Take all of the bytes."""
        ...


class Input(Protocol):
    """What a backup is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Writer:
    """Writes a backup, piece after piece; `finish` adds the manifest. Blocks: to be called in a thread."""

    def __init__(self, output: Output) -> None:
        # It is closed by `finish`; one that is never finished is no backup, and its end is of no use.
        self._tar = tarfile.open(fileobj=output, mode="w|", bufsize=PIECE)  # type: ignore[call-overload]  # noqa: SIM115
        self._entries: dict[str, Entry] = {}

    def add(self, name: str, file: IO[bytes], size: int, rows: int | None = None) -> str:
        """Add a piece of a known size from a file; gives its hash."""
        hashed = _Hashed(file)
        member = tarfile.TarInfo(name)
        member.size = size
        member.mode = 0o600
        self._tar.addfile(member, hashed)
        self._entries[name] = Entry(size, hashed.sum, rows)
        return hashed.sum

    def abandon(self) -> None:
        """Write no more: what is there so far is no backup."""
        with contextlib.suppress(OSError):  # a full disk, which is why it is abandoned
            self._tar.fileobj.close()

    def finish(self, schema: int, made: int, version: str, lost: tuple[str, ...] = ()) -> Manifest:
        """The manifest, and the end."""
        manifest = Manifest(FORMAT, schema, made, version, self._entries, lost)
        text = msgspec.json.encode(manifest)
        self._entries = {}
        self.add(MANIFEST, io.BytesIO(text), len(text))
        self._tar.close()
        return manifest


def pieces(source: Input) -> Iterator[tuple[str, IO[bytes]]]:
    """The pieces of a backup in order. Each is to be read before the next is asked for. Raises `BadBackup`."""
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=PIECE) as tar:  # type: ignore[call-overload]
            for member in tar:
                if not member.isreg() or not _NAME.fullmatch(member.name):
                    raise BadBackup("The file holds something that no backup of ours does.")
                file = tar.extractfile(member)
                assert file is not None
                yield member.name, file
    except (tarfile.TarError, EOFError) as error:
        raise BadBackup(_CUT) from error


def checked(source: Input) -> Manifest:
    """Read a whole backup and compare every hash with its manifest. Raises `BadBackup`."""
    try:
        return _checked(source)
    except (tarfile.TarError, EOFError) as error:
        raise BadBackup(_CUT) from error


def _checked(source: Input) -> Manifest:
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    for name, file in pieces(source):
        if name == MANIFEST:
            manifest = _manifest(file.read(LONGEST_LINE))
            continue
        hashed = _Hashed(file)
        size = 0
        while data := hashed.read(PIECE):
            size += len(data)
        found[name] = Entry(size, hashed.sum)
    if manifest is None:
        raise BadBackup("The backup has no end: it was not finished.")
    stated = {name: Entry(entry.size, entry.sha256) for name, entry in manifest.entries.items()}
    if stated != found:
        raise BadBackup("The backup is damaged: what is in it is not what its manifest says.")
    return manifest


def _manifest(text: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadBackup("The backup's manifest cannot be read.") from error
    if manifest.format != FORMAT:
        raise BadBackup(f"The backup is of format {manifest.format}; this version reads {FORMAT}.")
    return manifest


# -- tables -----------------------------------------------------------------------------------------------------------


def lines_of(page: Page, *, first: bool) -> bytes:
    """A page as lines; before the first row of a table stand its columns."""
    encode = msgspec.json.encode
    lines = [encode(page.columns)] if first else []
    lines += [encode([_plain(value) for value in row]) for row in page.rows]
    return b"".join(line + b"\n" for line in lines)


def pages_of(file: IO[bytes], size: int) -> Iterator[Page]:
    """The pages of a table, `size` rows each."""
    decode = msgspec.json.decode
    columns = decode(file.readline(LONGEST_LINE), type=tuple[str, ...])
    rows: list[tuple[Any, ...]] = []
    while line := file.readline(LONGEST_LINE):
        rows.append(tuple(_value(each) for each in decode(line)))
        if len(rows) == size:
            yield Page(columns, rows)
            rows = []
    yield Page(columns, rows)


def _plain(value: Any) -> Any:
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes | bytearray | memoryview) else value


def _value(plain: Any) -> Any:
    return base64.b64decode(plain["b64"]) if isinstance(plain, dict) else plain


class _Hashed:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: Input) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    @property
    def sum(self) -> str:
        """Of all that was read."""
        return self._hash.hexdigest()
