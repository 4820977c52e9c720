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
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--database", metavar="URL", help="Of a WeKnora installation; else what DB_HOST and the like say.")
@click.option("--dry-run", "dry", is_flag=True, help="Of a WeKnora installation: only count what would be taken in.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["auto", "parlance", "chatgpt", "openwebui"]),
    default="auto",
    show_default=True,
    help="Whose file it is.",
)
@output.json_option
def command(file: Path, folder: Path | None, database: str | None, dry: bool, kind: str, as_json: bool) -> None:
    """Take in the chats of FILE (`-` is standard input).

    Parlance's own export, ChatGPT's export (the zip, or the conversations.json in it), or Open WebUI's. What was taken
    in before is not taken in again.

    `parlance import chatbot FOLDER` takes in the people of the chatbot app, with their passwords and their sets as they
    lie in its data folder, still encrypted.

    `parlance import weknora FOLDER` takes in all of a WeKnora installation: its PostgreSQL database, and FOLDER with
    its files (LOCAL_STORAGE_BASE_DIR). The environment of that installation says where the database is (DB_HOST,
    DB_PORT, DB_USER, DB_PASSWORD, DB_NAME), and TENANT_AES_KEY which of its keys are good. What was taken in before is
    not taken in again; what was broken off goes on.
    """
    if str(file) == "weknora":
        return _installation(folder, database, dry, as_json)
    if database is not None or dry:
        raise click.UsageError("--database and --dry-run go with `parlance import weknora` only.")
    if folder is not None:
        return _people(file, folder, as_json)
    content = sys.stdin.buffer.read(MOST_BYTES + 1) if str(file) == "-" else _read(file)
    if len(content) > MOST_BYTES:
        raise Failure(f"{file} has more than {MOST_BYTES // (1024 * 1024)} MiB, and the server takes no more at once.")
    done = connected().ask("POST", "/parlance/v1/chats.import?" + urlencode({"format": kind}), content)
    if as_json:
        output.emit(done)
    else:
        output.lines(_told(done))


def _people(word: Path, folder: Path, as_json: bool) -> None:
    from parlance.cli.chatbot_folder import take_in

    if str(word) != "chatbot":
        raise click.UsageError("A folder is taken in by `parlance import chatbot FOLDER` only.")
    done = take_in(connected(), folder)
    if as_json:
        output.emit(done)
    else:
        output.lines(_told({**done, "refused": []}))
        output.lines(f"  {each['name']}: {each['reason']}" for each in done["refused"])


def _installation(folder: Path | None, database: str | None, dry: bool, as_json: bool) -> None:
    from parlance.cli.weknora import take_in

    report = take_in(folder, database, dry=dry)
    if as_json:
        output.emit(report.told())
    else:
        output.lines(report.lines())


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
