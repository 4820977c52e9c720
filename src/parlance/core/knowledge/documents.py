"""What the operations on documents do that are there already."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any

import msgspec

from parlance.core.cursors import page, place, within
from parlance.core.files.sniff import TEXT
from parlance.core.files.upload import judged_name
from parlance.core.knowledge.bounds import judged_metadata, storable
from parlance.core.knowledge.changing import changed, changing
from parlance.core.knowledge.departing import departing
from parlance.core.knowledge.document_operations import (
    ChangeDocument,
    DeleteDocument,
    DocumentContent,
    DocumentPage,
    DocumentView,
    ListDocuments,
    ReadDocument,
    ReadDocumentContent,
    Retried,
    RetryBase,
    RetryDocument,
)
from parlance.core.knowledge.foreign import noted, skipped
from parlance.core.knowledge.placing import document_name
from parlance.core.knowledge.room import INGEST, KnowledgeRoom, standing
from parlance.core.knowledge.uploads import document_view, views_of
from parlance.core.operation import Context, Effect, Result
from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet
from parlance.values.errors import Fault, Kind
from parlance.values.files import File
from parlance.values.knowledge import Base, Document, DocumentState, Located

MOST_RETRIED = 2000
"""Documents that are tried again at once."""


async def read_document(room: KnowledgeRoom, context: Context, op: ReadDocument) -> Result[DocumentView]:
    """Handle `ReadDocument`."""
    [shown] = await views_of(room, context.subject.base, [context.subject.document])
    return Result(shown)


async def list_documents(room: KnowledgeRoom, context: Context, op: ListDocuments) -> Result[DocumentPage]:
    """Handle `ListDocuments`."""
    base: Base = context.subject
    limit, which = within(op.limit), ("documents", base.id, op.state)
    before: tuple[str] | None = place(which, op.cursor, str)
    states: tuple[DocumentState, ...] = (op.state,) if op.state else ()
    documents, skip = room.stores.documents(base.tenant), skipped(op.skip)
    found = await documents.page(base.id, None if before is None else before[0], limit + 1, states, skip=skip)
    total = await documents.count(base.id, states) if op.counted else None
    shown, more = page(which, found, limit, lambda document: (document.id,))
    return Result(DocumentPage(await views_of(room, base, shown), more, total))


async def change_document(room: KnowledgeRoom, context: Context, op: ChangeDocument) -> Result[DocumentView]:
    """Handle `ChangeDocument`."""
    located: Located = context.subject
    base, document = located.base, located.document
    fields: dict[str, Any] = {}
    if op.name is not None:
        fields["name"] = document_name(op.name)
    if op.title is not None:
        fields["title"] = storable(judged_name(op.title))
    if op.metadata is not None:
        fields["metadata"] = judged_metadata(op.metadata)
    if op.foreign is not None:
        fields["foreign"] = noted(document.foreign, op.foreign)
    if op.enabled is not None and op.enabled != document.enabled:
        fields["enabled"] = op.enabled
    if not fields:
        return Result(document_view(room, document))
    after, changes, effects = changing(room, base, document, fields, guarded="foreign" in fields)
    if "enabled" in fields:
        raised = room.stores.bases(base.tenant).raise_revision(base.id)
        changes = (raised, room.stores.documents(base.tenant).found_anew(document.id), *changes)
    return Result(document_view(room, after), changes, effects)


def tried_again(room: KnowledgeRoom, document: Document) -> tuple[Document, ChangeSet]:
    """A document that failed as it is then, and what has it read."""
    state: DocumentState = "embedding" if document.chunks else "waiting"
    fields = {"state": state, "problem": "", "words": ""}
    now = room.clock.now()
    change = room.stores.documents(document.tenant).change(document.id, fields, now, among=("failed",))
    job = room.jobs.enqueue(room.job(document.tenant, INGEST, document.id))
    return changed(document, now, fields), (change, *job)


async def retry_document(room: KnowledgeRoom, context: Context, op: RetryDocument) -> Result[DocumentView]:
    """Handle `RetryDocument`: what was cut already is not read again."""
    located: Located = context.subject
    base, document = located.base, located.document
    if document.state != "failed":
        raise Fault(
            Kind.conflict, "Only a document that failed can be tried again.", field="document", code="not_failed"
        )
    after, changes = tried_again(room, document)
    told = room.tells(base, standing(after), also=document.user)
    return Result(document_view(room, after), changes, (told, room.wake))


async def retry_base(room: KnowledgeRoom, context: Context, op: RetryBase) -> Result[Retried]:
    """Handle `RetryBase`."""
    base: Base = context.subject
    documents, failed = room.stores.documents(base.tenant), list[Document]()
    while len(failed) < MOST_RETRIED and (
        page := await documents.page(base.id, failed[-1].id if failed else None, PAGE, ("failed",))
    ):
        failed += page
    changes: list[ChangeSet] = []
    effects: list[Effect] = []
    for document in failed:
        after, again = tried_again(room, document)
        changes.append(again)
        effects.append(room.tells(base, standing(after), also=document.user))
    return Result(Retried(len(failed)), tuple(chain.from_iterable(changes)), (*effects, room.wake))


async def delete_document(room: KnowledgeRoom, context: Context, op: DeleteDocument) -> Result[None]:
    """Handle `DeleteDocument`."""
    located: Located = context.subject
    return Result(None, *departing(room, located.base, located.document))


async def read_content(room: KnowledgeRoom, context: Context, op: ReadDocumentContent) -> Result[DocumentContent]:
    """Handle `ReadDocumentContent`."""
    document: Document = context.subject.document
    whole = File(
        document.id,
        document.tenant,
        document.user,
        document.name,
        "other",
        document.media_type,
        document.size,
        document.sha256,
        document.created,
        document.blob,
    )
    if op.part == "text":
        tag = f"{document.text}-text"
        whole = msgspec.structs.replace(
            whole, name=f"{document.name}.txt", media_type=TEXT, size=document.text_size, sha256=tag, blob=document.text
        )
    if not whole.blob or (op.part == "text" and document.state not in ("embedding", "ready")):
        raise Fault(
            Kind.conflict,
            "This is not there yet.",
            hint="The document is still being read, or could not be.",
            code="not_read_yet",
        )
    return Result(DocumentContent(whole, partial(room.blobs.read, whole.blob)))
