"""Layers, origins, errors and warnings of the settings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from parlance.settings.layers import SettingsError
from parlance.settings.load import Loaded, Sources, load
from parlance.settings.schema import Settings
from parlance.settings.tree import leaves

HASH = "sha256:" + "ab" * 32


def read(
    folder: Path,
    toml: str | None = None,
    *,
    env: Mapping[str, str] | None = None,
    dotenv: str | None = None,
    flags: Mapping[str, object] | None = None,
    config: str | None = None,
    config_toml: str | None = None,
) -> Loaded:
    """Loads from files in one folder, which is home, working directory and all."""
    for name, text in (("parlance.toml", toml), (".env", dotenv), ("config.toml", config_toml)):
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return load(
        Sources(
            env={"HOME": str(folder / "home"), **(env or {})},
            cwd=folder,
            platform="linux",
            flags=flags or {},
            config=config,
            system_config=folder / "system" / "config.toml",
        )
    )


def refused(folder: Path, toml: str | None = None, **more: object) -> list[str]:
    """The sentences with which loading is refused."""
    with pytest.raises(SettingsError) as caught:
        read(folder, toml, **more)  # type: ignore[arg-type]
    assert caught.value.exit_code == 78
    assert str(caught.value) == "\n".join(caught.value.sentences)
    return caught.value.sentences


def test_nothing_given_is_the_defaults(tmp_path: Path) -> None:
    """Without files, variables and flags every setting has its default, and the data folder its usual place."""
    loaded = read(tmp_path)
    assert loaded.settings.server == Settings().server
    assert loaded.settings.data.dir == str(tmp_path / "home/.local/share/parlance")
    assert loaded.origins == {}
    assert loaded.warnings == ()
    assert loaded.file is None
    assert str(loaded.origin("server.port")) == "default"


def test_each_layer_yields_to_the_next(tmp_path: Path) -> None:
    """A flag beats the environment, which beats .env, which beats the file, which beats the default."""
    toml = "[server]\nport = 1\ndrain_seconds = 1\nbody_seconds = 1\nheader_seconds = 1\n"
    dotenv = "PARLANCE_SERVER_PORT=2\nPARLANCE_SERVER_DRAIN_SECONDS=2\nPARLANCE_SERVER_BODY_SECONDS=2\n"
    env = {"PARLANCE_SERVER_PORT": "3", "PARLANCE_SERVER_DRAIN_SECONDS": "3"}
    loaded = read(tmp_path, toml, dotenv=dotenv, env=env, flags={"server.port": 4, "server.host": None})
    server = loaded.settings.server
    assert (server.port, server.drain_seconds, server.body_seconds, server.header_seconds) == (4, 3, 2, 1)
    assert str(loaded.origin("server.port")) == "flag: --port"
    assert str(loaded.origin("server.drain_seconds")) == "environment: PARLANCE_SERVER_DRAIN_SECONDS"
    assert str(loaded.origin("server.body_seconds")) == f".env: {tmp_path}/.env:3 PARLANCE_SERVER_BODY_SECONDS"
    assert str(loaded.origin("server.header_seconds")) == f"file: {tmp_path}/parlance.toml:5"


def test_the_file_that_counts(tmp_path: Path) -> None:
    """--config beats PARLANCE_CONFIG beats the working directory beats the data folder, and only one is read."""
    data = tmp_path / "home/.local/share/parlance"
    data.mkdir(parents=True)
    (data / "parlance.toml").write_text("[server]\nport = 1\n")
    assert read(tmp_path).settings.server.port == 1
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    (chosen / "parlance.toml").write_text("[server]\nport = 5\n")
    assert read(tmp_path, env={"PARLANCE_DATA_DIR": str(chosen)}).settings.server.port == 5
    assert read(tmp_path, flags={"data.dir": "chosen"}).settings.server.port == 5
    assert read(tmp_path, "[server]\nport = 2\n").settings.server.port == 2
    (tmp_path / "three.toml").write_text("[server]\nport = 3\n")
    (tmp_path / "home/four.toml").write_text("[server]\nport = 4\n")
    assert read(tmp_path, dotenv="PARLANCE_CONFIG=three.toml").settings.server.port == 3
    loaded = read(tmp_path, env={"PARLANCE_CONFIG": "three.toml"}, config="~/four.toml")
    assert loaded.settings.server.port == 4
    assert loaded.file == tmp_path / "home/four.toml"


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """A file asked for by name that is not there stops the start instead of giving defaults."""
    assert refused(tmp_path, config="gone.toml") == [f"--config names {tmp_path}/gone.toml, which is not a file."]
    assert refused(tmp_path, env={"PARLANCE_CONFIG": "gone.toml"})[0].startswith("PARLANCE_CONFIG names")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            "[queue]\nmax_conurrent = 3\n",
            ":2: queue.max_conurrent is not a setting. Did you mean `queue.max_concurrent`?",
        ),
        ("[server]\nttl_seconds = 3\n", ":2: server.ttl_seconds is not a setting. Did you mean `cache.ttl_seconds`?"),
        ("[sever]\nport = 3\n", ":1: sever is not a setting. Did you mean `server`?"),
        ("zzz = 3\n", ":1: zzz is not a setting."),
        ("server = 3\n", ":1: server must be a table."),
        ("[server]\nport = '80 80'\n", ":2: server.port must be a whole number from 0 to 65535."),
        ("[server]\nport = 70000\n", ":2: server.port must be a whole number from 0 to 65535."),
        ("[server]\nport = true\n", ":2: server.port must be a whole number from 0 to 65535."),
        ("[server]\nhost = ''\n", ":2: server.host must be text that is not empty."),
        (
            "[server]\ndrain_seconds = 'soon'\n",
            ":2: server.drain_seconds must be a number of seconds (or a duration such as `30s`), at least 0.",
        ),
        (
            "[server]\nmax_body_mb = nan\n",
            ":2: server.max_body_mb must be a number of MiB (or a size such as `20MB`) above 0.",
        ),
        ("[data]\nephemeral = 'yes'\n", ":2: data.ephemeral must be true or false."),
        ("[log]\nlevel = 'loud'\n", ":2: log.level must be one of `debug`, `info`, `warning`, `error`, `critical`."),
        ("[server]\nbase_path = '/ai/'\n", ":2: server.base_path must be empty, or a path such as `/ai`"),
        ("[server]\npublic_hosts = 'a'\n", ":2: server.public_hosts must be a list, each of it text."),
        ("[models]\naliases = ['a']\n", ":2: models.aliases must be a table, each value of it text."),
        ("keys = 3\n", ":1: keys must be a list of tables."),
        ("keys = [3]\n", ":1: keys[0] must be a table."),
        (
            "[[keys]]\nname = 'a'\nuser = 'a'\nhsh = 'x'\n",
            ":4: keys[0].hsh is not a setting. Did you mean `hash`?",
        ),
        ("[[keys]]\nname = 'a'\n\n[[keys]]\nname = 'b'\n", ":4: keys[1] needs `user`: text of at most 128 characters."),
        ("[[connections]]\nname = 'a'\ncards = 3\n", ":3: connections[0].cards must be a table of tables."),
        (
            "[[connections]]\nname = 'a'\n[connections.cards.'m.1']\ncontext = 0\n",
            ":4: connections[0].cards.m.1.context must be a whole number, at least 1.",
        ),
        (
            "[[connections]]\nname = 'a'\nbase_url = 'ftp://x'\n",
            ":3: connections[0].base_url must be a URL that begins",
        ),
        ("[server\n", " is not valid TOML: "),
        ("a = " + "[" * 5000, " is "),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_place_and_type(tmp_path: Path, toml: str, sentence: str) -> None:
    """An error names the file and line, the key, and what the value should be."""
    path = f"{tmp_path}/parlance.toml"
    assert any(found.startswith(path + sentence) for found in refused(tmp_path, toml)), refused(tmp_path, toml)


def test_every_error_is_said_at_once(tmp_path: Path) -> None:
    """Two mistakes in two layers give two sentences in one refusal."""
    sentences = refused(tmp_path, "[server]\nport = 'x'\n", env={"PARLANCE_CACHE_ENABLED": "perhaps"})
    assert len(sentences) == 2
    assert sentences[1] == "PARLANCE_CACHE_ENABLED: cache.enabled must be true or false."


def test_no_error_echoes_a_secret(tmp_path: Path) -> None:
    """A key written where its hash belongs, or one no header can carry, is not repeated in the sentence."""
    toml = "[[keys]]\nname='a'\nuser='a'\nhash='sk-SECRET'\n[[connections]]\nname='b'\napi_key=\"a\\nSECRET\"\n"
    toml += "headers = {a = 'SECRET\\n', X-B = 7}\n"
    said = "\n".join(refused(tmp_path, toml, env={"PARLANCE_KEYS": "[{SECRET"}))
    assert "SECRET" not in said
    assert "keys[0].hash must be `sha256:` and 64" in said
    assert "connections[0].api_key must be text in one line." in said
    assert "PARLANCE_KEYS: keys must be a list of tables." in said


def test_quantities_may_carry_units(tmp_path: Path) -> None:
    """Durations and sizes are numbers of the key's unit or text with a unit, in files and in variables."""
    toml = "[server]\nmax_body_mb = '1GiB'\nmax_header_kb = 64\ndrain_seconds = '1m30s'\n"
    toml += "[batch]\nbatch_timeout_ms='0.5s'\n"
    loaded = read(tmp_path, toml, env={"PARLANCE_CACHE_TTL_SECONDS": "2h", "PARLANCE_EMBED_IDLE_SECONDS": " 90 "})
    settings = loaded.settings
    assert (settings.server.max_body_mb, settings.server.max_header_kb) == (1024, 64)
    assert (settings.server.drain_seconds, settings.batch.batch_timeout_ms) == (90, 500)
    assert (settings.cache.ttl_seconds, settings.embed.idle_seconds) == (7200, 90)


