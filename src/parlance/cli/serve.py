"""`parlance serve`: start the server and say where it is."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from parlance.cli import output, place
from parlance.cli.exits import Exit
from parlance.settings.load import Loaded, SettingsError, Sources, load
from parlance.values.errors import Fault, Kind

if TYPE_CHECKING:
    from parlance.app import House
    from parlance.transports.http.server import Address

FLAGS = {
    "host": "server.host",
    "port": "server.port",
    "data": "data.dir",
    "ephemeral": "data.ephemeral",
    "door": "doors",
    "log_level": "log.level",
    "log_format": "log.format",
    "tls_cert": "server.tls_cert",
    "tls_key": "server.tls_key",
    "workers": "server.workers",
}
CANNOT_LISTEN = 1
NO_KEY = "No key exists yet, so nobody is served where it is open beyond this machine. "


@click.command("serve")
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="TCP port; 0 lets the system choose.")
@click.option("--data", help="Data folder.")
@click.option("--config", help="Settings file (parlance.toml).")
@click.option("--door", multiple=True, help="A further door: dialect=host:port. May be given several times.")
@click.option("--ephemeral", is_flag=True, default=None, help="Keep everything in memory.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error", "critical"]),
    help="Least level that is logged.",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Lines for people or for programs.")
@click.option("--tls-cert", help="PEM file with the certificate chain.")
@click.option("--tls-key", help="PEM file with its key.")
@click.option("--workers", type=int, help="Server processes at one address; they need PostgreSQL or MySQL, and Redis.")
@click.option("--worker", hidden=True, help="Of a command with several workers: the number and the line of this one.")
@output.json_option
def command(config: str | None, as_json: bool, worker: str | None, **flags: Any) -> None:
    """Start the server. With --json its addresses are printed as one object on standard output once they answer."""
    loaded = _load(config, flags)
    announcement = Announcement(loaded.settings.data.dir, as_json)
    if worker is not None:
        number, _, line = worker.partition(":")
        _serve(loaded, Report(socket.socket(fileno=int(line))), int(number))
    elif loaded.settings.server.workers > 1:
        _serve_together(loaded, announcement)
    else:
        _serve(loaded, announcement)


def _serve(loaded: Loaded, announcement: Announcement | Report, worker: int | None = None) -> None:
    """Serve in this process; as one of several until its line breaks."""
    gc.disable()  # what the start makes stays, so looking through it was in vain; `heap.settle` begins to collect
    from parlance.app import run
    from parlance.stores.folder_lock import FolderError
    from parlance.transports.http.server import run as run_loop
    from parlance.values.time import SystemClock
    from parlance.watch import observer

    watcher = observer(loaded.settings, SystemClock())
    watcher.begin(loaded.warnings)
    try:
        run_loop(run(loaded, watcher, on_ready=announcement.make, environment=os.environ, worker=worker))
    except SettingsError as error:
        _refuse(error)
    except FolderError as error:
        click.echo(error, err=True)
        sys.exit(Exit.FOLDER_TAKEN)
    except Fault as fault:
        click.echo(f"Cannot start: {fault.sentence()}", err=True)
        sys.exit(Exit.UNREACHABLE if fault.kind is Kind.busy else Exit.CONFIG)
    except OSError as error:
        click.echo(_why_not(error, loaded), err=True)
        sys.exit(CANNOT_LISTEN)
    finally:
        announcement.withdraw()
        watcher.end()


def _load(config: str | None, flags: dict[str, Any]) -> Loaded:
    given = {FLAGS[name]: list(value) if name == "door" else value for name, value in flags.items()}
    try:
        sources = Sources(env=os.environ, cwd=Path.cwd(), platform=sys.platform, flags=given, config=config)
        return load(sources)
    except SettingsError as error:
        _refuse(error)
        raise  # unreachable: _refuse exits


def _why_not(error: OSError, loaded: Loaded) -> str:
    """The sentence for a server that could not begin to listen: its certificate, else its address."""
    import ssl

    server = loaded.settings.server
    for name, file in (("server.tls_cert", server.tls_cert), ("server.tls_key", server.tls_key)):
        if file and not os.access(file, os.R_OK):
            return f"Cannot listen: {file} cannot be read. Correct {name}."
    told = error.strerror or error
    if isinstance(error, ssl.SSLError):
        return (
            f"Cannot listen: {told}. Correct server.tls_cert and server.tls_key: a PEM file each, that belong together."
        )
    free = server.port % 65535 + 1
    return (
        f"Cannot listen at {server.host}:{server.port}: {told}. Choose another port with --port {free} (with make: "
        f"`make run PORT={free}`), or another address with --host."
    )


def _refuse(error: SettingsError) -> None:
    for sentence in error.sentences:
        click.echo(sentence, err=True)
    sys.exit(error.exit_code)


def _serve_together(loaded: Loaded, announcement: Announcement) -> None:
    """Serve in several processes, which this one looks after."""
    from parlance.cli.crew import Crew, command_of, reserved
    from parlance.stores.folder_lock import FolderError, FolderLock

    server, folder = loaded.settings.server, loaded.settings.data.dir
    if not hasattr(socket, "SO_REUSEPORT"):
        click.echo("server.workers is more than 1: this system lets only one process listen at a port.", err=True)
        sys.exit(Exit.CONFIG)
    try:
        with FolderLock(Path(folder or ".")) as lock, reserved(server.host, server.port) as held:

            def announce(told: dict[str, Any]) -> None:
                lock.note(announcement.say(told))

            command = command_of(sys.argv[1:], held.getsockname()[1])
            sys.exit(Crew(command, server.workers, server.drain_seconds, announce).run())
    except FolderError as error:
        click.echo(error, err=True)
        sys.exit(Exit.FOLDER_TAKEN)
    except OSError as error:
        click.echo(_why_not(error, loaded), err=True)
        sys.exit(CANNOT_LISTEN)
    finally:
        announcement.withdraw()


def _told(house: House, addresses: Sequence[Address]) -> dict[str, Any]:
    """Each door with its address, where the console token is, and what people are told besides."""
    settings = house.settings
    token = str(Path(settings.data.dir) / place.TOKEN_FILE) if house.console and settings.data.dir else None
    urls = {each.door: place.normalised(each.url + settings.server.base_path) for each in addresses}
    face = house.road.facts.face()
    lines = [NO_KEY + face.unlocking] if any(door.locked for door in face.doors) else []
    return {"url": urls[addresses[0].door], "addresses": urls, "console_token": token, "lines": lines}


class Report:
    """What one of several workers says, over its line, to the process that looks after it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def make(self, house: House, addresses: Sequence[Address]) -> None:
        """It is ready. When the line breaks from now on, nobody looks after it any more, and it ends."""
        import asyncio

        self._line.setblocking(False)
        asyncio.get_running_loop().add_reader(self._line.fileno(), self._broken)
        self._line.send(json.dumps(_told(house, addresses)).encode() + b"\n")

    def _broken(self) -> None:
        import asyncio

        asyncio.get_running_loop().remove_reader(self._line.fileno())
        signal.raise_signal(signal.SIGTERM)

    def withdraw(self) -> None:
        """It ends."""
        self._line.close()


