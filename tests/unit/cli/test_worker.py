"""`parlance worker` where it has nothing to do."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from parlance.cli.exits import Exit
from parlance.cli.worker import ALONE, USUAL, _load, command


def invoke(folder: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["--data", str(folder), *arguments])
    return done.exit_code, done.output


def test_it_refuses_to_work_beside_a_server_that_has_its_database_for_itself(tmp_path: Path) -> None:
    """With SQLite the server does all of it; the sentence says what to set."""
    code, said = invoke(tmp_path)
    assert code == Exit.CONFIG and said.strip() == ALONE


def test_it_reads_documents_although_the_servers_read_none(tmp_path: Path) -> None:
    """The settings of the servers say 0; the worker's own option wins."""
    config = tmp_path / "parlance.toml"
    config.write_text("[knowledge]\nworkers = 0\n")
    assert _load(str(config), str(tmp_path), None).settings.knowledge.workers == USUAL
    assert _load(str(config), str(tmp_path), 5).settings.knowledge.workers == 5


def test_settings_that_are_wrong_are_told(tmp_path: Path) -> None:
    """As everywhere."""
    config = tmp_path / "parlance.toml"
    config.write_text("[knowledge]\nworkers = -1\n")
    code, said = invoke(tmp_path, "--config", str(config))
    assert code != 0 and "knowledge.workers" in said
