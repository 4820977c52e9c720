"""`config` shows settings without secrets, and makes keys that the server takes."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parlance.cli.exits import Exit
from parlance.cli.main import main

KEYS = """
[server]
port = 9000
[[keys]]
name = "one"
hash = "sha256:{}"
user = "ann"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is home, working folder and data folder in one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(home: Path, *arguments: str) -> Result:
    """Run `parlance config`."""
    env = {"HOME": str(home), "PARLANCE_DATA_DIR": str(home), "PARLANCE_DISCOVERY_CONFIG_TOML": "false"}
    return CliRunner(env=env).invoke(main, ["config", *arguments])


def test_settings_are_shown_without_secrets(home: Path) -> None:
    """Each with its origin where that is asked for."""
    (home / "parlance.toml").write_text(KEYS.format("0" * 64))
    shown = config(home, "show")
    assert "server.port = 9000" in shown.stdout.splitlines()
    assert "0" * 64 not in shown.stdout and 'keys[0].hash = "set"' in shown.stdout
    [line] = [line for line in config(home, "show", "--origin").stdout.splitlines() if line.startswith("server.port")]
    assert line.endswith("parlance.toml:3")
    assert json.loads(config(home, "show", "--json").stdout)["server.port"] == 9000
    told = json.loads(config(home, "show", "--json", "--origin").stdout)
    assert told["data.dir"]["origin"] == {"layer": "environment", "place": "PARLANCE_DATA_DIR"}


def test_warnings_are_told_beside(home: Path) -> None:
    """On standard error, so that JSON stays JSON; the variables of the command line are none."""
    env = {"HOME": str(home), "PARLANCE_PROT": "1", "PARLANCE_URL": ":1", "PARLANCE_API_KEY": "k"}
    shown = CliRunner(env=env).invoke(main, ["config", "show", "--json"])
    assert json.loads(shown.stdout)
    assert len(shown.stderr.splitlines()) == 1 and "PARLANCE_PROT" in shown.stderr


def test_settings_that_cannot_be_used_end_with_78(home: Path) -> None:
    """A sentence on standard error says which."""
    (home / "parlance.toml").write_text("[server]\nport = 'many'\n")
    shown = config(home, "show")
    assert (shown.exit_code, shown.stdout) == (Exit.CONFIG, "")
    assert "parlance.toml:2" in shown.stderr
    assert config(home, "path", "--config", "nowhere.toml").exit_code == Exit.CONFIG


def test_the_path_of_the_file_is_told(home: Path) -> None:
    """Also of one that is not there yet."""
    fresh = config(home, "path")
    assert (fresh.stdout.strip(), "no such file" in fresh.stderr) == (str(home / "parlance.toml"), True)
    (home / "parlance.toml").write_text("")
    assert config(home, "path").stderr == ""
    assert json.loads(config(home, "path", "--json").stdout) == {
        "path": str(home / "parlance.toml"),
        "exists": True,
        "data": str(home),
    }


def test_a_new_key_fits_its_block(home: Path) -> None:
    """The block holds the hash, never the key, and can be read as settings whatever the user's name."""
    user = 'Ann "the\\" Ärmel 😀'
    made = config(home, "new-key", "--user", user, "--scope", "admin", "--scope", "observe", "--model", "llama*")
    key, block = made.stdout.split("\n", 1)
    assert len(key) > 40 and key not in block
    [table] = tomllib.loads(block)["keys"]
    assert table == {
        "name": user,
        "hash": "sha256:" + hashlib.sha256(key.encode()).hexdigest(),
        "user": user,
        "tenant": "default",
        "scopes": ["admin", "observe"],
        "models": ["llama*"],
    }
    (home / "parlance.toml").write_text(block)
    assert config(home, "show").exit_code == Exit.OK


def test_a_new_key_may_be_json(home: Path) -> None:
    """Two of them are never the same."""
    first, second = (json.loads(config(home, "new-key", "--user", "ann", "--json").stdout) for _ in range(2))
    assert first["key"] != second["key"]
    assert tomllib.loads(first["toml"])["keys"][0]["hash"] == first["hash"]


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 129])
def test_a_name_that_no_settings_take_is_refused(home: Path, name: str) -> None:
    """Before a key is printed."""
    made = config(home, "new-key", "--user", name)
    assert (made.exit_code, made.stdout) == (Exit.USAGE, "")
