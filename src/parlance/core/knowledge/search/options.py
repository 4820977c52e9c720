"""What a search can be told, and what it gives back."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.grounds import Rewriting
from parlance.values.knowledge import Filter, Hit

Remark = Literal[
    "no_embedder",
    "embedder_failed",
    "no_vectors",
    "reranker_failed",
    "loosened",
    "useless_vectors",
    "rewrite_failed",
    "decompose_failed",
    "hyde_failed",
    "entities_failed",
]
"""What did not go as asked: the base has no embedder; it failed, so words alone were looked for; vectors cannot be
compared (not installed here, of another length, or of another model); the reranker failed, so the order is the first
stage's; nothing passed the threshold, so a lower one was taken; the embedder does not read the question, by its exam or
by the words of the base, and its vectors were weighed down; no model put the question anew, took it apart or imagined
an answer (in time), so it was looked for without that; no model named the question's entities (in time), so only those
that stand in it by name were followed."""


class SearchOptions(msgspec.Struct, frozen=True):
    """How to search. `threshold` between 0 and 1 is compared with `Hit.score`; `loosen` lowers it when nothing passes.
    `pool` is how many chunks each side hands to the fusion, `depth` how many of them a reranker reads. `diversity`
    from 0 (the best only) to 1 (each as unlike the others as can be). `neighbours` chunks on either side of a hit come
    with it; `parents` gives the larger chunk instead of those that were cut from it; `graph` follows that of a base
    that has one. `rewrite`, `decompose` and `hyde`
    have a model help with the question before: see `queries`; `rewriting` says how it is asked to put it anew."""

    most: int = 10
    threshold: float = 0.0
    loosen: bool = True
    words: bool = True
    vectors: bool = True
    rerank: bool = True
    pool: int = 100
    depth: int = 30
    diversity: float = 0.0
    neighbours: int = 0
    parents: bool = True
    graph: bool = True
    filter: Filter = Filter()
    rewrite: bool = False
    decompose: bool = False
    hyde: bool = False
    rewriting: Rewriting = Rewriting()


_FIELDS = frozenset(SearchOptions.__struct_fields__)


def options_of(wanted: msgspec.Struct, *, rewrite: bool | None = None) -> SearchOptions:
    """How to search, of whatever says so by fields of these names: what it has no field for is as usual. `rewrite`
    stands in place of its own."""
    said = {name: getattr(wanted, name) for name in wanted.__struct_fields__ if name in _FIELDS}
    return SearchOptions(**said if rewrite is None else {**said, "rewrite": rewrite})


class Retrieved(msgspec.Struct, frozen=True):
    """The hits, the best first, each followed by its neighbours in the order of the document; `threshold` is the one
    that was applied at last, `weight` what a standard deviation of the cosine was worth, `problem` the code of what
    the embedder failed with, or of why its vectors are not comparable with those of the base."""

    hits: tuple[Hit, ...] = ()
    threshold: float = 0.0
    weight: float = 0.0
    remarks: tuple[Remark, ...] = ()
    problem: str = ""


class Remarks(list[Remark]):
    """What did not go as asked, while it is searched; `problem` as in `Retrieved`."""

    problem: str = ""
