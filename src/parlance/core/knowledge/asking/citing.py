"""Reads an answer as it streams, wherever it is cut, and gives for each sentence that cites what it rests on.

What is looked at of an answer is bounded, whatever it says: behind the bound a citation is of its whole passage.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from parlance.core.knowledge.asking.folding import folded
from parlance.core.knowledge.asking.marks import MARK, OPENERS, RUN, numbers_in
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.resolving import Place, claim, literal, place, resolved
from parlance.core.knowledge.asking.sentences import Sentence, Sentences
from parlance.values.events import Citation, Cited

_LOG = logging.getLogger(__name__)
_Read = TypeVar("_Read")
BRIEF = 2000
"""Code points of a text with which less is done than a trip to a thread costs, where nothing in it cites."""
MOST = 250_000_000
"""Pairs of a letter of a sentence and one of a passage that it cites, of one answer: some 500 ordinary sentences, each
with a passage of 2,500 letters; seconds of a core."""
LITTLE = 2_000_000
"""The same of an answer that was broken off, from then on: nobody waits for more."""
PREPARING = 1000
"""Pairs in whose time a letter of a passage is made ready to be looked at; measured."""
_WORD = re.compile(r"\w")
_CODE = re.compile("`[^`\n]+`")
_FENCES = ("```", "~~~")
_BETWEEN = " \t\r\n\u3000,;，；、"
"""What joins the parts of a sentence."""


class _Part(NamedTuple):
    """What of a sentence cites each number once: from where to where in it, and what stands before each one's mark."""

    start: int
    stop: int
    marked: dict[int, str]


class Citing:
    """The citations of one answer. `choice` is its index among several."""

    def __init__(self, passages: Sequence[Numbered], choice: int = 0) -> None:
        self._passages = {passage.number: passage for passage in passages}
        self._places: dict[int, Place] = {}
        self._left = MOST
        self._choice = choice
        self._sentences = Sentences(quotations=True)
        self._last: Sentence | None = None
        self._code = False
        self._line_begins = True

    def takes_long(self, piece: str) -> bool:
        """Whether it may take long to read this: it is long, or may make a sentence whole that cites."""
        held = self._sentences.open + piece
        return len(piece) > BRIEF or any(opener in held for opener in OPENERS)

    def hurry(self) -> None:
        """Look at little more."""
        self._left = min(self._left, LITTLE)

    def push(self, piece: str) -> Iterator[Cited]:
        """The sentences that are whole with this piece and cite something, in order, as they are taken: all of them,
        before the next piece comes."""
        return self._cited(self._sentences.push(piece))

    def end(self) -> Iterator[Cited]:
        """Those that only the end of the answer has made whole."""
        return self._cited(self._sentences.end())

    def _cited(self, sentences: Iterable[Sentence]) -> Iterator[Cited]:
        for sentence in sentences:
            if self._is_code(sentence.text) or not sentence.text.strip():
                continue
            alone = not RUN.sub("", sentence.text).strip(" \t\r\n>*-.。")
            said = self._last if alone and self._last is not None else sentence
            if alone:
                marked = dict.fromkeys(numbers_in(sentence.text), said.text)
                parts = [_Part(0, sentence.start - said.start + len(sentence.text.rstrip()), marked)]
            else:
                parts = self._parts(sentence.text)
            for part in parts:
                if part.marked:
                    yield self._resolved(said, part)
            if not alone:
                self._last = sentence

    def _is_code(self, text: str) -> bool:
        """Whether this stands between lines that fence code, where brackets are no marks."""
        begins, self._line_begins = self._line_begins, text.endswith("\n")
        if begins and text.lstrip().startswith(_FENCES):
            self._code = not self._code
            return True
        return self._code

    def _parts(self, text: str) -> list[_Part]:
        """A sentence, or where it cites a number again its parts, each of which rests on its own words. Marks inside of
        a sentence that its passage has too are quoted with the rest."""
        inner, end = claim(text), len(text.rstrip())
        if MARK.search(inner):
            last = list(numbers_in(text[text.find(inner) + len(inner) :]))
            if any(self._affords(inner, number) and literal(inner, self._place(number)) for number in last):
                return [_Part(0, end, dict.fromkeys(last, text))]
        parts = [_Part(0, 0, {})]
        begins = 0
        for run in RUN.finditer(_CODE.sub(lambda code: "`" * len(code.group()), text)):
            before, numbers = text[begins : run.start()], list(numbers_in(run.group()))
            if _WORD.search(before) and not parts[-1].marked.keys().isdisjoint(numbers):
                parts.append(_Part(begins + len(before) - len(before.lstrip(_BETWEEN)), 0, {}))
            for number in numbers:
                parts[-1].marked.setdefault(number, before)
            begins = run.end()
            parts[-1] = parts[-1]._replace(stop=begins)
        return [*parts[:-1], parts[-1]._replace(stop=end)]

    def _resolved(self, said: Sentence, part: _Part) -> Cited:
        there = [number for number in part.marked if number in self._passages]
        missing = tuple(number for number in part.marked if number not in self._passages)
        citations = tuple(self._citation(number, part.marked[number], said.text) for number in there)
        start = said.start + max(part.start, len(said.text) - len(said.text.lstrip()))
        return Cited(start, said.start + part.stop, citations, missing, self._choice)

    def _citation(self, number: int, before: str, sentence: str) -> Citation:
        def whole() -> Citation:
            return resolved((), _unread(self._passages[number]))

        if not self._affords(sentence, number):
            return whole()
        return _or_else(lambda: resolved((before, sentence), self._place(number)), whole)

    def _affords(self, sentence: str, number: int) -> bool:
        """Whether there is such a passage, and it may be looked into for this; then that is counted."""
        if number not in self._passages:
            return False
        size = len(self._passages[number].stretch.content)
        cost = size * (len(sentence) + (0 if number in self._places else PREPARING))
        if cost > self._left:
            return False
        self._left -= cost
        return True

    def _place(self, number: int) -> Place:
        if number not in self._places:
            passage = self._passages[number]
            self._places[number] = _or_else(lambda: place(passage), lambda: _unread(passage))
        return self._places[number]


def _unread(passage: Numbered) -> Place:
    """A passage in which nothing is found: all of it is cited."""
    return Place(passage, passage.stretch.content, folded(""), ())


def _or_else(read: Callable[[], _Read], unsure: Callable[[], _Read]) -> _Read:
    """What is read in a text, or what is not sure where numbers or nesting are beyond what can be reckoned with: an
    answer does not fail because of what it cites. The log tells of it, without a word of the text."""
    try:
        return read()
    except (ArithmeticError, RecursionError, ValueError) as error:
        _LOG.warning("a citation could not be resolved: %s", type(error).__name__)
        return unsure()