def test_variables_know_only_text(tmp_path: Path) -> None:
    """A variable's text becomes the type of its setting; an empty one is as good as none."""
    env = {
        "PARLANCE_METRICS_ENABLED": "off",
        "PARLANCE_SERVER_PUBLIC_HOSTS": "a.example, b.example",
        "PARLANCE_SERVER_CORS_ORIGINS": '["https://a.example"]',
        "PARLANCE_MODELS_ALIASES": '{"a": "b"}',
        "PARLANCE_QUEUE_MAX_CONCURRENT": "none",
        "PARLANCE_EMBED_THREADS": "2",
        "PARLANCE_KEYS": f'[{{"name": "n", "hash": "{HASH}", "user": "u", "scopes": ["all"]}}]',
        "PARLANCE_SERVER_PORT": "",
        "PARLANCE_RATES_USER_REQUESTS": "7",
    }
    settings = read(tmp_path, env=env).settings
    assert settings.metrics.enabled is False
    assert settings.server.public_hosts == ("a.example", "b.example")
    assert settings.server.cors_origins == ("https://a.example",)
    assert settings.models.aliases == {"a": "b"}
    assert settings.queue.max_concurrent is None
    assert settings.embed.threads == 2
    assert settings.keys[0].hash.reveal() == HASH
    assert settings.keys[0].granted == {"chat", "models:write", "observe", "admin", "operate"}
    assert settings.server.port == 8080
    assert settings.rates.user.requests == 7
    assert refused(tmp_path, env={"PARLANCE_EMBED_THREADS": "1.5"}) == [
        "PARLANCE_EMBED_THREADS: embed.threads must be a whole number, at least 1."
    ]


