"""What a look at a folder finds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.cli.folder import Digests, identity, looked, opened, raw, shown
from parlance.values.folder_places import is_folder_name


def test_regular_files_are_found_by_name(tmp_path: Path) -> None:
    """Hidden ones, links and pipes are left out, and a link to a folder leads nowhere, not even around."""
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name in ("z.txt", "b/c/a.txt", "b/y.txt", ".hidden", ".git/config", "a b.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "around").symlink_to(tmp_path)
    (tmp_path / "link.txt").symlink_to(tmp_path / "z.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "bare").mkdir()
    look = looked(tmp_path)
    assert [file.name for file in look.files] == ["a b.txt", "b/c/a.txt", "b/y.txt", "z.txt"]
    assert [file.size for file in look.files] == [7, 9, 7, 5] and look.unseen == {} and look.bare == {"bare"}


def test_a_name_of_strange_bytes_is_still_a_name(tmp_path: Path) -> None:
    """It can be shown and sent, and leads to the file."""
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("one")
    (file,) = looked(tmp_path).files
    with opened(file.path) as content:
        assert (file.name, content.read()) == ("caf%E9.txt", b"one")
    assert (tmp_path / raw(file.name)).exists()


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_no_two_names_become_one(one: bytes, other: bytes) -> None:
    """Whatever bytes they have, and the way back leads to the same bytes."""
    for name in (one, other):
        text = shown(os.fsdecode(name))
        assert text.encode() is not None and os.fsencode(raw(text)) == name
    assert (shown(os.fsdecode(one)) == shown(os.fsdecode(other))) == (one == other)


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one is not there at all; of one below the rest is still seen."""
    with pytest.raises(OSError):
        looked(tmp_path / "gone")
    (tmp_path / "shut").mkdir()
    (tmp_path / "a.txt").write_text("a")
    scan = os.scandir

    def denied(path: str) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    look = looked(tmp_path)
    assert [file.name for file in look.files] == ["a.txt"] and look.unseen == {"shut": "Permission denied"}


def test_a_file_that_became_a_link_is_not_read(tmp_path: Path) -> None:
    """Nor one that became a pipe, between looking and reading."""
    (tmp_path / "one.txt").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    for name in ("one.txt", "pipe"):
        with pytest.raises(OSError):
            opened(tmp_path / name)


def test_a_digest_is_taken_anew_when_the_file_was_written(tmp_path: Path) -> None:
    """And not before."""
    digests, path = Digests(), tmp_path / "a.txt"
    path.write_text("one")
    (before,) = looked(tmp_path).files
    first = digests.of(before)
    path.unlink()
    assert digests.of(before) == first
    path.write_text("two")
    (after,) = looked(tmp_path).files
    assert after.stamp != before.stamp and digests.of(after) != first


@pytest.mark.parametrize("name", ["Team Papers (2026)", "手册", "x" * 200, ".hidden", "-"])
def test_a_folder_has_a_name_that_tells_little(tmp_path: Path, name: str) -> None:
    """The same each time, another for another path, and nothing of the path above it."""
    (tmp_path / name).mkdir()
    found = identity(tmp_path / name)
    assert is_folder_name(found) and found == identity(tmp_path / name / ".")
    assert found != identity(tmp_path) and tmp_path.name not in found
