"""Bases, documents and chunks as tests want them: sound values with little in them."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from parlance.ports.knowledge import KnowledgeStores
from parlance.ports.stores import Database
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.knowledge import Base, Chunk, Document, Span

ADA, BOB = "ada", "bob"
WHOLE = ""


def base(id: str = "b1", **more: Any) -> Base:
    """One of Ada's alone, which has an embedder."""
    made: Base = msgspec.structs.replace(Base(id, DEFAULT_TENANT, ADA, "Tea", 1, 1, embedder="mini"), **more)
    return made


def document(id: str = "d1", of: str = "b1", **more: Any) -> Document:
    """A text of ten bytes that was uploaded."""
    made = Document(id, DEFAULT_TENANT, of, ADA, f"{id}.txt", "upload", 1, 1, size=10, sha256=id, blob=f"blob-{id}")
    changed: Document = msgspec.structs.replace(made, **more)
    return changed


def chunk(id: str = "k1", of: str = "d1", place: int = 0, **more: Any) -> Chunk:
    """A passage of ten letters."""
    made = Chunk(id, DEFAULT_TENANT, "b1", of, place, f"passage {id}", Span(place * 10, place * 10 + 10))
    changed: Chunk = msgspec.structs.replace(made, **more)
    return changed


def vector(*numbers: float) -> bytes:
    """As it is stored."""
    return struct.pack(f"<{len(numbers)}f", *numbers)


async def kept(database: Database, stores: KnowledgeStores, made: Base) -> Base:
    """A base with its room, and that of its tenant."""
    rooms = stores.rooms(made.tenant)
    first = () if await rooms.room(WHOLE) is not None else rooms.make_room(WHOLE)
    await database.apply((*first, *rooms.make_room(made.id), *stores.bases(made.tenant).insert(made)))
    return made


async def ready(database: Database, stores: KnowledgeStores, made: Document, *chunks: Chunk) -> None:
    """A document with these chunks and a vector for each, found from now on."""
    bases, documents = stores.bases(made.tenant), stores.documents(made.tenant)
    if await documents.document(made.id) is None:
        counted = stores.rooms(made.tenant).add_document(made.base)
        await database.apply((*counted, *documents.insert(made, made.sha256)))
    found = stores.chunks(made.tenant)
    generation = 0 if (of := await bases.base(made.base)) is None else of.generation
    vectors = [vector(1.0, 0.0) for _ in chunks]
    changed = {"state": "ready", "chunks": len(chunks), "generation": generation}
    await database.apply(
        (
            bases.raise_revision(made.base, generation=generation, dimension=2),
            documents.change(made.id, changed, 2),
            documents.found_anew(made.id),
            *found.insert(chunks),
            *found.embed(chunks, generation, vectors),
        )
    )
