"""A parser and an embedder for tests: no child process, no model, and failures on demand."""

from __future__ import annotations

import asyncio
import hashlib
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path

from parlance.ports.parsing import Progress
from parlance.values.accounts import Principal
from parlance.values.asks import RerankAsk, Reranked, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Block, Parsed, Picture, Span
from parlance.values.sounds import no_transcriber


class PlainParsing:
    """`Parsing` of texts in UTF-8: a page for each form feed, a paragraph for each empty line. What begins with
    `FAIL code` fails with that code. Where pictures are wanted, a paragraph `PICTURE name` ends at one whose bytes are
    its name. `gate` is awaited before a file is read; `began` says that one is."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.began = asyncio.Event()
        self.read: list[str] = []
        self.fault: Fault | None = None

    async def parse(
        self, content: Path, name: str, media_type: str, *, progress: Progress, pictures: bool = False
    ) -> Parsed:
        """What is in a file."""
        self.began.set()
        self.read.append(name)
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        text = await asyncio.to_thread(content.read_text, "utf-8", "replace")
        if text.startswith("FAIL "):
            raise Fault(Kind.invalid, "This file cannot be read.", hint="Save it anew.", code=text.split()[1])
        pages = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\f")]
        for done in range(len(pages)):
            progress(done + 1, len(pages))
        images = tuple(_pictures(text, pages)) if pictures else ()
        return Parsed(text, tuple(_blocks(text)), tuple(pages) if len(pages) > 1 else (), title=name, images=images)

    async def close(self) -> None:
        """There is nothing to end."""


def _blocks(text: str) -> list[Block]:
    found, at = [], 0
    for piece in text.split("\n\n"):
        if piece.strip():
            found.append(Block("paragraph", Span(at, at + len(piece))))
        at += len(piece) + 2
    return found


def _pictures(text: str, pages: Sequence[int]) -> list[Picture]:
    """What paragraphs name as pictures, each on its page."""
    found = []
    for one in re.finditer(r"PICTURE (\w+)", text):
        page = bisect_right(pages, one.start()) if len(pages) > 1 else None
        found.append(Picture(Span(one.end(), one.end(), page), "image/png", one[1].encode()))
    return found


class HashEmbedding:
    """`Embedding` by a hash of each text, so that the same text has the same vector. Models are called `hash-N`, after
    their dimension. `fault` is raised, once for each that is there; `spoil` is put in place of the vectors; `questions`
    are the texts that were said to be such; `digests` are those of models that have one."""

    def __init__(self, *models: str) -> None:
        self.models = models or ("hash-4",)
        self.faults: list[Fault] = []
        self.spoil: Sequence[Sequence[float]] | None = None
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.questions: list[str] = []
        self.digests: dict[str, str] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def default(self, principal: Principal, model: str | None) -> str:
        """The first one."""
        if model is not None and model not in self.models:
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        return model or self.models[0]

    async def digest(self, principal: Principal, model: str) -> str:
        """What a test says."""
        return self.digests.get(model, "")

    async def embed(
        self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False
    ) -> Sequence[Sequence[float]]:
        """Numbers between -1 and 1."""
        await self.gate.wait()
        self.asked.append((model, tuple(texts)))
        self.questions += texts if query else ()
        if self.faults:
            raise self.faults.pop(0)
        if self.spoil is not None:
            return self.spoil
        size = int(model.rpartition("-")[2])
        return [_numbers(text, size) for text in texts]


class WordReranking:
    """`Reranking` by the share of the query's words that a text holds, by the model `judge`. `fault` is raised where it
    is set; `asked` are the queries with the number of their texts."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.asked: list[tuple[str, int]] = []

    async def named(self, principal: Principal, model: str) -> str:
        """The one there is."""
        if model != "judge":
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        return model

    async def rerank(self, tenant: str, user: str, ask: RerankAsk) -> Reranked:
        """Between 0 and 1."""
        self.asked.append((ask.query, len(ask.texts)))
        if self.fault is not None:
            raise self.fault
        words = ask.query.lower().split()
        return Reranked(tuple(sum(word in text.lower() for word in words) / len(words) for text in ask.texts))


