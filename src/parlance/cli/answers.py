"""Writes an answer to the terminal while it comes: thinking in grey, words wrapped, counts at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from parlance.cli import figures, output
from parlance.cli.tables import width

MARGIN = 5
"""Columns that stay free at the right, as with Ollama."""
NARROWEST = 10
Write = Callable[[str], object]


class Wrapper:
    """Breaks lines between words although the text comes in pieces: a word that turns out too long is taken back."""

    def __init__(self, write: Write, columns: int) -> None:
        self._write = write
        self._limit = columns - MARGIN
        self._used = 0
        self._word = ""

    def feed(self, text: str) -> None:
        """Write a piece."""
        self._write("".join(self._broken(text)))

    def _broken(self, text: str) -> Iterator[str]:
        for character in text:
            if character == "\n":
                self._used, self._word = 0, ""
                yield character
                continue
            columns = width(character)
            if self._used + columns > self._limit:
                yield self._break(character)
            yield character
            self._used += columns
            # A wide character is a word of its own: those scripts break anywhere.
            self._word = "" if character == " " or columns > 1 else self._word + character

    def _break(self, character: str) -> str:
        word, size = self._word, width(self._word)
        if character == " " or size == 0 or size > self._limit - MARGIN:
            self._used, self._word = 0, ""
            return "\n"
        self._used = size
        return f"\x1b[{size}D\x1b[K\n{word}"


class Display:
    """Shows the objects of a streamed chat and keeps what was said.

    `columns` is the width to wrap at, None for no wrapping. On a terminal no answer can command it.
    """

    def __init__(
        self,
        write: Write,
        *,
        terminal: bool = False,
        columns: int | None = None,
        colour: bool = False,
        hide_thinking: bool = False,
    ) -> None:
        self._write = write
        self._clean: Callable[[str], str] = output.safe if terminal else str
        self._say = Wrapper(write, columns).feed if columns is not None and columns >= NARROWEST else write
        self._colour = colour
        self._hide = hide_thinking
        self._thinking = False
        self.content = ""
        self.thought = ""
        self.last: dict[str, Any] = {}

    def show(self, piece: dict[str, Any]) -> None:
        """One object of the stream."""
        message = piece.get("message") or {}
        if thought := message.get("thinking"):
            self._think(thought)
        if content := message.get("content"):
            self._end_thinking()
            self.content += content
            self._say(self._clean(content))
        if piece.get("done"):
            self._end_thinking()
            self.last = piece

    @property
    def whole(self) -> bool:
        """Whether the answer came to its end."""
        return bool(self.last)

    def message(self) -> dict[str, Any]:
        """What was said, as the next request repeats it."""
        return {"role": "assistant", "content": self.content}

    def _think(self, thought: str) -> None:
        self.thought += thought
        if self._hide:
            return
        if not self._thinking:
            self._thinking = True
            self._write((output.GREY if self._colour else "") + "Thinking...\n")
        self._write(self._clean(thought))

    def _end_thinking(self) -> None:
        if self._thinking:
            self._thinking = False
            gap = "" if self.thought.endswith("\n") else "\n"
            self._write(f"{gap}...done thinking.\n\n" + (output.PLAIN if self._colour else ""))


def summary(last: dict[str, Any]) -> Iterator[str]:
    """The lines of `--verbose`, from the last object of a stream; durations are nanoseconds."""
    for name in ("total", "load"):
        if spent := last.get(f"{name}_duration"):
            yield _line(f"{name} duration", figures.duration(spent))
    for name in ("prompt eval", "eval"):
        key = name.replace(" ", "_")
        if tokens := last.get(f"{key}_count"):
            yield _line(f"{name} count", f"{tokens} token(s)")
        if spent := last.get(f"{key}_duration"):
            yield _line(f"{name} duration", figures.duration(spent))
            yield _line(f"{name} rate", f"{(tokens or 0) / spent * figures.SECOND:.2f} tokens/s")


def _line(name: str, value: str) -> str:
    return f"{name + ':':<22}{value}"
