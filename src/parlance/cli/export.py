"""`parlance export`: chats as a file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlencode

import click

from parlance.cli import output
from parlance.cli.client import Client, connected
from parlance.cli.exits import Failure
from parlance.cli.figures import counted


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--chat", metavar="ID", help="Only this chat.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["json", "markdown"]),
    default="json",
    show_default=True,
    help="What is written.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@output.json_option
def command(file: Path, folder: Path | None, chat: str | None, kind: str, force: bool, as_json: bool) -> None:
    """Write your chats into FILE (`-` is standard output).

    As JSON, which `parlance import` takes in again; or as Markdown: of all chats a zip with one file each.

    `parlance export chatbot FOLDER` writes the people of the chatbot app and their sets, still encrypted, as that app's
    data folder.
    """
    client = connected()
    if folder is not None:
        return _people(client, file, folder, force, as_json)
    path = "/parlance/v1/chats.export?" + urlencode({"format": kind, **({"chat": chat} if chat else {})})
    if str(file) == "-":
        client.save(path, sys.stdout.buffer)
        return
    if file.exists() and not force:
        raise Failure(f"{file} is there already. Choose another name, or say --force.")
    size = _written(client, path, file)
    if as_json:
        output.emit({"file": str(file), "bytes": size})
    else:
        click.echo(f"wrote {size} bytes to {file}")


def _people(client: Client, word: Path, folder: Path, force: bool, as_json: bool) -> None:
    from parlance.cli.chatbot_folder import USERS, write_out

    if str(word) != "chatbot":
        raise click.UsageError("A folder is written by `parlance export chatbot FOLDER` only.")
    if (folder / USERS).exists() and not force:
        raise Failure(f"{folder / USERS} is there already. Choose another folder, or say --force.")
    count = write_out(client, folder)
    if as_json:
        output.emit({"folder": str(folder), "people": count})
    else:
        click.echo(f"wrote {counted(count, 'person', 'people')} to {folder}")


def _written(client: Client, path: str, file: Path) -> int:
    """Whole or not at all: what breaks off leaves the file as it was. Only its owner can read it."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise Failure(f"Cannot write {file}: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "wb") as into:
            size = _saved(client, path, into, file)
        os.replace(name, file)
        return size
    except BaseException:
        os.unlink(name)
        raise


def _saved(client: Client, path: str, into: BinaryIO, file: Path) -> int:
    try:
        size = client.save(path, into)
        into.flush()
        os.fsync(into.fileno())
    except OSError as error:
        raise Failure(f"Cannot write {file}: {error.strerror}.") from None
    return size
