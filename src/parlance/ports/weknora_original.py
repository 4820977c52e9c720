"""What an import asks of a WeKnora installation's database: what was there, row by row, and never a change.

Rows are what that system has, in our words: an odd value is none (an empty text, 0), so that nobody who reads them has
to look twice. Times are microseconds since 1970, 0 where nobody knows. Names of keys inside `notes` and `strategy` are
those that its clients use. Reads block: a verb asks them, and runs no event loop.

Contract suite: `tests/flows/test_import_weknora.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

import msgspec

from parlance.values.weknora import Engine


class Unreadable(Exception):
    """The database cannot be read; the text is a sentence for whoever named it."""


class NotWeknora(Unreadable):
    """What was named is a database of something else."""


class OriginalTenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant. `key` is its API key, in clear as it lies there; `quota` is in bytes, 0 for no bound; no `engines` are
    the usual ones."""

    number: int
    name: str
    description: str = ""
    business: str = ""
    engines: tuple[Engine, ...] = ()
    key: str = ""
    active: bool = True
    quota: int = 0
    created: int = 0
    updated: int = 0

    @property
    def id(self) -> str:
        """Its number, as what it is called by."""
        return str(self.number)


class OriginalPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a tenant; `password_hash` is bcrypt's."""

    id: str
    name: str
    email: str
    password_hash: str = ""
    active: bool = True
    created: int = 0
    updated: int = 0


class OriginalModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model. `type` and `source` are that system's words, whichever they are; `others` are parameters that have no
    field here, with a mask in place of each secret."""

    id: str
    name: str
    type: str
    source: str
    description: str = ""
    base_url: str = ""
    api_key: str = ""
    dimension: int = 0
    truncate: int = 0
    is_default: bool = False
    others: Mapping[str, Any] = {}
    created: int = 0
    updated: int = 0


class OriginalBase(msgspec.Struct, frozen=True, kw_only=True):
    """A knowledge base. `size` and `overlap` are in characters; `embedder` and `reranker` are ids of models; `notes`
    are the settings that its clients see besides, with a mask in place of each secret."""

    id: str
    name: str
    description: str = ""
    size: int = 0
    overlap: int = 0
    separators: tuple[str, ...] = ()
    embedder: str = ""
    reranker: str = ""
    notes: Mapping[str, Any] = {}
    created: int = 0
    updated: int = 0


class OriginalDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document. `type` is that system's word; `file` is what the file was called, `path` where it says that the file
    lies, `size` in bytes (0 where that is not told), `source` the address of a page, `metadata` whatever was noted."""

    id: str
    tenant: int
    base: str
    type: str
    title: str = ""
    file: str = ""
    path: str = ""
    size: int = 0
    source: str = ""
    metadata: Mapping[str, Any] = {}
    created: int = 0
    updated: int = 0


class OriginalChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a document: its place among them, and where it says that its text stands (code points)."""

    content: str
    kind: str = "text"
    place: int = 0
    start: int = 0
    stop: int = 0


class OriginalSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session; `strategy` is how it is answered, as far as its row says."""

    id: str
    base: str = ""
    title: str = ""
    description: str = ""
    strategy: Mapping[str, Any] = {}
    created: int = 0
    updated: int = 0


class OriginalReference(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that an answer rested on. `match_type` is that system's number for how it was found (0: by its vector);
    no `score` is none that can be read."""

    id: str
    document: str
    content: str = ""
    title: str = ""
    start: int = 0
    stop: int = 0
    score: float | None = None
    match_type: int = 0


class OriginalMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message; a question and its answer have one `request`. An answer that is not `whole` was broken off."""

    id: str
    role: str
    content: str = ""
    request: str = ""
    whole: bool = True
    references: tuple[OriginalReference, ...] = ()
    created: int = 0
    updated: int = 0


class Orphan(msgspec.Struct, frozen=True):
    """A row that is left although what it belongs to (`of`) is deleted."""

    kind: Literal["user", "base", "session", "document"]
    id: str
    name: str
    of: Literal["tenant", "base"]


class Originals(Protocol):
    """An installation's database, as it was at one moment. Rows that it marks as deleted are in none of the lists. Each
    raises Unreadable."""

    def tenants(self) -> Iterator[OriginalTenant]:
        """By their numbers."""
        ...

    def people(self, tenant: int) -> Iterator[OriginalPerson]:
        """Those of a tenant; none where its version knows no people."""
        ...

    def models(self, tenant: int) -> Iterator[OriginalModel]:
        """Those of a tenant, and those that every tenant has."""
        ...

    def bases(self, tenant: int) -> Iterator[OriginalBase]:
        """Those of a tenant, the oldest first."""
        ...

    def documents(self, base: str) -> Iterator[OriginalDocument]:
        """Those of a base: what was read comes before what was not, since of two with the same bytes the first
        counts."""
        ...

    def chunks(self, document: str) -> Iterator[OriginalChunk]:
        """Those of a document, of every kind."""
        ...

    def sessions(self, tenant: int) -> Iterator[OriginalSession]:
        """Those of a tenant, the oldest first."""
        ...

    def messages(self, session: str) -> Iterator[OriginalMessage]:
        """Those of a session, the oldest first."""
        ...

    def orphans(self) -> Iterator[Orphan]:
        """What nothing above leads to any more."""
        ...

    def deleted(self) -> Mapping[str, int]:
        """How many rows are marked as deleted: of tenants, users, models, bases, documents, sessions, messages."""
        ...
