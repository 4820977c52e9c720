"""The doctor's report: a line for each finding, advice below it, and an exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parlance.cli.exits import Exit
from parlance.cli.main import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is home and working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(home: Path, *arguments: str, **more: str) -> Result:
    """Run `parlance doctor` where it finds no engine, on a port that is free."""
    env = {
        "HOME": str(home),
        "PARLANCE_DATA_DIR": str(home / "data"),
        "PARLANCE_SERVER_PORT": "0",
        "PARLANCE_DISCOVERY_OLLAMA": "false",
        "PARLANCE_DISCOVERY_CONFIG_TOML": "false",
        "OPENAI_API_KEY": "",
    }
    return CliRunner(env=env | more).invoke(main, ["doctor", "--quick", *arguments])


def test_a_fresh_machine_is_well(home: Path) -> None:
    """What is only worth knowing is a note with its advice, and no fault."""
    told = doctor(home, PARLANCE_PROT="1")
    assert told.exit_code == Exit.OK
    lines = told.stdout.splitlines()
    assert any(line.startswith("note  settings:") and "PARLANCE_PROT" in line for line in lines)
    place = next(number for number, line in enumerate(lines) if line.startswith("note  engines:"))
    assert lines[place + 1].strip().startswith("The built-in `quote` answers")
    assert lines[place + 1].index("The") == lines[place].index("no language")


def test_a_fault_is_an_exit_code(home: Path) -> None:
    """In JSON too, with every finding."""
    (home / "data").mkdir(mode=0o755)
    (home / "data").chmod(0o755)
    told = doctor(home, "--json")
    assert told.exit_code == Exit.ERROR
    [fault] = [finding for finding in json.loads(told.stdout) if finding["state"] == "fail"]
    assert fault["check"] == "data folder" and fault["advice"].startswith("chmod 700")


def test_settings_that_cannot_be_used_are_each_told(home: Path) -> None:
    """There is nothing to look at beyond them."""
    told = doctor(home, PARLANCE_SERVER_PORT="many", PARLANCE_LOG_LEVEL="loud")
    assert told.exit_code == Exit.ERROR
    assert told.stdout.count("FAIL  settings:") == 2
    assert "port:" not in told.stdout.partition("settings")[0]
