"""The chatbot app's own file and variables: what they set, and that they are read only where somebody wants the app."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from parlance.settings.chatbot import Chatbot, ChatbotProvider
from parlance.settings.load import Loaded
from parlance.settings.secret import Secret
from parlance.testing.servers import loaded

FILE = """
llms:
  - provider_name: fast
    type: ollama
    model_name: llama3.1:8b
    base_url: http://${OLLAMA_HOST_NAME}:11434/
    context_size: 4096
    template: "{{ .Prompt }}"
  - name: clever
    type: openai
    model_name: gpt-x
    tier: premium
    base_url: https://openrouter.ai/api/v1
    api_key: ${SOME_KEY}
    allowed_providers: azure
    request_timeout: 12.5
    test_chunks: [a, b]
  - provider_name: fast
    type: ollama
    model_name: qwen3:4b
default_llm: clever
default_system_prompt: "Hello ${NOBODY_SET_THIS}there."
session_timeout: 30
"""


def read(folder: Path, text: str | None = FILE, env: Mapping[str, str] | None = None, toml: str = "") -> Loaded:
    """The settings of a folder with this `.config.yml`."""
    if text is not None:
        (folder / ".config.yml").write_text(text, "utf-8")
    return loaded(folder, env=env, toml=toml)


def chatbot(folder: Path, text: str | None = FILE, env: Mapping[str, str] | None = None, toml: str = "") -> Chatbot:
    """The app's part of them."""
    return read(folder, text, env, toml).settings.chatbot


def test_the_file_names_the_providers_once_each(tmp_path: Path) -> None:
    """The last definition at the first one's place; variables filled in; a broker's own key replaces the file's."""
    found = chatbot(tmp_path, env={"SOME_KEY": "sk-file", "OPENROUTER_API_KEY": " sk-broker "})
    assert [each.name for each in found.providers] == ["fast", "clever"]
    fast, clever = found.providers
    assert (fast.model, fast.context, fast.base_url, fast.tier, fast.timeout_seconds) == (
        *("qwen3:4b", 8192, "", "free", 300.0),
    )
    assert clever == ChatbotProvider(
        *("clever", "openai", "gpt-x", "premium", 8192, "https://openrouter.ai/api/v1", Secret("sk-broker")),
        allowed_providers=("azure",),
        timeout_seconds=12.5,
        test_chunks=("a", "b"),
    )
    assert (found.default_provider, found.system_prompt) == ("clever", "Hello there.")
    assert (found.session_seconds, found.idle_seconds, found.enabled) == (30, 60, True)


def test_a_variable_is_replaced_in_keys_and_values_and_an_unset_one_is_empty(tmp_path: Path) -> None:
    """`${VAR}` works everywhere in the file, after YAML was read."""
    text = "${KEY}:\n  - {provider_name: '${A}-${B}x', type: ollama, model_name: m, base_url: 'http://${A}:1'}\n"
    (provider,) = chatbot(tmp_path, text, env={"KEY": "llms", "A": "one"}).providers
    assert (provider.name, provider.base_url) == ("one-x", "http://one:1")


@pytest.mark.parametrize("text", ["llms: [", "- a list", "", "llms: 7", "\x00", "llms: [{type: openai}]"])
def test_a_file_that_says_nothing_leaves_one_ollama(tmp_path: Path, text: str) -> None:
    """Broken YAML and a file without a whole provider alike: the fallback is called `default`."""
    (provider,) = chatbot(tmp_path, text).providers
    assert provider == ChatbotProvider("default", "ollama", "dolphin3.1-8b")


def test_a_folder_in_the_files_place_is_no_file(tmp_path: Path) -> None:
    """With a door that speaks the app, the defaults hold."""
    (tmp_path / ".config.yml").mkdir()
    found = chatbot(tmp_path, None, toml='[[doors]]\nname = "c"\naddress = ":0"\ndialects = ["chatbot"]')
    assert [each.name for each in found.providers] == ["default"]
    assert found.enabled is True


def test_nothing_is_read_where_nobody_wants_the_app(tmp_path: Path) -> None:
    """Neither file nor door: no provider, not enabled, and nothing imported for it."""
    before = set(sys.modules)
    found = chatbot(tmp_path, None)
    assert (found.enabled, found.providers) == (False, ())
    assert "yaml" not in set(sys.modules) - before


