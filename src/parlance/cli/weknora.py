"""A WeKnora installation as its own environment names it: its database, its folder of files, and its AES key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from parlance.assembly.weknora_original import originals
from parlance.cli.client import ENDED, asks, connected
from parlance.cli.exits import Exit, Failure
from parlance.cli.weknora_files import Files
from parlance.cli.weknora_move import Move, NoHands, ServerHands
from parlance.cli.weknora_report import Report
from parlance.ports.weknora_original import NotWeknora, Unreadable

LOOK = (
    "What came is its tenants' alone. `PARLANCE_API_KEY=<a tenant's key> parlance do bases.list` shows that tenant's "
    "bases, and in the page they are seen by whoever signs in as one of its people."
)
AES_BYTES = (16, 24, 32)


def take_in(folder: Path | None, database: str | None, *, dry: bool) -> Report:
    """Take in all of it, or only count it. Raises Failure."""
    report, aes_key = Report(dry), os.environ.get("TENANT_AES_KEY", "")
    if aes_key and len(aes_key.encode()) not in AES_BYTES:
        raise Failure("TENANT_AES_KEY has 16, 24 or 32 bytes.", Exit.USAGE)
    files = Files(folder or _folder(os.environ))
    try:
        free = _moved(database or place_of(os.environ), files, report, dry, aes_key)
    except NotWeknora as error:
        raise Failure(str(error), Exit.USAGE) from None
    except Unreadable as error:
        raise Failure(str(error)) from None
    if free and report.new["tenants"]:
        said = ENDED.partition(": ")[2]
        click.echo(f"{said[:1].upper()}{said[1:]}", err=True)
    if not dry:
        click.echo(LOOK, err=True)
    return report


def _moved(place: str | Mapping[str, Any], files: Files, report: Report, dry: bool, aes_key: str) -> bool:
    """Move all of it, and say whether the server asked nobody for a key until then."""
    with originals(place) as there:
        if dry:
            Move(there, files, NoHands(), report, _tell).all()
            return False
        client = connected()
        free = not asks(client)
        Move(there, files, ServerHands(client), report, _tell, aes_key).all()
        return free


def place_of(environment: Mapping[str, str]) -> dict[str, Any]:
    """Where WeKnora's own variables say that its database is. Raises Failure where they say nothing."""
    if not environment.get("DB_HOST"):
        said = "Say where WeKnora's database is: --database postgresql://USER@HOST:PORT/NAME, or its own DB_HOST, "
        raise Failure(f"{said}DB_PORT, DB_USER, DB_PASSWORD and DB_NAME.", Exit.USAGE)
    port = environment.get("DB_PORT", "5432")
    if not port.isdecimal():
        raise Failure("DB_PORT is no number.", Exit.USAGE)
    names = {"host": "DB_HOST", "user": "DB_USER", "password": "DB_PASSWORD", "database": "DB_NAME"}
    said_of_it = {name: environment[variable] for name, variable in names.items() if environment.get(variable)}
    return {**said_of_it, "port": int(port)}


def _folder(environment: Mapping[str, str]) -> Path | None:
    said = environment.get("LOCAL_STORAGE_BASE_DIR")
    if not said:
        return None
    folder = Path(said)
    if not folder.is_dir():
        raise Failure(f"There is no folder {said}, which LOCAL_STORAGE_BASE_DIR names: say where its files are.")
    return folder


def _tell(doing: str) -> None:
    click.echo(doing, err=True)
