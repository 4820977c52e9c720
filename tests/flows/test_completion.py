"""A shell completes verbs, options, models, bases and operations by the script that `parlance completion` prints."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_cli import printed, verb
from tests.naming import fresh

PRESS_TAB = """
source ./completion.bash
COMP_WORDS=(parlance "$@"); COMP_CWORD=$#
_parlance_completion parlance "${!#}" ""
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two models."""
    with in_thread(MockOpenAI()) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-echo")
        with as_process(tmp_path_factory.mktemp("server"), toml=toml) as running:
            yield running


def completed(folder: Path, *words: str, **variables: str) -> Sequence[str]:
    """What bash offers behind these words, of which the last is half typed."""
    script = folder / "completion.bash"
    if not script.exists():
        script.write_text(printed(folder, "completion", "bash"), "utf-8")
    env = environment(folder, variables)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", PRESS_TAB, "bash", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=env,
        timeout=30,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


@pytest.mark.slow
def test_bash_completes_verbs_options_models_bases_and_operations(server: Server) -> None:
    """Those of the running server."""
    assert completed(server.folder, "sho") == ["show"]
    assert completed(server.folder, "show", "--mo") == ["--modelfile"]
    assert completed(server.folder, "run", "mock") == ["mock", "mock-echo"]
    assert completed(server.folder, "chat", "--model", "mock-e") == ["mock-echo"]
    assert completed(server.folder, "do", "chats.sen") == ["chats.send"]
    assert completed(server.folder, "connect", "z") == ["zed"]
    base = fresh("Gardens")
    printed(server, "do", "bases.create", f"name={base}")
    begun = base[:-1]  # what no other run's base begins with
    assert completed(server.folder, "search", begun) == completed(server.folder, "index", "--base", begun) == [base]
    assert base in completed(server.folder, "search", "Gar")


def test_without_a_server_a_shell_is_told_nothing(tmp_path: Path) -> None:
    """An error in the middle of a line that somebody types would be in the way."""
    assert completed(tmp_path, "run", "m", PARLANCE_URL="http://127.0.0.1:9") == []
    assert completed(tmp_path, "run", "m", PARLANCE_SERVER_PORT="nonsense") == []


@pytest.mark.parametrize(
    ("shell", "holds"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --no-files")]
)
def test_each_shell_has_its_script(server: Server, shell: str, holds: str) -> None:
    """On standard output; where it belongs is said beside it."""
    done = verb(server, "completion", shell)
    assert done.returncode == 0 and holds in done.stdout and "_PARLANCE_COMPLETE" in done.stdout
    assert "completion" in done.stderr and "parlance" in done.stderr


def test_no_other_shell_is_known(server: Server) -> None:
    assert verb(server, "completion", "tcsh").returncode == 2
    assert "completion" in printed(server, "--help")
