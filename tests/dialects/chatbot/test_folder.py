"""A data folder that somebody else wrote: nothing but what lies in it is taken in."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from parlance.cli.chatbot_folder import take_in
from parlance.cli.client import Client
from parlance.cli.exits import Failure


class Taken:
    """A server that remembers whom it was given."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}

    def ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Take somebody in."""
        self.people[body["person"]["name"]] = body["person"]
        return {"new": True}


def import_of(folder: Path) -> tuple[Taken, dict[str, Any]]:
    """What an import gives the server, and what it tells."""
    server = Taken()
    return server, take_in(cast(Client, server), folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody whose sets are sound, and somebody else beside whom odd things may be laid."""
    made = tmp_path / "theirs"
    for name in ("eve", "sound"):
        (made / "user_sets" / name).mkdir(parents=True)
    (made / "salts").mkdir()
    (made / "user_sets" / "sound" / "default_memory.txt").write_text("mine")
    (made / "users.json").write_text(json.dumps({"eve": "hash", "sound": "hash"}))
    (tmp_path / "secret").write_text('{"other": "secret"}')
    return made


@pytest.mark.parametrize(
    "place", ["user_sets/eve/default_memory.txt", "user_sets/eve/sets.json", "salts/eve_salt", "user_sets/eve"]
)
def test_a_link_takes_nothing_from_outside_the_folder(folder: Path, place: str) -> None:
    """Of a file or of a folder: whose it is comes not at all and is told, everybody else comes."""
    if (folder / place).is_dir():
        (folder / place).rmdir()
        (folder.parent / "private").mkdir()
        (folder.parent / "private" / "default_memory.txt").write_text("secret")
        (folder / place).symlink_to(folder.parent / "private")
    else:
        (folder / place).symlink_to(folder.parent / "secret")
    server, told = import_of(folder)
    assert server.people.keys() == {"sound"} and "secret" not in json.dumps(server.people)
    assert server.people["sound"]["sets"][0]["memory"] == base64.b64encode(b"mine").decode()
    assert [each["name"] for each in told["refused"]] == ["eve"] and "is a link" in told["refused"][0]["reason"]


def test_what_is_no_file_is_refused_and_not_waited_for(folder: Path) -> None:
    """A pipe that nobody writes to, and a folder of a file's name."""
    os.mkfifo(folder / "user_sets" / "eve" / "default_prompt.txt")
    (folder / "user_sets" / "sound" / "more_history.json").mkdir()
    server, told = import_of(folder)
    assert server.people == {} and {each["name"] for each in told["refused"]} == {"eve", "sound"}
    assert "no regular file" in told["refused"][0]["reason"]


def test_a_linked_list_of_people_is_none(folder: Path) -> None:
    """Nothing of the import happens, and the reason is a sentence."""
    (folder / "users.json").unlink()
    (folder / "users.json").symlink_to(folder.parent / "secret")
    with pytest.raises(Failure, match="is a link"):
        import_of(folder)
