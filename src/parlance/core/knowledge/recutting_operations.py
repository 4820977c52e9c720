"""What can be wanted of documents that were cut with other options."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.operation import Named, Operation


class RecutDocument(Operation[DocumentView], frozen=True):
    """Cut a document that is ready anew, with the options that its base has now. It happens in the background, and the
    document is found as it was until all new chunks are there; a remark says so meanwhile, or why it could not be done.
    Its bytes are read once more only where what was read in them is not kept or has no words, where another model is to
    look at its pictures or to listen, or with `anew`: what reads more of it may be installed by now. The new chunks
    have ids of their own: what was changed in single chunks is lost."""

    wire_name: ClassVar[str] = "documents.recut"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("document", "document", "write"),)

    document: str
    anew: bool = False


class RecutBase(Operation[BaseView], frozen=True):
    """Cut all documents of a base anew that are ready, each as `documents.recut` does it."""

    wire_name: ClassVar[str] = "bases.recut"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
