"""`parlance ask`: one question, one answer, for scripts; from documents, too."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Any

import click

from parlance.cli import bases, output
from parlance.cli.client import Client, connected, printable
from parlance.cli.completion import bases as base_names
from parlance.cli.completion import models
from parlance.cli.conversation import Conversation, default_model, prompted
from parlance.cli.exits import Failure
from parlance.cli.remarks import REMARKS
from parlance.cli.sources import Grounded, told


@click.command("ask")
@click.argument("question", nargs=-1, metavar="[QUESTION]")
@click.option("--model", help="Model to ask; the server's default one when not given.", shell_complete=models)
@click.option("--connection", "--provider", help="Take the model of this connection.")
@click.option("--system", default="", help="System message.")
@click.option("--base", "named", multiple=True, shell_complete=base_names, help="Answer from this base; repeatable.")
@click.option("--most", type=click.IntRange(1, 100), default=10, show_default=True, help="Passages to answer from.")
@click.option("--beyond", is_flag=True, help="Let the model say what is not in the base, too.")
@output.json_option
def command(
    question: tuple[str, ...],
    model: str | None,
    connection: str | None,
    system: str,
    named: tuple[str, ...],
    most: int,
    beyond: bool,
    as_json: bool,
) -> None:
    """Ask QUESTION, with what is piped in before it, and print the answer alone.

    With --base, a name or an id, the answer comes from its documents as it is written, and below it what it rests on:
    each passage under the number that the answer has for it, and the words that are quoted. Where nothing is found the
    answer says so.
    """
    text = prompted(question)
    if not text:
        raise click.UsageError("There is no question: give one, or pipe it in.")
    client = connected()
    if model is None or connection is not None:
        model = default_model(client, connection, model)
    if named:
        ids = [bases.found(client, each)["id"] for each in named]
        _from_documents(client, _request(model, system, text) | _resting(ids, most, beyond), as_json)
        return
    answer = Conversation(client, model, system=system).answer(text)
    if as_json:
        output.emit(answer)
    else:
        content = answer["content"]
        click.echo(output.safe(content) if sys.stdout.isatty() else content)


def _request(model: str, system: str, text: str) -> dict[str, Any]:
    said = [("system", system), ("user", text)]
    items = [{"type": "message", "role": role, "content": content} for role, content in said if content]
    return {"ask": {"model": model, "items": items}}


def _resting(ids: list[str], most: int, beyond: bool) -> dict[str, Any]:
    return {"bases": ids, "grounds": {"most": most, "strict": not beyond}}


def _from_documents(client: Client, request: dict[str, Any], as_json: bool) -> None:
    """The answer as it comes, then its sources. Raises Failure."""

    def show(piece: str) -> None:
        if not as_json:
            click.echo(output.safe(piece), nl=False)
            sys.stdout.flush()

    answer = Grounded(show)
    try:
        with closing(client.events("/parlance/v1/messages.send", request)) as events:
            for event in events:
                answer.hear(event)
        answer.judge()
    except (Failure, KeyboardInterrupt):
        if answer.text and not as_json:
            click.echo()
        raise
    sources = answer.sources()
    if as_json:
        told_all = {"answer": answer.text, "model": request["ask"]["model"], "sources": sources}
        output.emit({**told_all, "passages": answer.passages, "remarks": answer.remarks})
        return
    output.lines(["", *([""] if sources else []), *told(sources)])
    if answer.passages and not sources:
        click.echo("The answer cites none of the passages that were found.", err=True)
    for remark in answer.remarks:
        click.echo(REMARKS.get(remark) or printable(remark), err=True)
