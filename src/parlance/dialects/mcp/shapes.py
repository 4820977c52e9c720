"""What tools take and give. Their words are read by models: they say what to do."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from parlance.values.knowledge import DocumentState

BaseId = Annotated[str, Meta(description="A knowledge base: its id or its name, as list_knowledge_bases gives them.")]
DocumentId = Annotated[str, Meta(description="The id of a document, as a citation or list_documents gives it.")]
Cursor = Annotated[str, Meta(description="Where the page before ended; left out for the first page.")]
MOST_TEXT = 50_000
"""Code points that are read at once: as much as most models can take."""


class NoArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing but where to go on."""

    cursor: Cursor = ""


class SearchArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to look for, and where."""

    base: BaseId
    query: Annotated[str, Meta(description="What to look for: a question, or words.")]
    limit: Annotated[int, Meta(ge=1, le=50, description="How many passages at most.")] = 8
    documents: Annotated[tuple[str, ...], Meta(max_length=100, description="Only in these documents, by id.")] = ()


class DocumentsArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which base, and where to go on."""

    base: BaseId
    cursor: Cursor = ""


class ReadArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which document, and which part of its text."""

    document: DocumentId
    start: Annotated[int, Meta(ge=0, description="The first character, counted from 0, as in a citation.")] = 0
    length: Annotated[int, Meta(ge=1, le=MOST_TEXT, description="How many characters at most.")] = 10_000


class PassageArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which passage."""

    passage: Annotated[str, Meta(description="The id of a passage, as a search gives it.")]


class AskArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to ask, of which bases."""

    bases: Annotated[
        tuple[str, ...], Meta(min_length=1, max_length=20, description="Knowledge bases: their ids or names.")
    ]
    question: Annotated[str, Meta(description="A question in full sentences.")]
    model: Annotated[str, Meta(description="The model that answers; left out: the server's usual one.")] = ""


class AddTextArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and what it is called."""

    base: BaseId
    name: Annotated[str, Meta(description="What the document is called.")]
    text: Annotated[str, Meta(description="The text itself; Markdown where the name ends in .md.")]


class AddAddressArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the web."""

    base: BaseId
    url: Annotated[str, Meta(description="A public http or https address.")]
    name: Annotated[str, Meta(description="What the document is called; left out: by its address.")] = ""


class DeleteArguments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which document."""

    document: DocumentId


class KnowledgeBase(msgspec.Struct, frozen=True, omit_defaults=True):
    """A knowledge base. One that is `writable` takes documents."""

    id: str
    name: str
    writable: bool
    description: str = ""


class KnowledgeBases(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some bases, and the cursor of the next page where there is one."""

    bases: tuple[KnowledgeBase, ...]
    cursor: str | None = None


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a passage stands: characters `start` up to and without `stop` of a document's text, perhaps on a page
    or up to and with a later one, under the headings of `context`."""

    document: str
    name: str
    start: int
    stop: int
    title: str = ""
    page: int | None = None
    context: str = ""
    last_page: int | None = None


class Passage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage with its citation; `score` lies between 0 and 1."""

    passage: str
    text: str
    citation: Place
    score: float | None = None


class Passages(msgspec.Struct, frozen=True, omit_defaults=True):
    """Passages, the best first; `remarks` say what did not go as asked."""

    passages: tuple[Passage, ...]
    remarks: tuple[str, ...] = ()


class ShownDocument(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document. It is found when its state is `ready`; `problem` says why it failed, `remarks` what else is to
    be said of it: what could not be read, that it is found by its words only."""

    id: str
    base: str
    name: str
    state: DocumentState
    title: str = ""
    url: str = ""
    media_type: str = ""
    pages: int = 0
    passages: int = 0
    problem: str = ""
    remarks: tuple[str, ...] = ()


class Documents(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some documents, newest first, and the cursor of the next page where there is one."""

    documents: tuple[ShownDocument, ...]
    cursor: str | None = None


class DocumentText(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a document's text, from `start` up to and without `stop`; `more` says that it goes on."""

    document: str
    name: str
    text: str
    start: int
    stop: int
    more: bool = False


class CitedPlace(Place, frozen=True, omit_defaults=True, kw_only=True):
    """Where a sentence of an answer comes from: `number` stands in the answer as `[number]`; `sure` says that the place
    holds what the sentence says, word for word."""

    number: int
    sure: bool = False


class CitedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer with the places that its marks stand for; none where nothing was found."""

    answer: str
    model: str
    citations: tuple[CitedPlace, ...] = ()
    remarks: tuple[str, ...] = ()


class Deleted(msgspec.Struct, frozen=True):
    """What is gone."""

    deleted: str


def schema(kind: Any) -> dict[str, Any]:
    """A struct as a JSON schema whose root is an object, as the protocol wants it."""
    [reference], parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = parts.pop(reference["$ref"].rpartition("/")[2])
    return {**root, "$defs": parts} if parts else root
