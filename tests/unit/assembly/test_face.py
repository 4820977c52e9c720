"""The server says of itself what can be typed as it stands."""

from __future__ import annotations

from pathlib import Path

from parlance.assembly.face import command_line


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
