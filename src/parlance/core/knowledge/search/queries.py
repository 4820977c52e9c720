"""What is looked for: the question, and what a model made of it so that more is found.

A model may put a question so that it stands without the conversation before it (`rewritten`), take it apart into
questions whose answers stand in different places (`parts`), or imagine a passage that would answer it (`imagined`),
beside which real ones lie. Each costs an answer of a model, each may fail, and then there is still the question.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from parlance.core.knowledge.search import prompts
from parlance.core.knowledge.search.options import Remark, SearchOptions
from parlance.values.errors import Fault
from parlance.values.grounds import Rewriting
from parlance.values.texts import without_thoughts

PATIENCE = 10.0
"""Seconds for each answer of the model: whoever searches waits for it."""
MOST_PARTS = 4
MOST_QUESTION, MOST_PASSAGE = 400, 2000
"""Code points that are taken of an answer."""
MOST_TURNS, MOST_TURN = 8, 1500
"""Of a conversation: the last turns, and the beginning of each."""
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、:：])\s*")


class Said(msgspec.Struct, frozen=True):
    """A turn of the conversation before a question."""

    role: Literal["user", "assistant"]
    text: str


class Queries(msgspec.Struct, frozen=True):
    """`question` is what is to be answered: the reranker reads it. It and its `parts` are looked for by words and by
    meaning, `imagined` by its meaning beside the question's. `remarks` say what did not go as asked."""

    question: str
    parts: tuple[str, ...] = ()
    imagined: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is looked for, each once."""
        return tuple(dict.fromkeys((self.question, *self.parts)))


Say = Callable[[str, str, int], Awaitable[str]]
"""What a model answers: what it is told to do, what it is asked, and how many tokens it may say. Raises `Fault`."""


async def prepared(
    question: str, history: Sequence[Said], options: SearchOptions, say: Say, patience: float = PATIENCE
) -> Queries:
    """What to look for, as the options wish it. Never fails: what could not be made, in so many seconds for each
    answer, is remarked upon."""
    remarks: list[Remark] = []

    async def said(prompt: prompts.Prompt, failed: Remark) -> str:
        answer = await _answer(say, prompt, patience)
        if not answer:
            remarks.append(failed)
        return answer

    if options.rewrite and history:
        anew = await said(_rewriting(question, history, options.rewriting), "rewrite_failed")
        question = " ".join(anew.split())[:MOST_QUESTION] or question
    parts, imagined = await asyncio.gather(
        said(prompts.decompose(question, MOST_PARTS), "decompose_failed") if options.decompose else _no(),
        said(prompts.hyde(question), "hyde_failed") if options.hyde else _no(),
    )
    return Queries(question, _parts(parts), imagined[:MOST_PASSAGE], tuple(remarks))


async def _no() -> str:
    return ""


def _rewriting(question: str, history: Sequence[Said], wish: Rewriting) -> prompts.Prompt:
    """What the model is asked: in our words, or in those of the wish where it has any."""
    turns = [(said.role, said.text[:MOST_TURN]) for said in history[-MOST_TURNS:]]
    told, asked, most = prompts.rewrite(question, turns)
    rounds = prompts.rounds(turns)
    return (
        prompts.filled(wish.told, question, rounds) or told,
        prompts.filled(wish.asked, question, rounds) or asked,
        most,
    )


async def _answer(say: Say, prompt: prompts.Prompt, patience: float) -> str:
    """An answer without what a model thought before it; empty where there is none."""
    try:
        async with asyncio.timeout(patience):
            return without_thoughts(await say(*prompt)).strip()
    except (Fault, TimeoutError):
        return ""


def _parts(answer: str) -> tuple[str, ...]:
    lines = (" ".join(_BULLET.sub("", line).split()) for line in answer.splitlines())
    return tuple(line[:MOST_QUESTION] for line in lines if line)[:MOST_PARTS]
