"""WeKnora's `config.yaml`: what of it takes effect, what is accepted, and what is refused with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from parlance.settings.layers import SettingsError
from parlance.settings.load import Loaded
from parlance.settings.view import rows
from parlance.settings.weknora_file_keys import ACCEPTED, MAPPED, SECTIONS
from parlance.testing.servers import loaded

FILE = """\
server:
  port: ${SOME_PORT}
  host: 127.0.0.1
  shutdown_timeout: 30s
  log_path: /var/log/x
conversation:
  max_rounds: 7
  keyword_threshold: "0.4"
  embedding_top_k: ${TOP}
  vector_threshold: 0.25
  rerank_threshold: 0.6
  rerank_top_k: 3
  fallback_strategy: model
  fallback_response: "Nothing of ${COMPANY}."
  fallback_prompt: "Say so."
  enable_rewrite: false
  enable_rerank: "false"
  rewrite_prompt_system: |
    Resolve what is meant. Today is {{.CurrentTime}}.
  rewrite_prompt_user: "{{range .Conversation}}{{.Query}}{{.Answer}}{{end}}{{.Query}}"
  generate_session_title_prompt: Name it.
  simplify_query_prompt:
  keywords_extraction_prompt: Words.
  summary:
    prompt: Be short.
    context_template: "{{range .Contexts}}{{.}}{{end}}{{.Query}}"
    no_match_prefix: |-
      <think>
      </think>
      NO_MATCH
    temperature: 0.5
    max_completion_tokens: 100
    repeat_penalty: 1.2
knowledge_base:
  chunk_size: 512
  image_processing: {enable_multimodal: true}
tenant: {default_session_name: New}
models:
  - {type: chat, source: local, model_name: m}
docreader: {addr: "docreader:50051"}
vector_database: {driver: postgres}
extract:
  fabri_text: {with_tag: "%s"}
