"""WeKnora's variables: each is mapped, accepted with a reason, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.observe.redaction import Redactor
from parlance.settings.aliases import FLAT
from parlance.settings.layers import SettingsError, from_environment
from parlance.settings.neo4j import NEO4J
from parlance.settings.weknora_servers import DATABASE, REDIS, servers_given
from parlance.settings.weknora_variables import ACCEPTED, MAPPED, SHARED
from parlance.testing.servers import loaded

NAMES = [
    "GIN_MODE",
    "APP_PORT",
    "FRONTEND_PORT",
    "DB_DRIVER",
    "DB_HOST",
    "DB_PORT",
    "DB_USER",
    "DB_PASSWORD",
    "DB_NAME",
    "RETRIEVE_DRIVER",
    "STORAGE_TYPE",
    "LOCAL_STORAGE_BASE_DIR",
    "OLLAMA_BASE_URL",
    "DOCREADER_ADDR",
    "DOCREADER_PORT",
    "MINIO_ENDPOINT",
    "MINIO_ACCESS_KEY_ID",
    "MINIO_SECRET_ACCESS_KEY",
    "MINIO_BUCKET_NAME",
    "COS_SECRET_ID",
    "COS_SECRET_KEY",
    "COS_REGION",
    "COS_BUCKET_NAME",
    "REDIS_ADDR",
    "REDIS_PORT",
    "REDIS_PASSWORD",
    "REDIS_DB",
    "REDIS_PREFIX",
    "STREAM_MANAGER_TYPE",
    "TENANT_AES_KEY",
    "CONCURRENCY_POOL_SIZE",
    "ENABLE_GRAPH_RAG",
    "NEO4J_ENABLE",
    "NEO4J_URI",
    "NEO4J_USERNAME",
    "NEO4J_PASSWORD",
    "OLLAMA_OPTIONAL",
    "GRPC_PORT",
    "GRPC_MAX_WORKERS",
    "MINIO_PORT",
    "MINIO_CONSOLE_PORT",
    "COS_ENABLE_OLD_DOMAIN",
    "ELASTICSEARCH_ADDR",
    "ELASTICSEARCH_USERNAME",
    "ELASTICSEARCH_PASSWORD",
    "ELASTICSEARCH_INDEX",
    "VLM_MODEL_BASE_URL",
    "VLM_MODEL_NAME",
    "VLM_MODEL_API_KEY",
    "VLM_INTERFACE_TYPE",
    "OCR_BACKEND",
    "OCR_API_BASE_URL",
    "WEB_PROXY",
    "EXTERNAL_HTTP_PROXY",
    "EXTERNAL_HTTPS_PROXY",
]
STORAGE = ("STORAGE_TYPE", "LOCAL_STORAGE_BASE_DIR", "MINIO_", "COS_")


def test_every_name_is_mapped_or_accepted_with_a_reason() -> None:
    """None of them is passed over in silence; those of files are the storage settings' own."""
    known = {*MAPPED, *SHARED, *ACCEPTED, *FLAT, *DATABASE, *REDIS, *NEO4J}
    assert [name for name in NAMES if name not in known and not name.startswith(STORAGE)] == []


def test_names_that_others_have_count_beside_a_mark_alone(tmp_path: Path) -> None:
    """A port of another program is not ours."""
    assert loaded(tmp_path, env={"APP_PORT": "9123"}).settings.server.port == 0
    env = {"APP_PORT": "9123", "RETRIEVE_DRIVER": "postgres", "DOCREADER_ADDR": "docreader:50051"}
    found = loaded(tmp_path, env=env)
    assert [word for word in found.warnings if word.startswith("DOCREADER_ADDR")]
    assert not [word for word in found.warnings if word.startswith("APP_PORT")]


def test_an_ollama_is_found_by_the_name_that_weknora_has_for_it(tmp_path: Path) -> None:
    """Wherever it is set."""
    found = loaded(tmp_path, env={"OLLAMA_BASE_URL": "http://gpu.example:11434"})
    assert found.settings.discovery.ollama_url == "http://gpu.example:11434"


@pytest.mark.parametrize(("said", "drawn"), [("true", True), ("false", False), ("", False)])
def test_graphs_are_drawn_where_its_variable_says_so(tmp_path: Path, said: str, drawn: bool) -> None:
    """And no Neo4j is asked for them."""
    env = {"ENABLE_GRAPH_RAG": said, "NEO4J_ENABLE": "true", "RETRIEVE_DRIVER": "postgres"}
    found = loaded(tmp_path, env=env)
    assert found.settings.knowledge.graph is drawn
    [warning] = found.warnings
    assert warning.startswith("NEO4J_ENABLE") and "knowledge.graph" in warning


