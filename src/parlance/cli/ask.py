"""`parlance ask`: one question, one answer, for scripts."""

from __future__ import annotations

import sys

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.completion import models
from parlance.cli.conversation import Conversation, default_model, prompted


@click.command("ask")
@click.argument("question", nargs=-1, metavar="[QUESTION]")
@click.option("--model", help="Model to ask; the server's default one when not given.", shell_complete=models)
@click.option("--connection", "--provider", help="Take the model of this connection.")
@click.option("--system", default="", help="System message.")
@output.json_option
def command(question: tuple[str, ...], model: str | None, connection: str | None, system: str, as_json: bool) -> None:
    """Ask QUESTION, with what is piped in before it, and print the answer alone."""
    text = prompted(question)
    if not text:
        raise click.UsageError("There is no question: give one, or pipe it in.")
    client = connected()
    if model is None or connection is not None:
        model = default_model(client, connection, model)
    answer = Conversation(client, model, system=system).answer(text)
    if as_json:
        output.emit(answer)
    else:
        content = answer["content"]
        click.echo(output.safe(content) if sys.stdout.isatty() else content)
