"""The page is checked when it changed, and always where a test run says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.node import Node, of_machine, of_wheel
from tools.page import ROOT, Page
from tools.page_checks import CHECKS, digest, failures, followed, main

GOOD, BAD = "console.log('fine')", "console.log('line 3 is wrong'); process.exit(1)"


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """Sources with all the tools they ask for, which is none."""
    made = Page(tmp_path)
    (made.web / "node_modules").mkdir(parents=True)
    for place in ("package-lock.json", "node_modules/.package-lock.json"):
        (made.web / place).write_text(json.dumps({"packages": {}}))
    return made


def test_each_check_is_a_script_of_ours() -> None:
    """Types, lint, form and unit tests, each by a package that the lock has."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    assert set(CHECKS) == {"types", "lint", "form", "tests"}
    assert all("/".join(call[0].split("/")[:2]) in packages for call in CHECKS.values())


def test_what_failed_is_shown_whole_and_the_rest_is_run_too(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """With this Python in the place of a Node: only the calls are looked at."""
    checks = {"types": ("-c", "print('fine')"), "lint": ("-c", "print('line 3'); raise SystemExit(2)"), "form": ("-V",)}
    python = Node(Path(sys.executable), Path())
    assert failures(page, python, checks) == ["The page's lint:\nline 3"]
    assert "types, lint, form" in capsys.readouterr().out


def test_nothing_is_done_twice_for_the_same_sources(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless it failed, or is asked for; a changed test is a change."""
    if (of_machine() or of_wheel()) is None:
        pytest.skip("no Node is here")
    good, bad = {"tests": ("-e", GOOD)}, {"tests": ("-e", BAD)}
    assert main(page, [], bad) == 1 and "line 3 is wrong" in capsys.readouterr().out
    assert main(page, [], good) == 0 and "The page: tests" in capsys.readouterr().out
    assert main(page, [], bad) == 0 and capsys.readouterr().out == ""
    assert main(page, ["--always"], bad) == 1
    before = digest(page)
    (page.web / "tests").mkdir()
    (page.web / "tests" / "a.test.ts").write_text("")
    assert digest(page) != before and main(page, [], bad) == 1


def test_what_the_followed_branch_has_is_not_checked_again(page: Page, tmp_path: Path) -> None:
    """A fresh clone, until something below `web/` is changed or added; without a branch to follow, the last commit."""

    def git(*call: str, at: Path = tmp_path) -> None:
        subprocess.run(["git", "-C", str(at), "-c", "user.name=a", "-c", "user.email=a@h.test", *call], check=True)

    git("init", "-q")
    git("add", ".")
    assert not followed(page)
    git("commit", "-qm", "All")
    assert followed(page)
    git("clone", "-q", ".", "copy")
    copy = Page(tmp_path / "copy")
    assert followed(copy)
    (copy.web / "new.ts").write_text("")
    assert not followed(copy)
    git("add", ".", at=copy.root)
    git("commit", "-qm", "New", at=copy.root)
    assert not followed(copy)
