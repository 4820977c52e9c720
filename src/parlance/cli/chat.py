"""`parlance chat`: talk to the default model."""

from __future__ import annotations

from typing import Any

import click

from parlance.cli.client import connected
from parlance.cli.completion import models
from parlance.cli.conversation import default_model
from parlance.cli.run import converse, wishes


@click.command("chat")
@click.argument("prompt", nargs=-1, metavar="[PROMPT]")
@click.option("--model", help="Model to talk to; the server's default one when not given.", shell_complete=models)
@wishes
def command(model: str | None, prompt: tuple[str, ...], **given: Any) -> None:
    """Talk to the default model: once with PROMPT or what is piped in, else in turns."""
    client = connected()
    converse(client, model or default_model(client), prompt, given)
