"""`parlance backup`: back the server up while it serves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.exits import Failure
from parlance.cli.figures import counted


@click.command("backup")
@click.option("--list", "listed", is_flag=True, help="List the backups there are, and make none.")
@click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False),
    help="Seal the backup with the first line of this file; then it holds the server's secrets too.",
)
@output.json_option
def command(listed: bool, passphrase_file: str | None, as_json: bool) -> None:
    """Back the whole server up while it serves.

    That is the database, all files and, when sealed, the secrets. It is kept in `backups` of the server's data folder.
    """
    server = connected()
    if listed:
        found = server.ask("GET", "/parlance/v1/backups.list")
        if as_json:
            return output.emit(found)
        return output.lines(f"{each['name']}  {each['size']:,} bytes" for each in found)
    body = {} if passphrase_file is None else {"passphrase": first_line(passphrase_file)}
    made = server.ask("POST", "/parlance/v1/backups.make", body)
    if as_json:
        return output.emit(made)
    output.lines([f"{made['name']}: {made['rows']:,} rows, {made['size']:,} bytes"])
    if made.get("lost"):
        click.echo(missing(made["lost"], made["lost_files"]), err=True)
    return None


def missing(count: int, files: Sequence[str]) -> str:
    """What a backup does not hold, in words."""
    rest = f" and {count - len(files):,} more" if count > len(files) else ""
    lacking = f"The content of {counted(count, 'file')} is not in it"
    return f"{lacking}, for it is not where it was stored: {', '.join(files)}{rest}"


def first_line(path: str) -> str:
    """A passphrase from a file: never from the command line, where every user of the machine could read it."""
    text = Path(path).read_text(encoding="utf-8").partition("\n")[0].strip()
    if not text:
        raise Failure("The passphrase file is empty.")
    return text
