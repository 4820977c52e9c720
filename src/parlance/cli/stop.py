"""`parlance stop`: take a model out of memory."""

from __future__ import annotations

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.completion import models
from parlance.cli.exits import Exit, Failure


@click.command("stop")
@click.argument("model", shell_complete=models)
@output.json_option
def command(model: str, as_json: bool) -> None:
    """Take MODEL out of memory."""
    try:
        connected().ask("POST", "/api/generate", {"model": model, "keep_alive": 0, "stream": False})
    except Failure as failure:
        if failure.exit_code == Exit.MISSING:
            raise Failure(f'couldn\'t find model "{model}" to stop', Exit.MISSING) from None
        raise
    if as_json:
        output.emit({"stopped": model})
