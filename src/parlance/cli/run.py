"""`parlance run`: talk to a model, once or in turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import click

from parlance.cli import output
from parlance.cli.client import Client, connected
from parlance.cli.completion import models
from parlance.cli.conversation import Conversation, prompted
from parlance.cli.exits import Exit, Failure

THINK = {"true": True, "false": False}
UNSUPPORTED = 501
"""The status of a server without an engine that could fetch models."""


def wishes(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that `run` and `chat` share."""
    for option in reversed(
        (
            click.option("--format", help="Format of the answer: json, or a JSON schema."),
            click.option("--keepalive", help="How long the model stays in memory, such as 5m."),
            click.option("--system", default="", help="System message."),
            click.option(
                "--think",
                is_flag=False,
                flag_value="true",
                metavar="[true|false|low|medium|high]",
                help="Whether the model thinks first, and how long.",
            ),
            click.option("--hidethinking", is_flag=True, help="Do not show the thinking."),
            click.option("--verbose", is_flag=True, help="Show counts and times after the answer."),
            click.option("--nowordwrap", is_flag=True, help="Do not break lines between words."),
            output.json_option,
        )
    ):
        function = option(function)
    return function


@click.command("run")
@click.argument("model", shell_complete=models)
@click.argument("prompt", nargs=-1, metavar="[PROMPT]")
@click.option("--insecure", is_flag=True, help="When the model is fetched first: allow a registry without TLS.")
@wishes
def command(model: str, prompt: tuple[str, ...], insecure: bool, **given: Any) -> None:
    """Ask MODEL the PROMPT and what is piped in; without either, talk to it in turns.

    A model that is not there is fetched first, where an engine can.
    """
    client = connected()
    _fetch(client, model, insecure)
    converse(client, model, prompt, given)


def converse(client: Client, model: str, prompt: tuple[str, ...], given: dict[str, Any]) -> None:
    """One answer where there is a prompt; turns on a terminal; else the model is only loaded."""
    conversation = made(client, model, given)
    text = prompted(prompt)
    if given["as_json"]:
        if not text:
            raise click.UsageError("--json needs a prompt.")
        output.emit(conversation.answer(text))
    elif text:
        conversation.say(text)
    elif sys.stdin is not None and sys.stdin.isatty():
        from parlance.cli.turns import Turns

        conversation.load()
        Turns(conversation).talk()
    else:
        conversation.load()


def made(client: Client, model: str, given: dict[str, Any]) -> Conversation:
    """A conversation with the wishes of the command line."""
    return Conversation(
        client,
        model,
        system=given["system"],
        format=formatted(given["format"]),
        think=None if given["think"] is None else THINK.get(given["think"], given["think"]),
        keep_alive=given["keepalive"],
        verbose=given["verbose"],
        wrap=not given["nowordwrap"],
        hide_thinking=given["hidethinking"],
    )


def formatted(text: str | None) -> object:
    """`json`, or the JSON schema that the text is."""
    import json

    if text is None or text == "json":
        return text
    try:
        schema = json.loads(text)
    except ValueError:
        schema = None
    if not isinstance(schema, dict):
        raise click.UsageError("--format takes `json` or a JSON schema.")
    return schema


def _fetch(client: Client, model: str, insecure: bool) -> None:
    """Fetch a model that the server does not have."""
    from parlance.cli.progress import follow

    try:
        client.ask("POST", "/api/show", {"model": model})
    except Failure as missing:
        if missing.exit_code != Exit.MISSING:
            raise
        body = {"model": model, "insecure": True} if insecure else {"model": model}
        try:
            follow(client.lines("/api/pull", body), time.monotonic_ns)
        except Failure as failure:
            if failure.status == UNSUPPORTED:
                raise missing from None
            raise
