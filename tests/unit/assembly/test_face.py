"""The server says of itself what can be typed as it stands."""

from __future__ import annotations

from pathlib import Path

from parlance.assembly.face import command_line, told
from parlance.settings.load import Sources, load


def test_the_command_is_told_as_it_can_be_typed(tmp_path: Path) -> None:
    """By its name where the shell finds it, else by its place below the folder, and never by a whole path."""
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    python, command = folder / "python", folder / "parlance"
    assert command_line("", str(python), tmp_path) == "python -m parlance"
    command.touch(mode=0o755)
    assert command_line("", str(python), tmp_path) == ".venv/bin/parlance"
    assert command_line(str(folder), str(python), tmp_path) == "parlance"
    assert command_line("", str(python), tmp_path / "elsewhere") == "python -m parlance"


TOML = """
[[connections]]
name = "c"
base_url = "https://me:pass-word@up.example/v1"
api_key = "sk-SECRET"
"""


def test_the_settings_are_told_with_their_origins_and_without_secrets(tmp_path: Path) -> None:
    """As an operator's page shows them: what a file or a variable owns can be seen to be theirs."""
    (tmp_path / "parlance.toml").write_text(TOML)
    env = {"HOME": "/h", "PARLANCE_SERVER_PORT": "9"}
    facts = told(load(Sources(env=env, cwd=tmp_path, platform="linux", system_config=tmp_path / "none")))
    found = {fact.key: fact for fact in facts.settings}
    assert (facts.file, facts.exists) == (str(tmp_path / "parlance.toml"), True)
    assert (found["server.port"].value, found["server.port"].layer) == (9, "environment")
    assert found["server.port"].place == "PARLANCE_SERVER_PORT"
    assert found["connections[0].api_key"].value == "set"
    assert found["connections[0].base_url"].value == "https://[secret]@up.example/v1"
    assert found["connections[0].base_url"].layer == "file" and found["metrics.enabled"].layer == "default"


def test_without_a_settings_file_its_place_is_told(tmp_path: Path) -> None:
    """So that one knows where to write one."""
    env = {"HOME": "/h", "PARLANCE_DATA_DIR": str(tmp_path)}
    facts = told(load(Sources(env=env, cwd=tmp_path, platform="linux", system_config=tmp_path / "none")))
    assert (facts.file, facts.exists) == (str(tmp_path / "parlance.toml"), False)
