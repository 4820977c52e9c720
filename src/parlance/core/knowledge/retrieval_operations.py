"""What can be wanted of search in a knowledge base."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.knowledge.chunk_operations import ChunkView
from parlance.core.knowledge.search.options import Remark
from parlance.core.knowledge.search.queries import Said
from parlance.core.operation import Named, Operation
from parlance.values.knowledge import Filter, Scores


class FoundPassage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage that was found, and the `name` and the `title` of the document that it stands in. `score` between 0 and
    1 is that of the last stage, `scores` are those of each; a `neighbour` stands beside one that was found."""

    chunk: ChunkView
    name: str
    score: float
    scores: Scores = Scores()
    neighbour: bool = False
    title: str = ""


class FoundPassages(msgspec.Struct, frozen=True, omit_defaults=True):
    """The passages, the best first; `threshold` is the one that was applied at last, and `remarks` say what did not go
    as asked, with the `problem` that an embedder failed with, as a code, or `embedder_dimension` or `embedder_changed`
    where its vectors are not as long as those of the base, or another model's. `queries` are what was looked for, where
    a model made something else of the question."""

    passages: tuple[FoundPassage, ...]
    threshold: float = 0.0
    remarks: tuple[Remark, ...] = ()
    queries: tuple[str, ...] = ()
    problem: str = ""


class RetrievePassages(Operation[FoundPassages], frozen=True):
    """Find the passages of a base that answer a query, by their words and by their meaning, with the score that each
    stage gave them. `threshold` between 0 and 1 leaves out what scores less; with `loosen` it is lowered where nothing
    passes. `words` and `vectors` are the two ways to find; with `rerank` the base's reranker, where it has one, reads
    the first `depth` of what they found. `diversity` from 0 to 1 has passages be unlike each other; `neighbours` so
    many on either side of a hit come along; `parents` gives the larger passage that a hit was cut from; `graph` follows
    the graph of a base that has one to what the question's words do not find. A model, `model` or the default one,
    helps before: with `rewrite` it puts the query so that it stands without the `history` before it, with `decompose`
    it takes it apart where it is several, and with `hyde` what is looked for lies beside a passage that it imagines.
    Where it fails, or takes longer than ten seconds, a remark says so."""

    wire_name: ClassVar[str] = "bases.retrieve"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)
    gated: ClassVar[bool] = True

    base: str
    query: str
    most: int = 10
    threshold: float = 0.0
    loosen: bool = True
    words: bool = True
    vectors: bool = True
    rerank: bool = True
    depth: int = 30
    diversity: float = 0.0
    neighbours: int = 0
    parents: bool = True
    graph: bool = True
    filter: Filter = Filter()
    rewrite: bool = False
    decompose: bool = False
    hyde: bool = False
    model: str = ""
    history: tuple[Said, ...] = ()
