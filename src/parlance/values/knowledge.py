"""Knowledge: bases, their documents, and what a document is made of, from its bytes to the passage that is cited.

A parser turns bytes into one text and blocks that lie in it; chunks are pieces of the same text. All places are spans:
offsets in code points of that text, so `text[span.start:span.stop]` is what a block, a chunk or a citation claims.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Literal

import msgspec

from parlance.values.graph import GraphOptions
from parlance.values.messages import Foreign
from parlance.values.remarks import DocumentRemark

BlockKind = Literal["heading", "paragraph", "item", "table", "code", "formula", "caption"]
"""An `item` is one of a list. A `table` is written as Markdown, a row a line; its first row is its head."""
ChunkKind = Literal["text", "table", "ocr", "caption", "summary"]
"""`ocr` and `caption` are what was read in a picture and what a model saw in it."""
DocumentState = Literal["waiting", "parsing", "embedding", "ready", "failed"]
DocumentSource = Literal["upload", "address", "folder", "text"]
"""How a document came: its bytes, a URL that was fetched, a folder that is kept in step, or words typed in."""
Access = Literal["own", "tenant"]
"""Whose a base is: its owner's alone, or everybody's in the tenant."""


class Span(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in a document: code points from `start` up to and without `stop`; `page` counts from 1 where there are
    pages, `box` is left, top, right, bottom in shares of the page (0 to 1) where that is known. `page_starts` are the
    places in it where further pages begin: it ends on the page `page` and as many more. Stored chunks tell none."""

    start: int
    stop: int
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    page_starts: tuple[int, ...] = ()

    def page_at(self, place: int) -> int | None:
        """The page of a place in it."""
        return None if self.page is None else self.page + bisect_right(self.page_starts, place)

    def part(self, start: int, stop: int) -> Span:
        """A part of it, with its own pages; where it lies on them is not known."""
        begin = tuple(each for each in self.page_starts if start < each < stop)
        return Span(start, stop, self.page_at(start), page_starts=begin)

    @property
    def last_page(self) -> int | None:
        """The page that it ends on, where that is another than the one it begins on."""
        return self.page + len(self.page_starts) if self.page is not None and self.page_starts else None

    @property
    def pages(self) -> str:
        """Its page, or the first and the last, to be told: `4`, `1-4`; empty where there are none."""
        told = [str(each) for each in (self.page, self.last_page) if each is not None]
        return "-".join(told)


