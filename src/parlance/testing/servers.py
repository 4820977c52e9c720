"""A whole Parlance for tests: composed in this process on a free port, or as the command that people type.

    async with running(loaded(tmp_path, toml=TOML)) as server:          # on this loop
    with in_thread(loaded(tmp_path, flags={"cache.share": "all"})) as server:   # for synchronous clients
    with as_process(tmp_path, "--log-format", "json", toml=TOML) as server:     # `python -m parlance serve`

Nothing of the machine is read: no home, no settings file but the one given, no Ollama or key found by chance. `folder`
holds `parlance.toml` (when `toml` is given) and the data folder `data`, with the console token in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from parlance.app import House, run
from parlance.settings.load import FILE_NAME, Loaded, Sources, load
from parlance.transports.http.server import Address
from parlance.values.time import Clock, SystemClock
from parlance.watch import observer

T = TypeVar("T")
START_SECONDS = 20.0
"""A server is there after half a second; a machine with other work may need many times that."""
STOP_SECONDS = 20.0
QUIET: Mapping[str, object] = {
    "server.port": 0,
    "discovery.ollama": False,
    "discovery.openai_env": False,
    "discovery.config_toml": False,
    "log.level": "warning",
    "server.drain_seconds": 3,
}
"""What a test wants unless it says otherwise, by dotted key."""
_ANNOUNCED = re.compile(r"^(?:Parlance|Door (?P<door>\S+)) is at (?P<url>\S+)$", re.MULTILINE)


def loaded(
    folder: Path, *, toml: str = "", flags: Mapping[str, object] | None = None, env: Mapping[str, str] | None = None
) -> Loaded:
    """Settings for a test. `flags` by dotted key are stronger than `toml`, and both than `QUIET`.

    Raises SettingsError like a real start.
    """
    _write(folder, toml)
    chosen: dict[str, object] = {"data.dir": str(folder / "data"), **(flags or {})}
    environment = {**_as_environment({k: v for k, v in QUIET.items() if not _says(toml, k)}), **(env or {})}
    return load(Sources(env=environment, cwd=folder, platform="linux", flags=chosen, system_config=folder / "none"))


@dataclass
class Server:
    """A server in service. `house` is its inside, where it runs in this process."""

    folder: Path
    addresses: dict[str, str] = field(default_factory=dict)
    """URL of each door by its name."""
    house: House | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The default door, such as `http://127.0.0.1:43210`."""
        return self.addresses["default"]

    @property
    def port(self) -> int:
        """The default door's port."""
        return int(self.url.rpartition(":")[2])

    @property
    def console_token(self) -> str:
        """What the command line shows to have every scope."""
        return (self.folder / "data" / "console-token").read_text().strip()

    @property
    def log(self) -> str:
        """All that a server of its own process has written so far."""
        return (self.folder / "server.log").read_text("utf-8", "replace")

    def heard(self, house: House, addresses: Sequence[Address]) -> None:
        """Take what a server tells when it is ready; of a door with several sockets the first counts."""
        self.house = house
        for address in addresses:
            self.addresses.setdefault(address.door, address.url)


@contextlib.asynccontextmanager
async def running(settings: Loaded, *, clock: Clock | None = None) -> AsyncIterator[Server]:
    """The composed server on this loop, until the block ends; then it drains. Raises what keeps it from starting."""
    server = Server(_folder(settings))
    watcher = observer(settings.settings, clock or SystemClock())
    ready, stop = asyncio.Event(), asyncio.Event()

    def on_ready(house: House, addresses: Sequence[Address]) -> None:
        server.heard(house, addresses)
        ready.set()

    over = asyncio.create_task(run(settings, watcher, on_ready=on_ready, stop=stop, signals=False, clock=clock))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait([waiting, over], return_when=asyncio.FIRST_COMPLETED, timeout=START_SECONDS)
        if over.done():
            over.result()
        if not ready.is_set():
            raise TimeoutError(f"the server was not ready within {START_SECONDS} s")
        yield server
    finally:
        waiting.cancel()
        stop.set()
        await asyncio.wait([over], timeout=STOP_SECONDS)
        over.cancel()
        watcher.end()
    if over.done() and not over.cancelled():
        over.result()


@contextlib.contextmanager
def in_thread(settings: Loaded, *, clock: Clock | None = None) -> Iterator[Server]:
    """The composed server on a loop of its own in a thread, for synchronous clients."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="parlance-under-test", daemon=True)
    thread.start()
    life = contextlib.AsyncExitStack()

    def call(coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(START_SECONDS + STOP_SECONDS)

    try:
        server = call(life.enter_async_context(running(settings, clock=clock)))
        try:
            yield server
        finally:
            call(life.aclose())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STOP_SECONDS)
        loop.close()


def environment(folder: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a child process that shall see nothing of the machine: its home and data are in `folder`."""
    kept = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "xdg"),
        "PARLANCE_DATA_DIR": str(folder / "data"),
        "PYTHONUTF8": "1",
        **(extra or {}),
    }


_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "LANG", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@contextlib.contextmanager
def as_process(folder: Path, *arguments: str, toml: str = "", env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`python -m parlance serve` with these arguments, ended by SIGTERM. Its output is in `log`.

    Raises ChildProcessError with that output when it does not come up.
    """
    _write(folder, toml)
    quiet = _as_environment({k: v for k, v in QUIET.items() if not _says(toml, k)})
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "parlance", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=environment(folder, {**quiet, **(env or {})}),
        )
    server = Server(folder, process=process)
    try:
        _await_announcement(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_announcement(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = {match["door"] or "default": match["url"] for match in _ANNOUNCED.finditer(server.log)}
        if "default" in found:
            server.addresses = found
            return
        time.sleep(0.01)
    raise ChildProcessError(f"the server did not come up:\n{server.log}")


def _write(folder: Path, toml: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if toml:
        (folder / FILE_NAME).write_text(toml, "utf-8")


def _says(toml: str, key: str) -> bool:
    """Whether the file gives this setting itself: a variable would be stronger than it."""
    import tomllib

    section, _, name = key.partition(".")
    table = tomllib.loads(toml).get(section, {})
    return name in table


def _as_environment(values: Mapping[str, object]) -> dict[str, str]:
    return {f"PARLANCE_{key.replace('.', '_').upper()}": str(value).lower() for key, value in values.items()}


def _folder(settings: Loaded) -> Path:
    """The folder that `loaded` was given; an ephemeral server has none, and nobody may ask for its files."""
    directory = settings.settings.data.dir
    return Path(directory).parent if directory else Path(os.devnull)
