"""What counts instructions says what it lacks, before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.instructions import counted, main
from benchmarks.programs import Missing
from benchmarks.subjects import start_floor


def test_without_valgrind_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Missing, match="apt install valgrind"):
        counted(start_floor, False, 1, tmp_path)
    assert main(["stream", "5"]) == 1
    assert "apt install valgrind" in capsys.readouterr().err
