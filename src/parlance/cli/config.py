"""`parlance config`: the settings with their origins, their file, and new keys."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import get_args

import click

from parlance.cli import output
from parlance.cli.place import settings
from parlance.values.accounts import Scope

SCOPES = (*get_args(Scope), "all")
KEY_BYTES = 32
"""Random bytes of a key: nobody finds it by trying, so its plain hash may be written down."""
LONGEST_NAME = 64
LONGEST_OWNER = 128
file_option = click.option("--config", help="Settings file (parlance.toml).")


@click.group("config")
def command() -> None:
    """Show the settings, or make a key. No server needs to run."""


@command.command("show")
@file_option
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@output.json_option
def show(config: str | None, origin: bool, as_json: bool) -> None:
    """Show every setting with its value; secrets show as `set`."""
    from parlance.settings import view

    loaded = settings(os.environ, Path.cwd(), config)
    if as_json:
        output.emit(view.as_json(loaded, origin))
    else:
        output.lines(view.show(loaded, origin))
    for warning in loaded.warnings:
        click.echo(output.safe(warning), err=True)


@command.command("path")
@file_option
@output.json_option
def path(config: str | None, as_json: bool) -> None:
    """Print the path of the settings file that is read, or where one would be."""
    from parlance.settings.load import FILE_NAME

    loaded = settings(os.environ, Path.cwd(), config)
    folder = loaded.settings.data.dir
    found = loaded.file or Path(folder or Path.cwd()) / FILE_NAME
    if as_json:
        output.emit({"path": str(found), "exists": loaded.file is not None, "data": folder})
        return
    click.echo(str(found))
    if loaded.file is None:
        click.echo("There is no such file yet; the defaults hold.", err=True)


@command.command("new-key")
@click.option("--user", required=True, help="User the key acts for.")
@click.option("--tenant", default="default", show_default=True, help="Tenant of that user.")
@click.option("--name", help="Name of the key in logs; the user's when not given.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; chat if not given.")
@click.option("--model", "models", multiple=True, help="Pattern of models it may use; all when not given.")
@output.json_option
def new_key(
    user: str, tenant: str, name: str | None, scopes: tuple[str, ...], models: tuple[str, ...], as_json: bool
) -> None:
    """Make a key, print it once, and print the block for parlance.toml that lets it in.

    Nothing is written anywhere: the block holds only the key's SHA-256, and the server must be started again.
    """
    name = name or user[:LONGEST_NAME]
    for what, text, most in (
        ("--user", user, LONGEST_OWNER),
        ("--tenant", tenant, LONGEST_OWNER),
        ("--name", name, LONGEST_NAME),
    ):
        if not 1 <= len(text) <= most or not text.isprintable():
            raise click.UsageError(f"{what} takes 1 to {most} printable characters.")
    key = "sk-" + secrets.token_urlsafe(KEY_BYTES)
    hashed = "sha256:" + hashlib.sha256(key.encode()).hexdigest()
    block = _block(
        name=name, hash=hashed, user=user, tenant=tenant, scopes=scopes or ("chat",), models=models or ("*",)
    )
    if as_json:
        output.emit({"key": key, "hash": hashed, "toml": block})
        return
    click.echo(key)
    click.echo(f"\n{block}")
    click.echo(
        "The first line is the key; it is not shown again. Add the block to parlance.toml "
        "(`parlance config path` says where that is) and restart. With the first key every program needs one, on this "
        "machine too.",
        err=True,
    )


def _block(**fields: str | tuple[str, ...]) -> str:
    """A `[[keys]]` table. JSON's texts and lists of texts are TOML's too, as long as nothing is escaped by pairs."""
    rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["[[keys]]", *rows])
