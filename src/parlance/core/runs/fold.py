"""One fold makes the stored turn and the reply out of a log, so that live and reloaded views cannot differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from parlance.values.events import (
    Choice,
    Cited,
    Delta,
    Ended,
    Event,
    Evidence,
    Finished,
    Retrieved,
    Started,
    ToolCalled,
    Usage,
    Whole,
)
from parlance.values.messages import Foreign, Item, Message, Reasoning, ToolCall


class Answer(msgspec.Struct, frozen=True):
    """What a log says, all told. `ended` is missing while the flight still flies."""

    choices: tuple[Choice, ...]
    usage: Usage | None = None
    started: Started | None = None
    ended: Ended | None = None
    foreign: Foreign | None = None
    evidence: Evidence | None = None
    """What it rests on, where it was looked for in documents."""

    @property
    def text(self) -> str:
        """The text of the first choice."""
        if not self.choices:
            return ""
        return "".join(
            i.content for i in self.choices[0].items if isinstance(i, Message) and isinstance(i.content, str)
        )


class _Draft:
    """One choice as it grows."""

    __slots__ = ("calls", "foreign", "logprobs", "reason", "reasoning", "refusal", "text")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.calls: dict[int, tuple[ToolCalled, list[str]]] = {}
        self.logprobs: list[Any] = []
        self.reason = ""
        self.foreign: Foreign = {}

    def add(self, delta: Delta) -> None:
        if delta.lane == "text":
            self.text.append(delta.text)
        elif delta.lane == "reasoning":
            self.reasoning.append(delta.text)
        elif delta.lane == "refusal":
            self.refusal.append(delta.text)
        elif delta.item in self.calls:
            self.calls[delta.item][1].append(delta.text)
        if delta.logprobs is not None:
            self.logprobs.append(delta.logprobs)

    def choice(self) -> Choice:
        items: list[Item] = []
        if self.reasoning:
            items.append(Reasoning(_joined(self.reasoning)))
        text = _joined(self.text)
        if text or not self.calls:
            items.append(Message("assistant", text))
        for called, pieces in self.calls.values():
            items.append(ToolCall(called.id, called.name, _joined(pieces), called.foreign))
        return Choice(
            tuple(items),
            self.reason or ("tool_calls" if self.calls else "stop"),
            "".join(self.refusal) or None,
            join_logprobs(self.logprobs),
            self.foreign or None,
        )


def _joined(pieces: list[str]) -> str:
    """The text of the pieces, which become one: a growing answer is folded many times."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""


def join_logprobs(pieces: list[Any]) -> Any:
    """Log probabilities of the pieces as those of the whole: lists under the same name are joined."""
    if not pieces:
        return None
    whole: dict[str, Any] = {}
    for piece in pieces:
        for name, value in piece.items():
            if isinstance(value, list):
                whole[name] = (whole.get(name) or []) + value
            else:
                whole.setdefault(name, value)
    return whole


class Folding:
    """An answer that grows: what was folded already is not folded again."""

    def __init__(self) -> None:
        self._drafts: dict[int, _Draft] = {}
        self._usage: Usage | None = None
        self._started: Started | None = None
        self._ended: Ended | None = None
        self._whole: Whole | None = None
        self._retrieved: Retrieved | None = None
        self._cited: list[Cited] = []

    def add(self, events: Iterable[Event]) -> None:
        """Go on with these events. Unknown ones are skipped."""
        for event in events:
            if type(event) is Delta:
                self._draft(event.choice).add(event)
            elif type(event) is ToolCalled:
                self._draft(event.choice).calls[event.item] = (event, [])
            elif type(event) is Finished:
                draft = self._draft(event.choice)
                draft.reason, draft.foreign = event.reason, event.foreign or {}
            elif type(event) is Usage:
                self._usage = event
            elif type(event) is Cited:
                self._cited.append(event)
            elif type(event) is Retrieved:
                self._retrieved = event
            elif type(event) is Started:
                self._started = event
            elif type(event) is Whole:
                self._whole = event
            elif type(event) is Ended:
                self._ended = event

    def _draft(self, choice: int) -> _Draft:
        return self._drafts.setdefault(choice, _Draft())

    def answer(self) -> Answer:
        """What these events tell so far."""
        if self._whole is not None and not self._drafts:
            return _in_one_block(self._started, self._whole, self._ended, self._usage, self._evidence())
        choices = tuple(self._drafts[index].choice() for index in sorted(self._drafts))
        nothing = (Choice((Message("assistant", ""),)),)
        return Answer(choices or nothing, self._usage, self._started, self._ended, None, self._evidence())

    def _evidence(self) -> Evidence | None:
        found = self._retrieved
        if found is None:
            return None
        return Evidence(found.passages, found.bases, found.threshold, found.remarks, tuple(self._cited))


def _in_one_block(
    started: Started | None,
    whole: Whole,
    ended: Ended | None,
    usage: Usage | None = None,
    evidence: Evidence | None = None,
) -> Answer:
    return Answer(whole.choices, usage or whole.usage, started, ended, whole.foreign, evidence)


def fold(events: Iterable[Event]) -> Answer:
    """The answer that these events tell."""
    if type(events) is list and len(events) == len(_BLOCK) and [*map(type, events)] == _BLOCK:
        return _in_one_block(*events)
    folding = Folding()
    folding.add(events)
    return folding.answer()


_BLOCK = [Started, Whole, Ended]
"""What an answer in one block is told by: nothing is to be put together."""