def test_unknown_variables_are_warned_of(tmp_path: Path) -> None:
    """A PARLANCE_ variable without a setting is warned of, but not those an orchestrator makes for a service."""
    env = {
        "PARLANCE_SERVER_PROT": "1",
        "PARLANCE_CONFIG": "",
        "PARLANCE_SERVICE_HOST": "10.0.0.1",
        "PARLANCE_PORT_8080_TCP_ADDR": "10.0.0.1",
        "PARLANCE_SERVER_PORT": "tcp://10.0.0.1:80",
    }
    loaded = read(tmp_path, env=env)
    assert loaded.warnings == (
        "PARLANCE_SERVER_PROT: no setting has this name; it is ignored. Did you mean `PARLANCE_SERVER_PORT`?",
    )
    assert loaded.settings.server.port == 8080


def test_dotenv_is_taken_literally(tmp_path: Path) -> None:
    """Values of .env are not expanded, names without a value are passed over, and a broken line is warned of."""
    dotenv = "export PARLANCE_MODELS_DEFAULT='${HOME}'\nNAME\nPARLANCE_SERVER_PORT='1\n"
    loaded = read(tmp_path, dotenv=dotenv)
    assert loaded.settings.models.default == "${HOME}"
    assert loaded.warnings == (f"{tmp_path}/.env, line 3: not of the form NAME=value; the line is ignored.",)


