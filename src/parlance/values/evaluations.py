"""Evaluations: how well a knowledge base answers a set of questions, with one way to search or with several."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.knowledge import Base

EvaluationState = Literal["waiting", "running", "done", "failed", "stopped"]
Foreign = dict[str, object]
CORPUS_ID = "corpus_id"
"""The entry of a document's metadata that says under which ids a set knows it, with spaces between."""


class Question(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked, the grades of what should be found (above 0; what is not named has 0), and a model answer, if
    any. What should be found is named by the id of a chunk, or by a document's id, place, name, or `corpus_id`."""

    id: str
    query: str
    relevant: dict[str, int]
    answer: str = ""


class SearchSetting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way to search, under a name of its own; the fields are those of a search. Without `parents` a chunk is
    compared as it was found, and not as the larger one that it was cut from."""

    name: str = ""
    most: int = 100
    threshold: float = 0.0
    loosen: bool = True
    words: bool = True
    vectors: bool = True
    rerank: bool = True
    depth: int = 30
    diversity: float = 0.0
    parents: bool = False
    graph: bool = True


class Measured(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question with one setting: its figures by name, each between 0 and 1, the best of what was found under the
    names that the set has for it, what a model answered, if it was asked, and what did not go as asked."""

    figures: dict[str, float]
    found: tuple[str, ...] = ()
    answer: str = ""
    remarks: tuple[str, ...] = ()


class Piece(msgspec.Struct, frozen=True):
    """Some questions of a set, from the ordinal `place` on, and for each what was measured with each setting; nothing
    while that is to be done."""

    place: int
    questions: tuple[Question, ...]
    measured: tuple[tuple[Measured, ...], ...] | None = None


class Difference(msgspec.Struct, frozen=True):
    """The second setting against the first in one figure: the means over the same questions, and how often chance
    alone would part them as far (`p`, two-sided, paired bootstrap)."""

    one: float
    other: float
    p: float


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of an evaluation. For each setting the means by name; `differences` where there are two settings.
    `unknown` counts what should be found and names nothing in the base, `examples` are some of that; `remarks` count
    the questions where a search did not go as asked, by its remark; `answered` those whose answers were compared."""

    unknown: int = 0
    examples: tuple[str, ...] = ()
    means: tuple[dict[str, float], ...] = ()
    differences: dict[str, Difference] = {}
    remarks: dict[str, int] = {}
    answered: int = 0


class Evaluation(msgspec.Struct, frozen=True, omit_defaults=True):
    """An evaluation of a base, whose set of `total` questions is kept with it; `done` of them are measured. A model
    named by `model` answers each, too. With `skip_own` a document called as the question itself does not count as
    found. A failed one has a `problem`, a code, and what to do about it in `words`. Times in microseconds."""

    id: str
    tenant: str
    base: str
    user: str
    name: str
    created: int
    changed: int
    total: int
    state: EvaluationState = "waiting"
    settings: tuple[SearchSetting, ...] = (SearchSetting(),)
    model: str = ""
    skip_own: bool = False
    done: int = 0
    outcome: Outcome = Outcome()
    problem: str = ""
    words: str = ""
    foreign: Foreign | None = None


class Evaluated(msgspec.Struct, frozen=True):
    """An evaluation with the base that says who may see it."""

    base: Base
    evaluation: Evaluation
