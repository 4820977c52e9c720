"""`parlance index` while its server is killed and started again."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from parlance.testing.servers import as_process, environment
from parlance.testing.upstreams import MockOpenAI, Script, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_cli import PATIENCE, Terminal, verb

pytestmark = pytest.mark.slow


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def until(running: subprocess.Popen[str], text: str) -> None:
    """Read what it says to the person in front of it, as far as this."""
    assert running.stderr is not None
    for line in running.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without {text!r}")


def test_a_server_that_is_killed_is_waited_for(tmp_path: Path) -> None:
    """What it had is not sent again and told as added, what it had not is sent; one that never was there is not waited
    for."""
    folder, home = tmp_path / "papers", tmp_path / "server"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text(f"This is paper {number}.")
    words = ("index", str(folder), "--base", "Papers", "--create")
    with in_thread(MockOpenAI(models=("mock", "mock-embed"), script=Script(first_byte=600.0))) as upstream:
        toml, port = connection_toml(upstream.base_url, "mock", "mock", "mock-embed"), str(free_port())
        with as_process(home, "--port", port, toml=toml) as server:
            running = subprocess.Popen(
                [sys.executable, "-m", "parlance", *words],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=home,
                env=environment(home, {"PARLANCE_URL": f"http://127.0.0.1:{port}"}),
            )
            until(running, "reading documents (3)")
            assert server.process is not None
            server.process.kill()
            server.process.wait()
            until(running, "The server went away, and is waited for.")
        upstream.script = Script()
        (folder / "3.txt").write_text("This is paper 3.")
        with as_process(home, "--port", port, toml=toml):
            out, said = running.communicate(timeout=4 * PATIENCE)
    assert running.returncode == 0, said
    assert out.startswith("4 added, 0 changed, 0 renamed, 0 removed, 0 unchanged"), out
    assert "1 new and 0 changed" in said
    never = verb(home, *words, env={"PARLANCE_URL": f"http://127.0.0.1:{free_port()}"})
    assert never.returncode == 69 and "waited for" not in never.stderr


def test_reading_is_counted_in_documents_and_promises_no_time(tmp_path: Path) -> None:
    """The bytes of the first few say nothing of the rest."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"This is paper {number}. " * (1 + 400 * (number == 4)))
    with in_thread(MockOpenAI(models=("mock", "mock-embed"), script=Script(first_byte=0.5))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        with as_process(tmp_path / "server", toml=toml) as server:
            words = ("index", str(folder), "--base", "Papers", "--create")
            terminal = Terminal(server, *words, COLUMNS="100")
            terminal.until("5 added")
            assert terminal.ended() == 0
    bars = [bar for bar in re.split("\r|\n", terminal.output) if "reading documents (5):" in bar]
    assert bars and all(re.search("▏ [0-5]/5$", bar.rstrip()) for bar in bars), bars
