"""The tools: what a model can do with knowledge bases, each as one operation of the core or two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from parlance.core.chat.operations import SendMessage
from parlance.core.knowledge.bases_operations import ListBases
from parlance.core.knowledge.chunk_operations import ChunkView, ReadChunk
from parlance.core.knowledge.document_operations import (
    AddAddress,
    AddText,
    DeleteDocument,
    DocumentView,
    ListDocuments,
    ReadDocument,
    ReadDocumentContent,
)
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.core.operation import Operation
from parlance.dialects.mcp import shapes
from parlance.dialects.mcp.answers import ask
from parlance.dialects.mcp.texts import text_of
from parlance.dialects.table import Do
from parlance.values.knowledge import Filter


class Tool(msgspec.Struct, frozen=True):
    """A tool: what it `takes` and `gives` are structs. One that `reads` changes nothing; `outside` says that it reaches
    what is not the server's own."""

    name: str
    title: str
    about: str
    takes: Any
    gives: Any
    run: Callable[[Any, Do], Awaitable[Any]]
    operations: tuple[type[Operation[Any]], ...]
    reads: bool = True
    destroys: bool = False
    outside: bool = False

    def told(self) -> dict[str, Any]:
        """As a list of tools tells it."""
        hints = {
            "title": self.title,
            "readOnlyHint": self.reads,
            "destructiveHint": self.destroys,
            "idempotentHint": True,  # the same text or address again is the same document, and gone is gone
            "openWorldHint": self.outside,
        }
        return {
            "name": self.name,
            "title": self.title,
            "description": self.about,
            "inputSchema": shapes.schema(self.takes),
            "outputSchema": shapes.schema(self.gives),
            "annotations": hints,
        }


async def _bases(asked: shapes.NoArguments, do: Do) -> shapes.KnowledgeBases:
    found = await do(ListBases(asked.cursor))
    shown = (shapes.KnowledgeBase(each.id, each.name, each.writable, each.description) for each in found.bases)
    return shapes.KnowledgeBases(tuple(shown), found.cursor)


async def _search(asked: shapes.SearchArguments, do: Do) -> shapes.Passages:
    narrowed = Filter(documents=asked.documents) if asked.documents else Filter()
    found = await do(RetrievePassages(asked.base, asked.query, most=asked.limit, filter=narrowed))
    shown = (passage_of(each.chunk, each.name, each.title, each.score) for each in found.passages)
    return shapes.Passages(tuple(shown), found.remarks)


def passage_of(chunk: ChunkView, name: str, title: str, score: float | None = None) -> shapes.Passage:
    """A chunk with its citation."""
    span = chunk.span
    cited = shapes.Place(chunk.document, name, span.start, span.stop, title, span.page, chunk.context, span.last_page)
    return shapes.Passage(chunk.id, chunk.content, cited, None if score is None else round(score, 4))


async def _documents(asked: shapes.DocumentsArguments, do: Do) -> shapes.Documents:
    found = await do(ListDocuments(asked.base, cursor=asked.cursor))
    return shapes.Documents(tuple(map(document_of, found.documents)), found.cursor)


def document_of(document: DocumentView) -> shapes.ShownDocument:
    """A document as models see it."""
    return shapes.ShownDocument(
        document.id,
        document.base,
        document.name,
        document.state,
        document.title,
        document.place if document.source == "address" else "",
        document.media_type,
        document.pages,
        document.chunks,
        document.words,
        document.remarks,
    )


async def _read(asked: shapes.ReadArguments, do: Do) -> shapes.DocumentText:
    document = await do(ReadDocument(asked.document))
    content = await do(ReadDocumentContent(asked.document, "text"))
    text, more = await text_of(content, asked.start, asked.length)
    return shapes.DocumentText(document.id, document.name, text, asked.start, asked.start + len(text), more)


async def _passage(asked: shapes.PassageArguments, do: Do) -> shapes.Passage:
    chunk = await do(ReadChunk(asked.passage))
    document = await do(ReadDocument(chunk.document))
    return passage_of(chunk, document.name, document.title)


async def _add_text(asked: shapes.AddTextArguments, do: Do) -> shapes.ShownDocument:
    return document_of(await do(AddText(asked.base, asked.name, asked.text)))


async def _add_address(asked: shapes.AddAddressArguments, do: Do) -> shapes.ShownDocument:
    return document_of(await do(AddAddress(asked.base, asked.url, asked.name)))


async def _delete(asked: shapes.DeleteArguments, do: Do) -> shapes.Deleted:
    await do(DeleteDocument(asked.document))
    return shapes.Deleted(asked.document)


TOOLS = (
    Tool(
        "list_knowledge_bases",
        "List knowledge bases",
        "List the knowledge bases that can be searched, newest first. Begin here: other tools want their ids or names.",
        shapes.NoArguments,
        shapes.KnowledgeBases,
        _bases,
        (ListBases,),
    ),
    Tool(
        "search_knowledge_base",
        "Search a knowledge base",
        "Find the passages of a knowledge base that answer a question, by their words and by their meaning. Each comes "
        "with its citation: cite what you use by the document's name and page.",
        shapes.SearchArguments,
        shapes.Passages,
        _search,
        (RetrievePassages,),
    ),
    Tool(
        "ask_knowledge_base",
        "Ask knowledge bases",
        "Have a model of the server answer a question out of knowledge bases, with a citation for each sentence. To "
        "answer yourself, use search_knowledge_base.",
        shapes.AskArguments,
        shapes.CitedAnswer,
        ask,
        (SendMessage,),
    ),
    Tool(
        "list_documents",
        "List documents",
        "List the documents of a knowledge base, newest first, and whether they can be found yet.",
        shapes.DocumentsArguments,
        shapes.Documents,
        _documents,
        (ListDocuments,),
    ),
    Tool(
        "read_document",
        "Read a document",
        "Read a part of a document's text, such as what stands around a passage: start and stop of a citation count in "
        "the same text.",
        shapes.ReadArguments,
        shapes.DocumentText,
        _read,
        (ReadDocument, ReadDocumentContent),
    ),
    Tool(
        "read_passage",
        "Read a passage",
        "Read one passage again, with its citation.",
        shapes.PassageArguments,
        shapes.Passage,
        _passage,
        (ReadChunk, ReadDocument),
    ),
    Tool(
        "add_text",
        "Add a text",
        "Put a text into a knowledge base that is writable, as a document of its own. It is found some seconds later, "
        "when list_documents says `ready`.",
        shapes.AddTextArguments,
        shapes.ShownDocument,
        _add_text,
        (AddText,),
        reads=False,
    ),
    Tool(
        "add_url",
        "Add a web page",
        "Put what is at a public address into a knowledge base that is writable: it is fetched and read in the "
        "background, and found when list_documents says `ready`.",
        shapes.AddAddressArguments,
        shapes.ShownDocument,
        _add_address,
        (AddAddress,),
        reads=False,
        outside=True,
    ),
    Tool(
        "delete_document",
        "Delete a document",
        "Remove a document from a knowledge base for good. Ask the user before.",
        shapes.DeleteArguments,
        shapes.Deleted,
        _delete,
        (DeleteDocument,),
        reads=False,
        destroys=True,
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
