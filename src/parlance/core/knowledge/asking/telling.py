"""The sink between an engine and the log of an answer that rests on passages: it tells what each sentence cites."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import msgspec

from parlance.core.knowledge.asking.citing import Citing
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.withholding import Withholding
from parlance.core.runs.unfold import unfold
from parlance.ports.engines import Flow, Sink
from parlance.values.errors import Fault
from parlance.values.events import Delta, Event, Finished, Whole
from parlance.values.notices import Notice


class _Said:
    """One of several answers as it is said."""

    def __init__(self, citing: Citing, withholding: Withholding) -> None:
        self.citing = citing
        self.withholding = withholding
        self.over = False


class Telling:
    """A `Sink` for one call of an engine. Where the answer begins with `marker`, `fallback` is all that is told of it.
    `said` is what there is of the first answer already, where it goes on."""

    def __init__(
        self, sink: Sink, passages: Sequence[Numbered], *, marker: str = "", fallback: str = "", said: str = ""
    ) -> None:
        self._sink = sink
        self._passages = passages
        self._marker, self._fallback = marker, fallback
        self._choices: dict[int, _Said] = {}
        if said:
            first = self._choices[0] = _Said(Citing(passages), Withholding("", ""))
            self._cite(first.citing.push(said))

    def push(self, event: Event) -> None:
        """Pass an event on, and behind it what the sentences cite that it has made whole."""
        if type(event) is Whole:
            for piece in unfold(event):
                self.push(piece)
        elif type(event) is Delta and event.lane == "text":
            self._text(event)
        else:
            if type(event) is Finished:
                self._finish(event.choice)
            self._sink.push(event)

    def say(self, texts: Sequence[str]) -> None:
        """The same of a burst of the first answer's text."""
        said = self._of(0)
        if not said.withholding.is_open:
            for text in texts:
                self._text(Delta(text))
            return
        self._sink.say(texts)
        self._cite(said.citing.push("".join(texts)))

    def notice(self, notice: Notice) -> None:
        """Pass it on."""
        self._sink.notice(notice)

    def tap(self, flow: Flow | None) -> None:
        """Pass it on."""
        self._sink.tap(flow)

    def end(self, *, whole: bool) -> None:
        """The engine says no more. What is held back of an answer that is not whole may be anything: it is dropped."""
        for choice, said in self._choices.items():
            if whole:
                self._finish(choice)
            elif not said.over:
                said.over = True
                with suppress(Fault):  # a log that is full has no room for it, and how the call ended is what counts
                    self._cite(said.citing.end())

    def _text(self, delta: Delta) -> None:
        said = self._of(delta.choice)
        shown = said.withholding.push(delta.text)
        if shown:
            self._sink.push(delta if shown == delta.text else msgspec.structs.replace(delta, text=shown))
            self._cite(said.citing.push(shown))

    def _finish(self, choice: int) -> None:
        said = self._of(choice)
        if said.over:
            return
        said.over = True
        held = said.withholding.end()
        if held:
            self._sink.push(Delta(held, choice=choice))
            self._cite(said.citing.push(held))
        self._cite(said.citing.end())

    def _cite(self, cited: Sequence[Event]) -> None:
        for each in cited:
            self._sink.push(each)

    def _of(self, choice: int) -> _Said:
        if choice not in self._choices:
            self._choices[choice] = _Said(Citing(self._passages, choice), Withholding(self._marker, self._fallback))
        return self._choices[choice]
