"""What a compatible server must show, line by line (`checklist.toml`): which tests hold it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
LINES: list[dict[str, Any]] = tomllib.loads((HERE / "checklist.toml").read_text())["line"]
OF_THE_CONTRACT = 20 + 10
"""Its lines: what must match, and what is better inside."""


def test_no_line_is_forgotten() -> None:
    """Each once, and each held by something."""
    assert len({line["says"] for line in LINES}) == len(LINES) == OF_THE_CONTRACT
    assert all(line["held"] for line in LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["says"])
def test_each_line_is_held_by_tests_that_are_there(line: dict[str, Any]) -> None:
    """A name that leads nowhere would hold nothing."""
    for named in line["held"]:
        file, _, name = named.partition("::")
        folder, _, stem = file.rpartition("/")
        known = set(re.findall(r"def test_(\w+)", (TESTS / folder / f"test_{stem}.py").read_text()))
        assert known and (not name or name in known), named
