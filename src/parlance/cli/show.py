"""`parlance show`: what is known of a model, as `ollama show` prints it."""

from __future__ import annotations

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.completion import models
from parlance.cli.description import described

PARTS = {
    "license": "Print its license.",
    "modelfile": "Print its Modelfile.",
    "parameters": "Print its parameters.",
    "system": "Print its system message.",
    "template": "Print its template.",
}


def _parts(function: click.decorators.FC) -> click.decorators.FC:
    for name, about in reversed(PARTS.items()):
        function = click.option(f"--{name}", "parts", flag_value=name, multiple=True, help=about)(function)
    return function


@click.command("show")
@click.argument("model", shell_complete=models)
@_parts
@click.option("-v", "--verbose", is_flag=True, help="Print all metadata and the tensors.")
@output.json_option
def command(model: str, parts: tuple[str, ...], verbose: bool, as_json: bool) -> None:
    """Show what is known of MODEL, or one part of it."""
    if len(parts) > 1:
        raise click.UsageError(f"Only one of {', '.join('--' + name for name in PARTS)} can be given.")
    answer = connected().ask("POST", "/api/show", {"model": model, "verbose": verbose})
    if as_json:
        output.emit({part: answer.get(part, "") for part in parts} or answer)
    elif parts:
        click.echo(answer.get(parts[0]) or "", nl=parts[0] not in ("system", "template"))
    else:
        output.lines(described(answer, verbose))
