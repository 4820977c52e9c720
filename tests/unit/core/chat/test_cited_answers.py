"""Over more than 500 answers from this project's own pages, cited sentences lead to a span that holds their words."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from parlance.core.chat.operations import SendMessage
from parlance.core.knowledge.asking.folding import folded
from parlance.core.knowledge.asking.folding import words as words_of
from parlance.core.knowledge.asking.resolving import claim
from parlance.core.knowledge.asking.sentences import split
from parlance.engines.quote_passages import NumberedText, asked_about
from parlance.ports.engines import Sink
from parlance.testing.databases import fresh
from parlance.values.asks import ChatAsk
from parlance.values.events import Citation, Cited, Delta, Finished, Started
from parlance.values.grounds import Grounds
from parlance.values.messages import Message
from tests.unit.core.chat.reading_room import Reader, ReadingRoom, over, reading_room
from tests.unit.core.knowledge.asking.test_answers import TEXTS

OF_EACH = 255
"""Answers by the built-in engine, and by a model."""
SHARE = 0.99
_WORD = re.compile(r"[^\W\d_]{5,}|[\u4e00-\u9fff]{2}")
_BEGINS = re.compile(r"[A-Z\u4e00-\u9fff]")
"""What a sentence begins with that goes on with none before it."""
_MARKED = re.compile(r"[\[\]`|“\"【#*>\n]|  ")
"""What sentences do not have: marks of their own, and the gaps of code."""


class Citer(Reader):
    """A model that cites as models do: the words, the words in quotation marks, other words for the same, the wrong
    passage, a number that there is not. `said` has each sentence with what it is."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.said: dict[str, tuple[str, str]] = {}

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Three sentences, in pieces of any size."""
        if self.quotes:
            return await super().chat(ask, sink)
        self.calls += 1
        sink.push(Started("model"))
        text = " ".join(filter(None, (self._sentence(asked_about(ask.items)) for _ in range(3)))) or "I do not know."
        while text:
            size = self._random.randint(1, 30)
            sink.push(Delta(text[:size]))
            text = text[size:]
        sink.push(Finished("stop"))
        return None

    def _sentence(self, passages: list[NumberedText]) -> str:
        passage = self._random.choice(passages)
        whole = [each.text.strip() for each in split(passage.text)]
        plain = [text for text in whole if len(text) > 40 and _BEGINS.match(text) and not _MARKED.search(text)]
        if not plain:
            return ""
        words = self._random.choice(plain).rstrip(".。")
        if words.casefold() in "".join(self.said).casefold():
            return ""
        kind = self._random.choice(("right", "right", "quoted", "loose", "wrong", "missing"))
        others = [other.number for other in passages if other.number != passage.number]
        number = passage.number
        if kind == "wrong" and others:
            number = self._random.choice(others)
        elif kind in ("wrong", "missing"):
            kind, number = "missing", 99
        said = f"It says “{words}”" if kind == "quoted" else self._loosely(words) if kind == "loose" else words
        sentence = f"{said} [{number}]."
        self.said[sentence.rstrip(".")] = (kind, words)
        return sentence

    def _loosely(self, words: str) -> str:
        told = words.split(" ")
        return " ".join(word for n, word in enumerate(told) if n % 5 != 4) if len(told) > 9 else words


def question(random: Random) -> str:
    """Something that a page answers: rare words of one of its sentences."""
    sentences = [each.text for each in split(TEXTS[random.choice(sorted(TEXTS))]) if len(_WORD.findall(each.text)) > 4]
    words = _WORD.findall(random.choice(sentences)) if sentences else ["server", "answers"]
    return " ".join(random.sample(words, min(5, len(words)))) + "?"


async def filled(room: ReadingRoom) -> tuple[str, dict[str, str]]:
    """A base of all pages, and their texts by the ids of their documents."""
    base = await room.desk.base(embedder="")
    documents = {name: await room.desk.upload(base, text, f"{name}.txt") for name, text in TEXTS.items()}
    await room.desk.workers.settle()
    return base.id, {documents[name].id: text for name, text in TEXTS.items()}


def holds(citation: Citation, texts: dict[str, str], words: str) -> bool:
    """Whether the span that is said to be sure holds the words."""
    span = texts[citation.document][citation.start : citation.stop]
    return citation.sure and folded(claim(words).strip(" .。:：;；")).text in folded(span).text


def says(citation: Citation, texts: dict[str, str], said: str) -> bool:
    """Whether a span has every word of a sentence: two pages may say the same, and either is a right place then."""
    return set(words_of(said)) <= set(words_of(texts[citation.document][citation.start : citation.stop]))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_places_of_cited_sentences_hold_their_words(tmp_path: Path) -> None:
    random, engine = Random(11), Citer(Random(12))
    tally: Counter[str] = Counter()
    async with fresh("memory", tmp_path, None) as database:
        room = await reading_room(database, tmp_path / "blobs", engine)
        base, texts = await filled(room)
        for n in range(2 * OF_EACH):
            engine.quotes, engine.said = n % 2 == 0, {}
            ask = ChatAsk("model", (Message("user", question(random)),))
            run = await room.do(SendMessage(ask, bases=(base,), grounds=Grounds(most=6)))
            events = await over(run)
            text = "".join(event.text for event in events if isinstance(event, Delta))
            for cited in (event for event in events if isinstance(event, Cited)):
                judge(tally, engine, cited, text[cited.start : cited.stop], texts)
            tally["answers"] += engine.calls > 0
            engine.calls = 0
        await room.desk.close()
    assert tally["answers"] >= 500 and tally["part"] < 50, tally
    # The pages change, and two of them may say nearly the same: of fifty sentences of a kind one may be placed wrong.
    kinds = ("quote", "right", "quoted")
    assert sum(tally[f"{kind} held"] for kind in kinds) >= SHARE * sum(tally[kind] for kind in kinds), tally
    for kind in kinds:
        assert tally[kind] >= 30 and tally[kind] - tally[f"{kind} held"] <= some(tally[kind]), tally
    # Other words for the same: where a span is said to be sure, it is the sentence that was meant.
    for kind in ("loose", "wrong"):
        assert tally[kind] >= 30 and tally[f"{kind} sure and other"] <= some(tally[kind]), tally
    assert tally["missing"] >= 30 and tally["missing cited"] == 0, tally


def some(count: int) -> float:
    """How many of so many may be wrong: one, where a hundredth is less."""
    return max(1, (1 - SHARE) * count)


def judge(tally: Counter[str], engine: Citer, cited: Cited, sentence: str, texts: dict[str, str]) -> None:
    """Count one sentence by what it is."""
    part = ("part", "")  # of what holds more than one sentence itself
    found = engine.said.get(sentence.strip().rstrip("."), part)
    kind, words = ("quote", claim(sentence)) if engine.quotes else found
    tally[kind] += 1
    held = bool(cited.citations) and all(holds(each, texts, words) for each in cited.citations)
    tally[f"{kind} held"] += held
    other = [each for each in cited.citations if each.sure and not says(each, texts, words)]
    tally[f"{kind} sure and other"] += not held and bool(other)
    tally[f"{kind} cited"] += bool(cited.citations)
