"""Other systems' names for our settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.settings.layers import SettingsError
from parlance.settings.load import Loaded, Sources, load

SEED = """
[server]
host = "0.0.0.0"
port = 8090
workers = 4                 # Number of worker threads

[ollama]
api_url = "http://ollama.example:11434"
model = "qwen3:4b"
keep_alive = "30m"

[cache]
max_size_mb = 12
ttl_seconds = 36
enabled = false

[conversation_cache]
max_size_mb = 13
ttl_seconds = 18

[batch]
max_batch_size = 4
batch_timeout_ms = 20
enable_deduplication = false

[queue]
max_concurrent = 2
max_queue_size = 10
unknown = "ignored"

[cors]
allowed_origins = ["*"]

[elsewhere]
key = 1
"""


def read(folder: Path, config: str | None = None, **env: str) -> Loaded:
    """Loads with a chatqueue config.toml in the working directory."""
    if config is not None:
        (folder / "config.toml").write_text(config)
    environment = {"HOME": "/home/nobody", **env}
    return load(
        Sources(env=environment, cwd=folder, platform="linux", system_config=folder / "etc/chatbot/config.toml")
    )


def test_a_config_toml_sets_the_dialect(tmp_path: Path) -> None:
    """Every key of a chatqueue config.toml that means something here takes effect, others are ignored."""
    loaded = read(tmp_path, SEED)
    queue = loaded.settings.chatqueue
    assert (queue.configured, queue.api_url, queue.model) == (True, "http://ollama.example:11434", "qwen3:4b")
    assert (queue.keep_alive, queue.timeout_seconds) == ("30m", 300)
    assert (queue.cache.max_size_mb, queue.cache.ttl_seconds, queue.cache.enabled) == (12, 36, False)
    assert (queue.conversation_cache.max_size_mb, queue.conversation_cache.ttl_seconds) == (13, 18)
    assert (queue.batch.max_batch_size, queue.batch.batch_timeout_ms, queue.batch.enable_deduplication) == (
        4,
        20,
        False,
    )
    assert (queue.queue.max_concurrent, queue.queue.max_queue_size) == (2, 10)
    assert queue.cors_origins == ("*",)
    assert loaded.settings.server.cors_origins == ()
    assert (loaded.settings.server.host, loaded.settings.server.port) == ("0.0.0.0", 8090)
    assert loaded.settings.server.workers == 1
    assert str(loaded.origin("chatqueue.model")) == f"config.toml: {tmp_path}/config.toml:9"


def test_a_config_toml_makes_a_guest_and_says_so(tmp_path: Path) -> None:
    """That system knows no keys, so its file implies a guest in its dialect and two warnings for the log."""
    loaded = read(tmp_path, SEED)
    assert loaded.settings.chatqueue.anonymous == "chatqueue"
    assert loaded.settings.doors == ()
    guest, wide = sorted(loaded.warnings, key=lambda text: "opens" in text)
    assert "callers without credentials are the guest `chatqueue`" in guest
    assert "server.host opens the server to other machines, at 0.0.0.0." in wide


def test_our_own_names_are_stronger(tmp_path: Path) -> None:
    """A config.toml yields to parlance.toml, an alias to our own variable, and nothing is widened by default."""
    (tmp_path / "parlance.toml").write_text("[server]\nhost = '127.0.0.1'\n[chatqueue]\nmodel = 'ours'\n")
    loaded = read(tmp_path, SEED, PORT="1", PARLANCE_SERVER_PORT="2", SERVER__PORT="3")
    assert (loaded.settings.server.host, loaded.settings.server.port) == ("127.0.0.1", 2)
    assert loaded.settings.chatqueue.model == "ours"
    assert not any("opens" in warning for warning in loaded.warnings)


def test_the_seeds_address_is_never_a_default(tmp_path: Path) -> None:
    """Without an address given, none is made up, with and without an [ollama] section."""
    queue = read(tmp_path).settings.chatqueue
    assert (queue.configured, queue.api_url, queue.anonymous) == (False, None, None)
    queue = read(tmp_path, "[ollama]\nmodel = 'm'\n").settings.chatqueue
    assert (queue.configured, queue.api_url) == (True, None)
    assert read(tmp_path, "[server]\nport = 1\n[ollama]\n").settings.chatqueue.configured
    assert not read(tmp_path, "[server]\nport = 1\n").settings.chatqueue.configured


def test_an_address_configures_an_ollama(tmp_path: Path) -> None:
    """OLLAMA_API_URL, its long form and our own key all say that the dialect has an Ollama of its own."""
    for name in ("OLLAMA_API_URL", "OLLAMA__API_URL", "PARLANCE_CHATQUEUE_API_URL"):
        loaded = read(tmp_path, **{name: "http://o.example:1"})
        assert loaded.settings.chatqueue.configured
        assert loaded.settings.chatqueue.api_url == "http://o.example:1"
        assert loaded.settings.chatqueue.anonymous is None
        assert loaded.origin("chatqueue.configured").place == name
    assert not read(
        tmp_path, OLLAMA_API_URL="http://o.example", PARLANCE_CHATQUEUE_CONFIGURED="false"
    ).settings.chatqueue.configured


def test_one_config_toml_counts(tmp_path: Path) -> None:
    """CONFIG_PATH beats the working directory, which beats the system's; a missing named file is a warning."""
    system = tmp_path / "etc/chatbot"
    system.mkdir(parents=True)
    (system / "config.toml").write_text("[server]\nport = 1\n")
    assert read(tmp_path).settings.server.port == 1
    assert read(tmp_path, "[server]\nport = 2\n").settings.server.port == 2
    (tmp_path / "named.toml").write_text("[server]\nport = 3\n")
    assert read(tmp_path, CONFIG_PATH="named.toml").settings.server.port == 3
    loaded = read(tmp_path, CONFIG_PATH="gone.toml")
    assert loaded.settings.server.port == 8080
    assert loaded.warnings == ("CONFIG_PATH names no file; no config.toml is read.",)
    assert read(tmp_path, PARLANCE_DISCOVERY_CONFIG_TOML="no").settings.server.port == 8080


