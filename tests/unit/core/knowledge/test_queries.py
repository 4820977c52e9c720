"""A model helps with a question before it is looked for, and where it does not, the question is looked for as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.retrieval_operations import FoundPassages, RetrievePassages
from parlance.core.knowledge.search import prompts, queries
from parlance.core.knowledge.search.options import SearchOptions
from parlance.core.knowledge.search.queries import Queries, Said, prepared
from parlance.core.knowledge.search.retriever import between
from parlance.testing.reading import ScriptedSpeaking
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import ChunkOptions
from tests.unit.core.files.desk import ADA
from tests.unit.core.knowledge.desk import Desk

TALK = (Said("user", "Where is tea grown?"), Said("assistant", "In Assam."))
SMALL = ChunkOptions(size=50, overlap=0)
PATIENCE = 0.1
ALL = SearchOptions(rewrite=True, decompose=True, hyde=True)


async def made(
    speaking: ScriptedSpeaking, question: str = "And coffee?", options: SearchOptions = ALL, talk: Sequence[Said] = TALK
) -> Queries:
    """What is looked for."""

    async def say(told: str, asked: str, most: int) -> str:
        return await speaking.say(Principal("default", "ada"), "", told, asked, most)

    return await prepared(question, talk, options, say, PATIENCE)


async def test_a_question_stands_alone_is_taken_apart_and_its_answer_imagined() -> None:
    """What comes after the first step is about the question that it made; thoughts, bullets and blanks stay out."""
    speaking = ScriptedSpeaking(
        rewrite="<think>coffee, then</think>\n Where is coffee\n grown? ",
        decompose="1. Where does coffee grow?\n\n- Who grows it?\n- Where does coffee grow?",
        hyde="Coffee is grown in Kerala.",
    )
    found = await made(speaking)
    assert found == Queries(
        "Where is coffee grown?",
        ("Where does coffee grow?", "Who grows it?", "Where does coffee grow?"),
        "Coffee is grown in Kerala.",
    )
    assert found.texts == ("Where is coffee grown?", "Where does coffee grow?", "Who grows it?")
    assert "In Assam." in speaking.asked[0] and speaking.asked[1:] == ["Where is coffee grown?"] * 2


async def test_without_a_conversation_there_is_nothing_to_rewrite() -> None:
    """Nor is a model asked for what is not wanted."""
    speaking = ScriptedSpeaking(rewrite="Other?")
    assert await made(speaking, talk=(), options=SearchOptions(rewrite=True)) == Queries("And coffee?")
    assert await made(speaking, options=SearchOptions()) == Queries("And coffee?")
    assert speaking.asked == []


async def test_what_fails_is_remarked_upon_and_the_question_stays() -> None:
    """A fault, an empty answer, or thoughts without an end."""
    for answer in (Fault(Kind.upstream, "It is away."), "  ", "<think>so many"):
        found = await made(ScriptedSpeaking(rewrite=answer, decompose=answer, hyde=answer))
        assert found.question == "And coffee?" and found.texts == ("And coffee?",)
        assert set(found.remarks) == {"rewrite_failed", "decompose_failed", "hyde_failed"}


async def test_nobody_waits_long_for_a_model() -> None:
    """What has come by then is taken."""
    speaking = ScriptedSpeaking(hyde="Coffee grows.", rewrite="Coffee?")
    speaking.slow = "decompose"
    async with asyncio.timeout(PATIENCE * 100):
        found = await made(speaking, options=SearchOptions(decompose=True, hyde=True))
    assert found == Queries("And coffee?", (), "Coffee grows.", ("decompose_failed",))


async def test_what_a_model_says_is_bounded() -> None:
    """And what it is told of the conversation."""
    parts = "\n".join(f"Part {n}?" for n in range(20))
    long = ScriptedSpeaking(rewrite="word " * 500, decompose=parts, hyde="x" * 9000)
    found = await made(long, talk=[Said("user", "y" * 9000)] * 50)
    assert len(found.question) == queries.MOST_QUESTION and len(found.imagined) == queries.MOST_PASSAGE
    assert len(found.parts) == queries.MOST_PARTS
    assert len(long.asked[0]) < queries.MOST_TURNS * (queries.MOST_TURN + 40) + 200


def test_a_model_is_told_in_the_language_of_the_question() -> None:
    """English, or Chinese."""
    for ask in (prompts.hyde, lambda text: prompts.decompose(text, 4), lambda text: prompts.rewrite(text, [])):
        assert "question" in ask("Where is tea grown?")[0] and "问题" in ask("茶叶产自哪里？")[0]
    assert "at most 4" in prompts.decompose("Tea?", 4)[0] and "最多 4 个" in prompts.decompose("茶？", 4)[0]


def test_the_middle_of_two_directions_is_one() -> None:
    """Of opposite ones there is none."""
    assert between((1.0, 0.0), (0.0, 1.0)) == pytest.approx((0.5**0.5, 0.5**0.5))
    assert between((1.0, 0.0), (-1.0, 0.0)) == (1.0, 0.0)


# -- in a base --------------------------------------------------------------------------------------------------------


async def based(desk: Desk, **more: Any) -> BaseView:
    """A base with three passages."""
    base = await desk.base(options=SMALL, **{"embedder": "", **more})
    await desk.settled(await desk.upload(base))
    return base


async def found(desk: Desk, base: BaseView, query: str, **more: object) -> FoundPassages:
    """What is found."""
    passages: FoundPassages = await desk.do(RetrievePassages(base.id, query, **more))  # type: ignore[arg-type]
    return passages


def contents(passages: FoundPassages) -> list[str]:
    """The passages' words."""
    return [each.chunk.content.strip() for each in passages.passages]


