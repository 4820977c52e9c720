"""`parlance index` and `parlance search` against a running server, with the parsers and an embedder that it has."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, Script, in_thread
from tests.flows.callers import connection_toml
from tests.flows.test_cli import PATIENCE, Terminal, printed, verb
from tests.naming import fresh

LARGEST = 100_000
"""Bytes of one document in this file."""
PAGE = "<html><title>Beans</title><body><h1>Coffee</h1><p>Coffee is grown in Kerala.</p></body></html>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as people start it, with an embedder and documents of at most 0.1 MB."""
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        toml += f"\n[knowledge]\nmax_size_mb = {LARGEST / 1_000_000}\n"
        with as_process(tmp_path_factory.mktemp("server"), toml=toml) as running:
            yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Formats that are read, and what is no document: broken, unknown, too large, empty, hidden, a link."""
    made = tmp_path / "papers"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "tea.md").write_text("# Gardens\n\nTea is grown in Assam.\n")
    (made / "deep" / "coffee.html").write_text(PAGE)
    (made / "deep" / "er" / "crops.csv").write_text("crop,place\ncocoa,Ghana\nvanilla,Madagascar\n")
    (made / "again.md").write_bytes((made / "tea.md").read_bytes())
    with zipfile.ZipFile(made / "broken.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w:document>")
    (made / "noise.dat").write_bytes(random.Random(5).randbytes(5000))
    (made / "film.mp4").write_bytes(bytes(100))
    (made / "long.txt").write_text("far too much " * 400_000)
    (made / "nothing.txt").touch()
    (made / ".secret").write_text("hidden")
    (made / "link.txt").symlink_to("/etc/hostname")
    return made


def indexed(server: Server, folder: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, what became of each file, and standard error."""
    done = verb(server, "index", str(folder), *words, "--json")
    assert done.stdout, done.stderr
    return done.returncode, {each["name"]: each for each in json.loads(done.stdout)["files"]}, done.stderr


def test_a_folder_is_indexed_once(server: Server, folder: Path) -> None:
    """The second time nothing is new, and what failed is told again."""
    called = fresh("Papers")
    code, files, said = indexed(server, folder, "--base", called, "--create")
    assert {name: each["outcome"] for name, each in files.items()} == {
        "again.md": "added",
        "broken.docx": "failed",
        "deep/coffee.html": "added",
        "deep/er/crops.csv": "added",
        "film.mp4": "skipped",
        "long.txt": "skipped",
        "noise.dat": "skipped",
        "nothing.txt": "skipped",
        "tea.md": "unchanged",
    }
    assert code == 1 and "1 of 9 files failed" in said and "added     tea.md" not in said
    assert files["broken.docx"]["reason"] and "at most" in files["long.txt"]["reason"]
    assert "the same bytes as again.md" in files["tea.md"]["reason"]
    documents = files_of(server, called)
    code, again, said = indexed(server, folder, "--base", called)
    assert code == 1 and "1 new" in said, said  # what was too large never came to be there
    told = {name: each["outcome"] for name, each in again.items()}
    assert told == {name: {"added": "unchanged"}.get(each["outcome"], each["outcome"]) for name, each in files.items()}
    assert files_of(server, called) == documents
    (folder / "broken.docx").unlink()
    last = verb(server, "index", str(folder), "--base", called)
    assert last.returncode == 0 and last.stdout.startswith(
        "0 added, 0 changed, 0 renamed, 0 removed, 4 unchanged, 1 kept, 0 failed, 4 skipped\n"
    )


