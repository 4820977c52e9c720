"""What may be in what people want to be evaluated."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.core.chat.titles import clean
from parlance.core.knowledge.bounds import MOST_NAME, MOST_QUERY, judged_query, storable
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.evaluations import Question, SearchSetting

MOST_QUESTIONS, MOST_RELEVANT, MOST_ANSWER = 10_000, 2000, 8000
"""In one set; of one question; code points of a model answer."""
MOST_JUDGED = 200_000
"""Judgements in one set."""
MOST_SETTINGS, MOST_KEPT = 2, 100
"""Of one evaluation; evaluations of one base."""
MOST_GRADE = 1000


def judged_name(given: str) -> str:
    """What an evaluation is called, in one line; it may be empty."""
    return clean(given)[:MOST_NAME]


def judged_settings(given: Sequence[SearchSetting]) -> tuple[SearchSetting, ...]:
    """One way to search, or two that are not called alike. Raises `Fault(invalid)`."""
    if not 1 <= len(given) <= MOST_SETTINGS:
        raise out_of_range("settings", f"one to {MOST_SETTINGS} of them")
    for each in given:
        fields = {name: getattr(each, name) for name in SearchSetting.__struct_fields__ if name != "name"}
        judged_query(RetrievePassages("", "any", **fields))
    named = tuple(msgspec.structs.replace(each, name=clean(each.name)[:MOST_NAME]) for each in given)
    if len({each.name for each in named}) < len(named):
        raise out_of_range("settings", "a name of its own for each")
    return named


def judged_questions(given: Sequence[Question]) -> tuple[Question, ...]:
    """A set that can be measured. Raises `Fault(invalid)` with the place of what cannot."""
    if not given:
        raise out_of_range("questions", "at least one of them, or the set of another evaluation by `again`")
    if len(given) > MOST_QUESTIONS:
        raise Fault(
            Kind.too_large,
            f"A set has at most {MOST_QUESTIONS} questions here, and this one {len(given)}.",
            hint="Evaluate a part of it.",
            field="questions",
            code="set_too_large",
        )
    if sum(len(each.relevant) for each in given) > MOST_JUDGED:
        raise Fault(
            Kind.too_large,
            f"A set has at most {MOST_JUDGED} judgements here.",
            hint="Evaluate a part of it.",
            field="questions",
            code="set_too_large",
        )
    return tuple(_judged(each, at) for at, each in enumerate(given))


def _judged(asked: Question, at: int) -> Question:
    where = f"questions[{at}]"
    if not asked.query.strip() or len(asked.query) > MOST_QUERY:
        raise out_of_range(f"{where}.query", f"a text of 1 to {MOST_QUERY} characters")
    if not 1 <= len(asked.relevant) <= MOST_RELEVANT:
        raise out_of_range(f"{where}.relevant", f"1 to {MOST_RELEVANT} of what should be found")
    if not any(grade > 0 for grade in asked.relevant.values()):
        raise out_of_range(f"{where}.relevant", "a grade above 0 for at least one")
    if any(abs(grade) > MOST_GRADE for grade in asked.relevant.values()):
        raise out_of_range(f"{where}.relevant", f"grades up to {MOST_GRADE}")
    if not all(1 <= len(each) <= MOST_QUERY for each in asked.relevant) or len(asked.id) > MOST_NAME:
        raise out_of_range(f"{where}.relevant", "names that documents can have")
    if len(asked.answer) > MOST_ANSWER:
        raise out_of_range(f"{where}.answer", f"at most {MOST_ANSWER} characters")
    relevant = {storable(each): grade for each, grade in asked.relevant.items()}
    return Question(storable(asked.id), storable(asked.query), relevant, storable(asked.answer))