async def test_a_question_that_leans_on_the_talk_finds_what_it_means(desk: Desk) -> None:
    """By the model that is named; and it is told what was looked for."""
    base = await based(desk)
    desk.speaking.answers["rewrite"] = "coffee in Kerala"
    assert contents(await found(desk, base, "And where that?", history=TALK)) == []
    passages = await found(desk, base, "And where that?", history=TALK, rewrite=True, model="wise")
    assert contents(passages)[0] == "Coffee is grown in Kerala." and passages.queries == ("coffee in Kerala",)
    assert desk.speaking.models == ["wise"]


async def test_each_part_of_a_question_finds_its_own(desk: Desk) -> None:
    """With the best score that any of them gives a passage."""
    base = await based(desk)
    desk.speaking.answers["decompose"] = "assam\nkerala"
    assert contents(await found(desk, base, "beverages")) == []
    passages = await found(desk, base, "beverages", decompose=True)
    assert set(contents(passages)) == {"Tea is grown in Assam.", "Coffee is grown in Kerala."}
    assert passages.queries == ("beverages", "assam", "kerala")


async def test_what_lies_beside_an_imagined_passage_is_found(desk: Desk) -> None:
    """Its vector is looked for together with the question's."""
    base = await based(desk, embedder="hash-6")
    desk.speaking.answers["hyde"] = "Rice is grown in Bihar."
    plain = await found(desk, base, "which?", words=False)
    passages = await found(desk, base, "which?", words=False, hyde=True)
    before, after = (
        {each.chunk.content.strip(): each.scores.vector for each in of.passages} for of in (plain, passages)
    )
    assert (after["Rice is grown in Bihar."] or 0) > (before["Rice is grown in Bihar."] or 0)
    assert passages.queries == ()
    assert desk.embedding.questions == ["which?"] * 2, "what answers is embedded as a passage"


async def test_without_a_model_the_question_is_looked_for_as_it_is(desk: Desk) -> None:
    """And it is said."""
    base = await based(desk)
    desk.speaking.answers["decompose"] = Fault(Kind.missing, "There is no such model.")
    passages = await found(desk, base, "coffee", decompose=True)
    assert contents(passages) == ["Coffee is grown in Kerala."] and "decompose_failed" in passages.remarks


async def test_a_conversation_without_end_is_refused(desk: Desk) -> None:
    """With the field that does not fit."""
    base = await desk.base(embedder="")
    for talk in ((Said("user", "x"),) * 101, (Said("user", "x" * 200_001),)):
        with pytest.raises(Fault) as refused:
            await desk.do(RetrievePassages(base.id, "tea", history=talk), ADA)
        assert refused.value.field == "history"