@pytest.mark.slow
def test_what_no_parser_reads_is_told_to_stay_as_failed_and_goes_when_it_is_ignored(
    server: Server, tmp_path: Path
) -> None:
    """The summary and the base say the same, and the next step is the true one."""
    called = fresh("Noise")
    (tmp_path / "noise.dat").write_bytes(random.Random(5).randbytes(5000))
    (tmp_path / "a.txt").write_text("The first paper.")
    told = printed(server, "index", str(tmp_path), "--base", called, "--create")
    base = base_called(server, called)
    (noise,) = [each["id"] for each in listed(server, base) if each["state"] == "failed"]
    assert f"skipped   noise.dat (document {noise}): " in told and "stays in the base as a document that failed" in told
    (tmp_path / ".parlanceignore").write_text("*.dat")
    assert "1 removed" in printed(server, "index", str(tmp_path), "--base", called, "--prune")
    assert [each["name"] for each in listed(server, base)] == ["a.txt"]


@pytest.mark.slow
def test_a_file_that_is_gone_is_told_at_once_and_asked_about(server: Server, tmp_path: Path) -> None:
    """By `--watch` without `--prune`, too; a question says what would be done, and not that it was."""
    called = fresh("Gone")
    for name in ("bird", "cat"):
        (tmp_path / f"{name}.txt").write_text(f"A {name}.")
    with watched(server, tmp_path, "--base", called, "--create") as watching:
        round_of(watching, "cat.txt", "added")
        (tmp_path / "cat.txt").unlink()
        assert round_of(watching, "cat.txt", "kept") == {"bird.txt": "unchanged", "cat.txt": "kept"}
    terminal = Terminal(server, "index", str(tmp_path), "--base", called, COLUMNS="120")
    asked = terminal.until("[y/N]")
    assert "remove    cat.txt" in asked and "removed   " not in asked
    terminal.type("y\n")
    assert terminal.ended() == 0 and "removed   cat.txt" in terminal.output


def files_of(server: Server, called: str) -> Any:
    """The names and ids of all documents in the only base of that name."""
    bases = json.loads(printed(server, "do", "bases.list"))["bases"]
    (base,) = [each["id"] for each in bases if each["name"] == called]
    listed = json.loads(printed(server, "do", "documents.list", f"base={base}"))["documents"]
    return sorted((each["name"], each["id"]) for each in listed)


def test_a_dry_run_changes_nothing(server: Server, folder: Path) -> None:
    """It says what would be sent, also to a base that is not there yet."""
    called = fresh("Dry")
    done = verb(server, "index", str(folder), "--base", called, "--create", "--dry-run")
    assert done.returncode == 0 and "6 new" in done.stderr and ", 1 unchanged, 2 skipped, 0 failed" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "add       again.md (34 B)" and "unchanged tea.md: the same bytes as again.md" in lines
    assert any(each.startswith("skipped   film.mp4: what is said in it takes a model") for each in lines)
    assert not any("secret" in each or "link" in each for each in lines)
    assert verb(server, "search", called, "tea").returncode == 3


@pytest.mark.slow
def test_a_base_is_kept_in_step_with_a_folder(server: Server, tmp_path: Path) -> None:
    """A version takes another's place, a renamed file is not read again, and a document goes only when that is said;
    what somebody else put there stays."""
    called = fresh("Notes")
    for name, text in (("note", "The key is under the mat."), ("moves", "Tea is green."), ("goes", "Rice is white.")):
        (tmp_path / f"{name}.txt").write_text(text)
    printed(server, "index", str(tmp_path), "--base", called, "--create")
    base = base_called(server, called)
    printed(server, "do", "documents.add_text", f"base={base}", "name=goes.txt", "text=Written by hand.")
    before = {each["name"]: each["id"] for each in listed(server, base)}
    (tmp_path / "note.txt").write_text("The key is in the shed.")
    (tmp_path / "moves.txt").rename(tmp_path / "moved.txt")
    (tmp_path / "goes.txt").unlink()
    preview = printed(server, "index", str(tmp_path), "--base", called, "--dry-run").splitlines()
    assert preview == ["change    note.txt (23 B)", "rename    moves.txt to moved.txt", "remove    goes.txt"]
    first = printed(server, "index", str(tmp_path), "--base", called)
    assert first.startswith("0 added, 1 changed, 1 renamed, 0 removed, 0 unchanged, 1 kept"), first
    assert "goes.txt: its file is gone; --prune removes it" in first
    second = printed(server, "index", str(tmp_path), "--base", called, "--prune")
    assert second.startswith("0 added, 0 changed, 0 renamed, 1 removed, 2 unchanged, 0 kept"), second
    after = {each["name"]: each for each in listed(server, base)}
    assert set(after) == {"note.txt", "moved.txt", "goes.txt"} and after["goes.txt"]["source"] == "text"
    assert after["moved.txt"]["id"] == before["moves.txt"] and after["note.txt"]["id"] != before["note.txt"]
    found = json.loads(printed(server, "search", called, "key", "--json"))["passages"]
    assert "The key is under the mat." not in {each["chunk"]["content"] for each in found}


