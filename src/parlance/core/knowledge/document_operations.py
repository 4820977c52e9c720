"""What can be wanted of the documents of a knowledge base."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import ClassVar, Literal

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.files import File
from parlance.values.knowledge import DocumentSource, DocumentState
from parlance.values.messages import Foreign
from parlance.values.remarks import DocumentRemark

PAGE = 50


class DocumentView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document as it is told. `done` of `pages` are read, as far as these are known; while it is `embedding`,
    `embedded` of `to_embed` passages have vectors, which is told where it is read or listed. `problem` is the code of
    what is wrong, `words` what to do about it, `remarks` what else is to be said of one that is ready, and `remarked`
    the same with its codes and values, for whoever says it in another language. `size` in bytes, times in microseconds.
    `foreign` is what programs note of it for themselves; `has_page_pictures` says that its pages can be looked at here
    (`documents.pages.read`), `duplicate` of an answer to an upload that it was there before."""

    id: str
    base: str
    name: str
    source: DocumentSource
    state: DocumentState
    created: int
    changed: int
    title: str = ""
    place: str = ""
    media_type: str = ""
    language: str = ""
    size: int = 0
    sha256: str = ""
    pages: int = 0
    done: int = 0
    chunks: int = 0
    problem: str = ""
    words: str = ""
    remarks: tuple[str, ...] = ()
    remarked: tuple[DocumentRemark, ...] = ()
    enabled: bool = True
    metadata: dict[str, str] = {}
    md5: str = ""
    foreign: Foreign | None = None
    has_page_pictures: bool = False
    duplicate: bool = False
    embedded: int = 0
    to_embed: int = 0


class DocumentPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some documents, newest first, and the cursor of the next page; none is the last one. `total` counts all of them
    where that was asked for."""

    documents: tuple[DocumentView, ...]
    cursor: str | None = None
    total: int | None = None


class Noted(msgspec.Struct, frozen=True):
    """What somebody notes of a document that they send, and what their program does."""

    metadata: dict[str, str] = {}
    foreign: Foreign | None = None


class DocumentContent(msgspec.Struct, frozen=True):
    """What a document's bytes are, and what gives them from a start up to and without a stop."""

    file: File
    read: Callable[[int, int], AsyncIterator[bytes]]


class UploadDocument(Operation[DocumentView], frozen=True):
    """Put a file into a base: its bytes are taken as they come, and then it is read in the background. `size` is what
    the sender announced; `declared` the media type that it claims. The same bytes again give the same document. With
    `folder`, the name of a folder that is kept in step, it is the file at `path` in that folder, and called by it. With
    `anew` a document of these bytes that failed makes way for another try. `noted` is asked when all bytes are
    there."""

    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
    name: str
    content: AsyncIterator[bytes]
    size: int | None = None
    declared: str = ""
    folder: str = ""
    path: str = ""
    anew: bool = False
    noted: Callable[[], Noted] | None = None


class AddText(Operation[DocumentView], frozen=True):
    """Put a text into a base, as a document of its own. The same text again gives the same document."""

    wire_name: ClassVar[str] = "documents.add_text"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
    name: str
    text: str
    metadata: dict[str, str] = msgspec.field(default_factory=dict)


class AddAddress(Operation[DocumentView], frozen=True):
    """Put what is at an address (http or https, and public) into a base: it is fetched and read in the background. The
    same address again gives the same document; with `anew` one that failed makes way for another try."""

    wire_name: ClassVar[str] = "documents.add_address"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
    address: str
    name: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    anew: bool = False
    foreign: Foreign | None = None


class ReadDocument(Operation[DocumentView], frozen=True):
    """One document: what it is and how far it is read."""

    wire_name: ClassVar[str] = "documents.read"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document"),)

    document: str


class ListDocuments(Operation[DocumentPage], frozen=True):
    """The documents of a base, newest first, perhaps in one state only. `cursor` is the one that the page before
    gave; `skip` leaves out so many, and with `counted` it is said how many there are in all."""

    wire_name: ClassVar[str] = "documents.list"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str
    state: DocumentState | Literal[""] = ""
    cursor: str = ""
    limit: int = PAGE
    skip: int = 0
    counted: bool = False


class ChangeDocument(Operation[DocumentView], frozen=True):
    """Give a document another name, title or other metadata, or say whether it is found; what is not given stays. A
    title that is given is not replaced by the one that is found in it. Of `foreign`, what each program notes of it
    under its own name, the names that are given are replaced; `folders` and `summary` are the server's own."""

    wire_name: ClassVar[str] = "documents.change"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str
    name: str | None = None
    enabled: bool | None = None
    metadata: dict[str, str] | None = None
    title: str | None = None
    foreign: Foreign | None = None


class RetryDocument(Operation[DocumentView], frozen=True):
    """Try once more to read a document that failed, from where it failed."""

    wire_name: ClassVar[str] = "documents.retry"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str


class Retried(msgspec.Struct, frozen=True):
    """How many documents are tried once more."""

    documents: int


class RetryBase(Operation[Retried], frozen=True):
    """Try once more to read all documents of a base that failed, each from where it failed; of some thousand those that
    came last, and the rest when it is asked again."""

    wire_name: ClassVar[str] = "bases.retry"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str


class DeleteDocument(Operation[None], frozen=True):
    """Remove a document, whatever is being done with it. It is gone at once; what it took of the disk and of the quota
    is given back soon after."""

    wire_name: ClassVar[str] = "documents.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str


class ReadDocumentContent(Operation[DocumentContent], frozen=True):
    """The bytes of a document, or the text that was read in them (`part`), in which the spans of its chunks lie."""

    names: ClassVar[tuple[Named, ...]] = (Named("document", "document"),)

    document: str
    part: Literal["bytes", "text"] = "bytes"
