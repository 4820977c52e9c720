"""Reads an answer as it streams, wherever it is cut, and gives for each sentence that cites what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from parlance.core.knowledge.asking.marks import MARK, RUN, numbers_in
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.resolving import Place, claim, literal, place, resolved
from parlance.core.knowledge.asking.sentences import Sentence, Sentences
from parlance.values.events import Cited

_CODE = re.compile("`[^`\n]+`")
_FENCES = ("```", "~~~")


class Citing:
    """The citations of one answer. `choice` is its index among several."""

    def __init__(self, passages: Sequence[Numbered], choice: int = 0) -> None:
        self._passages = {passage.number: passage for passage in passages}
        self._places: dict[int, Place] = {}
        self._choice = choice
        self._sentences = Sentences()
        self._last: Sentence | None = None
        self._code = False
        self._line_begins = True

    def push(self, piece: str) -> list[Cited]:
        """The sentences that are whole with this piece and cite something, in order."""
        return list(self._cited(self._sentences.push(piece)))

    def end(self) -> list[Cited]:
        """Those that only the end of the answer has made whole."""
        return list(self._cited(self._sentences.end()))

    def _cited(self, sentences: Iterable[Sentence]) -> Iterator[Cited]:
        for sentence in sentences:
            if self._is_code(sentence.text) or not sentence.text.strip():
                continue
            alone = not RUN.sub("", sentence.text).strip(" \t\r\n>*-.。")
            said = self._last if alone and self._last is not None else sentence
            marked = self._marked(sentence.text) if not alone else dict.fromkeys(numbers_in(sentence.text), said.text)
            if marked:
                yield self._resolved(said, marked, sentence.start + len(sentence.text.rstrip()))
            if not alone:
                self._last = sentence

    def _is_code(self, text: str) -> bool:
        """Whether this stands between lines that fence code, where brackets are no marks."""
        begins, self._line_begins = self._line_begins, text.endswith("\n")
        if begins and text.lstrip().startswith(_FENCES):
            self._code = not self._code
            return True
        return self._code

    def _marked(self, text: str) -> dict[int, str]:
        """The numbers that a sentence cites, each with what stands before its first mark. Marks inside of a sentence
        that its passage has too are quoted with the rest."""
        inner = claim(text)
        if MARK.search(inner):
            last = list(numbers_in(text[text.find(inner) + len(inner) :]))
            if any(number in self._passages and literal(inner, self._place(number)) for number in last):
                return dict.fromkeys(last, text)
        marked: dict[int, str] = {}
        begins = 0
        for run in RUN.finditer(_CODE.sub(lambda code: "`" * len(code.group()), text)):
            for number in numbers_in(run.group()):
                marked.setdefault(number, text[begins : run.start()])
            begins = run.end()
        return marked

    def _resolved(self, said: Sentence, marked: Mapping[int, str], stop: int) -> Cited:
        there = [number for number in marked if number in self._passages]
        missing = tuple(number for number in marked if number not in self._passages)
        citations = tuple(resolved((marked[number], said.text), self._place(number)) for number in there)
        start = said.start + len(said.text) - len(said.text.lstrip())
        return Cited(start, stop, citations, missing, self._choice)

    def _place(self, number: int) -> Place:
        if number not in self._places:
            self._places[number] = place(self._passages[number])
        return self._places[number]