@pytest.mark.slow
def test_a_version_that_goes_is_told_and_previewed(server: Server, tmp_path: Path) -> None:
    """Also where nothing is sent for it, as the file has the bytes of another one now."""
    called = fresh("Versions")
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_text(f"The paper {name}.")
    printed(server, "index", str(tmp_path), "--base", called, "--create")
    base = base_called(server, called)
    (before,) = [each["id"] for each in listed(server, base) if each["name"] == "a.txt"]
    (tmp_path / "a.txt").write_bytes((tmp_path / "b.txt").read_bytes())
    (tmp_path / "c.txt").write_text("The paper c, better.")
    dry = verb(server, "index", str(tmp_path), "--base", called, "--dry-run")
    assert dry.stdout.splitlines() == [
        *("change    c.txt (20 B)", "change    a.txt: its bytes are there already"),
        "unchanged b.txt: the same bytes as a.txt",
    ]
    assert dry.stderr.startswith("0 new and 2 changed (20 B), 0 renamed, 0 gone, 1 unchanged"), dry.stderr
    planned = json.loads(printed(server, "index", str(tmp_path), "--base", called, "--dry-run", "--json"))
    assert {each["name"] for each in planned["replaced"]} == {"a.txt", "c.txt"}
    assert before in {each["document"] for each in planned["replaced"]}
    told = printed(server, "index", str(tmp_path), "--base", called)
    assert told.startswith("0 added, 2 changed, 0 renamed, 0 removed, 1 unchanged"), told
    assert "changed   a.txt" in told and before not in {each["id"] for each in listed(server, base)}


@pytest.mark.slow
def test_a_folder_in_which_nothing_known_is_left_keeps_its_documents(server: Server, tmp_path: Path) -> None:
    """Another disk may be in its place, with a stray file on it: it takes a yes to just that."""
    called = fresh("Mounted")
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text(f"Paper number {number}.")
    printed(server, "index", str(tmp_path), "--base", called, "--create")
    for number in range(4):
        (tmp_path / f"{number}.txt").unlink()
    (tmp_path / "stray.txt").write_text("What lay on the disk below.")
    dry = verb(server, "index", str(tmp_path), "--base", called, "--prune", "--dry-run")
    assert "remove " not in dry.stdout and dry.stdout.count("kept ") == 4 and ", 0 gone" in dry.stderr, dry.stdout
    told = printed(server, "index", str(tmp_path), "--base", called, "--prune")
    assert told.startswith("1 added, 0 changed, 0 renamed, 0 removed, 0 unchanged, 4 kept"), told
    assert "kept      0.txt: " in told and "--prune-all removes it" in told
    base = base_called(server, called)
    assert len(listed(server, base)) == 5
    (tmp_path / "stray.txt").unlink()
    (tmp_path / "other.txt").write_text("Another one.")  # what was added meanwhile is gone, too
    dry = verb(server, "index", str(tmp_path), "--base", called, "--prune-all", "--dry-run")
    assert dry.stdout.count("remove ") == 5, dry.stdout
    endless = verb(server, "index", str(tmp_path), "--base", called, "--prune-all", "--watch")
    assert endless.returncode == 2 and "without --watch" in endless.stderr
    printed(server, "index", str(tmp_path), "--base", called, "--prune-all")
    assert [each["name"] for each in listed(server, base)] == ["other.txt"]


