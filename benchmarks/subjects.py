"""What is measured: the direct way, nginx, the plain relay, and Parlance, all in front of one mock upstream."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import configuration
from benchmarks.processes import NotStarted, Process, free_port
from benchmarks.programs import HERE, Missing, compiled

INSTALL_NGINX = (
    "nginx is not installed, so ratios to it are left out. On Debian or Ubuntu: sudo apt install nginx-light"
)


@dataclass
class Subject:
    """One way from the load generator to the mock."""

    name: str
    title: str
    port: int
    process: Process
    headers: dict[str, str] = field(default_factory=dict)
    chat_path: str = "/v1/chat/completions"
    get_path: str = "/v1/models"
    health_path: str = "/v1/models"
    started_in: float | None = None
    """Seconds until the first answer on `health_path`."""

    def ready(self, within: float) -> Subject:
        """Wait for the first answer. Raises `NotStarted` and stops the process."""
        try:
            self.started_in = self.process.until_answering(self.port, self.health_path, within, self.headers)
        except NotStarted as reason:
            self.process.stop()
            raise NotStarted(f"{self.title} did not start: {reason}") from reason
        return self


Starter = Callable[[], Subject]


def start_mock(folder: Path) -> Subject:
    """The mock upstream, which is the direct way too."""
    process = Process([str(compiled("mock"))], log=folder / "mock.log", piped=True)
    return Subject("direct", "direct", int(process.first_line()), process).ready(10)


def start_nginx(folder: Path, upstream: int) -> Subject:
    """nginx with one worker. Raises `Missing`."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        raise Missing(INSTALL_NGINX)
    port = free_port()
    text = (HERE / "nginx.conf").read_text()
    for name, value in (("FOLDER", folder), ("UPSTREAM", upstream), ("PORT", port)):
        text = text.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(text)
    command = [binary, "-p", str(folder), "-e", str(folder / "nginx-error.log"), "-c", str(folder / "nginx.conf")]
    return Subject("nginx", "nginx", port, Process(command, log=folder / "nginx.log")).ready(10)


def start_floor(folder: Path, upstream: int, under: Sequence[str] = (), within: float = 10) -> Subject:
    """The plain ASGI relay; `under` is a program that runs it, and slows its start, which may take `within` seconds."""
    port = free_port()
    command = [*under, sys.executable, "-m", "benchmarks.floor", str(port), str(upstream)]
    process = Process(command, log=folder / "floor.log", env=os.environ | {"PYTHONPATH": str(HERE.parent)})
    return Subject("floor", "plain ASGI relay", port, process).ready(within)


def start_parlance(
    folder: Path, upstream: int, before: Sequence[str] = (), under: Sequence[str] = (), within: float = 15
) -> Subject:
    """Parlance as `configuration` sets it, with a data folder of its own and its log in a file.

    `before` goes before `-m parlance` on Python's command line: a profiler, for example. `under` and `within` as in
    `start_floor`.
    """
    port = free_port()
    data = folder / "data"
    data.mkdir(exist_ok=True)
    file = folder / "parlance.toml"
    file.write_text(configuration.settings(port=port, upstream=upstream, data=str(data)))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PARLANCE_", "OPENAI_"))}
    command = [*under, sys.executable, *before, "-m", "parlance", "serve", "--config", str(file)]
    process = Process(command, log=folder / "parlance.log", env=environment)
    headers = {"Authorization": f"Bearer {configuration.KEY}"}
    return Subject("parlance", "Parlance", port, process, headers, health_path="/health").ready(within)
