"""`parlance import`: take in chats."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.exits import Failure

MOST_BYTES = 64 * 1024 * 1024
"""Of one file: as much as the server takes."""
CONVERSATIONS = "conversations.json"


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", "parlance", "chatgpt", "openwebui"]),
    default="auto",
    show_default=True,
    help="Whose file it is.",
)
@output.json_option
def command(file: Path, kind: str, as_json: bool) -> None:
    """Take in the chats of FILE (`-` is standard input).

    Parlance's own export, ChatGPT's export (the zip, or the conversations.json in it), or Open WebUI's. What was taken
    in before is not taken in again.
    """
    content = sys.stdin.buffer.read(MOST_BYTES + 1) if str(file) == "-" else _read(file)
    if len(content) > MOST_BYTES:
        raise Failure(f"{file} has more than {MOST_BYTES // (1024 * 1024)} MiB, and the server takes no more at once.")
    done = connected().ask("POST", "/parlance/v1/chats.import?" + urlencode({"format": kind}), content)
    if as_json:
        output.emit(done)
    else:
        output.lines(_told(done))


def _read(file: Path) -> bytes:
    """A file, or what is in the zip that ChatGPT sends: never more than can be sent."""
    try:
        if not zipfile.is_zipfile(file):
            with file.open("rb") as opened:
                return opened.read(MOST_BYTES + 1)
        with zipfile.ZipFile(file) as archive, archive.open(CONVERSATIONS) as inner:
            return inner.read(MOST_BYTES + 1)
    except KeyError:
        raise Failure(f"{file} is a zip without {CONVERSATIONS}: it is no export of ChatGPT.") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise Failure(f"Cannot read {file}: {getattr(error, 'strerror', None) or error}.") from None


def _told(done: dict[str, Any]) -> list[str]:
    lines = [f"{done['imported']} new, {done['skipped']} were there already, {len(done['refused'])} could not be read"]
    return lines + [f"  chat {each['place']}: {each['reason']}" for each in done["refused"]]
