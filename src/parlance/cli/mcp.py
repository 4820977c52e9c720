"""`parlance mcp`: a running server's knowledge bases, for a client that starts a program and talks through pipes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from parlance.cli.mcp_bridge import Bridge
from parlance.cli.place import Place, find


@click.command("mcp")
@click.option("--key", help="Act with this key; PARLANCE_API_KEY is better, for others see command lines.")
@click.option("--read-only", is_flag=True, help="Offer no tool that changes anything.")
def command(key: str | None, read_only: bool) -> None:
    """Carry the Model Context Protocol between standard input and output and the running server.

    For the settings of an assistant that takes a command. What it may see and do is what the key may; without one, on
    the server's own machine, what its owner may. `parlance connect` writes such settings.
    """
    place = find(os.environ, Path.cwd())
    if key is not None:
        place = Place(place.url, key)
    path = "/mcp?read_only=true" if read_only else "/mcp"
    Bridge(place, path, sys.stdin.buffer, sys.stdout.buffer).carry()
