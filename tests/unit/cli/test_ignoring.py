"""What ignore files leave out is what git leaves out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlance.cli.folder import looked
from parlance.cli.ignoring import Rules, parsed

NAMES = ("a", "b", "ab", "a.txt", "b.txt", "ab.md", "x y", "a[b", "build")
TREE = [f"{above}{name}" for above in ("", "d/", "d/e/", "build/", "d/build/") for name in NAMES]
LINES = st.one_of(
    st.sampled_from(
        [
            *("*.txt", "!a.txt", "/a", "d/*", "d/**", "**/e", "d/**/a", "build/", "!d/e/", "[ab]", "[!a]*", "a?"),
            *("\\!a", "#a", "*", "!*/", "**", "/**/b", "d/e/*.md", "x y ", "x\\ y", "[[:alpha:]]", "[a-", "a[[]b"),
        ]
    ),
    st.text("ab./*?[]!-\\ d", min_size=1, max_size=6),
)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="git says what is right")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=4), st.lists(LINES, max_size=3))
def test_what_git_leaves_out_is_left_out(tmp_path: Path, top: list[str], below: list[str]) -> None:
    """Over made-up patterns in two folders; git is asked."""
    root = tmp_path / "tree"
    if not root.exists():
        for name in TREE:
            path = root / f"{name}" if not name.endswith("build") else root / name / "file"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.is_dir() or path.write_text(name)
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("\n".join(top) + "\n")
    (root / "d" / ".gitignore").write_text("\n".join(below) + "\n")
    asked = ["git", "-c", "core.excludesFile=/dev/null", "-C", str(root), "ls-files", "-o", "-z", "--exclude-standard"]
    told = subprocess.run(asked, check=True, capture_output=True).stdout.decode().split("\0")
    expected = sorted(name for name in told if name and not any(part.startswith(".") for part in name.split("/")))
    assert [file.name for file in looked(root).files] == expected


def test_ours_comes_after_gits(tmp_path: Path) -> None:
    """It takes in again what git leaves out, and leaves out more."""
    (tmp_path / ".gitignore").write_text("*.pdf\n")
    (tmp_path / ".parlanceignore").write_text("!good.pdf\nnotes/\n")
    (tmp_path / "notes").mkdir()
    for name in ("good.pdf", "bad.pdf", "tea.txt", "notes/a.txt"):
        (tmp_path / name).write_text(name)
    assert [file.name for file in looked(tmp_path).files] == ["good.pdf", "tea.txt"]


def test_what_a_repository_ignores_is_ignored_in_a_folder_of_it(tmp_path: Path) -> None:
    """Up to where it begins, and no further."""
    inner = tmp_path / "repository" / "docs"
    inner.mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("*")
    (inner.parent / ".git").mkdir()
    (inner.parent / ".gitignore").write_text("/docs/build/\n*.log\n")
    (inner / "build").mkdir()
    for name in ("build/a.txt", "b.log", "c.txt"):
        (inner / name).write_text(name)
    assert [file.name for file in looked(inner).files] == ["c.txt"]


def test_a_line_that_says_nothing_leaves_out_nothing() -> None:
    for line in ("", "# words", "/", "!", "a\\", "[a", "[[:nonsense:]]", "   "):
        pattern = parsed(line)
        assert pattern is None or not Rules((pattern,)).leave_out("a", False)
