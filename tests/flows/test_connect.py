"""`parlance connect` against a running server: what it writes is enough for a client to be answered."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
import yaml

from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import connection_toml
from tests.flows.voices import here

PASSWORD = "blue chair under a cloud"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two models, and without accounts and keys yet."""
    with in_thread(MockOpenAI()) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-echo")
        with as_process(tmp_path_factory.mktemp("server"), toml=toml) as running:
            yield running


def home(server: Server) -> Path:
    """Of whoever runs the verbs."""
    return Path(environment(server.folder)["HOME"])


def printed(server: Server, *words: str) -> str:
    """What a verb prints that must succeed."""
    done = here(server, *words)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_client_is_answered_with_what_was_written(server: Server) -> None:
    """Before there are accounts without a key, and then with one of its own; what was there is copied beside it."""
    file = home(server) / ".aider.conf.yml"
    assert "none-needed" in printed(server, "connect", "env") and not file.exists()
    assert "on its door" in here(server, "connect", "aider", "--write", "--keep-chats").stderr
    printed(server, "connect", "aider", "--write", "--model", "mock-echo")
    assert said(file) == "Hello" and file.stat().st_mode & 0o777 == 0o600
    printed(server, "do", "accounts.sign_up", "name=Ada", f"password={PASSWORD}")
    assert "YOUR-KEY" in printed(server, "connect", "aider"), "printing alone makes no key"
    file.write_text("# mine\n" + file.read_text(), "utf-8")
    before = file.read_bytes()
    told = printed(server, "connect", "aider", "--write", "--model", "mock-echo", "--keep-chats")
    assert f"{file}.before" in told and Path(f"{file}.before").read_bytes() == before
    assert said(file) == "Hello" and file.read_text("utf-8").startswith("# mine\n")
    keys = json.loads(printed(server, "do", "keys.list"))["keys"]
    assert [(key["name"], key["scopes"]) for key in keys] == [("aider", ["chat"])]
    whole = file.read_text("utf-8")
    printed(server, "connect", "aider", "--write", "--model", "mock-echo", "--keep-chats")
    assert file.read_text("utf-8") == whole, "done again it changes nothing, and doubles no key"
    assert [key["id"] for key in json.loads(printed(server, "do", "keys.list"))["keys"]] == [keys[0]["id"]]
    printed(server, "key", "revoke", keys[0]["id"])
    printed(server, "connect", "aider", "--write", "--model", "mock-echo", "--keep-chats")
    assert file.read_text("utf-8") != whole and said(file) == "Hello", "one that was ended is replaced"
    chats = json.loads(printed(server, "do", "chats.list"))["chats"]
    assert [chat["title"] for chat in chats] == ["Hello", "Hello"], "one for each of the two times it was asked"


def said(file: Path) -> str | None:
    """What the model of Aider's settings answers to a client that has them."""
    told = yaml.safe_load(file.read_text("utf-8"))
    with openai.OpenAI(base_url=told["openai-api-base"], api_key=told["openai-api-key"]) as client:
        asked: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]
        answer = client.chat.completions.create(model=told["model"].removeprefix("openai/"), messages=asked)
    return answer.choices[0].message.content


def test_a_client_with_responses_is_answered_too(server: Server) -> None:
    """With the key that it is told to have in its environment."""
    told = json.loads(printed(server, "connect", "codex", "--write", "--model", "mock-echo", "--new-key", "--json"))
    provider = tomllib.loads(Path(told["file"]).read_text("utf-8"))["model_providers"]["parlance"]
    variables = dict(step.removeprefix("export ").split("=", 1) for step in told["steps"] if step.startswith("export"))
    key = variables.get(provider.get("env_key", ""), "none")
    with openai.OpenAI(base_url=provider["base_url"], api_key=key) as client:
        assert client.responses.create(model="mock-echo", input="Hello").output_text == "Hello"


def test_who_has_but_a_key_gives_that_one(server: Server) -> None:
    """With a key one cannot make others; one that shall keep chats has to be made."""
    key = printed(server, "key", "new", "mine").strip()
    env = {"PARLANCE_API_KEY": key, "PARLANCE_URL": server.url}
    told = here(server, "connect", "env", "--new-key", **env)
    assert told.exit_code == 0 and f"OPENAI_API_KEY={key}" in told.stdout
    assert here(server, "connect", "env", "--new-key", "--keep-chats", **env).exit_code == 77


def test_what_cannot_be_done_changes_nothing(server: Server, tmp_path: Path) -> None:
    """No file, and no key that nobody has."""
    keys = len(json.loads(printed(server, "do", "keys.list"))["keys"])
    strange = tmp_path / "settings.json"
    strange.write_text("[1]")
    refused = here(server, "connect", "zed", "--write", "--file", str(strange))
    assert refused.exit_code == 1 and "not a JSON object" in refused.stderr and strange.read_text() == "[1]"
    assert here(server, "connect", "cline", "--write").exit_code == 1
    assert here(server, "connect", "zed", "--model", "nowhere").exit_code == 3
    (tmp_path / "a").touch()
    assert here(server, "connect", "zed", "--write", "--file", str(tmp_path / "a" / "b")).exit_code == 1
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "Cannot read" in here(server, "connect", "zed", "--write", "--file", str(tmp_path / "binary")).stderr
    unwritable = here(server, "connect", "zed", "--write", "--file", "/proc/nowhere/settings.json")
    assert unwritable.exit_code == 1 and "Cannot write" in unwritable.stderr
    assert len(json.loads(printed(server, "do", "keys.list"))["keys"]) == keys


def test_a_link_stays_a_link(server: Server, tmp_path: Path) -> None:
    """People keep such files elsewhere."""
    real, link = tmp_path / "dotfiles.json", tmp_path / "settings.json"
    real.write_text("{}")
    link.symlink_to(real)
    printed(server, "connect", "zed", "--write", "--file", str(link))
    assert link.is_symlink() and "Parlance" in real.read_text("utf-8")
