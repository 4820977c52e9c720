"""The command line: verbs are found by name and imported when used, so that each starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from parlance.cli.exits import Exit

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VERBS = {
    "serve": "Start the server.",
    "worker": "Read documents beside servers.",
    "run": "Talk to a model, once or in turns.",
    "chat": "Talk to the default model.",
    "ask": "Ask one question and print the answer.",
    "list": "List the models.",
    "ps": "List the models in memory.",
    "show": "Show what is known of a model.",
    "pull": "Fetch a model.",
    "stop": "Take a model out of memory.",
    "cp": "Give a model a second name.",
    "rm": "Remove models.",
    "do": "Do any operation of the native API.",
    "export": "Write chats into a file.",
    "import": "Take in chats from a file.",
    "index": "Put the files of a folder into a knowledge base.",
    "search": "Find passages in a knowledge base.",
    "evaluate": "Measure how well a knowledge base is searched.",
    "user": "Look after the people.",
    "key": "Make, list and end keys.",
    "connection": "Look after the connections to engines.",
    "connect": "Tell another program of this server.",
    "mcp": "Carry the Model Context Protocol over standard input and output.",
    "config": "Show the settings, or make a key.",
    "backup": "Back the server up while it serves.",
    "restore": "Make a server's data of a backup.",
    "completion": "Let a shell complete what is typed.",
    "doctor": "Check this installation and say what to do.",
}
"""Every verb and its one line of help, so that `--help` imports none of them."""
ALIASES = {"ls": "list"}


class Verbs(click.Group):
    """Verbs by name; each lives in a module of its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the list above."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one verb."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in VERBS:
            return None
        command: click.Command = import_module(f"parlance.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The verbs that begin so, without importing them."""
        from click.shell_completion import CompletionItem

        found = [CompletionItem(name, help=about) for name, about in VERBS.items() if name.startswith(incomplete)]
        return found or click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. Ctrl-C ends it as a shell expects, without a trace."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(Exit.INTERRUPTED)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="parlance", prog_name="parlance")
def main() -> None:
    """One self-hosted AI chat server that every client already knows how to talk to.

    All verbs but `serve`, `config` and `doctor` ask a running server: the one that PARLANCE_URL names, else the one of
    this user's data folder, else the address in the settings.
    """
