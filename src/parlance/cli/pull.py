"""`parlance pull`: fetch a model into the Ollama behind the server."""

from __future__ import annotations

import time

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.progress import follow


@click.command("pull")
@click.argument("model")
@click.option("--insecure", is_flag=True, help="Allow a registry without TLS.")
@output.json_option
def command(model: str, insecure: bool, as_json: bool) -> None:
    """Fetch MODEL. With --json each step is an object on a line of its own."""
    body: dict[str, object] = {"model": model}
    if insecure:
        body["insecure"] = True
    follow(connected().lines("/api/pull", body), time.monotonic_ns, as_json)
