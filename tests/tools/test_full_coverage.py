"""The floor of 100 % on guarded files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tools.full_coverage import findings, main, patterns

FULL: dict[str, Any] = {"missing_lines": [], "missing_branches": []}


def test_a_covered_file_passes() -> None:
    """No line and no branch is missing: no finding."""
    assert findings({"files": {"src/a.py": FULL}}, ["src/a.py"]) == []


def test_a_missed_line_or_branch_is_named() -> None:
    """The sentence says which line was not run and which way was not taken."""
    file = {"missing_lines": [7], "missing_branches": [[3, 5], [9, -1]]}
    assert findings({"files": {"src/b/a.py": file}}, ["src/b/*.py"]) == [
        "src/b/a.py must be covered in full, but not run: 7, 3->5, 9->exit"
    ]


def test_a_pattern_without_a_file_is_a_finding() -> None:
    """A guard that was moved does not slip out of the list unseen."""
    assert findings({"files": {}}, ["src/gone.py"]) == ["src/gone.py: no such file was measured"]


def test_comments_and_blanks_are_no_patterns() -> None:
    """What stands behind `#` explains the entry."""
    assert patterns("# why\n\nsrc/a.py  # because\n") == ["src/a.py"]


@pytest.mark.parametrize(("missing", "code"), [([], 0), ([1], 1)])
def test_the_exit_code_tells_make(tmp_path: Path, missing: list[int], code: int) -> None:
    """1 when something is missing, else 0."""
    report, listed = tmp_path / "coverage.json", tmp_path / "list.txt"
    report.write_text(json.dumps({"files": {"a.py": {"missing_lines": missing}}}))
    listed.write_text("a.py\n")
    assert main(report, listed) == code


def test_the_list_names_what_guards_something() -> None:
    """Authorisation, cache key, accounts and outbound client are on the list."""
    listed = patterns((ROOT / "tests/architecture/full_coverage.txt").read_text(encoding="utf-8"))
    for word in ("authorize", "key", "accounts", "outbound"):
        assert any(word in pattern for pattern in listed)