def test_files_that_cannot_be_settings(tmp_path: Path) -> None:
    """A file too large, not UTF-8 or unreadable is refused in a sentence."""
    (tmp_path / "parlance.toml").write_bytes(b"#" * (1 << 20) + b"#")
    (tmp_path / ".env").write_bytes(b"\xff")
    assert refused(tmp_path) == [
        f"{tmp_path}/.env is not UTF-8 text.",
        f"{tmp_path}/parlance.toml is larger than 1 MiB, which no settings file is.",
    ]


def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    """What the system says about a file it does not open reaches the operator."""
    from parlance.settings.layers import read_text

    problems: list[str] = []
    assert read_text(tmp_path, problems) is None
    assert problems == [f"{tmp_path} cannot be read: Is a directory."]


def test_relative_paths_start_where_they_are_written(tmp_path: Path) -> None:
    """A relative path in a file starts at the file's folder, one in a flag at the working directory."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/parlance.toml").write_text('[server]\ntls_cert = "cert.pem"\n')
    loaded = read(tmp_path, config="etc/parlance.toml", flags={"server.tls_key": "key.pem", "data.dir": "~/d"})
    assert loaded.settings.server.tls_cert == str(tmp_path / "etc/cert.pem")
    assert loaded.settings.server.tls_key == str(tmp_path / "key.pem")
    assert loaded.settings.data.dir == str(tmp_path / "home/d")
    assert loaded.origin("server.tls_key").place == "--tls-key"
    assert loaded.origin("data.dir").place == "--data"


def test_no_home_is_said_unless_nothing_is_kept(tmp_path: Path) -> None:
    """Without a home to keep data in the start is refused, but not where everything stays in memory."""
    sources = Sources(env={}, cwd=tmp_path, platform="linux", system_config=tmp_path / "none")
    with pytest.raises(SettingsError, match="Set PARLANCE_DATA_DIR"):
        load(sources)
    ephemeral = Sources(
        env={}, cwd=tmp_path, platform="linux", flags={"data.ephemeral": True}, system_config=tmp_path / "none"
    )
    assert load(ephemeral).settings.data.dir is None
    assert read(tmp_path, "", flags={"data.ephemeral": True, "data.dir": "~/d"}).settings.data.dir is None


def test_flags_add_doors(tmp_path: Path) -> None:
    """--door adds to the doors of the file and takes the place of one with its name; a bad one is an error."""
    toml = "[[doors]]\nname='a'\naddress=':1'\n[[doors]]\nname='ollama'\naddress=':2'\n"
    loaded = read(tmp_path, toml, flags={"doors": ["ollama=:11434", "weknora=[::1]:8081"]})
    found = [(door.name, door.address, door.dialects) for door in loaded.settings.doors]
    assert found == [("a", ":1", ()), ("ollama", ":11434", ("ollama",)), ("weknora", "[::1]:8081", ("weknora",))]
    assert read(tmp_path, "", flags={"doors": []}).settings.doors == ()
    assert read(tmp_path, "", flags={"doors": "ollama=:1"}).settings.doors[0].name == "ollama"
    assert refused(tmp_path, flags={"doors": ["ollama"]}) == [
        "--door: A door is given as `dialect=host:port` or `dialect=:port`."
    ]


def test_an_unknown_flag_is_an_error(tmp_path: Path) -> None:
    """A flag for a setting that does not exist is refused like any other unknown key."""
    assert refused(tmp_path, flags={"server.prt": 1}) == [
        "--prt: server.prt is not a setting. Did you mean `server.port`?"
    ]


def test_keys_of_connections_may_stay_in_variables(tmp_path: Path) -> None:
    """api_key_env is looked up in the environment and .env; a missing one is a warning, a set api_key wins."""
    toml = "".join(f"[[connections]]\nname='{name}'\n{more}\n" for name, more in CONNECTIONS.items())
    loaded = read(tmp_path, toml, dotenv="B=from-dotenv\n", env={"A": "from-env\n"})
    keys = {item.name: item.api_key.reveal() if item.api_key else None for item in loaded.settings.connections}
    assert keys == {"a": "from-env", "b": "from-dotenv", "c": None, "d": "own", "e": None}
    assert loaded.warnings == ("The connection 'c' has no key: the variable C is not set.",)
    assert str(loaded.origin("connections[0].api_key")) == "environment: A"
    assert loaded.origin("connections[3].api_key").place.endswith("parlance.toml:14")
    said = refused(tmp_path, toml, env={"A": "SEC\nRET"})
    assert said == ["A: A must be text in one line."]


CONNECTIONS = {
    "a": "api_key_env='A'",
    "b": "api_key_env='B'",
    "c": "api_key_env='C'",
    "d": "api_key_env='A'\nheaders = {X-Team = 'x'}\napi_key='own'",
    "e": "kind='ollama'",
}


def test_a_providers_secret_may_lie_in_a_variable(tmp_path: Path) -> None:
    """As the key of a connection may."""
    toml = '[accounts]\npublic_url = "https://c.example"\n' + "".join(
        f'[[accounts.oidc]]\nname = "{name}"\nissuer = "https://id.example"\nclient_id = "x"\n{more}\n'
        for name, more in (("a", 'client_secret_env = "A"'), ("b", 'client_secret_env = "B"'), ("c", ""))
    )
    found = read(tmp_path, toml, env={"A": "hush"})
    secrets = [provider.client_secret for provider in found.settings.accounts.oidc]
    assert [secret and secret.reveal() for secret in secrets] == ["hush", None, None]
    assert str(found.origin("accounts.oidc[0].client_secret")) == "environment: A"
    assert found.warnings == ("The provider 'b' has no secret: the variable B is not set.",)


def test_urls_of_connections_have_a_usual_place(tmp_path: Path) -> None:
    """A connection of a built-in kind needs no base_url; a plugin's has none of itself."""
    toml = "".join(f"[[connections]]\nname='{kind}'\nkind='{kind}'\n" for kind in ("openai", "ollama", "own"))
    urls = [connection.url for connection in read(tmp_path, toml).settings.connections]
    assert urls == ["https://api.openai.com/v1", "http://127.0.0.1:11434", None]