class Announcement:
    """Says where the server is: on standard error (as JSON on standard output), and to other verbs by a file."""

    def __init__(self, folder: str | None, as_json: bool) -> None:
        self._folder = folder
        self._as_json = as_json
        self._url: str | None = None

    def make(self, house: House, addresses: Sequence[Address]) -> None:
        """It is ready."""
        self.say(_told(house, addresses))
        if house.console and self._folder is not None and not self._as_json and sys.stderr.isatty():
            # Never into a log file: whoever has this link administers the server.
            click.echo(f"To administer it in a browser: {self._url}/parlance/console?token={house.console}", err=True)

    def say(self, told: dict[str, Any]) -> str:
        """Say it; gives the address of the first door."""
        url: str = told["url"]
        self._url = url
        place.announce(self._folder, url)
        if self._as_json:
            output.emit_line({"addresses": told["addresses"], "console_token": told["console_token"]})
            return url
        for door, address in told["addresses"].items():
            click.echo(f"{'Parlance' if door == 'default' else f'Door {door}'} is at {address}", err=True)
        for line in told["lines"]:
            click.echo(line, err=True)
        if told["console_token"] is not None:
            click.echo(f"The console token is in {told['console_token']}", err=True)
        return url

    def withdraw(self) -> None:
        """The server is gone."""
        if self._url is not None:
            place.withdraw(self._folder, self._url)
