"""The sink between an engine and the log of an answer that rests on passages: it tells what each sentence cites.

To find what a sentence rests on takes milliseconds, so that is done in a thread, sentence by sentence; what comes
meanwhile is held back, and everything is told in the order in which it would be if it took no time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import msgspec

from parlance.core.knowledge.asking.citing import Citing
from parlance.core.knowledge.asking.passages import Numbered
from parlance.core.knowledge.asking.withholding import Withholding
from parlance.core.runs.log import BOUND
from parlance.core.runs.unfold import unfold
from parlance.ports.engines import Flow, Sink
from parlance.values.errors import Fault
from parlance.values.events import Cited, Delta, Event, Finished, Whole
from parlance.values.notices import Notice


class _Said:
    """One of several answers as it is said."""

    def __init__(self, citing: Citing, withholding: Withholding) -> None:
        self.citing = citing
        self.withholding = withholding
        self.over = False


class _Reading(NamedTuple):
    """A piece of an answer to be read for what it cites; its end where there is no text."""

    citing: Citing
    text: str | None

    @property
    def takes_long(self) -> bool:
        return self.citing.takes_long(self.text or "")

    def sentences(self) -> Iterator[Cited]:
        return self.citing.end() if self.text is None else self.citing.push(self.text)


class Telling:
    """A `Sink` for one call of an engine. Where the answer begins with `marker`, `fallback` is all that is told of it.
    `said` is what there is of the first answer already, where it goes on. Whose sentence is looked at now has the
    `turn`: threads share one interpreter with the loop, so there is one for all answers."""

    def __init__(
        self,
        sink: Sink,
        passages: Sequence[Numbered],
        *,
        marker: str = "",
        fallback: str = "",
        said: str = "",
        turn: asyncio.Lock | None = None,
    ) -> None:
        self._sink = sink
        self._passages = passages
        self._marker, self._fallback = marker, fallback
        self._choices: dict[int, _Said] = {}
        self._turn = turn or asyncio.Lock()
        self._held: deque[Callable[[], None] | _Reading] = deque()
        self._letters = 0
        """What is held back, and how many letters of text since that began."""
        self._reading: asyncio.Task[None] | None = None
        self._silent = False
        if said:
            first = self._choices[0] = _Said(Citing(passages), Withholding("", ""))
            self._read(first.citing, said)

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
            self._pass(partial(self._sink.push, event), 0)

    def say(self, texts: Sequence[str]) -> None:
        """The same of a burst of the first answer's text."""
        said = self._of(0)
        if not said.withholding.is_open:
            for text in texts:
                self._text(Delta(text))
            return
        joined = "".join(texts)
        self._pass(partial(self._sink.say, texts), len(joined))
        self._read(said.citing, joined)

    def notice(self, notice: Notice) -> None:
        """Pass it on."""
        self._sink.notice(notice)

    def tap(self, flow: Flow | None) -> None:
        """Pass it on."""
        self._sink.tap(flow)

    async def end(self, *, whole: bool) -> None:
        """The engine says no more: returns when everything is told. What is held back of an answer that is not whole
        may be its marker: it is dropped; and of its sentences only the next few are looked at, as of one that whoever
        waits for leaves."""
        if whole:
            for choice in self._choices:
                self._finish(choice)
            await self._told()
            return
        self._hurry()
        with suppress(Fault):  # a log that is full has no room for it, and how the call ended is what counts
            for said in self._choices.values():
                if not said.over:
                    said.over = True
                    self._read(said.citing, None)
            await self._told()

    async def _told(self) -> None:
        """Wait until nothing is held back. Raises what the sink has raised meanwhile."""
        if self._reading is None:
            return
        try:
            await asyncio.wait([self._reading])
        except asyncio.CancelledError:
            self._hurry()
            await asyncio.wait([self._reading])
            raise
        self._reading.result()

    def _hurry(self) -> None:
        for said in self._choices.values():
            said.citing.hurry()

    def _text(self, delta: Delta) -> None:
        said = self._of(delta.choice)
        shown = said.withholding.push(delta.text)
        if shown:
            told = delta if shown == delta.text else msgspec.structs.replace(delta, text=shown)
            self._pass(partial(self._sink.push, told), len(shown))
            self._read(said.citing, shown)

    def _finish(self, choice: int) -> None:
        said = self._of(choice)
        if said.over:
            return
        said.over = True
        held = said.withholding.end()
        if held:
            self._pass(partial(self._sink.push, Delta(held, choice=choice)), len(held))
            self._read(said.citing, held)
        self._read(said.citing, None)

    def _of(self, choice: int) -> _Said:
        if choice not in self._choices:
            self._choices[choice] = _Said(Citing(self._passages, choice), Withholding(self._marker, self._fallback))
        return self._choices[choice]

    # -- one after the other ----------------------------------------------------------------------------------------

    def _pass(self, tell: Callable[[], None], letters: int) -> None:
        """Tell it, behind all that is held back. More of that than a log holds is told at once, which the log says."""
        if not self._is_reading():
            self._letters = 0
            tell()
            return
        self._held.append(tell)
        self._letters += letters
        if self._letters > BOUND:
            self._silent = True
            held, self._held = self._held, deque()
            for step in held:
                if not isinstance(step, _Reading):
                    step()

    def _read(self, citing: Citing, text: str | None) -> None:
        """Tell what a piece cites, behind all that is held back."""
        reading = _Reading(citing, text)
        if self._silent:
            return
        if self._is_reading():
            self._held.append(reading)
        elif reading.takes_long:
            self._held.append(reading)
            self._reading = asyncio.get_running_loop().create_task(self._go_through())
        else:
            for cited in reading.sentences():
                self._sink.push(cited)

    def _is_reading(self) -> bool:
        """Whether something is held back. Raises what the sink has raised meanwhile."""
        if self._reading is not None and self._reading.done():
            self._reading.result()
            self._reading = None
        return self._reading is not None

    async def _go_through(self) -> None:
        """Tell what is held back, and what comes to it meanwhile."""
        while self._held:
            step = self._held.popleft()
            if not isinstance(step, _Reading):
                step()
                continue
            sentences, long = step.sentences(), step.takes_long
            while cited := await self._next(sentences) if long else next(sentences, None):
                self._sink.push(cited)

    async def _next(self, sentences: Iterator[Cited]) -> Cited | None:
        async with self._turn:
            return await asyncio.to_thread(next, sentences, None)
