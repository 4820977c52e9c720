"""Documents: put into a base, listed, watched while they are read, renamed, taken out, handed out."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

from parlance.core.knowledge.bases_operations import ReadBase
from parlance.core.knowledge.chunk_operations import ChangeChunk, ListChunks, ReadChunk
from parlance.core.knowledge.document_operations import (
    AddAddress,
    ChangeDocument,
    DeleteDocument,
    DocumentView,
    ListDocuments,
    ReadDocument,
    ReadDocumentContent,
    UploadDocument,
)
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.ranges import disposition
from parlance.dialects.table import Do, Headers, Reply, Request
from parlance.dialects.weknora import pictures
from parlance.dialects.weknora.bodies import number_of, taking, unfit
from parlance.dialects.weknora.envelope import Done, Listed, Success, done, given, listed
from parlance.dialects.weknora.knowledge_shown import KnowledgeShown, knowledge_shown
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.uploads import Address, add_address, upload
from parlance.dialects.weknora.wire import BASE, PAGING, paging
from parlance.values.errors import Fault, Kind

PATH = f"{BASE}/knowledge"
LIMIT = 1 << 40
"""Bytes of one upload as far as HTTP is concerned; `knowledge.max_size_mb` is the bound that counts."""
MOST_IDS = 200
"""Documents that are asked for at once."""
_SENT: Headers = (
    (b"content-description", b"File Transfer"),
    (b"content-transfer-encoding", b"binary"),
    (b"expires", b"0"),
    (b"cache-control", b"must-revalidate"),
    (b"pragma", b"public"),
)


class Titled(msgspec.Struct, frozen=True):
    """The body of a change: of a document nothing but its title can be changed. Its id counts, and that of the path
    where it has none."""

    id: str | None = None
    title: str | None = None


async def listing(request: Request, do: Do) -> Reply:
    """`GET /knowledge-bases/:id/knowledge`: the newest first."""
    base, page = await do(ReadBase(request.params["base"])), paging(request)
    found = await do(ListDocuments(base.id, limit=page.page_size, skip=page.offset, counted=True))
    number = await number_of(do)
    shown = [knowledge_shown(each, number, base.embedder) for each in found.documents]
    return listed(shown, found.total or 0, page)


async def several(request: Request, do: Do) -> Reply:
    """`GET /knowledge/batch?ids=a&ids=b`: those of them that are there."""
    ids = list(dict.fromkeys(id for name, id in parse_qsl(request.raw_query) if name == "ids"))
    if not 1 <= len(ids) <= MOST_IDS:
        return unfit(f"The parameter ids does not fit: from 1 to {MOST_IDS} ids.")
    found: list[DocumentView] = []
    for id in ids:
        try:
            found.append(await do(ReadDocument(id)))
        except Fault as fault:
            if fault.kind is not Kind.missing:
                raise
    embedders = {id: (await do(ReadBase(id))).embedder for id in {each.base for each in found}}
    number = await number_of(do)
    return given([knowledge_shown(each, number, embedders[each.base]) for each in found])


async def read(request: Request, do: Do) -> Reply:
    """`GET /knowledge/:id`."""
    document = await do(ReadDocument(request.params["document"]))
    base = await do(ReadBase(document.base))
    return given(knowledge_shown(document, await number_of(do), base.embedder))


async def change(request: Request, do: Do, body: Titled) -> Reply:
    """`PUT /knowledge/:id`, of the document whose id is in the body."""
    await do(ChangeDocument(body.id or request.params["document"], title=body.title or None))
    return done("Knowledge chunk updated successfully")


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /knowledge/:id`: with its chunks, vectors and bytes."""
    await do(DeleteDocument(request.params["document"]))
    return done("Deleted successfully")


async def download(request: Request, do: Do) -> Reply:
    """`GET /knowledge/:id/download`: its bytes, to be saved."""
    found = await do(ReadDocumentContent(request.params["document"]))
    size = found.file.size
    headers = (*_SENT, (b"content-disposition", disposition(found.file.name)))
    return Reply(type=b"application/octet-stream", headers=headers, frames=found.read(0, size), length=size)


_row = rows_of("knowledge", BASE)
ROWS = (
    _row(
        "POST",
        "/knowledge-bases/{base}/knowledge/file",
        "upload",
        answer=upload,
        operations=(UploadDocument, ReadBase, ReadPlace),
        summary="Put a file into a knowledge base: a form with `file`, `metadata` and `enable_multimodel`",
        body="upload",
        limit=LIMIT,
        takes_media="multipart/form-data",
        gives=Success[KnowledgeShown],
        statuses=(200, 409),
    ),
    _row(
        "POST",
        "/knowledge-bases/{base}/knowledge/url",
        "add_address",
        answer=taking(Address, add_address),
        operations=(AddAddress, ReadBase, ReadPlace),
        summary="Put what is at an address into a knowledge base",
        takes=Address,
        gives=Success[KnowledgeShown],
        statuses=(201, 409),
    ),
    _row(
        "GET",
        "/knowledge-bases/{base}/knowledge",
        "list",
        answer=listing,
        operations=(ReadBase, ListDocuments, ReadPlace),
        summary="The documents of a knowledge base, the newest first",
        queries=PAGING,
        gives=Listed[KnowledgeShown],
    ),
    _row(
        "GET",
        "/knowledge/batch",
        "several",
        answer=several,
        operations=(ReadDocument, ReadBase, ReadPlace),
        summary="Those documents that are there, of some ids",
        queries=(("ids", "The id of a document; may be given several times."),),
        required=frozenset({"ids"}),
        gives=Success[tuple[KnowledgeShown, ...]],
    ),
    _row(
        "GET",
        "/knowledge/{document}",
        "read",
        answer=read,
        operations=(ReadDocument, ReadBase, ReadPlace),
        summary="A document, and how far it is read",
        gives=Success[KnowledgeShown],
    ),
    _row(
        "PUT",
        "/knowledge/{document}",
        "change",
        answer=taking(Titled, change),
        operations=(ChangeDocument,),
        summary="Give a document another title",
        takes=Titled,
        gives=Done,
    ),
    _row(
        "DELETE",
        "/knowledge/{document}",
        "delete",
        answer=delete,
        operations=(DeleteDocument,),
        summary="Delete a document",
        gives=Done,
    ),
    _row(
        "GET",
        "/knowledge/{document}/download",
        "download",
        answer=download,
        operations=(ReadDocumentContent,),
        summary="The bytes of a document",
        media="application/octet-stream",
    ),
    _row(
        "PUT",
        "/knowledge/image/{document}/{chunk}",
        "picture",
        answer=taking(pictures.Told, pictures.change),
        operations=(ReadChunk, ReadDocument, ListChunks, ChangeChunk),
        summary="Say what is in a picture",
        takes=pictures.Told,
        gives=Done,
    ),
)