def test_loading_defaults_is_quick(tmp_path: Path) -> None:
    """Settings cost a verb of the CLI under 5 ms; the best of several tries, four times over for a busy machine."""
    best = 1.0
    for _ in range(20):
        start = time.perf_counter()
        read(tmp_path)
        best = min(best, time.perf_counter() - start)
    assert best < 0.02


WEIRD: list[object] = [
    None,
    True,
    -1,
    1 << 70,
    float("inf"),
    float("nan"),
    "",
    "SECRET\n",
    "-",
    "9" * 400,
    "1e999s",
    [],
    [[]],
    [{}],
    [1],
    {},
    {"a": {}},
    {"a": 1},
    {1: 2},
    [{"name": {}, "cards": {"a": {"context": "x"}}}],
    time.struct_time(range(9)),
]


@pytest.mark.slow
@pytest.mark.parametrize("raw", WEIRD, ids=repr)
def test_no_value_breaks_the_loader(tmp_path: Path, raw: object) -> None:
    """Whatever is given for whatever key, it is taken or refused in a sentence that does not repeat it."""
    for leaf in leaves():
        try:
            read(tmp_path, flags={leaf.key: raw})
        except SettingsError as error:
            assert not any("SECRET" in sentence for sentence in error.sentences)


def test_the_options_of_a_connection_are_handed_on_as_they_are(tmp_path: Path) -> None:
    """Only the plugin knows what they mean: any table of anything fits."""
    toml = '[[connections]]\nname = "a"\noptions = { wire = "responses", deep = { list = [1, 2.5, true] } }\n'
    [connection] = read(tmp_path, toml).settings.connections
    assert connection.options == {"wire": "responses", "deep": {"list": [1, 2.5, True]}}


def test_several_workers_need_what_they_can_share(tmp_path: Path) -> None:
    """A sentence for each thing that is missing; with all of them they are allowed."""
    alone = '[server]\nworkers = 2\n[data]\nephemeral = true\n[[doors]]\nname = "ollama"\naddress = "127.0.0.1:0"\n'
    with pytest.raises(SettingsError) as failed:
        read(tmp_path, alone + 'dialects = ["ollama"]\n')
    for word in ("cannot share SQLite", "need Redis or Valkey", "share a data folder", "no door can have port 0"):
        assert word in str(failed.value)
    shared = '[server]\nworkers = 2\n[database]\nurl = "postgresql://db.example/p"\n[redis]\nurl = "redis://h.test"\n'
    assert read(tmp_path, shared).settings.server.workers == 2
