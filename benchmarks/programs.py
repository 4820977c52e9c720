"""The C programs, compiled at need, and the load generator's results."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EVENTS = 64
"""Events in one streamed answer of the mock."""


class Missing(RuntimeError):
    """A tool of this machine is missing. The message says how to get it."""


def cache_folder() -> Path:
    """Where compiled programs, peers and the last run's figures live: beside the checkout's other caches."""
    folder = Path(os.environ.get("PARLANCE_BENCH_CACHE") or HERE.parent / ".cache" / "benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def compiled(name: str) -> Path:
    """The binary of `<name>.c`, compiled unless this very source already was. Raises `Missing`."""
    source = HERE / f"{name}.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    binary = cache_folder() / f"{name}-{digest}"
    if not binary.exists():
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise Missing("No C compiler was found. On Debian or Ubuntu: sudo apt install gcc libc6-dev")
        made = binary.with_suffix(".new")
        subprocess.run([compiler, "-O2", "-w", "-o", str(made), str(source)], check=True)
        made.rename(binary)
    return binary


@dataclass(frozen=True)
class Load:
    """What one run of the load generator saw. Times in microseconds."""

    ok: int
    failed: int
    p50: float
    first_event_p50: float
    events: int
    events_per_second: float

    @classmethod
    def of(cls, line: str) -> Load:
        """From the generator's line of JSON."""
        seen: dict[str, Any] = json.loads(line)
        return cls(
            ok=seen["ok"],
            failed=seen["err"] + seen["conn_err"],
            p50=seen["p50"],
            first_event_p50=seen["ttfe_p50"],
            events=seen["events"],
            events_per_second=seen["events_s"],
        )


def load_command(
    port: int, path: str, headers: dict[str, str], body: Path | None, connections: int, seconds: float, warm: float
) -> list[str]:
    """The generator's command line."""
    command = [str(compiled("load")), "-p", str(port), "-u", path, "-c", str(connections)]
    command += ["-d", str(seconds), "-w", str(warm)]
    command += ["-b", str(body)] if body is not None else []
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    return command


def run_load(command: list[str], seconds: float) -> Load:
    """Run the generator to its end. Raises `subprocess.SubprocessError` when it fails or hangs."""
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30)
    return Load.of(done.stdout.strip().splitlines()[-1])


def written_bodies(folder: Path) -> dict[tuple[str, bool], Path]:
    """Request bodies by (model, streamed): a chat of 20 messages, about 2 KB, as a client in mid-conversation sends."""
    messages = [{"role": "system", "content": "You are a helpful assistant."}]
    for number in range(19):
        role = "assistant" if number % 2 else "user"
        text = f"Message {number}: the quick brown fox jumps over the lazy dog, twice ({number})."
        messages.append({"role": role, "content": text})
    found = {}
    for model in ("mock", "mock-p20", "mock-idle"):
        for streamed in (False, True):
            body = {"model": model, "messages": messages, "temperature": 0.7, "max_tokens": 256, "stream": streamed}
            found[model, streamed] = folder / f"{model}.{'stream' if streamed else 'block'}.json"
            found[model, streamed].write_text(json.dumps(body))
    return found