class ScriptedSpeaking:
    """`Speaking` by what a test lays out: answers to be told to rewrite, decompose or imagine (`hyde`), in English. Of
    a graph it says what `drawn` gives for a passage, and of a question the names in `names`. `slow` names the one of
    them that never answers; `asked` and `models` are what it was asked, and of whom."""

    def __init__(self, **answers: str | Fault) -> None:
        self.answers = answers
        self.drawn: Callable[[str], str] = lambda passage: "{}"
        self.slow = ""
        self.asked: list[str] = []
        self.models: list[str] = []

    async def named(self, principal: Principal, model: str) -> str:
        """Any but the one that is not there."""
        if model == "gone":
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        return model

    async def say(
        self, principal: Principal, model: str, told: str, asked: str, most: int, temperature: float | None = None
    ) -> str:
        """The answer that was laid out. Raises the `Fault`."""
        which = next((which for words, which in _TOLD.items() if words in told), "hyde")
        self.asked.append(asked)
        self.models.append(model)
        if which == self.slow:
            await asyncio.Event().wait()
        answer = self.drawn(asked) if which == "draw" else self.answers[which]
        if isinstance(answer, Fault):
            raise answer
        return answer


class ScriptedSeeing:
    """`Seeing` by what a test lays out: `says` gives an answer for a picture, which may be a `Fault` to raise; one that
    is `None` never comes. `asked` are the models, in whose names, and the bytes of the pictures."""

    def __init__(self) -> None:
        self.says: Callable[[Picture], str | Fault | None] = lambda picture: (
            f"A drawing of {len(picture.content)} bytes."
        )
        self.asked: list[tuple[str, Principal, bytes]] = []
        self.shown = asyncio.Event()

    async def named(self, principal: Principal, model: str) -> str:
        """Any but the one that is not there."""
        if model == "gone":
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        return model

    async def look(self, principal: Principal, model: str, told: str, asked: str, picture: Picture, most: int) -> str:
        """The answer that was laid out. Raises the `Fault`."""
        self.asked.append((model, principal, picture.content))
        self.shown.set()
        answer = self.says(picture)
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Fault):
            raise answer
        return answer or ""


class ScriptedHearing:
    """`Hearing` by what a test lays out: `says` gives a transcript for the bytes of a file, or a `Fault` to raise; one
    that is `None` never comes. `asked` are the models and in whose names; without `ears` there is no such model."""

    def __init__(self) -> None:
        self.says: Callable[[bytes], Transcript | Fault | None] = lambda content: Transcript("Something was said.")
        self.asked: list[tuple[str, Principal]] = []
        self.ears = ["ear"]
        self.listening = asyncio.Event()

    async def named(self, principal: Principal, model: str) -> str:
        """One of them, or the first."""
        if model and model not in self.ears:
            raise Fault(Kind.missing, "There is no such model.", code="model_not_found")
        if not self.ears:
            raise no_transcriber()
        return model or self.ears[0]

    async def hear(self, principal: Principal, model: str, content: bytes) -> Transcript:
        """What was laid out. Raises the `Fault`."""
        self.asked.append((model, principal))
        self.listening.set()
        said = self.says(content)
        if said is None:
            await asyncio.Event().wait()
        if isinstance(said, Fault):
            raise said
        return said or Transcript("")


_TOLD = {
    "last question": "rewrite",
    "several facts": "decompose",
    "Sum up": "summary",
    "You read passages": "draw",
    "what a question is about": "names",
}
"""By which words a script knows what is wanted of it."""


def _numbers(text: str, size: int) -> list[float]:
    digest = hashlib.sha256(text.encode()).digest()
    found = [digest[at % len(digest)] / 127.5 - 1 for at in range(size)]
    length = math.hypot(*found)
    return [each / length for each in found]
