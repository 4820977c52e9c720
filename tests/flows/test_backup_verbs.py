"""`parlance backup` and `parlance restore`, as people use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from parlance.cli.exits import Exit
from parlance.testing.servers import Server, as_process, environment
from tests.flows.callers import Caller

PHRASE = "correct horse battery"


def verb(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb as the owner of a folder."""
    command = [sys.executable, "-m", "parlance", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment(folder), timeout=60)


async def chat_of(server: Server) -> str:
    """Make a chat."""
    made = await Caller(server.port).ask("POST /parlance/v1/chats.create", {"title": "Kept 知识"})
    assert made.status == 200, made.body
    id: str = made.json["id"]
    return id


async def test_a_server_is_backed_up_and_restored(tmp_path: Path) -> None:
    """What was there when the backup was made is there again; what came after it stays beside."""
    (tmp_path / "phrase").write_text(PHRASE + "\n")
    with as_process(tmp_path) as server:
        kept = await chat_of(server)
        found = verb(tmp_path, "backup", "--passphrase-file", "phrase", "--json")
        assert found.returncode == 0, found.stderr
        made = json.loads(found.stdout)
        lost = await chat_of(server)
        listed = verb(tmp_path, "backup", "--list")
        assert made["name"] in listed.stdout
        refused = verb(tmp_path, "restore", f"data/backups/{made['name']}", "--passphrase-file", "phrase")
        assert refused.returncode == Exit.FOLDER_TAKEN and "Another Parlance" in refused.stderr
    path = tmp_path / "data" / "backups" / made["name"]
    assert path.stat().st_mode & 0o777 == 0o600
    for words, code, said in (
        ((), Exit.ERROR, "give its passphrase"),
        (("--passphrase-file", "phrase", "--check"), Exit.OK, "Whole"),
        (("--passphrase-file", "phrase"), Exit.OK, "Restored"),
    ):
        found = verb(tmp_path, "restore", str(path), *words)
        assert (found.returncode, said in found.stdout + found.stderr) == (code, True), found.stderr
    with as_process(tmp_path) as server:
        caller = Caller(server.port)
        assert (await caller.ask(f"GET /parlance/v1/chats.read?chat={kept}")).status == 200
        assert (await caller.ask(f"GET /parlance/v1/chats.read?chat={lost}")).status == 404


def test_a_settings_file_that_makes_no_sense_is_told_in_a_sentence(tmp_path: Path) -> None:
    """And leaves as such: what restores by a script can tell it from a bad backup."""
    (tmp_path / "parlance.toml").write_text("[server]\nport = 'many'\n")
    (tmp_path / "backup.tar").write_bytes(b"x")
    found = verb(tmp_path, "restore", "backup.tar")
    assert found.returncode == Exit.CONFIG, found.stderr
    assert "server.port" in found.stderr and "Traceback" not in found.stderr


async def test_only_the_operator_makes_backups(tmp_path: Path) -> None:
    """A backup holds everybody's data: being on the machine is not enough."""
    with as_process(tmp_path) as server:
        refused = await Caller(server.port).ask("POST /parlance/v1/backups.make", {})
        assert refused.status == 403
        made = await Caller(server.port, server.console_token).ask("POST /parlance/v1/backups.make", {})
        assert made.status == 200 and made.json["rows"] > 0


async def test_backups_come_by_the_clock_and_old_ones_go(tmp_path: Path) -> None:
    """The newest few are kept; those that somebody made are nobody's to remove."""
    toml = "[backup]\nevery_hours = 0.00005\nkeep = 2\n"
    with as_process(tmp_path, toml=toml) as server:
        made = await Caller(server.port, server.console_token).ask("POST /parlance/v1/backups.make", {})
        assert made.status in (200, 503)
        folder = tmp_path / "data" / "backups"
        for _ in range(2):
            before = set(folder.glob("scheduled-*.tar"))
            while len(set(folder.glob("scheduled-*.tar")) - before) < 2:
                await Caller(server.port).ask("GET /health")
    assert len(list(folder.glob("scheduled-*.tar"))) <= 3
    assert len(list(folder.glob("parlance-*.tar"))) == (made.status == 200)


async def test_a_backup_names_the_files_whose_content_is_not_there(tmp_path: Path) -> None:
    """In its words, in the answer and in the log; restored, such a file says that its content is lost."""
    with as_process(tmp_path) as server:
        caller = Caller(server.port)
        put = await caller.ask("POST /parlance/v1/files.upload?name=a.txt", b"gone soon")
        assert put.status == 201, put.body
        for blob in (tmp_path / "data" / "blobs").rglob("*"):
            if blob.is_file():
                blob.unlink()
        made = verb(tmp_path, "backup")
        assert made.returncode == 0 and put.json["id"] in made.stderr
        told = json.loads(verb(tmp_path, "backup", "--json").stdout)
        assert (told["lost"], told["lost_files"]) == (1, [put.json["id"]])
    restored = verb(tmp_path, "restore", str(tmp_path / "data" / "backups" / told["name"]), "--json")
    assert json.loads(restored.stdout)["lost_files"] == [put.json["id"]]
    with as_process(tmp_path) as server:
        read = await Caller(server.port).ask(f"GET /parlance/v1/files/{put.json['id']}/content")
        assert (read.status, read.json["code"]) == (404, "content_lost")
