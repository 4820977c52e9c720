"""`parlance worker`: read documents beside servers that share a database."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parlance.cli import output
from parlance.cli.exits import Exit
from parlance.settings.load import Loaded, SettingsError, Sources, load
from parlance.values.errors import Fault, Kind

if TYPE_CHECKING:
    from parlance.app import House

ALONE = (
    "A worker needs a database that servers share: set database.url to PostgreSQL or MySQL. With SQLite the server "
    "itself reads documents, as many at a time as knowledge.workers says."
)
USUAL = 2


@click.command("worker")
@click.option("--at-once", type=click.IntRange(1, 64), help="Documents that are read at a time.")
@click.option("--data", help="Data folder: the servers' own, or one that shows the same files.")
@click.option("--config", help="Settings file (parlance.toml).")
@output.json_option
def command(at_once: int | None, data: str | None, config: str | None, as_json: bool) -> None:
    """Read documents of knowledge bases beside servers that share a database, until told to stop.

    What it is reading when it stops, another one goes on with. With --json it says on standard output how many it reads
    at a time, once it does.
    """
    loaded = _load(config, data, at_once)
    url = loaded.settings.database.url
    if url is None or url.reveal().startswith("sqlite"):
        click.echo(ALONE, err=True)
        sys.exit(Exit.CONFIG)
    from parlance.assembly.working import work
    from parlance.transports.http.server import run as run_loop
    from parlance.values.time import SystemClock
    from parlance.watch import observer

    watcher = observer(loaded.settings, SystemClock())
    watcher.begin(loaded.warnings)

    async def until_told() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        ready = partial(_ready, as_json)
        await work(loaded, watcher, on_ready=ready, stop=stop, environment=os.environ)

    try:
        run_loop(until_told())
    except Fault as fault:
        click.echo(f"Cannot start: {fault.sentence()}", err=True)
        sys.exit(Exit.UNREACHABLE if fault.kind is Kind.busy else Exit.CONFIG)
    finally:
        watcher.end()


def _ready(as_json: bool, house: House) -> None:
    count = house.settings.knowledge.workers
    if as_json:
        output.emit_line({"at_once": count})
        return
    click.echo(f"Reading documents, {count} at a time.", err=True)


def _load(config: str | None, data: str | None, at_once: int | None) -> Loaded:
    flags = {"data.dir": data, "knowledge.workers": at_once}
    try:
        found = load(Sources(env=os.environ, cwd=Path.cwd(), platform=sys.platform, flags=flags, config=config))
        if found.settings.knowledge.workers == 0:  # the servers leave it to this one
            flags["knowledge.workers"] = USUAL
            found = load(Sources(env=os.environ, cwd=Path.cwd(), platform=sys.platform, flags=flags, config=config))
    except SettingsError as error:
        for sentence in error.sentences:
            click.echo(sentence, err=True)
        sys.exit(error.exit_code)
    return found