@pytest.mark.slow
def test_two_folders_share_a_base_and_leave_each_other_alone(server: Server, tmp_path: Path) -> None:
    """Though they are called alike; the one with a name of its own keeps it wherever it lies."""
    called = fresh("Shared")
    for number in ("one", "two"):
        (tmp_path / number / "papers").mkdir(parents=True)
        (tmp_path / number / "papers" / "tea.txt").write_text(f"Tea of {number}.")
    printed(server, "index", str(tmp_path / "one" / "papers"), "--base", called, "--create", "--prune", "--as", "one")
    printed(server, "index", str(tmp_path / "two" / "papers"), "--base", called, "--prune")
    (tmp_path / "one").rename(tmp_path / "moved")
    same = printed(server, "index", str(tmp_path / "moved" / "papers"), "--base", called, "--prune", "--as", "one")
    assert same.startswith("0 added, 0 changed, 0 renamed, 0 removed, 1 unchanged"), same
    (tmp_path / "moved" / "papers" / "tea.txt").unlink()
    (tmp_path / "moved" / "papers" / "new.txt").write_text("New tea.")
    printed(server, "index", str(tmp_path / "moved" / "papers"), "--base", called, "--prune", "--as", "one")
    base = base_called(server, called)
    assert sorted(each["name"] for each in listed(server, base)) == ["new.txt", "tea.txt"]
    assert verb(server, "index", str(tmp_path), "--base", called, "--as", "No Name").returncode == 2


def base_called(server: Server, name: str) -> str:
    """The id of a base."""
    bases = json.loads(printed(server, "do", "bases.list"))["bases"]
    return next(str(each["id"]) for each in bases if each["name"] == name)


def listed(server: Server, base: str) -> Any:
    """The documents of a base."""
    return json.loads(printed(server, "do", "documents.list", f"base={base}"))["documents"]


@pytest.mark.slow
def test_a_watched_folder_is_followed(server: Server, tmp_path: Path) -> None:
    """New, changed, renamed and removed files, without another word; then the folder vanishes, and nothing is lost."""
    called = fresh("Watched")
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "a.txt").write_text("The first paper.")
    with watched(server, folder, "--base", called, "--create", "--prune") as watching:
        round_of(watching, "a.txt", "added")
        (folder / "b.txt").write_text("The second paper.")
        round_of(watching, "b.txt", "added")
        (folder / ".b.swp").write_text("The second paper, better.")
        (folder / ".b.swp").replace(folder / "b.txt")
        (folder / "a.txt").rename(folder / "c.txt")
        assert round_of(watching, "c.txt", "renamed") == {"c.txt": "renamed"}
        round_of(watching, "b.txt", "changed")
        assert len(listed(server, base_called(server, called))) == 2
        (folder / "b.txt").unlink()
        assert round_of(watching, "b.txt", "removed") == {"b.txt": "removed", "c.txt": "unchanged"}
        folder.rename(tmp_path / "away")
        (tmp_path / "away" / "d.txt").write_text("The fourth paper.")
        (tmp_path / "away").rename(folder)
        assert round_of(watching, "c.txt", "unchanged") == {"c.txt": "unchanged"}
        assert round_of(watching, "d.txt", "added") == {"d.txt": "added"}
    assert watching.returncode == 130


