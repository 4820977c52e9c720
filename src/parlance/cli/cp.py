"""`parlance cp`: give a model a second name."""

from __future__ import annotations

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.completion import models


@click.command("cp")
@click.argument("source", shell_complete=models)
@click.argument("destination")
@output.json_option
def command(source: str, destination: str, as_json: bool) -> None:
    """Give the model SOURCE the second name DESTINATION."""
    connected().ask("POST", "/api/copy", {"source": source, "destination": destination})
    if as_json:
        output.emit({"source": source, "destination": destination})
    else:
        click.echo(f"copied '{source}' to '{destination}'")
