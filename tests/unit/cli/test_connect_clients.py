"""What each client is told, in the form that it reads, beside whatever it was told before."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from parlance.cli import connect_text
from parlance.cli.connect import home
from parlance.cli.connect_clients import NO_KEY, RECIPES, Facts, Home, Model
from parlance.cli.connect_text import Strange

FACTS = Facts(
    "http://h.test/v1", "pk_secret", (Model("llama3.1:8b", 32768, tools=True), Model("other", images=True)), ("minilm",)
)
BEFORE = {
    "aider": "# mine\ndark-mode: true\n",
    "claude-desktop": '{\n  "mine": 1,\n  "mcpServers": {\n    "a": {"command": "b"}\n  }\n}\n',
    "codex": '# mine\nmodel = "x"\n\n[mcp_servers.a]\ncommand = "b"\n',
    "continue": "# mine\nname: Mine\nversion: 2.0.0\nschema: v1\nmodels:\n  - name: a\n    model: b\n",
    "opencode": '{\n  // mine\n  "theme": "x",\n  "provider": {\n    "a": {}\n  }\n}\n',
    "zed": '// mine\n{\n "language_models": {\n  "openai_compatible": {\n    "A": {"api_url": "b"},\n   }\n },\n}\n',
}


def parsed(client: str, text: str) -> dict[str, Any]:
    """As the client reads it."""
    readers: dict[str, Callable[[str], Any]] = {
        "aider": yaml.safe_load,
        "continue": yaml.safe_load,
        "codex": tomllib.loads,
    }
    read: Callable[[str], Any] = readers.get(client, connect_text.read)
    return dict(read(text) or {})


@pytest.mark.parametrize("client", BEFORE)
def test_what_was_there_stays_and_a_second_time_changes_what_the_first_wrote(client: str) -> None:
    """Comments too; nothing is there twice."""
    change, before = RECIPES[client].change, BEFORE[client]
    once = change(before, FACTS)
    assert "mine" in once and all(line in once for line in before.splitlines())
    again = change(once, FACTS._replace(url="http://new.test/v1"))
    assert "h.test" not in again and again == change(before, FACTS._replace(url="http://new.test/v1"))
    assert parsed(client, before).keys() <= parsed(client, once).keys()
    assert parsed(client, change("", FACTS)), "and there need not be a file"


def test_claude_starts_the_bridge_with_the_key() -> None:
    """In its environment, where no list of processes shows it; without one nothing stands for it."""
    told = parsed("claude-desktop", RECIPES["claude-desktop"].change(BEFORE["claude-desktop"], FACTS))["mcpServers"]
    assert told["a"] == {"command": "b"} and told["parlance"]["args"] == ["mcp"]
    assert told["parlance"]["env"] == {"PARLANCE_URL": "http://h.test", "PARLANCE_API_KEY": "pk_secret"}
    steps = "\n".join(RECIPES["mcp"].steps(FACTS))
    assert "URL: http://h.test/mcp" in steps and "Authorization: Bearer pk_secret" in steps
    assert "Bearer" not in "\n".join(RECIPES["mcp"].steps(FACTS._replace(key=None)))
    assert "PARLANCE_API_KEY" not in RECIPES["claude-desktop"].change("", FACTS._replace(key=None))


@pytest.mark.parametrize("mac", [False, True])
def test_claude_keeps_its_settings_where_the_system_says(tmp_path: Path, mac: bool) -> None:
    """On a Mac in its library."""
    where = tmp_path / "Library" / "Application Support"
    if mac:
        where.mkdir(parents=True)
    place = RECIPES["claude-desktop"].place
    assert place is not None
    config = (where if mac else tmp_path / ".config") / "Claude" / "claude_desktop_config.json"
    assert place(Home(tmp_path, tmp_path / ".config")) == config


def test_aider_takes_one_model_by_its_address() -> None:
    assert parsed("aider", RECIPES["aider"].change("", FACTS)) == {
        "openai-api-base": "http://h.test/v1",
        "openai-api-key": "pk_secret",
        "model": "openai/llama3.1:8b",
    }


def test_codex_takes_the_key_from_its_environment() -> None:
    """And none where none is needed. The model is named when it is started."""
    told = parsed("codex", RECIPES["codex"].change("", FACTS))
    provider = {"name": "Parlance", "base_url": "http://h.test/v1", "wire_api": "responses"}
    assert told == {"model_providers": {"parlance": {**provider, "env_key": "PARLANCE_API_KEY"}}}
    assert RECIPES["codex"].steps(FACTS) == [
        "export PARLANCE_API_KEY=pk_secret",
        "codex -c model_provider=parlance -m llama3.1:8b",
    ]
    keyless = FACTS._replace(key=None)
    assert parsed("codex", RECIPES["codex"].change("", keyless)) == {"model_providers": {"parlance": provider}}
    assert len(RECIPES["codex"].steps(keyless)) == 1


def test_continue_has_models_for_chats_and_for_embeddings() -> None:
    text = RECIPES["continue"].change(BEFORE["continue"], FACTS)
    models = parsed("continue", text)["models"]
    assert isinstance(models, list) and [m["model"] for m in models] == ["llama3.1:8b", "other", "minilm", "b"]
    assert models[0] == {
        "name": "Parlance llama3.1:8b",
        "provider": "openai",
        "model": "llama3.1:8b",
        "apiBase": "http://h.test/v1",
        "apiKey": "pk_secret",
        "roles": ["chat", "edit", "apply"],
    }
    assert models[2]["roles"] == ["embed"]


def test_opencode_and_zed_list_every_model() -> None:
    """Zed with its context, and with what it can."""
    provider = parsed("opencode", RECIPES["opencode"].change("", FACTS))["provider"]
    assert provider == {
        "parlance": {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Parlance",
            "options": {"baseURL": "http://h.test/v1", "apiKey": "pk_secret"},
            "models": {"llama3.1:8b": {"name": "llama3.1:8b"}, "other": {"name": "other"}},
        }
    }
    text = RECIPES["zed"].change(BEFORE["zed"], FACTS)
    found = connect_text.read(text)["language_models"]["openai_compatible"]
    assert found["A"] == {"api_url": "b"} and "pk_secret" not in text
    first, second = found["Parlance"]["available_models"]
    assert (first["name"], first["max_tokens"], first["capabilities"]["tools"]) == ("llama3.1:8b", 32768, True)
    assert (second["max_tokens"], second["capabilities"]["images"]) == (8192, True)


@pytest.mark.parametrize("client", ["cline", "env"])
def test_those_without_a_file_are_told_what_to_do(client: str) -> None:
    """With what stands for a key, where none is needed."""
    recipe = RECIPES[client]
    assert recipe.place is None and recipe.change("", FACTS) == ""
    assert "pk_secret" in "\n".join(recipe.steps(FACTS)) and "http://h.test/v1" in "\n".join(recipe.steps(FACTS))
    assert NO_KEY in "\n".join(recipe.steps(FACTS._replace(key=None)))


@pytest.mark.parametrize(
    ("client", "text", "reason"),
    [
        ("aider", "model: mine\n", "says model already"),
        ("aider", "openai-api-base : x\n", "says openai-api-base already"),
        ("codex", "[model_providers.parlance]\n", "of its own"),
        ("codex", "a = ", "is not TOML"),
        ("continue", "models: []\n", "line of its own"),
        ("zed", "[]", "not a JSON object"),
        ("opencode", '{"provider": 1}', "not an object"),
    ],
)
def test_a_file_that_cannot_take_it_is_not_guessed_at(client: str, text: str, reason: str) -> None:
    with pytest.raises(Strange, match=reason):
        RECIPES[client].change(text, FACTS)


def test_settings_are_where_each_client_looks_for_them(tmp_path: Path) -> None:
    """By the rules of the system; OpenCode's with comments, where that one is there."""
    mine = home("linux", {}, tmp_path)
    assert mine == Home(tmp_path, tmp_path / ".config")
    assert home("darwin", {"XDG_CONFIG_HOME": "/x"}, tmp_path).config == Path("/x")
    assert home("win32", {}, tmp_path).config == tmp_path / "AppData" / "Roaming"
    assert home("win32", {"APPDATA": "/a"}, tmp_path).config == Path("/a")
    places = {name: str(r.place(mine).relative_to(tmp_path)) for name, r in RECIPES.items() if r.place is not None}
    assert places == {
        "aider": ".aider.conf.yml",
        "claude-desktop": ".config/Claude/claude_desktop_config.json",
        "codex": ".codex/config.toml",
        "continue": ".continue/config.yaml",
        "opencode": ".config/opencode/opencode.json",
        "zed": ".config/zed/settings.json",
    }
    (tmp_path / ".config" / "opencode").mkdir(parents=True)
    (tmp_path / ".config" / "opencode" / "opencode.jsonc").touch()
    place = RECIPES["opencode"].place
    assert place is not None and place(mine).name == "opencode.jsonc"