@contextmanager
def watched(server: Server, folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The verb with `--watch --json`, interrupted in the end."""
    command = [sys.executable, "-m", "parlance", "index", str(folder), *words, "--watch", "--json"]
    home = environment(server.folder, None)
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=server.folder, env=home)
    try:
        yield watching
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=PATIENCE)


@pytest.mark.slow
def test_a_watched_folder_is_followed_while_a_document_is_not_ready(tmp_path: Path) -> None:
    """An embedder that keeps the server waiting keeps no file from it; what is read later is told then."""
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "a.txt").write_text("The first paper.")
    with in_thread(MockOpenAI(models=("mock", "mock-embed"), script=Script(first_byte=600.0))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        with (
            as_process(tmp_path / "server", toml=toml) as server,
            watched(server, folder, "--base", "Slow", "--create") as watching,
        ):
            assert watching.stdout is not None
            assert json.loads(watching.stdout.readline())["reading"] == 1
            (folder / "b.txt").write_text("The second paper.")
            (folder / "a.txt").rename(folder / "c.txt")
            assert round_of(watching, "c.txt", "renamed") == {"c.txt": "renamed"}
            documents = listed(server, base_called(server, "Slow"))
            assert {each["name"] for each in documents} == {"b.txt", "c.txt"}
            assert not any(each["state"] == "ready" for each in documents)


def round_of(watching: subprocess.Popen[str], name: str, outcome: str) -> dict[str, str]:
    """What became of each file in the next round that tells this of one."""
    assert watching.stdout is not None
    for line in watching.stdout:
        told = {each["name"]: each["outcome"] for each in json.loads(line)["files"]}
        if told.get(name) == outcome:
            return told
    raise AssertionError("it ended")


def test_passages_are_found_from_the_command_line(server: Server, folder: Path) -> None:
    """With their score, their document and their place in it."""
    called = fresh("Found")
    indexed(server, folder, "--base", called, "--create")
    first, *text = printed(server, "search", called, "Kerala", "coffee", "--most", "1").splitlines()
    assert first.split("  ")[1].startswith("deep/coffee.html, passage 1") and 0 < float(first[:4]) <= 1
    assert text[-1] == "      Coffee is grown in Kerala."
    nothing = verb(server, "search", called, "--threshold", "1", "zebra")
    assert (nothing.returncode, nothing.stdout) == (0, "") and "Nothing was found." in nothing.stderr


def test_a_base_is_named_by_what_only_it_has(server: Server, tmp_path: Path) -> None:
    """None, or two of a name, are no base; an id always is one."""
    called = fresh("Twin")
    (tmp_path / "a.txt").write_text("one")
    missing = verb(server, "index", str(tmp_path), "--base", "nowhere")
    assert missing.returncode == 3 and "--create" in missing.stderr
    twins = [json.loads(printed(server, "do", "bases.create", f"name={called}"))["id"] for _ in range(2)]
    near = verb(server, "search", called.upper()[:-1], "one")
    assert near.returncode == 3 and f"Did you mean '{called}'?" in near.stderr
    assert "mean" not in verb(server, "search", "nothing like it", "one").stderr
    doubt = verb(server, "search", called, "one")
    assert doubt.returncode == 1 and all(each in doubt.stderr for each in twins)
    assert printed(server, "index", str(tmp_path), "--base", twins[0]).startswith("1 added")


def test_ctrl_c_says_what_goes_on(server: Server, tmp_path: Path) -> None:
    """And the same command again sends only the rest."""
    called = fresh("Stopped")
    for number in range(300):
        (tmp_path / f"{number}.txt").write_text(f"This is paper {number}.")
    words = [sys.executable, "-m", "parlance", "index", str(tmp_path), "--base", called, "--create"]
    typed = subprocess.Popen(
        words, stderr=subprocess.PIPE, text=True, cwd=server.folder, env=environment(server.folder, None)
    )
    assert typed.stderr is not None
    while "sending" not in typed.stderr.readline():
        assert typed.poll() is None
    os.kill(typed.pid, signal.SIGINT)
    said = typed.communicate(timeout=PATIENCE)[1]
    assert typed.returncode == 130 and "it goes on reading" in said, said
    after = printed(server, "index", str(tmp_path), "--base", called)
    counts = [int(part.split()[0]) for part in after.splitlines()[0].split(", ")]
    assert counts[0] + counts[4] == 300