class Block(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of a parsed document. `level` is a heading's, 1 to 6. `image` is the index in `Parsed.images` of the
    picture that it tells of: a caption says what a model saw in it, any other block what stands written in it."""

    kind: BlockKind
    span: Span
    level: int = 0
    image: int | None = None


class Picture(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture inside a document: the place in the text that it stands at, where no word is taken (`start` is `stop`),
    its bytes, and the `words` that OCR read in it, which are not part of the text yet."""

    span: Span
    media_type: str
    content: bytes
    words: str = ""


class Parsed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a parser made of a file: its whole `text`, the `blocks` in order, which do not overlap, where each page
    begins (`pages[0]` is 0; none for formats without pages), and `remarks` on what could not be read."""

    text: str
    blocks: tuple[Block, ...] = ()
    pages: tuple[int, ...] = ()
    title: str = ""
    language: str = ""
    images: tuple[Picture, ...] = ()
    remarks: tuple[DocumentRemark, ...] = ()
    metadata: dict[str, str] = {}


class ChunkOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """How documents are cut. `size` and `overlap` in code points; `separators` in the order of preference.
    `parent_size` above 0 makes parents of that size whose children are searched; `headings` starts a chunk at every
    heading that opens a section. `vision` is the id of the model that says what is to be seen in pictures: none is
    the server's (`knowledge.vision`), an empty text none at all. `transcriber` is the id of the one that writes down
    files of sound, likewise (`knowledge.transcriber`)."""

    size: int = 512
    overlap: int = 50
    separators: tuple[str, ...] = ("\n\n", "\n", "。")
    parent_size: int = 0
    headings: bool = True
    vision: str | None = None
    transcriber: str | None = None


class Passage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chunk before it is stored. `context` is what it stands under (headings, a table's head): it goes before the
    content wherever a model reads it, and is no part of the span. `parent` is the index of its parent in the list."""

    content: str
    span: Span
    kind: ChunkKind = "text"
    context: str = ""
    parent: int | None = None


class Base(msgspec.Struct, frozen=True, omit_defaults=True):
    """A knowledge base of a tenant. `user` owns it. `embedder` is a model's id, empty where words alone are searched;
    `dimension` is that of its vectors once there are some. `generation` counts the embedders that it has had;
    `revision` counts the changes to what is found in it. `coming` is the embedder that it moves to while it is still
    searched with the other; where that could not be done, `problem` and `words` say why. `graph` says whether it has
    one. Times in microseconds."""

    id: str
    tenant: str
    user: str
    name: str
    created: int
    changed: int
    description: str = ""
    access: Access = "own"
    options: ChunkOptions = ChunkOptions()
    embedder: str = ""
    dimension: int = 0
    generation: int = 0
    revision: int = 0
    reranker: str = ""
    foreign: Foreign | None = None
    coming: str | None = None
    problem: str = ""
    words: str = ""
    graph: GraphOptions = GraphOptions()


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document of a base. `blob` holds its bytes, `text` the blob of its parsed text (UTF-8, `text_size` bytes), and
    `structure` that of what was found out of the text (`structure_size` bytes, 0 where that is not kept).
    `place` is the URL or the path inside the folder that it came from. `size` in bytes is what it takes of the quota,
    `done` of `pages` how far it is read. A failed one has a `problem`, a code, and what to do about it in `words`.
    `generation` is that of the vectors that it has; `cut` counts how often it was cut anew. Times in microseconds."""

    id: str
    tenant: str
    base: str
    user: str
    name: str
    source: DocumentSource
    created: int
    changed: int
    state: DocumentState = "waiting"
    title: str = ""
    place: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    md5: str = ""
    blob: str = ""
    text: str = ""
    pages: int = 0
    done: int = 0
    chunks: int = 0
    problem: str = ""
    words: str = ""
    remarks: tuple[DocumentRemark, ...] = ()
    enabled: bool = True
    metadata: dict[str, str] = {}
    foreign: Foreign | None = None
    language: str = ""
    generation: int = 0
    text_size: int = 0
    structure: str = ""
    structure_size: int = 0
    cut: int = 0


class Chunk(msgspec.Struct, frozen=True, omit_defaults=True):
    """One passage of a document, as it is stored and found. `place` is its ordinal in the document, from 0; `parent`
    the id of the chunk that it is a part of; one that is such a parent is not `searched` itself."""

    id: str
    tenant: str
    base: str
    document: str
    place: int
    content: str
    span: Span
    kind: ChunkKind = "text"
    context: str = ""
    parent: str | None = None
    enabled: bool = True
    foreign: Foreign | None = None
    searched: bool = True


class Located(msgspec.Struct, frozen=True):
    """A document, or one of its chunks, with the base that says who may see it."""

    base: Base
    document: Document
    chunk: Chunk | None = None


class Scores(msgspec.Struct, frozen=True, omit_defaults=True):
    """What each stage of a search gave a hit: `words` is BM25, `vector` a cosine, `fused` and `reranked` lie between
    0 and 1 and mean the same in every base. `graph` is how near it lies to the question in the base's graph, 0 to 1,
    and `entities` are those that led there, from one of the question's to one of its own. `None` where a stage did not
    see it."""

    words: float | None = None
    vector: float | None = None
    fused: float | None = None
    reranked: float | None = None
    graph: float | None = None
    entities: tuple[str, ...] = ()


class Hit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chunk that was found: `score` is that of the last stage, between 0 and 1; `neighbour` says that it stands
    beside a hit and was not found itself, `earlier` that an earlier answer rested on it, and this question did not find
    it. `matched` is what was found in it, where the chunk is the larger one that this was cut from."""

    chunk: Chunk
    document: Document
    score: float
    scores: Scores = Scores()
    neighbour: bool = False
    earlier: bool = False
    matched: Span | None = None


class Filter(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which documents a search looks at: all that is given must hold. `metadata` is compared as text. A field that it
    does not have is refused: passed over, it would have everything searched."""

    documents: tuple[str, ...] | None = None
    metadata: dict[str, str] = {}
    sources: tuple[DocumentSource, ...] | None = None


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work that outlives a process. `lease` is the token of whoever does it, until `leased_until`; `attempts` counts
    the claims. `not_before` and the others are microseconds of the database's clock; `lane` says which workers it is
    for (`ports/jobs.py`)."""

    id: str
    tenant: str
    kind: str
    subject: str
    created: int
    not_before: int
    attempts: int = 0
    lease: str | None = None
    leased_until: int | None = None
    payload: dict[str, Any] = {}
    lane: str = ""
