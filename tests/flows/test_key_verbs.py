"""`parlance key` against a running server: keys that may what they say, until they are over or ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import Server, as_process
from tests.flows.voices import here


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server as people start it, without any key yet."""
    with as_process(tmp_path) as running:
        yield running


def printed(server: Server, *words: str) -> str:
    """What a verb prints that must succeed."""
    done = here(server, *words)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_key_is_made_used_listed_and_ended(server: Server) -> None:
    """It is shown once, and may use the models that it names. With the last key the need for one would end too."""
    assert "from now on every program needs a key" in here(server, "key", "new", "stays").stderr
    made = here(server, "key", "new", "laptop", "--model", "qu*", "--days", "1.5")
    key = made.stdout.strip()
    assert made.exit_code == 0 and key.startswith("pk_") and "not shown again" in made.stderr
    assert "from now on" not in made.stderr, "that was the first one's news"
    env = {"PARLANCE_API_KEY": key, "PARLANCE_URL": server.url}
    assert [line.split()[0] for line in here(server, "list", **env).stdout.splitlines()] == ["NAME", "quote"]
    head, row, _ = printed(server, "key", "list").splitlines()
    assert head.split() == ["ID", "NAME", "BEGINS", "USER", "SCOPES", "MODELS", "USED", "EXPIRES"]
    assert (
        re.search(r"laptop +pk_\S{8} +owner +chat +qu\* +(Never|[\w ]+ ago) +\d+ \w+ from now", row) and key not in row
    )
    assert here(server, "rm", "quote", **env).exit_code == 77, "it may chat and nothing else"
    assert here(server, "key", "new", "other", **env).exit_code == 77, "with a key one makes no others"
    id = row.split()[0]
    assert printed(server, "key", "revoke", id) == f"revoked {id}\n"
    assert here(server, "list", **env).exit_code == 77


def test_keys_are_json_for_programs(server: Server) -> None:
    """Of many that are to be ended, those before the first that is not there are."""
    wishes = ("--scope", "chat", "--scope", "observe", "--keep-chats", "--requests-per-minute", "7")
    made = json.loads(printed(server, "key", "new", "watcher", *wishes, "--json"))
    about = made["about"]
    assert (about["scopes"], about["keep_chats"], about["requests_per_minute"]) == (["chat", "observe"], True, 7)
    assert about in json.loads(printed(server, "key", "list", "--user", "*", "--json"))["keys"]
    ended = here(server, "key", "revoke", about["id"], "nobody", "--json")
    assert (ended.exit_code, json.loads(ended.stdout)) == (3, {"revoked": [about["id"]]})
    assert here(server, "key", "new", "late", "--days", "0").exit_code == 2
    assert here(server, "key", "revoke").exit_code == 2
