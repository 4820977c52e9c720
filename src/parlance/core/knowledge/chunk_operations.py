"""What can be wanted of the chunks of a document."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.knowledge.document_operations import PAGE
from parlance.core.operation import Named, Operation
from parlance.values.knowledge import ChunkKind, Span
from parlance.values.messages import Foreign


class ChunkView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage as it is told. `place` counts from 0 in its document; `span` is where it stands in the document's text,
    in code points; `context` is what it stands under; one that is the `parent` of others is not `searched` itself."""

    id: str
    document: str
    place: int
    content: str
    span: Span
    kind: ChunkKind = "text"
    context: str = ""
    parent: str | None = None
    enabled: bool = True
    searched: bool = True
    foreign: Foreign | None = None


class ChunkPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some chunks in their order, and the cursor of the next page; none is the last one. `total` counts all of them
    where that was asked for."""

    chunks: tuple[ChunkView, ...]
    cursor: str | None = None
    total: int | None = None


class ListChunks(Operation[ChunkPage], frozen=True):
    """The chunks of a document that is ready, in their order; with `found` only those that are searched, perhaps of
    some `kinds` (with commas between). `cursor` is the one that the page before gave; `skip` leaves out so many, and
    with `counted` it is said how many there are in all."""

    wire_name: ClassVar[str] = "chunks.list"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document"),)

    document: str
    cursor: str = ""
    limit: int = PAGE
    kinds: str = ""
    found: bool = False
    skip: int = 0
    counted: bool = False


class ReadChunk(Operation[ChunkView], frozen=True):
    """One chunk."""

    wire_name: ClassVar[str] = "chunks.read"
    names: ClassVar[tuple[Named, ...]] = (Named("chunk", "chunk"),)

    chunk: str


class ChangeChunk(Operation[ChunkView], frozen=True):
    """Say whether a chunk is found, or what it says: then it is embedded anew, and is no longer what stands in the
    document's text. Of `foreign`, what each program notes of it, the names that are given are replaced."""

    wire_name: ClassVar[str] = "chunks.change"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("chunk", "chunk", "write"),)

    chunk: str
    enabled: bool | None = None
    content: str | None = None
    foreign: Foreign | None = None


class DeleteChunk(Operation[None], frozen=True):
    """Remove a chunk, with those that were cut from it; the document and its text stay."""

    wire_name: ClassVar[str] = "chunks.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("chunk", "chunk", "write"),)

    chunk: str


class DeleteChunks(Operation[None], frozen=True):
    """Remove all chunks of a document that is ready: it stays, and nothing of it is found."""

    wire_name: ClassVar[str] = "chunks.delete_all"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str
