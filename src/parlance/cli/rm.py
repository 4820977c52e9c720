"""`parlance rm`: remove models."""

from __future__ import annotations

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.completion import models as complete


@click.command("rm")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", shell_complete=complete)
@output.json_option
def command(models: tuple[str, ...], as_json: bool) -> None:
    """Remove the models, one after the other, until one cannot be removed."""
    client = connected()
    deleted = []
    try:
        for model in models:
            client.ask("DELETE", "/api/delete", {"model": model})
            deleted.append(model)
            if not as_json:
                click.echo(f"deleted '{model}'")
    finally:
        if as_json:
            output.emit({"deleted": deleted})
