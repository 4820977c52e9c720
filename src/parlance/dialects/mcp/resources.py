"""The resources: bases, the texts of documents, and passages, each under an address of its own."""

from __future__ import annotations

import re
from typing import Any

from parlance.core.knowledge.bases_operations import ListBases, ReadBase
from parlance.core.knowledge.chunk_operations import ReadChunk
from parlance.core.knowledge.document_operations import ListDocuments, ReadDocument, ReadDocumentContent
from parlance.dialects.mcp.shapes import KnowledgeBase
from parlance.dialects.mcp.texts import text_of
from parlance.dialects.mcp.tools import document_of, passage_of
from parlance.dialects.mcp.wire import INVALID_PARAMS, Trouble
from parlance.dialects.table import Do
from parlance.values import json_door

MOST_TEXT = 1_000_000
"""Characters of a document that are given as a resource; `read_document` reads on behind them."""
BASE, DOCUMENT, PASSAGE = "parlance://bases/{base}", "parlance://documents/{document}", "parlance://passages/{passage}"
_JSON, _TEXT = "application/json", "text/plain"
_ADDRESS = re.compile(r"parlance://(bases|documents|passages)/([0-9A-Za-z-]{1,64})")
OPERATIONS = (ListBases, ReadBase, ListDocuments, ReadDocument, ReadDocumentContent, ReadChunk)
TEMPLATES = (
    {
        "uriTemplate": BASE,
        "name": "knowledge base",
        "description": "A base and its newest documents",
        "mimeType": _JSON,
    },
    {"uriTemplate": DOCUMENT, "name": "document", "description": "The text of a document", "mimeType": _TEXT},
    {"uriTemplate": PASSAGE, "name": "passage", "description": "A passage with its citation", "mimeType": _JSON},
)


async def listed(params: dict[str, Any], do: Do) -> dict[str, Any]:
    """The bases: documents are found by searching, and read by their template."""
    found = await do(ListBases(cursor_of(params)))
    told = [
        {
            "uri": BASE.replace("{base}", each.id),
            "name": each.name,
            "title": each.name,
            "mimeType": _JSON,
            **({"description": each.description} if each.description else {}),
        }
        for each in found.bases
    ]
    return {"resources": told, **({"nextCursor": found.cursor} if found.cursor else {})}


def cursor_of(params: dict[str, Any]) -> str:
    """Where a list goes on. Raises `Trouble`."""
    found = params.get("cursor", "")
    if not isinstance(found, str):
        raise Trouble(INVALID_PARAMS, "The cursor is the text that the page before gave.")
    return found


async def read(params: dict[str, Any], do: Do) -> dict[str, Any]:
    """What is at an address. Raises `Trouble` for one that is none of ours, and `Fault`."""
    uri = params.get("uri")
    found = _ADDRESS.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        raise Trouble(INVALID_PARAMS, "Addresses here are those of the resource templates.")
    kind, id = found.groups()
    text, media = await {"bases": _base, "documents": _document, "passages": _passage}[kind](id, do)
    return {"contents": [{"uri": uri, "mimeType": media, "text": text}]}


async def _base(id: str, do: Do) -> tuple[str, str]:
    base = await do(ReadBase(id))
    found = await do(ListDocuments(id))
    shown = KnowledgeBase(base.id, base.name, base.writable, base.description)
    documents = [
        {"uri": DOCUMENT.replace("{document}", each.id), "about": document_of(each)} for each in found.documents
    ]
    return json_door.encode({"base": shown, "documents": documents}).decode(), _JSON


async def _document(id: str, do: Do) -> tuple[str, str]:
    text, _ = await text_of(await do(ReadDocumentContent(id, "text")), 0, MOST_TEXT)
    return text, _TEXT


async def _passage(id: str, do: Do) -> tuple[str, str]:
    chunk = await do(ReadChunk(id))
    document = await do(ReadDocument(chunk.document))
    return json_door.encode(passage_of(chunk, document.name, document.title)).decode(), _JSON
