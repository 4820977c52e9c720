"""Documents and their chunks as this wire has them, where a document is a knowledge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.chunk_operations import ChunkView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.knowledge.summing import summary_of
from parlance.dialects.weknora.bases_shown import noted
from parlance.dialects.weknora.bodies import NO_ROOM
from parlance.dialects.weknora.wire import stamp, stamp_or_none
from parlance.values import json_door
from parlance.values.knowledge import ChunkKind, DocumentSource, DocumentState, Span

FULL = "存储空间不足"
UNSEEN = "image not parse without enable multimodel"
PICTURES = frozenset({"png", "jpg", "jpeg", "gif", "bmp", "webp", "tiff"})
STATES: Mapping[DocumentState, str] = {
    "waiting": "pending",
    "parsing": "processing",
    "embedding": "processing",
    "ready": "completed",
    "failed": "failed",
}
TYPES: Mapping[DocumentSource, str] = {"upload": "file", "folder": "file", "address": "url", "text": "passage"}
KINDS: Mapping[ChunkKind, str] = {
    "text": "text",
    "table": "text",
    "ocr": "image_ocr",
    "caption": "image_caption",
    "summary": "summary",
}


_PICTURED: Mapping[ChunkKind, str] = {"ocr": "ocr_text", "caption": "caption"}
"""What chunks tell of pictures, by its name in `image_info`."""


class KnowledgeShown(msgspec.Struct, frozen=True):
    """A document."""

    id: str
    tenant_id: int
    knowledge_base_id: str
    type: str
    title: str
    description: str
    source: str
    parse_status: str
    enable_status: str
    embedding_model_id: str
    file_name: str
    file_type: str
    file_size: int
    file_hash: str
    file_path: str
    storage_size: int
    metadata: dict[str, str] | None
    created_at: str
    updated_at: str
    processed_at: str | None
    error_message: str
    deleted_at: str | None = None


class ChunkShown(msgspec.Struct, frozen=True):
    """A passage of a document. `image_info` is a text that holds JSON."""

    id: str
    tenant_id: int
    knowledge_id: str
    knowledge_base_id: str
    content: str
    chunk_index: int
    is_enabled: bool
    start_at: int
    end_at: int
    pre_chunk_id: str
    next_chunk_id: str
    chunk_type: str
    parent_chunk_id: str
    relation_chunks: Any
    indirect_relation_chunks: Any
    image_info: str
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def knowledge_shown(document: DocumentView, number: int, embedder: str) -> KnowledgeShown:
    """A document of the tenant with this number."""
    ready, over = document.state == "ready", document.state in ("ready", "failed")
    return KnowledgeShown(
        id=document.id,
        tenant_id=number,
        knowledge_base_id=document.base,
        type=TYPES[document.source],
        title=document.title or document.name,
        description=summary_of(document.foreign),
        source=document.place if document.source == "address" else "",
        parse_status=STATES[document.state],
        enable_status="enabled" if document.enabled and ready else "disabled",
        embedding_model_id=embedder,
        file_name=document.name,
        file_type=suffix(document.name),
        file_size=document.size,
        file_hash=_hash(document),
        file_path="",
        storage_size=document.size if ready else 0,
        metadata=document.metadata or None,
        created_at=stamp(document.created),
        updated_at=stamp(document.changed),
        processed_at=stamp_or_none(document.changed if over else None),
        error_message=_error(document),
    )


def suffix(name: str) -> str:
    """What stands behind the last dot of a name."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _hash(document: DocumentView) -> str:
    """Of the bytes; of an address it is that of the address, by which its clients tell two of them apart."""
    if document.source != "address":
        return document.md5
    return hashlib.md5(document.place.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _error(document: DocumentView) -> str:
    if document.state != "failed":
        return ""
    if document.problem == NO_ROOM:
        return FULL
    blind = noted(document.foreign).get("enable_multimodel") is False and suffix(document.name) in PICTURES
    return UNSEEN if blind and document.problem == "extra_missing" else document.words


def image_info(chunk: ChunkView) -> str:
    """What is noted of the pictures in a chunk; else what is known of the one that it tells of. It has no address: the
    document is where it lies."""
    found = noted(chunk.foreign).get("image_info")
    if isinstance(found, str):
        return found
    return pictured(chunk.kind, chunk.content, chunk.span)


def pictured(kind: ChunkKind, content: str, span: Span) -> str:
    """What a passage tells of a picture; empty for one that tells of none."""
    if kind not in _PICTURED:
        return ""
    said = {name: content if name == _PICTURED[kind] else "" for name in ("caption", "ocr_text")}
    place = {"start_pos": span.start, "end_pos": span.stop}
    return json_door.encode([{"url": "", "original_url": "", **place, **said}]).decode()


def chunk_shown(chunk: ChunkView, document: DocumentView, number: int, before: str = "", after: str = "") -> ChunkShown:
    """A chunk, between those of these ids."""
    return ChunkShown(
        id=chunk.id,
        tenant_id=number,
        knowledge_id=document.id,
        knowledge_base_id=document.base,
        content=chunk.content,
        chunk_index=chunk.place,
        is_enabled=chunk.enabled,
        start_at=chunk.span.start,
        end_at=chunk.span.stop,
        pre_chunk_id=before,
        next_chunk_id=after,
        chunk_type=KINDS[chunk.kind],
        parent_chunk_id=chunk.parent or "",
        relation_chunks=None,
        indirect_relation_chunks=None,
        image_info=image_info(chunk),
        created_at=stamp(document.created),
        updated_at=stamp(document.changed),
    )
