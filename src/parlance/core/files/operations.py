"""What can be wanted of files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.files import File, FileKind, Room

PAGE = 50


class FileView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file as it is told. `size` in bytes, `created` in microseconds; `media_type` is what its first bytes say,
    `declared` what its sender called it; `kind` says what a model can be given of it."""

    id: str
    name: str
    kind: FileKind
    media_type: str
    size: int
    sha256: str
    created: int
    declared: str = ""


class FilePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some files, newest first, and the cursor of the next page; none is the last one."""

    files: tuple[FileView, ...]
    cursor: str | None = None


class FileUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much room files take, in bytes: one's own; for administrators the whole tenant's, and what the disk has
    left."""

    own: Room
    tenant: Room | None = None
    disk_free: int | None = None


class Content(msgspec.Struct, frozen=True):
    """A file, and what gives its bytes from a start up to and without a stop."""

    file: File
    read: Callable[[int, int], AsyncIterator[bytes]]


class UploadFile(Operation[FileView], frozen=True):
    """Keep a file: its bytes are taken as they come. `size` is what the sender announced; `declared` the media type
    that it claims, which is kept and not believed."""

    gated: ClassVar[bool] = True

    name: str
    content: AsyncIterator[bytes]
    size: int | None = None
    declared: str = ""


class ReadFile(Operation[FileView], frozen=True):
    """One file, without its content."""

    wire_name: ClassVar[str] = "files.read"
    names: ClassVar[tuple[Named, ...]] = (Named("file", "file"),)

    file: str


class ListFiles(Operation[FilePage], frozen=True):
    """The caller's files, newest first. `cursor` is the one that the page before gave."""

    wire_name: ClassVar[str] = "files.list"

    cursor: str = ""
    limit: int = PAGE


class ReadContent(Operation[Content], frozen=True):
    """The content of a file."""

    names: ClassVar[tuple[Named, ...]] = (Named("file", "file"),)

    file: str


class DeleteFile(Operation[None], frozen=True):
    """Remove a file and its content. Chats that name it go on without it."""

    wire_name: ClassVar[str] = "files.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("file", "file", "write"),)

    file: str


class ReadFileUsage(Operation[FileUsage], frozen=True):
    """How much room the caller's files take, and how much there is."""

    wire_name: ClassVar[str] = "files.usage"
