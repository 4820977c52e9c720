"""A data folder has one owner at a time, and one that was killed does not keep it."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from parlance.stores.folder_lock import FILE, FolderError, FolderLock, FolderTaken

HOLDER = """
import sys
from pathlib import Path
from parlance.stores.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire()
lock.note("http://127.0.0.1:8080")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_one_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    """With the process, its address once that is known, and what to do; after the release it gets the folder."""
    first, second = FolderLock(tmp_path / "data"), FolderLock(tmp_path / "data")
    first.acquire()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    with pytest.raises(FolderTaken, match="--ephemeral") as early:
        second.acquire()
    assert (early.value.pid, early.value.address) == (str(os.getpid()), "")
    first.note("http://127.0.0.1:8080")
    with pytest.raises(FolderTaken, match=rf"process {os.getpid()}, http://127\.0\.0\.1:8080") as late:
        second.acquire()
    assert late.value.address == "http://127.0.0.1:8080"
    first.release()
    first.release()
    with second:
        assert (tmp_path / "data" / FILE).read_text() == f"{os.getpid()}\n\n"
    with first:
        pass


def test_a_killed_owner_does_not_keep_the_folder(tmp_path: Path) -> None:
    """The system takes the lock back, whatever the file still says."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(FolderTaken) as caught:
            FolderLock(tmp_path).acquire()
        assert caught.value.pid == str(holder.pid)
        holder.send_signal(signal.SIGKILL)
        holder.wait(20)
    assert (tmp_path / FILE).read_text().startswith(str(holder.pid))
    with FolderLock(tmp_path):
        pass


def test_what_cannot_be_made_or_locked_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the way, and a disk of another machine that knows no locks."""
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=r"cannot be used.*--data"):
        FolderLock(tmp_path / "file" / "data").acquire()

    def unable(descriptor: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unable)
    with pytest.raises(FolderError, match=r"\(No locks available\)") as caught:
        FolderLock(tmp_path).acquire()
    assert not isinstance(caught.value, FolderTaken)
    FolderLock(tmp_path).note("nobody holds it")
    assert (tmp_path / FILE).read_text() == ""