"""
MARK = {"RETRIEVE_DRIVER": "postgres"}


def read(folder: Path, text: str, toml: str = "", env: Mapping[str, str] | None = None) -> Loaded:
    """The settings where this is the named file."""
    (folder / "theirs.yaml").write_text(text, "utf-8")
    named = {"PARLANCE_WEKNORA_CONFIG_FILE": "theirs.yaml", **(env or {})}
    return loaded(folder, toml=toml, env=named)


def refused(folder: Path, text: str, env: Mapping[str, str] | None = None) -> list[str]:
    """The sentences of a refusal."""
    with pytest.raises(SettingsError) as caught:
        read(folder, text, env=env)
    return caught.value.sentences


def test_all_of_it_that_means_something_takes_effect(tmp_path: Path) -> None:
    """With variables in it, numbers in quotes and durations."""
    env = {"SOME_PORT": "9321", "TOP": "12", "COMPANY": "Acme", "PARLANCE_SERVER_PORT": ""}
    found = read(tmp_path, FILE, toml="[server]\ndrain_seconds = 30\n", env=env).settings
    talk = found.weknora.conversation
    assert (talk.max_rounds, talk.keyword_threshold, talk.embedding_top_k, talk.vector_threshold) == (7, 0.4, 12, 0.25)
    assert (talk.rerank_threshold, talk.rerank_top_k, talk.enable_rewrite, talk.enable_rerank) == (0.6, 3, False, False)
    assert (talk.fallback_strategy, talk.fallback_response) == ("model", "Nothing of Acme.")
    assert talk.rewrite_prompt_system == "Resolve what is meant. Today is {{.CurrentTime}}.\n"
    assert ".Answer" in talk.rewrite_prompt_user and talk.generate_session_title_prompt == "Name it."
    summary = talk.summary
    assert (summary.prompt, summary.temperature, summary.max_completion_tokens) == ("Be short.", 0.5, 100)
    assert summary.no_match_prefix == "<think>\n</think>\nNO_MATCH" and ".Contexts" in summary.context_template
    assert found.server.port == 9321


def test_a_duration_of_the_file_is_how_long_running_answers_may_go_on(tmp_path: Path) -> None:
    """`shutdown_timeout` is ours by another name."""
    env = {"PARLANCE_SERVER_DRAIN_SECONDS": ""}
    assert read(tmp_path, "server: {shutdown_timeout: 90s}", env=env).settings.server.drain_seconds == 90


def test_what_has_no_effect_is_told_once_for_each_reason(tmp_path: Path) -> None:
    """Each of those keys stands in exactly one warning; a key without a value is none."""
    warnings = read(tmp_path, FILE, env={"SOME_PORT": "1", "TOP": "1", "COMPANY": "x"}).warnings
    told = [each for each in warnings if "without effect" in each]
    for key in ("server.log_path", "conversation.fallback_prompt", "knowledge_base.chunk_size", "models"):
        assert len([each for each in told if key in each]) == 1, key
    for key in ("tenant.default_session_name", "docreader.addr", "extract.fabri_text"):
        assert len([each for each in told if key in each]) == 1, key
    together = [each for each in told if "knowledge_base.chunk_size" in each]
    assert "knowledge_base.image_processing" in together[0]
    assert len({each.rpartition("effect: ")[2] for each in told}) == len(told)


def test_each_value_says_its_line_and_yields_to_every_layer_of_ours(tmp_path: Path) -> None:
    """`parlance config show --origin` names the file, the line and the key."""
    text = "conversation:\n  max_rounds: 7\n  rerank_top_k: 2\n"
    found = read(tmp_path, text, toml="[weknora.conversation]\nrerank_top_k = 4\n")
    origin = found.origin("weknora.conversation.max_rounds")
    assert origin.place == f"{tmp_path / 'theirs.yaml'}:2 conversation.max_rounds"
    assert found.settings.weknora.conversation.rerank_top_k == 4
    shown = {row.key: row for row in rows(found)}
    assert shown["weknora.conversation.max_rounds"].origin == origin
    assert shown["weknora.conversation.rerank_top_k"].origin.place.endswith("parlance.toml:2")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("server:\n  prot: 1\n", 2, "server.prot is not a key"),
        ("servers: 1\n", 1, "Did you mean `server`?"),
        ("conversation:\n  summary:\n    temprature: 1\n", 3, "conversation.summary.temprature is not a key"),
        ("\nconversation:\n  max_rounds: many\n", 3, "max_rounds must be a whole number"),
        ("conversation:\n  vector_threshold: 2\n", 2, "vector_threshold must be a number from 0 to 1"),
        ("conversation:\n  fallback_response: [a]\n", 2, "fallback_response must be"),
        ("conversation: 7\n", 1, "conversation must be a table"),
        ("server:\n  port: 1\n  port: 2\n", 3, "server.port is given twice"),
        ("server:\n  port: [\n", 3, "is not valid YAML"),
        ("server: &a {port: 1, host: *b}\n", 1, "is not valid YAML"),
        ("vector_database: {driver: elasticsearch_v8}\n", 0, "RETRIEVE_DRIVER"),
    ],
)
def test_what_is_unknown_or_of_another_type_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, word: str
) -> None:
    """A setting that is ignored is a setting that is lost."""
    [sentence] = refused(tmp_path, text)
    assert word in sentence
    assert not line or sentence.startswith(f"{tmp_path / 'theirs.yaml'}:{line}")


@pytest.mark.parametrize("text", ["- a list\n", "just words\n"])
def test_a_named_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    """So is one that is not there, and one that is no text."""
    assert refused(tmp_path, text)
    with pytest.raises(SettingsError, match="names no file"):
        loaded(tmp_path, env={"PARLANCE_WEKNORA_CONFIG_FILE": "nowhere.yaml"})
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        loaded(tmp_path, env={"PARLANCE_WEKNORA_CONFIG_FILE": "bytes.yaml"})


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    """Neither an error nor a warning."""
    assert not [each for each in read(tmp_path, "# all as usual\n").warnings if "yaml" in each]


def test_a_variable_that_is_not_set_stays_as_it_stands_with_a_warning(tmp_path: Path) -> None:
    """As in that system; where a number should be, that is an error."""
    found = read(tmp_path, "conversation: {fallback_response: 'Ask ${NOBODY}.'}\n")
    assert found.settings.weknora.conversation.fallback_response == "Ask ${NOBODY}."
    assert [each for each in found.warnings if "NOBODY" in each]
    assert any("max_rounds" in each for each in refused(tmp_path, "conversation: {max_rounds: '${NOBODY}'}\n"))


@pytest.mark.parametrize("place", ["config.yaml", "config/config.yaml", "home/.appname/config.yaml"])
def test_it_is_found_where_that_system_looks_if_its_variables_or_a_door_say_so(tmp_path: Path, place: str) -> None:
    """And by nobody else: many programs have a file of that name."""
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("conversation: {max_rounds: 9}\n", "utf-8")
    home = {"HOME": str(tmp_path / "home")}
    assert loaded(tmp_path, env=home).settings.weknora.conversation.max_rounds == 5
    assert loaded(tmp_path, env={**home, **MARK}).settings.weknora.conversation.max_rounds == 9
    door = {"doors": ["weknora=127.0.0.1:0"]}
    assert loaded(tmp_path, env=home, flags=door).settings.weknora.conversation.max_rounds == 9


@pytest.mark.parametrize("text", ["logging: {level: 1}\n", "- a list\n", ""])
def test_another_programs_file_in_its_place_is_left_alone(tmp_path: Path, text: str) -> None:
    """Without a word; one that cannot be read at all is worth a warning."""
    (tmp_path / "config.yaml").write_text(text, "utf-8")
    assert not [each for each in loaded(tmp_path, env=MARK).warnings if "config.yaml" in each]
    (tmp_path / "config.yaml").write_text("a: [", "utf-8")
    assert [each for each in loaded(tmp_path, env=MARK).warnings if "not valid YAML" in each]


def test_every_key_is_of_one_kind_and_below_a_table() -> None:
    """What is mapped is not accepted besides, and all tables on the way are known."""
    assert not MAPPED.keys() & ACCEPTED.keys()
    for key in [*MAPPED, *ACCEPTED]:
        above = key.rpartition(".")[0]
        assert not above or above in SECTIONS, key


def test_a_redis_of_the_file_counts_where_its_type_says_so(tmp_path: Path) -> None:
    """With its password, which no row shows; below what is configured otherwise."""
    text = "stream_manager: {type: %s, redis: {address: 'cache.example:6380', password: '${PW}', db: 3, ttl: 1h}}\n"
    found = read(tmp_path, text % "redis", env={"PW": "a/b@c"})
    assert found.settings.redis.url is not None
    assert found.settings.redis.url.reveal() == "redis://:a%2Fb%40c@cache.example:6380/3"
    assert found.origin("redis.url").place.endswith("theirs.yaml:1 stream_manager.redis.address")
    assert [each for each in found.warnings if "stream_manager.redis.ttl" in each]
    assert read(tmp_path, text % "memory", env={"PW": "x"}).settings.redis.url is None
    ours = read(tmp_path, text % "redis", toml="[redis]\nurl = 'redis://own.example'\n", env={"PW": "x"}).settings
    assert ours.redis.url is not None and ours.redis.url.reveal() == "redis://own.example"
