"""A test's server is the real one, and sees nothing of the machine it runs on."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest

from parlance.settings.load import SettingsError
from parlance.testing.servers import as_process, environment, in_thread, loaded, running


def status(url: str) -> int:
    """The status of a GET."""
    with urllib.request.urlopen(url, timeout=10) as reply:
        return int(reply.status)


@pytest.mark.slow
async def test_a_server_runs_on_the_loop_of_a_test(tmp_path: Path) -> None:
    """It listens on a port of its own while the block lasts, and its inside can be looked at."""
    async with running(loaded(tmp_path)) as server:
        assert server.port > 0
        assert server.house is not None
        assert len(server.console_token) > 20


def test_a_server_runs_in_a_thread(tmp_path: Path) -> None:
    """A synchronous client can talk to it."""
    with in_thread(loaded(tmp_path, flags={"models.default": "quote"})) as server:
        assert status(f"{server.url}/v1/models") == 200
        assert server.house is not None and server.house.settings.models.default == "quote"


@pytest.mark.slow
def test_a_failing_test_ends_its_server_too(tmp_path: Path) -> None:
    """The error of the block comes out as it is, and the port is free again."""
    with pytest.raises(ZeroDivisionError):
        with in_thread(loaded(tmp_path)) as server:
            raise ZeroDivisionError
    with pytest.raises(OSError):
        status(f"{server.url}/v1/models")


@pytest.mark.slow
def test_a_server_runs_as_a_process(tmp_path: Path) -> None:
    """It is the command that people type, with doors found by what it announces."""
    with as_process(tmp_path, "--door", "openai=127.0.0.1:0", toml="[log]\nlevel = 'info'\n") as server:
        assert status(f"{server.url}/v1/models") == 200
        assert set(server.addresses) == {"default", "openai"}
    assert "answered" in server.log
    assert server.process is not None and server.process.returncode == 0


@pytest.mark.slow
def test_what_keeps_a_server_from_starting_is_told(tmp_path: Path) -> None:
    """A process says it with its output, the loader with its own error."""
    with pytest.raises(ChildProcessError, match="no_such"):
        with as_process(tmp_path / "one", toml="[no_such]\n"):
            raise AssertionError("it came up")
    with pytest.raises(SettingsError):
        loaded(tmp_path / "two", flags={"server.port": "many"})


@pytest.mark.slow
def test_a_start_that_fails_in_this_process_raises(tmp_path: Path) -> None:
    """A port that somebody has is an OSError, not a wait."""
    with in_thread(loaded(tmp_path / "one")) as server:
        with pytest.raises(OSError):
            with in_thread(loaded(tmp_path / "two", flags={"server.port": server.port})):
                raise AssertionError("it came up")


def test_a_child_sees_no_home_of_the_machine(tmp_path: Path) -> None:
    """Its home, its data and its settings are in the test's folder."""
    seen = environment(tmp_path, {"NO_COLOR": "1"})
    assert seen["HOME"] == str(tmp_path) and seen["NO_COLOR"] == "1"
    assert "PARLANCE_URL" not in seen and "OLLAMA_HOST" not in seen
