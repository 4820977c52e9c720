"""PostgreSQL, MariaDB and Redis for tests: a running one where a variable names it, else one of our own in a folder.

`PARLANCE_TEST_POSTGRES`, `PARLANCE_TEST_MYSQL` and `PARLANCE_TEST_REDIS` are URLs of servers on which databases may be
made. Without them a server is started once, synced to nothing and bound to this machine, and killed at the end. What it
acknowledged survives its own death, though not the machine's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from glob import glob
from pathlib import Path
from typing import Any

START_SECONDS = 60.0
"""A database starts within seconds; a machine with other work may need many times that."""
VARIABLES = {"postgres": "PARLANCE_TEST_POSTGRES", "mysql": "PARLANCE_TEST_MYSQL", "redis": "PARLANCE_TEST_REDIS"}


class Missing(Exception):
    """A service is not installed here; the text names the program."""


class Service:
    """A running server and the URL that reaches it. `stop` and `start` let a test take it away for a while."""

    def __init__(
        self, url: str, command: Sequence[str] = (), folder: Path | None = None, user: str | None = None
    ) -> None:
        self.url = url
        self._command = command
        self._folder = folder
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        self.ready: list[Any] = []
        """What `parlance.testing.databases` keeps for the next test."""

    @property
    def ours(self) -> bool:
        """Whether we started it, and may stop it."""
        return bool(self._command)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        assert self._folder is not None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, user=self._user, cwd=self._folder
            )
        port = int(self.url.rpartition(":")[2].partition("/")[0])
        deadline = time.monotonic() + START_SECONDS
        takes = _takes_queries if self.url.startswith("postgresql:") else _answers
        while not takes(port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} did not start:\n{(self._folder / 'log').read_text('utf-8')}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        for pid in self._inside():  # PostgreSQL's children lead sessions of their own
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pause(self) -> None:
        """Let it hang: connections stay, nothing answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)
        for pid in self._inside():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _inside(self) -> list[int]:
        """The processes that work in our folder."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self._folder is not None and (place / "cwd").resolve().is_relative_to(self._folder):
                    found.append(int(place.name))
        return found


@contextlib.contextmanager
def service(kind: str, environment: Mapping[str, str]) -> Iterator[Service]:
    """A server of `postgres`, `mysql` or `redis`. Raises `Missing`."""
    if url := environment.get(VARIABLES[kind]):
        yield Service(url)
        return
    folder = Path(tempfile.mkdtemp(prefix=f"parlance-{kind}-"))
    folder.chmod(0o755)
    made = _MADE[kind](folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port of this machine that nobody listened on a moment ago, for a program that cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _takes_queries(port: int) -> bool:
    """Whether a PostgreSQL that answers has also recovered: until then it refuses everybody ("starting up")."""
    name = b"user\0parlance\0database\0postgres\0\0"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(struct.pack("!ii", 8 + len(name), 3 << 16) + name)
            return connection.recv(1) == b"R"
    except OSError:
        return False


def _program(name: str, *folders: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join((*folders, "/usr/sbin", "/sbin")))
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def _other(name: str) -> str | None:
    """Whom a program runs as that refuses to run as root."""
    return name if os.getuid() == 0 else None


def _postgres(folder: Path) -> Service:
    places = sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)
    initdb, server, port = _program("initdb", *places), _program("postgres", *places), free_port()
    data = folder / "data"
    user = _other("postgres")
    if user is not None:
        shutil.chown(folder, user)
    made = [initdb, "-D", str(data), "-U", "parlance", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder, user=user)
    options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"]
    options += ["full_page_writes=off", "max_connections=200"]
    command = [server, "-D", str(data), *(word for each in options for word in ("-c", each))]
    return Service(f"postgresql://parlance@127.0.0.1:{port}/postgres", command, folder, user)


def _mysql(folder: Path) -> Service:
    install, server, port = _program("mariadb-install-db"), _program("mariadbd"), free_port()
    data, user = folder / "data", ["--user=mysql"] if os.getuid() == 0 else []
    if os.getuid() == 0:
        shutil.chown(folder, "mysql")
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", *user],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    options = [f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket"]
    options += ["--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0", "--skip-log-bin", "--max-connections=200"]
    command = [server, "--no-defaults", *options, f"--pid-file={folder}/pid", "--skip-name-resolve", *user]
    return Service(f"mysql://root@127.0.0.1:{port}/mysql", command, folder)


def _redis(folder: Path) -> Service:
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    return Service(f"redis://127.0.0.1:{port}/0", [_program("redis-server"), *options], folder)


_MADE = {"postgres": _postgres, "mysql": _mysql, "redis": _redis}
