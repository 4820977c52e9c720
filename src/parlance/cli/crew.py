"""Several server processes from one command: they are started, looked after and ended together.

The first begins alone: it makes what a data folder and a database need, which the others find. Each is held by a line,
a pair of sockets, over which it says where it can be reached as soon as it can; the line breaks with either end's
death, so that no worker outlives its crew.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import click

LOOK_SECONDS = 0.5
"""How often what is due is looked for; deaths and news are heard of at once."""
CALM_SECONDS = 10.0
"""A worker that lived for so long is started again at once, one that did not after a pause that doubles."""
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
GRACE_SECONDS = 5.0
"""Beside the drain time, before a worker that does not end is killed."""
Announce = Callable[[dict[str, Any]], None]


class _Worker:
    """One process. `told` is what it said when it was ready."""

    def __init__(self, number: int, command: Sequence[str]) -> None:
        self.number = number
        self.born = time.monotonic()
        self.told: dict[str, Any] | None = None
        self.line, its = socket.socketpair()
        with its:
            self.process = subprocess.Popen(
                [*command, "--worker", f"{number}:{its.fileno()}"],
                stdin=subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
                start_new_session=True,  # Ctrl-C reaches the crew, which passes it on once
            )
        self._heard = b""

    def hear(self) -> bool:
        """Take what it says; gives whether it is still there."""
        try:
            piece = self.line.recv(65536)
        except ConnectionError:
            piece = b""
        self._heard += piece
        if self.told is None and self._heard.endswith(b"\n"):
            self.told = json.loads(self._heard)
        return piece != b""


class Crew:
    """`size` workers, each of which is `command` with its number. `announce` hears the first one's word when all are
    ready; `drain_seconds` is how long they may take to end."""

    def __init__(self, command: Sequence[str], size: int, drain_seconds: float, announce: Announce) -> None:
        self._command = command
        self._size = size
        self._drain_seconds = drain_seconds
        self._announce = announce
        self._workers: dict[int, _Worker] = {}
        self._due: dict[int, float] = {}
        self._pauses = [PAUSE_SECONDS] * size
        self._selector = selectors.DefaultSelector()
        self._announced = False
        self._stopped_at: float | None = None
        self._code = 0

    def run(self) -> int:
        """Work until told to stop by SIGTERM or SIGINT; gives the exit code."""
        former = {number: signal.signal(number, self._told) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._start(0)
            while self._workers or (self._due and self._stopped_at is None):
                for key, _ in self._selector.select(LOOK_SECONDS):
                    self._hear(key.data)
                self._look()
        finally:
            for worker in self._workers.values():
                worker.process.kill()
            for number, handler in former.items():
                signal.signal(number, handler)
            self._selector.close()
        return self._code

    def _told(self, number: int, frame: FrameType | None) -> None:
        self._stop(0)

    def _stop(self, code: int) -> None:
        """Let all end; once more, and they hurry."""
        if self._stopped_at is None:
            self._stopped_at, self._code = time.monotonic(), code
        for worker in list(self._workers.values()):
            worker.process.terminate()

    def _start(self, number: int) -> None:
        worker = self._workers[number] = _Worker(number, self._command)
        self._selector.register(worker.line, selectors.EVENT_READ, worker)
        if self._stopped_at is not None:  # told to while it was being started
            worker.process.terminate()

    def _hear(self, worker: _Worker) -> None:
        if not worker.hear():
            self._selector.unregister(worker.line)
            worker.line.close()
            self._lost(worker, worker.process.wait())
        elif not self._announced and worker.told is not None:
            if worker.number == 0:
                self._due.update(dict.fromkeys(range(1, self._size), 0.0))
            if len(self._workers) == self._size and all(each.told for each in self._workers.values()):
                self._announced = True
                self._announce(self._workers[0].told or {})

    def _lost(self, worker: _Worker, code: int) -> None:
        del self._workers[worker.number]
        if self._stopped_at is not None:
            return
        if not self._announced:  # it has said why; to try again would not help
            self._stop(code if code > 0 else 1)
            return
        now, number = time.monotonic(), worker.number
        calm = now - worker.born >= CALM_SECONDS
        pause = 0.0 if calm else self._pauses[number]
        self._pauses[number] = PAUSE_SECONDS if calm else min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._due[number] = now + pause
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        click.echo(f"Worker {number} (process {worker.process.pid}) ended {how}; it is started again.", err=True)

    def _look(self) -> None:
        now = time.monotonic()
        if self._stopped_at is None:
            for number in [number for number, due in self._due.items() if due <= now]:
                del self._due[number]
                self._start(number)
        elif now > self._stopped_at + self._drain_seconds + GRACE_SECONDS:
            for worker in self._workers.values():
                worker.process.kill()


def command_of(arguments: Sequence[str], port: int) -> list[str]:
    """How a worker is started: as this process was, at a port that is known by now."""
    return [sys.executable, "-m", "parlance", *arguments, "--port", str(port)]


def reserved(host: str, port: int) -> socket.socket:
    """A socket that holds a port for the workers without taking connections; port 0 lets the system choose.

    Raises OSError where somebody else has it.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    if port:  # another crew would share its port with this one, and each have half of the other's callers
        with socket.socket(family, socket.SOCK_STREAM) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
            alone.listen()
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(address)
    except OSError:
        held.close()
        raise
    return held
