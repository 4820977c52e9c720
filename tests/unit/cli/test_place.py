"""A verb finds its server, and shows the console token to no other machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.cli.exits import Exit, Failure
from parlance.cli.place import Place, announce, find, normalised, withdraw


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Variables of a user whose data folder is `folder/data`, with a console token in it."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    (data / "console-token").write_text("the-token\n")
    return {"HOME": str(folder), "PARLANCE_DATA_DIR": str(data), **more}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("https://chat.example/ai/", "https://chat.example:443/ai"),
        ("http://chat.example", "http://chat.example:80"),
        ("chat.example", "http://chat.example:8080"),
        (":9000", "http://127.0.0.1:9000"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        ("http://[::]:9000", "http://[::1]:9000"),
        ("[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_addresses_are_understood_as_people_write_them(text: str, url: str) -> None:
    """An address to listen on stands for this machine."""
    assert normalised(text) == url


@pytest.mark.parametrize(
    "text", ["ftp://host", "http://host:port", "http://user:secret@host.example", "http://h?x=1", "http://[::"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Without repeating it, for it may hold a password."""
    with pytest.raises(Failure) as caught:
        normalised(text)
    assert caught.value.exit_code == Exit.CONFIG
    assert "secret" not in caught.value.message


def test_the_variables_win(tmp_path: Path) -> None:
    """With address and key in the environment nothing else is read."""
    assert find({"PARLANCE_URL": ":1", "PARLANCE_API_KEY": "k"}, tmp_path) == Place("http://127.0.0.1:1", "k")
    found = find(environment(tmp_path, PARLANCE_API_KEY="k"), tmp_path)
    assert found == Place("http://127.0.0.1:8080", "k")


def test_a_running_server_is_found_by_its_data_folder(tmp_path: Path) -> None:
    """Whatever port it chose; when it is gone, the settings count again."""
    env = environment(tmp_path, PARLANCE_SERVER_PORT="9999")
    folder = env["PARLANCE_DATA_DIR"]
    announce(folder, "http://127.0.0.1:43210")
    assert find(env, tmp_path) == Place("http://127.0.0.1:43210", "the-token")
    withdraw(folder, "http://127.0.0.1:1")  # another server's
    assert find(env, tmp_path).url == "http://127.0.0.1:43210"
    withdraw(folder, "http://127.0.0.1:43210")
    assert find(env, tmp_path).url == "http://127.0.0.1:9999"


def test_the_settings_tell_scheme_and_path(tmp_path: Path) -> None:
    """A server with a certificate speaks TLS; one on every address is reached on this machine."""
    (tmp_path / "cert.pem").write_text("")
    env = environment(tmp_path, PARLANCE_SERVER_HOST="0.0.0.0", PARLANCE_SERVER_BASE_PATH="/ai")
    assert find(env, tmp_path).url == "http://127.0.0.1:8080/ai"
    env |= {"PARLANCE_SERVER_TLS_CERT": "cert.pem", "PARLANCE_SERVER_TLS_KEY": "cert.pem"}
    assert find(env, tmp_path).url == "https://127.0.0.1:8080/ai"


def test_the_console_token_stays_on_this_machine(tmp_path: Path) -> None:
    """A server elsewhere does not see it."""
    env = environment(tmp_path)
    assert find(env | {"PARLANCE_URL": "http://localhost:1"}, tmp_path).key == "the-token"
    assert find(env | {"PARLANCE_URL": "http://chat.example:1"}, tmp_path).key is None
    assert find(env | {"PARLANCE_URL": "http://10.0.0.1:1"}, tmp_path).key is None


def test_without_files_there_is_no_key(tmp_path: Path) -> None:
    """A user who never started a server, and one who keeps nothing."""
    assert find({"HOME": str(tmp_path)}, tmp_path) == Place("http://127.0.0.1:8080", None)
    assert find({"PARLANCE_DATA_EPHEMERAL": "true"}, tmp_path).key is None
    announce(None, "http://127.0.0.1:1")
    withdraw(None, "http://127.0.0.1:1")


def test_settings_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    """With the exit code of configuration errors."""
    with pytest.raises(Failure, match="port") as caught:
        find(environment(tmp_path, PARLANCE_SERVER_PORT="many"), tmp_path)
    assert caught.value.exit_code == Exit.CONFIG
