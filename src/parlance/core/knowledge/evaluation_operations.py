"""What can be wanted of evaluations of a knowledge base."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.evaluations import EvaluationState, Measured, Outcome, Question, SearchSetting

PAGE = 50
PIECE = 25
"""Questions that are measured, and written, together."""


class EvaluationView(msgspec.Struct, frozen=True, omit_defaults=True):
    """An evaluation as it is told: `done` of `total` questions are measured; `outcome` is whole when its state is
    `done`. Times in microseconds."""

    id: str
    base: str
    user: str
    name: str
    state: EvaluationState
    created: int
    changed: int
    total: int
    done: int
    settings: tuple[SearchSetting, ...]
    outcome: Outcome
    model: str = ""
    skip_own: bool = False
    problem: str = ""
    words: str = ""


class EvaluationPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some evaluations, newest first, and the cursor of the next page; none is the last one."""

    evaluations: tuple[EvaluationView, ...]
    cursor: str | None = None


class MeasuredQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question of the set, and what was measured with each setting; nothing while that is to be done."""

    question: Question
    measured: tuple[Measured, ...] = ()


class QuestionPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some questions in the order of the set, and the cursor of the next page; none is the last one."""

    questions: tuple[MeasuredQuestion, ...]
    cursor: str | None = None


class StartEvaluation(Operation[EvaluationView], frozen=True):
    """Measure in the background how well a base is searched. `questions` are the set, or `again` names an evaluation
    whose set is taken. Each of the one or two `settings` is a way to search; two are compared. With `model` it also
    answers each question that has a model answer, from what the first setting finds, and the answers are compared.
    With `skip_own` a document that is called as the question itself does not count as found (as BEIR's sets want)."""

    wire_name: ClassVar[str] = "evaluations.start"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"), Named("again", "evaluation"))

    base: str
    questions: tuple[Question, ...] = ()
    again: str | None = None
    settings: tuple[SearchSetting, ...] = (SearchSetting(),)
    name: str = ""
    model: str = ""
    skip_own: bool = False


class ReadEvaluation(Operation[EvaluationView], frozen=True):
    """One evaluation: how far it is, and what came of it."""

    wire_name: ClassVar[str] = "evaluations.read"
    names: ClassVar[tuple[Named, ...]] = (Named("evaluation", "evaluation"),)

    evaluation: str


class ListEvaluations(Operation[EvaluationPage], frozen=True):
    """The evaluations of a base, newest first. `cursor` is the one that the page before gave."""

    wire_name: ClassVar[str] = "evaluations.list"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base"),)

    base: str
    cursor: str = ""
    limit: int = PAGE


class ListQuestions(Operation[QuestionPage], frozen=True):
    """The questions of an evaluation with their figures, in the order of its set, 25 on a page. `cursor` is the one
    that the page before gave."""

    wire_name: ClassVar[str] = "evaluations.questions.list"
    names: ClassVar[tuple[Named, ...]] = (Named("evaluation", "evaluation"),)

    evaluation: str
    cursor: str = ""


class StopEvaluation(Operation[EvaluationView], frozen=True):
    """Break off an evaluation. What was measured of single questions stays. One that is over stays as it is."""

    wire_name: ClassVar[str] = "evaluations.stop"
    names: ClassVar[tuple[Named, ...]] = (Named("evaluation", "evaluation", "write"),)

    evaluation: str


class DeleteEvaluation(Operation[None], frozen=True):
    """Remove an evaluation with its set, whether it is over or not."""

    wire_name: ClassVar[str] = "evaluations.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("evaluation", "evaluation", "write"),)

    evaluation: str
