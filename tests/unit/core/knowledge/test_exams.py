"""Embedders are examined in the script of a question, once, and what cannot be examined is believed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from parlance.core.knowledge.search.exam_texts import LATIN, PAIRS
from parlance.core.knowledge.search.exams import AGAIN, LASTS, MOST, OTHER, UNEXAMINED, Exams, Reading, read, script_of
from parlance.values.errors import Fault, Kind

QUESTIONS = {
    "Where is the key?": LATIN,
    "¿Dónde está la llave?": LATIN,
    "1990?": LATIN,
    "": LATIN,
    "钥匙在哪里": "han",
    "nginx 怎么配置": "han",
    "what does 你好 mean in this book": LATIN,
    "東京はどこ": "kana",
    "열쇠는 어디에 있습니까": "hangul",
    "где ключ": "cyrillic",
    "πού είναι το κλειδί": "greek",
    "أين المفتاح": "arabic",
    "איפה המפתח": "hebrew",
    "चाबी कहाँ है": "devanagari",
    "กุญแจอยู่ที่ไหน": "thai",
}


MODEL = ("t", "m")


class Embedder:
    """Puts each pair together (`knows`), or all texts at random places of a circle."""

    def __init__(self, knows: bool) -> None:
        self.knows = knows
        self.asked: list[Sequence[str]] = []

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each."""
        self.asked.append(texts)
        turns = [(place % 8 if self.knows else place * place * 2.3) for place in range(len(texts))]
        return [(3 * math.cos(turn), 3 * math.sin(turn)) for turn in turns]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_the_script_of_most_of_its_words(question: str) -> None:
    """Latin where nothing else is sure; a Chinese question about a program stays Chinese."""
    assert script_of(question) == QUESTIONS[question]


def test_the_texts_of_an_exam_are_in_its_script_and_share_nothing() -> None:
    """Otherwise a model could pass it by their letters."""
    for script, pairs in PAIRS.items():
        assert len(pairs) == 8 and all(script_of(text) == script for pair in pairs for text in pair), script
        for one, other in pairs:
            common = set(one.strip(".,।").lower().split()) & set(other.strip(".,?।").lower().split())
            assert common <= {"the", "a", "is", "at", "σε", "на", "в", "על"}, (one, other)


async def test_a_model_that_puts_pairs_together_reads_a_script() -> None:
    """One that puts them anywhere does not, and its cosines of unrelated texts are told."""
    assert (await Exams().of(MODEL, "钥匙在哪里", Embedder(knows=True), 0.0)).reads > 0
    reading = await Exams().of(MODEL, "钥匙在哪里", Embedder(knows=False), 0.0)
    assert reading.reads == 0.0 and -1 < reading.mean < 1 and reading.spread > 0


async def test_a_model_that_fails_in_english_may_be_of_another_language() -> None:
    """It is believed a little for all Latin letters; the scale of its cosines is learnt."""
    reading = await Exams().of(MODEL, "Wo ist der Schlüssel?", Embedder(knows=False), 0.0)
    assert reading.reads == OTHER and reading.spread > 0


async def test_a_model_is_examined_once_in_each_script() -> None:
    """Of each tenant, since two may call different models alike; in one ask."""
    exams, embedder = Exams(), Embedder(knows=True)
    for tenant, question in (("t", "где ключ"), ("t", "где сад"), ("t", "the key"), ("u", "где ключ")):
        await exams.of((tenant, "m"), question, embedder, 0.0)
    assert [len(texts) for texts in embedder.asked] == [16, 16, 16]
    for number in range(MOST):
        await exams.of(("t", f"other {number}"), "где ключ", embedder, 0.0)
    asked = len(embedder.asked)
    await exams.of(MODEL, "где ключ", embedder, 0.0)
    assert len(embedder.asked) == asked + 1  # the oldest were forgotten


async def test_what_could_not_be_examined_is_believed_and_examined_later() -> None:
    """The embedder was away."""

    async def away(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise Fault(Kind.upstream, "It is away.")

    exams, embedder = Exams(), Embedder(knows=False)
    assert await exams.of(MODEL, "где ключ", away, 0.0) == UNEXAMINED
    assert (await exams.of(MODEL, "где ключ", embedder, 0.0)).reads == 0.0


@pytest.mark.parametrize("vectors", [[], [(1.0, 0.0)] * 15, [(1.0,)] * 15 + [(1.0, 0.0)], [(math.nan, 1.0)] * 16])
async def test_an_embedder_that_answers_nonsense_is_not_judged_by_it(vectors: Sequence[Sequence[float]]) -> None:
    """Too few vectors, of different lengths, no numbers: others say that, where it is asked for the question."""

    async def nonsense(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return vectors

    assert await Exams().of(MODEL, "где ключ", nonsense, 0.0) == UNEXAMINED


async def test_an_embedder_that_answered_nonsense_is_examined_again_after_some_minutes() -> None:
    """Not by each question, and not never."""
    exams, embedder, asked = Exams(), Embedder(knows=False), list[Sequence[str]]()

    async def nonsense(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        asked.append(texts)
        return [(math.nan,)] * len(texts)

    for now in (0.0, AGAIN - 1, AGAIN):
        assert await exams.of(MODEL, "где ключ", nonsense, now) == UNEXAMINED
    assert len(asked) == 2
    for now in (2 * AGAIN - 1, 2 * AGAIN):
        reading = await exams.of(MODEL, "где ключ", embedder, now)
    assert reading.reads == 0.0 and len(embedder.asked) == 1


async def test_what_an_exam_told_is_believed_for_a_day() -> None:
    """Of a model behind an address nobody says when it becomes another."""
    exams, before, after = Exams(), Embedder(knows=True), Embedder(knows=False)
    assert (await exams.of(MODEL, "где ключ", before, 0.0)).reads > 0
    assert (await exams.of(MODEL, "где ключ", after, LASTS - 1)).reads > 0
    assert (await exams.of(MODEL, "где ключ", after, LASTS)).reads == 0.0


def test_vectors_that_are_all_alike_read_nothing() -> None:
    """Also those without a direction."""
    assert read([(1.0, 0.0)] * 8, [(2.0, 0.0)] * 8) == Reading(0.0, 1.0, 0.0)
    assert read([(0.0, 0.0)] * 8, [(0.0, 0.0)] * 8).reads == 0.0
