"""`parlance completion`: lets a shell complete verbs, options, models, knowledge bases and operations.

The shell calls `parlance` itself for each completion: the script names no verb, and never grows old.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from parlance.cli import output
from parlance.cli.client import Client
from parlance.cli.exits import Failure
from parlance.cli.pages import every
from parlance.cli.place import find

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PARLANCE_COMPLETE"
"""Click's own name for what the shell says when it asks."""
HINTS = {
    "bash": 'eval "$(parlance completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(parlance completion zsh)"   in ~/.zshrc, behind compinit',
    "fish": "parlance completion fish > ~/.config/fish/completions/parlance.fish",
}
OPERATIONS = "/as/native/openapi.json"
_OPERATION = re.compile(r"/parlance/v1/([^/{}]+)").fullmatch


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@output.json_option
def command(shell: str, as_json: bool) -> None:
    """Print the script by which SHELL completes what is typed.

    For bash put `eval "$(parlance completion bash)"` into ~/.bashrc, for zsh the same with zsh into ~/.zshrc, and for
    fish write it into ~/.config/fish/completions/parlance.fish.
    """
    from parlance.cli.main import main

    kind = get_completion_class(shell)
    assert kind is not None
    made = kind(main, {}, "parlance", VARIABLE)
    script = made.source_template % made.source_vars()
    if as_json:
        output.emit({"shell": shell, "script": script, "use": HINTS[shell]})
        return
    click.echo(script)
    click.echo(f"# {HINTS[shell]}", err=True)


def models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models of the running server. A shell that completes shows no errors: without a server there are none."""
    return _named(incomplete, lambda client: [card["id"] for card in client.ask("GET", "/parlance/v1/models.list")])


def operations(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The operations of the native API."""
    return _named(
        incomplete, lambda client: [m[1] for m in map(_OPERATION, client.ask("GET", OPERATIONS)["paths"]) if m]
    )


def bases(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the knowledge bases."""
    return _named(incomplete, lambda client: [base["name"] for base in every(client, "bases.list", "bases")])


def _named(incomplete: str, look: Callable[[Client], list[str]]) -> list[CompletionItem]:
    try:
        names = look(Client(find(os.environ, Path.cwd())))
    except Failure:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
