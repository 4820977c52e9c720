"""`parlance rm`: remove models."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import click

from parlance.cli import output
from parlance.cli.client import Client, connected
from parlance.cli.completion import models as complete
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import settings
from parlance.values.models import EMBEDDERS, LOCAL, RERANKERS

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


@click.command("rm")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", shell_complete=complete)
@output.json_option
def command(models: tuple[str, ...], as_json: bool) -> None:
    """Remove the models, one after the other, until one cannot be removed.

    `local/NAME` is an embedder or a reranker in the data folder of this machine, such as `parlance pull` fetched; bases
    that use it want another one then. Any other is of the Ollama behind the server.
    """
    deleted: list[str] = []
    client: Client | None = None
    try:
        for model in models:
            if model.startswith(LOCAL):
                shutil.rmtree(folder_of(model))
            else:
                client = client or connected()
                client.ask("DELETE", "/api/delete", {"model": model})
            deleted.append(model)
            if not as_json:
                click.echo(f"deleted '{model}'")
    finally:
        if as_json:
            output.emit({"deleted": deleted})


def folder_of(model: str) -> Path:
    """Where the files of a model of this machine are. Raises Failure where there are none."""
    name, data = model.removeprefix(LOCAL), settings(os.environ, Path.cwd()).settings.data.dir
    if data is not None and NAME.fullmatch(name):
        for kind in (EMBEDDERS, RERANKERS):
            if (home := Path(data) / "models" / kind / name).is_dir() and not home.is_symlink():
                return home
    where = "no data folder here" if data is None else f"no such model in {Path(data) / 'models'}"
    raise Failure(f"{output.safe(model)} cannot be removed: there is {where}.", Exit.MISSING)
