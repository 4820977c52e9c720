"""A conversation with one model over Ollama's chat API: what was said, and how to say the next thing."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import click

from parlance.cli import output
from parlance.cli.answers import Display, summary
from parlance.cli.client import Client
from parlance.cli.exits import Exit, Failure

Message = dict[str, Any]


@dataclass
class Conversation:
    """The model, the messages so far and the wishes of each request."""

    client: Client
    model: str
    messages: list[Message] = field(default_factory=list)
    system: str = ""
    options: dict[str, object] = field(default_factory=dict)
    format: object = None
    think: bool | str | None = None
    keep_alive: str | None = None
    verbose: bool = False
    wrap: bool = True
    hide_thinking: bool = False

    def request(self, messages: list[Message]) -> dict[str, Any]:
        """The body of `/api/chat` for these messages; wishes that nobody has are left out."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        wishes = {
            "options": self.options or None,
            "format": self.format,
            "think": self.think,
            "keep_alive": self.keep_alive,
        }
        body: dict[str, Any] = {"model": self.model, "messages": system + messages, "stream": True}
        return body | {name: value for name, value in wishes.items() if value is not None}

    def say(self, text: str) -> None:
        """Send a message and show the answer. What came before Ctrl-C or a fault is on the screen and in the messages.

        Raises Failure and KeyboardInterrupt.
        """
        asked = [*self.messages, {"role": "user", "content": text}]
        display = self._display()
        try:
            with closing(self._pieces(asked)) as pieces:
                for piece in pieces:
                    display.show(piece)
                    sys.stdout.flush()
        finally:
            if display.content:
                self.messages = [*asked, display.message()]
        if not display.whole:
            raise Failure("The answer broke off. Ask again.")
        output.lines(["", ""])
        if self.verbose:
            click.echo("\n".join(summary(display.last)), err=True)

    def answer(self, text: str) -> dict[str, Any]:
        """Send a message and give the answer: `model`, `content`, `thinking` if any, and the last object's counts."""
        display = Display(lambda piece: None)
        with closing(self._pieces([*self.messages, {"role": "user", "content": text}])) as pieces:
            for piece in pieces:
                display.show(piece)
        if not display.whole:
            raise Failure("The answer broke off. Ask again.")
        counts = {key: value for key, value in display.last.items() if key.endswith(("_count", "_duration"))}
        thinking = {"thinking": display.thought} if display.thought else {}
        reason = display.last.get("done_reason", "stop")
        return {"model": self.model, "content": display.content, **thinking, "done_reason": reason, **counts}

    def load(self) -> None:
        """Bring the model into memory, so that the first answer need not wait. Raises Failure where there is none."""
        body: dict[str, Any] = {"model": self.model, "messages": [], "stream": False}
        if self.keep_alive is not None:
            body["keep_alive"] = self.keep_alive
        self.client.ask("POST", "/api/chat", body)

    def _pieces(self, messages: list[Message]) -> Generator[dict[str, Any], None, None]:
        return self.client.lines("/api/chat", self.request(messages))

    def _display(self) -> Display:
        terminal = sys.stdout.isatty()
        wrap = terminal and self.wrap and os.environ.get("TERM") != "dumb"
        return Display(
            sys.stdout.write,
            terminal=terminal,
            columns=output.columns() if wrap else None,
            colour=output.coloured(),
            hide_thinking=self.hide_thinking,
        )


def piped() -> str:
    """What another program or a file gives on standard input; empty on a terminal."""
    return "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()


def prompted(words: tuple[str, ...]) -> str:
    """The prompt: what was piped in, then the words of the command line."""
    return " ".join(part for part in (piped(), *words) if part)


def default_model(client: Client, connection: str | None = None, model: str | None = None) -> str:
    """The model to use when none is named, or the one of a connection. Raises Failure where there is none.

    The server lists the default model first.
    """
    cards = client.ask("GET", "/parlance/v1/models.list")
    chats = [card for card in cards if "chat" in card.get("capabilities", ["chat"])]
    if connection is not None:
        chats = [card for card in chats if card["ref"]["connection"] == connection]
    if model is not None:
        names = (model, f"{model}:latest")  # a name without a tag, as Ollama reads it
        chats = [card for card in chats if card["id"] in names or card["ref"]["name"] in names]
    if not chats:
        where = f" in the connection '{connection}'" if connection is not None else ""
        raise Failure(f"There is no such model{where}. `parlance list` shows those there are.", Exit.MISSING)
    return str(chats[0]["id"])
