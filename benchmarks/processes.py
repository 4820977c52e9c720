"""Processes under measurement: started, watched through /proc, and stopped for certain. Linux only."""

from __future__ import annotations

import contextlib
import http.client
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1 << 20


class NotStarted(RuntimeError):
    """A process ended or stayed silent. The message is one sentence for the table."""


@dataclass(frozen=True)
class Memory:
    """Bytes of a process tree. `pss` shares pages that several processes map."""

    rss: int
    pss: int


class Process:
    """A process and its children, in a session of their own so that none is left behind."""

    def __init__(
        self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, piped: bool = False
    ) -> None:
        self.name = Path(command[0]).name
        self._log = log
        with log.open("ab") as out:
            self.started_at = time.perf_counter()
            self._popen = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else out,
                stderr=out,
                env=dict(env) if env is not None else None,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the first process of the tree."""
        return self._popen.pid

    def first_line(self) -> str:
        """The first line on its standard output; only for `piped` processes."""
        assert self._popen.stdout is not None
        return self._popen.stdout.readline().decode().strip()

    def tree(self) -> list[int]:
        """The process and all its living descendants."""
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    waiting += [int(child) for child in children.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """User and system time of the tree so far."""
        total = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self) -> Memory:
        """Resident and proportional size of the tree."""
        rss = pss = 0
        for pid in self.tree():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    name, _, value = line.partition(":")
                    rss += int(value.split()[0]) << 10 if name == "Rss" else 0
                    pss += int(value.split()[0]) << 10 if name == "Pss" else 0
        return Memory(rss, pss)

    def until_answering(self, port: int, path: str, within: float, headers: Mapping[str, str] | None = None) -> float:
        """Seconds from the start to the first 2xx on `path`. Raises `NotStarted`."""
        deadline = self.started_at + within
        while time.perf_counter() < deadline:
            if self._popen.poll() is not None:
                raise NotStarted(f"it ended with status {self._popen.returncode}: {self.last_words()}")
            if _answers(port, path, headers or {}):
                return time.perf_counter() - self.started_at
            time.sleep(0.002)
        raise NotStarted(f"it did not answer on {path} within {within:.0f} s")

    def last_words(self) -> str:
        """The last line of its log, for a sentence about its end."""
        with contextlib.suppress(OSError):
            lines = self._log.read_text(errors="replace").split("\n")
            return next((line.strip()[:160] for line in reversed(lines) if line.strip()), "no word in its log")
        return "no log"

    def stop(self) -> None:
        """End the whole session: asked first, forced after five seconds."""
        for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(patience)
        if self._popen.stdout is not None:
            self._popen.stdout.close()


def _answers(port: int, path: str, headers: Mapping[str, str]) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers=dict(headers))
        return connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def allow_many_files() -> int:
    """Raise the bound on open files as far as this user may; children inherit it. Returns the bound."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
