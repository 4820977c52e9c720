"""What can be wanted of knowledge bases."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.files import Room
from parlance.values.graph import GraphOptions
from parlance.values.knowledge import Access, ChunkOptions, DocumentState
from parlance.values.messages import Foreign

PAGE = 50


class BaseView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A base as it is told. `embedder` is empty where it is searched by words alone; `coming` is the one that it moves
    to; `problem` and `words` say why it could not, or that its embedder does not fit it any more. `writable` says
    whether the caller may change it and what is in it; `foreign` is what programs note of it for themselves.
    `graph` says whether it has one, and is left out where no base has one here. Times in microseconds."""

    id: str
    name: str
    user: str
    access: Access
    created: int
    changed: int
    writable: bool
    options: ChunkOptions
    description: str = ""
    embedder: str = ""
    reranker: str = ""
    coming: str | None = None
    problem: str = ""
    words: str = ""
    foreign: Foreign | None = None
    graph: GraphOptions | None = None


class BasePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some bases, newest first, and the cursor of the next page; none is the last one."""

    bases: tuple[BaseView, ...]
    cursor: str | None = None


class BaseUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a base holds: the room that its documents take (`files` counts them) and that of all in the tenant with its
    limit, in bytes; how many documents are in each state, and how many chunks are found. `largest` are the bytes that
    one file may have. While it is embedded anew, `embedded` of `to_embed` chunks have their new vectors."""

    own: Room
    tenant: Room
    states: dict[DocumentState, int]
    chunks: int
    largest: int = 0
    embedded: int = 0
    to_embed: int = 0


class CreateBase(Operation[BaseView], frozen=True):
    """Make a knowledge base. `embedder` is a model's id: none takes the default one where there is one, an empty text
    has the base searched by its words alone. `reranker` is the id of a model that can `rerank` what
    was found; with an empty text nothing is reranked. `options` say how documents are cut. With `access` `tenant`
    everybody of the tenant may read it; its owner and the tenant's admins may write. `id` may be one of your own: 8 to
    36 small letters, digits, `-` and `_`, a conflict where you have such a base (decision 0020). `graph` has a model
    draw a graph of what is in it, where the server does that (`knowledge.graph`) and has a language model; elsewhere it
    is refused, or with `graph_if_any` kept for the day when it does."""

    wire_name: ClassVar[str] = "bases.create"

    name: str
    description: str = ""
    access: Access = "own"
    options: ChunkOptions = ChunkOptions()
    embedder: str | None = None
    reranker: str = ""
    id: str = ""
    foreign: Foreign | None = None
    graph: GraphOptions = GraphOptions()
    graph_if_any: bool = False


class ReadBase(Operation[BaseView], frozen=True):
    """One base."""

    wire_name: ClassVar[str] = "bases.read"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str


class ListBases(Operation[BasePage], frozen=True):
    """The caller's own bases and those of the whole tenant, newest first. `cursor` is the one that the page before
    gave."""

    wire_name: ClassVar[str] = "bases.list"

    cursor: str = ""
    limit: int = PAGE


class ChangeBase(Operation[BaseView], frozen=True):
    """Give a base other properties; what is not given stays. Other `options` hold for documents that come later. With
    another `embedder` all documents are embedded anew in the background, while the base is searched as before; the
    present one given again breaks that off, or embeds anew where it is another model by now, with vectors of another
    length; `bases.stop_embedding` breaks off either. Of `foreign`, what each program notes of it under its own name,
    the names that are given are replaced. A `graph` that is switched on is drawn in the background; given again, what
    could not be drawn has another try, and other options of it hold for what is drawn from then on. Switched off, it
    goes. It is refused where nobody draws it, or kept with `graph_if_any`, as in `bases.create`."""

    wire_name: ClassVar[str] = "bases.change"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
    name: str | None = None
    description: str | None = None
    access: Access | None = None
    options: ChunkOptions | None = None
    embedder: str | None = None
    reranker: str | None = None
    foreign: Foreign | None = None
    graph: GraphOptions | None = None
    graph_if_any: bool = False


class StopEmbedding(Operation[BaseView], frozen=True):
    """Embed a base anew no more, be it by another embedder or by the model that came under the name of its own. It
    stays with the vectors that it has, and the new ones go. Where its embedder does not fit these any more, it says so
    in `problem`, and is searched by its words. Of a base that is not embedded anew nothing changes."""

    wire_name: ClassVar[str] = "bases.stop_embedding"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str


class DeleteBase(Operation[None], frozen=True):
    """Remove a base with all that is in it. It is gone at once; what it took of the disk and of the quota is given back
    soon after."""

    wire_name: ClassVar[str] = "bases.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str


class ReadBaseUsage(Operation[BaseUsage], frozen=True):
    """What a base holds and takes."""

    wire_name: ClassVar[str] = "bases.usage"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str
