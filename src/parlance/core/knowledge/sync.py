"""What the operations of a folder that is kept in step do.

A folder never touches what it did not put into the base. Whoever uploads the same bytes makes the document theirs, and
another folder that brings them is noted. That anything of the document changes between the look and the commit is a
conflict, and then it is looked at anew.
"""

from __future__ import annotations

from typing import Any

from parlance.core.knowledge.changing import changing
from parlance.core.knowledge.departing import departing
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.placing import also_brought, document_name, judged_place, let_go, name_of
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.knowledge.sync_operations import MoveFolderDocument, RemoveFolderDocument
from parlance.core.knowledge.uploads import document_view
from parlance.core.operation import Context, Result
from parlance.values.errors import Fault, Kind
from parlance.values.folder_places import path_in, path_of
from parlance.values.knowledge import Document, Located


async def move_folder_document(room: KnowledgeRoom, context: Context, op: MoveFolderDocument) -> Result[DocumentView]:
    """Handle `MoveFolderDocument`."""
    located: Located = context.subject
    base, document = located.base, _of(op.folder, located)
    place = judged_place(op.folder, op.path)
    fields: dict[str, Any] = {"place": place, "name": document_name(name_of(op.path))}
    if path_in(op.folder, document.place) is None:
        fields = also_brought(document, place)
    after, changes, effects = changing(room, base, document, fields, guarded=True)
    return Result(document_view(room, after), changes, effects)


async def remove_folder_document(room: KnowledgeRoom, context: Context, op: RemoveFolderDocument) -> Result[None]:
    """Handle `RemoveFolderDocument`."""
    located: Located = context.subject
    base, document = located.base, _of(op.folder, located)
    if fields := let_go(document, op.folder):
        return Result(None, *changing(room, base, document, fields, guarded=True)[1:])
    return Result(None, *departing(room, base, document, as_read=True))


def _of(folder: str, located: Located) -> Document:
    """The document, if that folder put it there, or brought it as well."""
    document = located.document
    if document.source != "folder" or path_of(folder, document.place, document.foreign) is None:
        raise Fault(
            Kind.conflict,
            "This document was not put there by this folder.",
            hint="Delete it by `documents.delete`, if that is meant.",
            field="folder",
            code="not_of_this_folder",
        )
    return document
