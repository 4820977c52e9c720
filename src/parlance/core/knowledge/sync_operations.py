"""What a folder that is kept in step wants of the documents that it put into a base, and of no others."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.operation import Named, Operation


class MoveFolderDocument(Operation[DocumentView], frozen=True):
    """A file of a folder has another path: its document is called by it, and is not read again. `folder` is the name
    of the folder that put the document there, or brought the same bytes as well; any other document is left alone."""

    wire_name: ClassVar[str] = "documents.move_file"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str
    folder: str
    path: str


class RemoveFolderDocument(Operation[None], frozen=True):
    """A file of a folder is not there any more: its document is removed, if the folder of this name put it there. One
    that another folder brought as well stays, and is that one's. What others put there is left alone."""

    wire_name: ClassVar[str] = "documents.remove_file"
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str
    folder: str