def test_another_programs_config_toml_is_left_alone(tmp_path: Path) -> None:
    """A config.toml with no key of that system, or one that is not TOML, makes no guest and stops no start."""
    loaded = read(tmp_path, "baseURL = 'https://example.org'\n[params]\nx = 1\n")
    assert loaded.warnings == ()
    assert loaded.settings.chatqueue.anonymous is None
    loaded = read(tmp_path, "not toml")
    assert len(loaded.warnings) == 1
    assert "is not valid TOML" in loaded.warnings[0]
    (tmp_path / "named.toml").write_text("not toml")
    with pytest.raises(SettingsError, match="not valid TOML"):
        read(tmp_path, CONFIG_PATH="named.toml")


def test_a_wrong_type_in_a_config_toml_is_an_error(tmp_path: Path) -> None:
    """A known key of the wrong type is refused with its line; numbers in quotes and a bare keep_alive are taken."""
    with pytest.raises(SettingsError, match=r"config.toml:2: server.port must be a whole number"):
        read(tmp_path, "[server]\nport = 'x'\n")
    loaded = read(tmp_path, "[server]\nport = '81'\n[ollama]\nkeep_alive = -1\n")
    assert loaded.settings.server.port == 81
    assert loaded.settings.chatqueue.keep_alive == "-1"


def test_flat_variables_take_effect(tmp_path: Path) -> None:
    """The flat names of the chatqueue system work, and beat the long form of the same key."""
    loaded = read(
        tmp_path,
        HOST="127.0.0.2",
        PORT="9001",
        CACHE_MAX_SIZE_MB="512",
        CACHE__MAX_SIZE_MB="1",
        CACHE__TTL_SECONDS="5",
        OLLAMA_MODEL="m",
        OLLAMA_SYSTEM_PROMPT="p",
        OLLAMA_KEEP_ALIVE="1m",
        MAX_CONCURRENT="2",
        MAX_BATCH_SIZE="7",
        BATCH_TIMEOUT_MS="8",
    )
    queue = loaded.settings.chatqueue
    assert (loaded.settings.server.host, loaded.settings.server.port) == ("127.0.0.2", 9001)
    assert (queue.cache.max_size_mb, queue.cache.ttl_seconds) == (512, 5)
    assert (queue.model, queue.system_prompt, queue.keep_alive) == ("m", "p", "1m")
    assert (queue.queue.max_concurrent, queue.batch.max_batch_size, queue.batch.batch_timeout_ms) == (2, 7, 8)
    assert loaded.warnings == ()


def test_names_that_others_use_too_are_doubted(tmp_path: Path) -> None:
    """HOST, PORT and OLLAMA_HOST that hold something else are ignored with a warning; a wide HOST is warned of."""
    loaded = read(tmp_path, HOST="x86_64-linux-gnu", PORT="tcp://1", OLLAMA_HOST="a b", OPENAI_API_KEY=" ")
    assert loaded.settings.server.host == "127.0.0.1"
    assert len(loaded.warnings) == 3
    assert all("ignored" in warning for warning in loaded.warnings)
    loaded = read(tmp_path, HOST="0.0.0.0")
    assert loaded.settings.server.host == "0.0.0.0"
    assert "HOST opens the server" in loaded.warnings[0]


def test_openai_and_ollama_variables_feed_discovery(tmp_path: Path) -> None:
    """OPENAI_* and OLLAMA_HOST become what is looked for at start, OPENAI_BASE_URL before OPENAI_API_BASE."""
    found = read(
        tmp_path,
        OPENAI_API_KEY="sk-x",
        OPENAI_API_BASE="http://a.example/v1",
        OPENAI_BASE_URL="http://b.example/v1",
        OLLAMA_HOST="0.0.0.0",
    ).settings.discovery
    assert found.openai_api_key is not None
    assert found.openai_api_key.reveal() == "sk-x"
    assert found.openai_base_url == "http://b.example/v1"
    assert found.ollama_url == "http://127.0.0.1:11434"


def test_rust_log_sets_levels(tmp_path: Path) -> None:
    """RUST_LOG's level and targets become ours; what is not ours or not a level says nothing."""
    value = (
        "warn,chatbot_backend=debug,chatbot_backend::services::cache=trace,chatbot_backend::handlers=off,hyper=info,x=y"
    )
    log = read(tmp_path, RUST_LOG=value).settings.log
    assert log.level == "warning"
    assert log.levels == {
        "parlance": "debug",
        "parlance.core.admission.cache": "debug",
        "parlance.dialects.chatqueue": "critical",
    }
    assert read(tmp_path, RUST_LOG="info").settings.log.levels == {}


@pytest.mark.parametrize(("text", "level"), [("DEBUG", "debug"), (" warn ", "warning"), ("CRITICAL", "critical")])
def test_a_log_level_is_that_of_older_systems(tmp_path: Path, text: str, level: str) -> None:
    """In their words; `RUST_LOG` says it more exactly and so is stronger, and a word that is none is ignored."""
    assert read(tmp_path, LOG_LEVEL=text).settings.log.level == level
    assert read(tmp_path, LOG_LEVEL=text, RUST_LOG="error").settings.log.level == "error"
    odd = read(tmp_path, LOG_LEVEL="3")
    assert odd.settings.log.level == read(tmp_path).settings.log.level and "LOG_LEVEL" in odd.warnings[-1]