def test_the_file_can_be_left_unread(tmp_path: Path) -> None:
    """`chatbot.enabled = false` says so where a file of that name is another program's."""
    found = chatbot(tmp_path, toml="[chatbot]\nenabled = false")
    assert (found.enabled, found.providers) == (False, ())


def test_our_own_settings_are_stronger_than_the_file(tmp_path: Path) -> None:
    """What parlance.toml says of the app stays."""
    toml = '[chatbot]\ndefault_provider = "fast"\nsession_seconds = 120\n'
    found = chatbot(tmp_path, toml=toml)
    assert (found.default_provider, found.session_seconds) == ("fast", 120)


def test_variables_name_the_speech_service_and_a_tests_answers(tmp_path: Path) -> None:
    """A provider's own chunks come before those of the variable, and a variable that is no array says so."""
    env = {
        "TTS_HOST": "speech.test",
        "TTS_PORT": "5001",
        "CHATBOT_TEST_OLLAMA_CHUNKS": '["x"]',
        "CHATBOT_TEST_OPENAI_CHUNKS": '["y"]',
    }
    found = chatbot(tmp_path, env=env)
    assert (found.tts_host, found.tts_port) == ("speech.test", 5001)
    assert [each.test_chunks for each in found.providers] == [("x",), ("a", "b")]
    odd = read(tmp_path, env={"CHATBOT_TEST_OLLAMA_CHUNKS": "x", "TTS_PORT": "many"})
    assert odd.settings.chatbot.providers[0].test_chunks is None and odd.settings.chatbot.tts_port == 5000
    assert any("CHATBOT_TEST_OLLAMA_CHUNKS" in each for each in odd.warnings)
    assert any("TTS_PORT" in each for each in odd.warnings)


def test_a_key_is_never_shown(tmp_path: Path) -> None:
    """The keys of the file are secrets like all others."""
    assert "sk-file" not in repr(chatbot(tmp_path, env={"SOME_KEY": "sk-file"}))


# -- where it is ------------------------------------------------------------------------------------------------------


def test_the_apps_own_address_is_a_door_of_its_own(tmp_path: Path) -> None:
    """Said loudly where other machines reach it; its origin is the variable."""
    found = read(tmp_path, env={"CHATBOT_BIND_ADDR": " 0.0.0.0:8090 "})
    [door] = found.settings.doors
    assert (door.name, door.address, door.dialects) == ("chatbot", "0.0.0.0:8090", ("chatbot",))
    assert str(found.origin("doors")) == "environment: CHATBOT_BIND_ADDR"
    assert [said for said in found.warnings if "opens the chatbot app to other machines, at 0.0.0.0:8090" in said]
    assert not read(tmp_path, env={"CHATBOT_BIND_ADDR": "127.0.0.1:8090"}).warnings


@pytest.mark.parametrize("name", ["chatbot", "other"])
def test_a_door_of_ours_is_stronger_than_the_apps_own_address(tmp_path: Path, name: str) -> None:
    """One that speaks the app, whatever it is called."""
    toml = f'[[doors]]\nname = "{name}"\naddress = "127.0.0.1:1"\ndialects = ["chatbot"]\n'
    [door] = read(tmp_path, env={"CHATBOT_BIND_ADDR": "127.0.0.1:2"}, toml=toml).settings.doors
    assert door.address == "127.0.0.1:1"


@pytest.mark.parametrize("text", ["nowhere", "a b:80", "1.2.3.4", ":port", "x:99999999"])
def test_an_address_that_is_none_is_said_and_ignored(tmp_path: Path, text: str) -> None:
    """The server starts without that door."""
    found = read(tmp_path, env={"CHATBOT_BIND_ADDR": text})
    assert not found.settings.doors and "CHATBOT_BIND_ADDR is not an address" in found.warnings[-1]


def test_what_replaces_the_apps_other_variables_is_said(tmp_path: Path) -> None:
    """The files of its pages, and its data folder; nothing is said where nobody wants the app."""
    env = {"CHATBOT_STATIC_ROOT": "/app/static", "HOST_DATA_DIR": "./data", "CHATBOT_BIND_ADDR": "0.0.0.0:80"}
    empty = tmp_path / "empty"
    empty.mkdir()
    plain = read(empty, None, env=env)
    assert not plain.warnings and not plain.settings.doors
    static, data, _ = read(tmp_path, env=env).warnings
    assert "CHATBOT_STATIC_ROOT is not used" in static
    assert "HOST_DATA_DIR is not used" in data and "`parlance import chatbot FOLDER`" in data
