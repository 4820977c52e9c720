"""A folder of chats as files: what is there, what stays, and what a crash leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from parlance.ports.mirrored import Page
from parlance.stores.mirror_folder import INDEX, MirrorFolder, inside


def page(chat: str, text: str | None, name: str = "", mark: str = "1") -> Page:
    return Page(chat, name or f"{chat}.md", mark, None if text is None else text.encode())


def files(folder: Path) -> dict[str, str]:
    """All but the index."""
    return {each.name: each.read_text() for each in folder.iterdir() if each.name != INDEX}


async def test_files_are_written_replaced_renamed_and_removed(tmp_path: Path) -> None:
    folder = MirrorFolder(tmp_path / "ada")
    await folder.lay([page("a", "one"), page("b", "two")])
    assert files(tmp_path / "ada") == {"a.md": "one", "b.md": "two"}
    await folder.lay([page("a", "three", "new.md", "2"), page("b", None)])
    assert files(tmp_path / "ada") == {"new.md": "three"}
    assert await folder.marks() == {"a": "2"}
    await MirrorFolder(tmp_path / "ada").lay([page("a", "four", "newer.md")])
    assert files(tmp_path / "ada") == {"newer.md": "four"}
    assert (tmp_path / "ada" / "newer.md").stat().st_mode & 0o777 == 0o600


async def test_what_it_did_not_write_stays(tmp_path: Path) -> None:
    """Others' files, its own that somebody edited, and what stands behind a link."""
    outside = tmp_path / "outside"
    outside.write_text("precious")
    ada = tmp_path / "ada"
    ada.mkdir()
    (ada / "a.md").write_text("mine")
    (ada / "notes.txt").write_text("mine too")
    (ada / "b.md").symlink_to(outside)
    (ada / "c.md").mkdir()
    folder = MirrorFolder(ada)
    await folder.lay([page(chat, f"of {chat}") for chat in "abcd"])
    assert (ada / "a (2).md").read_text() == "of a" and (ada / "b (2).md").read_text() == "of b"
    (ada / "d.md").write_text("edited")
    await folder.lay([page("d", "newer")])
    await folder.lay([page(chat, None) for chat in "abcd"])
    assert outside.read_text() == "precious" and (ada / "b.md").is_symlink() and (ada / "c.md").is_dir()
    left = {each.name for each in ada.iterdir()}
    assert left == {"a.md", "notes.txt", "b.md", "c.md", "d.md", INDEX}
    assert (ada / "a.md").read_text() == "mine" and (ada / "d.md").read_text() == "edited"


async def test_chats_that_are_called_alike_have_a_file_each(tmp_path: Path) -> None:
    """Also where names differ by case only, which some file systems do not see."""
    folder = MirrorFolder(tmp_path)
    await folder.lay([page("a", "one", "Tea.md"), page("b", "two", "tea.md")])
    assert files(tmp_path) == {"Tea.md": "one", "tea (2).md": "two"}
    await folder.lay([page("a", None)])
    assert files(tmp_path) == {"tea (2).md": "two"}


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b", ".hidden", "c:x"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a file"):
        inside(tmp_path, name)


async def test_an_index_that_somebody_forged_removes_nothing(tmp_path: Path) -> None:
    """Names in it are judged like any others; an index that is no index is as good as none."""
    outside = tmp_path / "outside"
    outside.write_text("")
    ada = tmp_path / "ada"
    ada.mkdir()
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (ada / INDEX).write_text(json.dumps({"files": {"a": {"name": "../outside", "digests": [digest]}}}))
    await MirrorFolder(ada).lay([page("a", None)])
    assert outside.exists()
    (ada / INDEX).write_text("nonsense")
    await MirrorFolder(ada).lay([page("a", "text")])
    assert files(ada) == {"a.md": "text"}


async def test_a_crash_anywhere_is_made_good_by_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every renaming of a file may be the last thing that happens: nothing is doubled, lost or taken for another's."""
    for deadly in range(6):
        place = tmp_path / str(deadly)
        await MirrorFolder(place).lay([page("a", "one"), page("b", "two"), page("c", "three")])
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", _fails_at(deadly))
            changed = [page("a", "one more", "other.md"), page("b", "two more"), page("c", None)]
            try:
                await MirrorFolder(place).lay(changed)
            except OSError:
                assert deadly < 4
        await MirrorFolder(place).lay(changed)
        assert files(place) == {"other.md": "one more", "b.md": "two more"}


async def test_what_a_killed_process_was_writing_goes(tmp_path: Path) -> None:
    """And nothing that is only called alike."""
    (tmp_path / ".parlance-x1.part").write_text("half")
    (tmp_path / "parlance.part").write_text("mine")
    await MirrorFolder(tmp_path).lay([page("a", "one")])
    assert files(tmp_path) == {"a.md": "one", "parlance.part": "mine"}


def _fails_at(deadly: int) -> Callable[[str, Path], None]:
    count, replace = iter(range(100)), os.replace

    def fails(source: str, target: Path) -> None:
        if next(count) == deadly:
            raise OSError
        replace(source, target)

    return fails
