"""The turns of `run` and `chat` on a terminal: a prompt, an answer, and commands that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from parlance.cli import output
from parlance.cli.conversation import Conversation
from parlance.cli.description import described
from parlance.cli.exits import Failure

PROMPT, MORE = ">>> ", "... "
QUOTES = '"""'
HELP = """Available Commands:
  /set            Set session variables
  /show           Show model information
  /load <model>   Talk to another model
  /clear          Clear session context
  /bye            Exit
  /?, /help       Help for a command

Use \"\"\" to begin a multi-line message.
"""
HELP_SET = """Available Commands:
  /set parameter <name> <value>  Set a parameter
  /set system <string>           Set system message
  /set format json               Enable JSON mode
  /set noformat                  Disable formatting
  /set wordwrap                  Enable wordwrap
  /set nowordwrap                Disable wordwrap
  /set verbose                   Show counts and times
  /set quiet                     Hide counts and times
  /set think [level]             Enable thinking
  /set nothink                   Disable thinking
"""
HELP_SHOW = """Available Commands:
  /show info         Show details for this model
  /show license      Show model license
  /show modelfile    Show Modelfile for this model
  /show parameters   Show parameters for this model
  /show system       Show system message
  /show template     Show prompt template
"""
NOTHING = {
    "license": "No license was specified for this model.",
    "modelfile": "No Modelfile was specified for this model.",
    "parameters": "No additional parameters were specified for this model.",
    "system": "No system message was specified for this model.",
    "template": "No prompt template was specified for this model.",
}
SWITCHES: dict[str, tuple[str, Any, str]] = {
    "wordwrap": ("wrap", True, "Set 'wordwrap' mode."),
    "nowordwrap": ("wrap", False, "Set 'nowordwrap' mode."),
    "verbose": ("verbose", True, "Set 'verbose' mode."),
    "quiet": ("verbose", False, "Set 'quiet' mode."),
    "nothink": ("think", False, "Set 'nothink' mode."),
    "noformat": ("format", None, "Disabled format."),
}
"""`/set` words that take no value: the attribute of the conversation, its value, and what is said."""


class Turns:
    """Reads lines until `/bye` or the end of input. `read` takes a prompt and gives a line; it raises EOFError."""

    def __init__(self, conversation: Conversation, read: Callable[[str], str] | None = None) -> None:
        self.conversation = conversation
        self._read = read or _terminal()

    def talk(self) -> None:
        """Turn by turn. Ctrl-C ends an answer or a half-typed message, never the program."""
        while True:
            try:
                text = self._message()
            except EOFError:
                click.echo()
                return
            except KeyboardInterrupt:
                click.echo("\nUse Ctrl + d or /bye to exit.")
                continue
            if text.split()[:1] in (["/bye"], ["/exit"]):
                return
            self._turn(text)

    def _message(self) -> str:
        """A line, or all between three quotes."""
        line = self._read(PROMPT)
        head, opened, rest = line.partition(QUOTES)
        if not opened or (head and not head.startswith("/set system")):
            return line
        parts = [rest]
        while not parts[-1].endswith(QUOTES):
            parts.append(self._read(MORE))
        return head + "\n".join(parts).removesuffix(QUOTES)

    def _turn(self, text: str) -> None:
        try:
            if text.startswith("/"):
                self._command(text)
            elif text.strip():
                self.conversation.say(text)
        except KeyboardInterrupt:
            click.echo("\n")
        except Failure as failure:
            click.echo(f"Error: {failure.message}", err=True)

    def _command(self, text: str) -> None:
        word, *arguments = text.split()
        match word:
            case "/set":
                self._set(arguments, text)
            case "/show":
                self._show(arguments)
            case "/load":
                self._load(arguments)
            case "/clear":
                self.conversation.messages = []
                click.echo("Cleared session context")
            case "/?" | "/help":
                topic = {"set": HELP_SET, "/set": HELP_SET, "show": HELP_SHOW, "/show": HELP_SHOW}
                click.echo(topic.get(arguments[0] if arguments else "", HELP))
            case _:
                click.echo(f"Unknown command '{word}'. Type /? for help")

    def _load(self, arguments: Sequence[str]) -> None:
        if len(arguments) != 1:
            click.echo("Usage:\n  /load <modelname>")
            return
        former, self.conversation.model = self.conversation.model, arguments[0]
        click.echo(f"Loading model '{arguments[0]}'")
        try:
            self.conversation.load()
        except Failure:
            self.conversation.model = former
            raise
        self.conversation.messages = []

    def _set(self, arguments: Sequence[str], text: str) -> None:
        match arguments:
            case [word] if word in SWITCHES:
                name, value, said = SWITCHES[word]
                setattr(self.conversation, name, value)
                click.echo(said)
            case ["think", *level] if len(level) < 2:
                self.conversation.think = level[0] if level else True
                click.echo(f"Set 'think' mode to '{level[0]}'." if level else "Set 'think' mode.")
            case ["format", *given]:
                self._set_format(given)
            case ["system", _, *_]:
                self.conversation.system = text.partition("system")[2].strip()
                click.echo("Set system message.")
            case ["parameter", name, value, *more]:
                self.conversation.options[name] = valued(name, [value, *more])
                click.echo(f"Set parameter '{name}' to '{', '.join([value, *more])}'")
            case [] | ["system"] | ["parameter", *_]:
                click.echo(HELP_SET)
            case _:
                click.echo(f"Unknown command '/set {arguments[0]}'. Type /? for help")

    def _set_format(self, given: Sequence[str]) -> None:
        if list(given) == ["json"]:
            self.conversation.format = "json"
            click.echo("Set format to 'json' mode.")
        else:
            click.echo("Invalid or missing format. For 'json' mode use '/set format json'")

    def _show(self, arguments: Sequence[str]) -> None:
        if not arguments:
            click.echo(HELP_SHOW)
            return
        part = arguments[0]
        if part != "info" and part not in NOTHING:
            click.echo(f"Unknown command '/show {part}'. Type /? for help")
            return
        answer = self.conversation.client.ask("POST", "/api/show", {"model": self.conversation.model})
        if part == "info":
            output.lines(described(answer))
            return
        own = {"system": self.conversation.system}.get(part)
        output.lines([own or answer.get(part) or NOTHING[part]])
        if part == "parameters" and self.conversation.options:
            output.lines(["User defined parameters:"])
            output.lines(f"  {name:<30} {value}" for name, value in self.conversation.options.items())


def valued(name: str, words: Sequence[str]) -> object:
    """The value of a model's option as its engine wants it: `stop` is a list, what looks like a number is one."""
    if name == "stop":
        return list(words)
    text = " ".join(words)
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _terminal() -> Callable[[str], str]:
    """Reads from the terminal, with line editing and history where the system has them."""
    try:
        import readline  # noqa: F401 - its import teaches `input` to edit
    except ImportError:
        pass
    return input
