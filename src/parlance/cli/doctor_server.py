"""A private server for the doctor's proofs: in a folder that goes with it, before an engine that stands in."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from parlance.cli.client import Client
from parlance.cli.exits import Failure
from parlance.cli.place import TOKEN_FILE, Place

KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")
MEASURED = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
"""Variables by which a test measures what of a child is run."""
TOML = """[server]
port = 0
drain_seconds = 1

[log]
level = "error"

[[connections]]
name = "{model}"
kind = "openai"
base_url = "{engine}"
models = ["{model}"]
"""
START_SECONDS = 30.0
"""After which a server that says nothing is taken for stuck, on the slowest of machines."""
STOP_SECONDS = 10.0
SILENCE = 10.0
"""Seconds after which a stream is taken for dead: the stand-in is never silent for so long."""


class PrivateServer:
    """Started, killed and started again on the same folder."""

    def __init__(self, folder: Path, engine: str, model: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.client = Client(Place("http://127.0.0.1:9", None))
        connection = (
            f'[[connections]]\nname = "{model}"\nkind = "openai"\nbase_url = "{engine}"\nmodels = ["{model}"]\n'
        )
        limits = "[server]\nport = 0\ndrain_seconds = 1\n[log]\nlevel = 'error'\n"
        (folder / "parlance.toml").write_text(limits + connection, "utf-8")

    @property
    def hosts(self) -> list[str]:
        """Every host that it connected to or looked up."""
        try:
            return [json.loads(line) for line in (self._folder / "hosts").read_text("utf-8").splitlines()]
        except FileNotFoundError:
            return []

    def start(self) -> float:
        """Start it; gives the seconds until it served. Raises Failure with what it said when it does not."""
        began = time.perf_counter()
        command = [sys.executable, "-m", "parlance.cli.doctor_watched", str(self._folder / "hosts"), "serve", "--json"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self._folder / "data")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self._folder,
                env=environment(os.environ, self._folder),
            )
        line = self._announced(self._process)
        if not line:
            told = (self._folder / "log").read_text("utf-8", "replace").strip().splitlines()
            raise Failure(told[-1] if told else "it said nothing")
        token = (self._folder / "data" / TOKEN_FILE).read_text("utf-8").strip()
        self.client = Client(Place(json.loads(line)["addresses"]["default"], token))
        return time.perf_counter() - began

    @staticmethod
    def _announced(process: subprocess.Popen[str]) -> str:
        """What it says when it serves; nothing where it ends before, or is stuck."""
        patience = threading.Timer(START_SECONDS, process.kill)
        patience.start()
        try:
            assert process.stdout is not None
            return process.stdout.readline()
        finally:
            patience.cancel()

    def kill(self) -> None:
        """As a power cut would."""
        self._end(subprocess.Popen.kill)

    def stop(self) -> None:
        """As an operator would."""
        self._end(subprocess.Popen.terminate)

    def _end(self, how: Any) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        how(process)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


class Stream:
    """The lines of one streamed answer, as they come."""

    def __init__(self, place: Place, method: str, path: str, body: object = None, **headers: str) -> None:
        _, host, port, _ = place.parts
        self._connection = http.client.HTTPConnection(host, port, timeout=SILENCE)
        told = {
            "Accept": "text/event-stream",
            "Authorization": f"Bearer {place.key}",
            "Content-Type": "application/json",
        }
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {**told, **headers})
        self._response = self._connection.getresponse()

    def __iter__(self) -> Iterator[bytes]:
        while line := self._response.readline():
            yield line

    def leave(self) -> None:
        """Hang up."""
        if self._connection.sock is not None:
            self._connection.sock.close()
        self._response.close()
        self._connection.close()


def environment(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of a server that shall see nothing of this machine's settings, keys and home."""
    kept = {name: env[name] for name in (*KEPT, *MEASURED) if name in env}
    return {**kept, "HOME": str(folder), "USERPROFILE": str(folder), "PYTHONUTF8": "1"}


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")
