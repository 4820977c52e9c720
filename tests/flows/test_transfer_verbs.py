"""`parlance export` and `parlance import` against a running server."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process
from tests.flows.foreign_chats import chatgpt_file, openwebui_file
from tests.flows.test_cli import printed, verb


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as people start it, without any chat yet."""
    with as_process(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_chats_of_chatgpt_and_open_webui_come_in_and_go_out_again(server: Server, tmp_path: Path) -> None:
    """From the zip that ChatGPT sends, a file, or standard input; a second time nothing is new."""
    sent = tmp_path / "chatgpt.zip"
    with zipfile.ZipFile(sent, "w") as archive:
        archive.writestr("conversations.json", chatgpt_file())
    assert printed(server, "import", str(sent)).startswith("1 new, 0 were there already, 0 could not be read")
    web = json.loads(printed(server, "import", "-", "--json", stdin=openwebui_file().decode()))
    assert web["imported"] == 1
    assert printed(server, "import", str(sent)).startswith("0 new, 1 were there already")
    out = tmp_path / "out.json"
    assert str(out) in printed(server, "export", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    file = json.loads(out.read_bytes())
    assert {chat["title"] for chat in file["chats"]} == {"Tea 茶", "Coffee"}
    assert json.loads(printed(server, "export", "-", "--chat", web["chats"][0]))["chats"][0]["title"] == "Coffee"
    assert printed(server, "import", str(out)).startswith("0 new, 2 were there already")


def test_all_chats_are_a_zip_of_markdown(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "chats.zip"
    printed(server, "import", "-", stdin=openwebui_file().decode())
    told = json.loads(printed(server, "export", str(out), "--format", "markdown", "--json"))
    assert told["bytes"] == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        assert any(b"Coffee?" in archive.read(name) for name in archive.namelist())


def test_what_cannot_be_done_is_said_in_a_sentence(server: Server, tmp_path: Path) -> None:
    """And leaves every file as it was."""
    there = tmp_path / "there"
    there.write_text("mine")
    refused = verb(server, "export", str(there))
    assert refused.returncode == 1 and "--force" in refused.stderr and there.read_text() == "mine"
    missing = verb(server, "export", str(there), "--force", "--chat", "nobody")
    assert missing.returncode == 3 and there.read_text() == "mine" and list(tmp_path.iterdir()) == [there]
    assert verb(server, "export", str(tmp_path / "no" / "where")).returncode == 1
    strange = verb(server, "import", str(there))
    assert strange.returncode == 1 and "no file of chats" in strange.stderr
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("other", "x")
    assert "no export of ChatGPT" in verb(server, "import", str(empty)).stderr
    assert verb(server, "import", str(tmp_path / "nothing")).returncode == 1