@pytest.mark.parametrize("driver", ["elasticsearch_v7", "elasticsearch_v8", "postgres,elasticsearch_v8"])
def test_elasticsearch_is_refused_at_the_start(tmp_path: Path, driver: str) -> None:
    """With the choices that there are."""
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, env={"RETRIEVE_DRIVER": driver})
    assert "postgres" in refused.value.sentences[0]


@pytest.mark.parametrize("length", [0, 15, 17, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    """AES takes 16, 24 or 32 bytes; one that is empty is none."""
    env = {"TENANT_AES_KEY": "k" * length}
    if length == 0:
        assert loaded(tmp_path, env=env).settings.weknora.tenant_aes_key is None
        return
    with pytest.raises(SettingsError):
        loaded(tmp_path, env=env)


MARK = {"RETRIEVE_DRIVER": "postgres"}


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({"REDIS_ADDR": "cache.example:6380"}, "redis://cache.example:6380/0"),
        ({"REDIS_ADDR": "cache.example"}, "redis://cache.example:6379/0"),
        ({"REDIS_ADDR": "cache.example", "REDIS_PORT": "6390", "REDIS_DB": "2"}, "redis://cache.example:6390/2"),
        ({"REDIS_ADDR": "[::1]:6379"}, "redis://[::1]:6379/0"),
        ({"REDIS_ADDR": "c.example:1", "REDIS_PASSWORD": "a b!@#/"}, "redis://:a%20b%21%40%23%2F@c.example:1/0"),
        ({"REDIS_ADDR": "c.example:1", "STREAM_MANAGER_TYPE": "redis"}, "redis://c.example:1/0"),
    ],
)
def test_its_redis_is_ours_where_none_is_named(tmp_path: Path, env: dict[str, str], url: str) -> None:
    """Beside a mark; what is configured otherwise is stronger, in whatever layer."""
    found = loaded(tmp_path, env={**MARK, **env})
    assert found.settings.redis.url is not None and found.settings.redis.url.reveal() == url
    assert found.origin("redis.url").place == "REDIS_ADDR"
    assert not [each for each in found.warnings if "REDIS_ADDR" in each]
    if "STREAM_MANAGER_TYPE" not in env:
        assert loaded(tmp_path, env=env).settings.redis.url is None
    own = loaded(tmp_path, toml="[redis]\nurl = 'redis://own.example'\n", env={**MARK, **env}).settings.redis.url
    assert own is not None and own.reveal() == "redis://own.example"


@pytest.mark.parametrize(
    "env",
    [
        {"REDIS_ADDR": "c.example:1", "STREAM_MANAGER_TYPE": "memory"},
        {"REDIS_ADDR": "redis://c.example"},
        {"REDIS_ADDR": "c.example:port"},
        {"REDIS_ADDR": "c.example", "REDIS_PORT": "6379x"},
        {"REDIS_ADDR": "c.example", "REDIS_DB": "zero"},
    ],
)
def test_a_redis_that_cannot_be_meant_is_told_of(tmp_path: Path, env: dict[str, str]) -> None:
    """And what to set instead."""
    found = loaded(tmp_path, env={**MARK, **env})
    assert found.settings.redis.url is None
    assert [each for each in found.warnings if each.startswith("REDIS_ADDR") and "redis.url" in each]


def test_without_what_speaks_to_redis_its_address_stops_no_start(tmp_path: Path) -> None:
    """A Redis is never needed here."""
    variables = from_environment({**MARK, "REDIS_ADDR": "c.example:1"})
    warnings: list[str] = []
    assert not list(servers_given(variables, (), tmp_path, warnings, installed=lambda name: None))
    assert [each for each in warnings if each.startswith("REDIS_ADDR") and "not installed" in each]


def test_its_database_is_never_ours_and_the_warning_says_what_to_set(tmp_path: Path) -> None:
    """One sentence for all of `DB_*`, with host and port and without the password; none where ours is configured."""
    env = {
        **MARK,
        **{"DB_DRIVER": "postgres", "DB_HOST": "db.example", "DB_PORT": "6432", "DB_NAME": "WeKnora"},
        **{"DB_USER": "ada", "DB_PASSWORD": "a-secret-word"},
    }
    found = loaded(tmp_path, env=env)
    assert found.settings.database.url is None
    [told] = [each for each in found.warnings if "DB_" in each]
    assert "database.url" in told and "postgresql://db.example:6432/parlance" in told
    assert "a-secret-word" not in told and "ada" not in told
    assert Redactor(()).redact(told) == told  # the log leaves it as it is
    configured = loaded(tmp_path, env={**env, "DATABASE_URL": "sqlite::memory:"})
    assert not [each for each in configured.warnings if "DB_" in each]
    assert not [each for each in loaded(tmp_path, env={"DB_HOST": "db.example"}).warnings if "DB_" in each]
