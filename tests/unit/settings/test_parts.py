"""The small parts: secrets, quantities, folders, addresses, line numbers and rules."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parlance.settings.addresses import doors, is_loopback, ollama_url, parse_door, points_at, split_address
from parlance.settings.budgets import Budget
from parlance.settings.folder import data_folder, expanded
from parlance.settings.layers import SettingsError
from parlance.settings.lines import line_numbers
from parlance.settings.quantities import in_unit_of, parse_bytes, parse_seconds, unit_of
from parlance.settings.rules import broken_rules
from parlance.settings.schema import DIALECT_ORDER, Chatqueue, Connection, Door, Key, Models, Secret, Server, Settings
from parlance.settings.tree import leaves


def test_a_secret_shows_nowhere() -> None:
    """No way of printing a secret prints it, no encoder takes it, and yet it compares and travels."""
    secret = Secret("sk-x")
    assert "sk-x" not in f"{secret}{secret!r}{secret!s}{secret:>20}%s" % secret
    with pytest.raises(TypeError):
        msgspec.json.encode(secret)
    assert secret == Secret("sk-x") != Secret("y")
    assert secret != "sk-x"
    assert len({secret, Secret("sk-x")}) == 1
    assert pickle.loads(pickle.dumps(secret)).reveal() == "sk-x"
    assert secret and not Secret("")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("2d", 172800),
        (" 1.5m ", 90),
        ("90", None),
        ("m", None),
        ("", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    """A duration is one or more numbers with units; a bare number is not one."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("20MB", 20 << 20), ("1.5 GiB", 3 << 29), ("4096", 4096), ("1k", 1024), ("1 B", 1), ("1TB", None), ("MB", None)],
)
def test_sizes(text: str, size: int | None) -> None:
    """A size is a number with an optional unit, by powers of 1024."""
    assert parse_bytes(text) == size


def test_a_name_says_its_unit() -> None:
    """The end of a setting's name is its unit; others have none."""
    assert in_unit_of("batch_timeout_ms", "2s") == 2000
    assert in_unit_of("max_size_mb", "512k") == 0.5
    assert in_unit_of("max_size_mb", "much") is None
    assert in_unit_of("port", "2s") is None
    assert (unit_of("max_header_kb"), unit_of("port")) == ("KiB", None)


@pytest.mark.parametrize(
    ("platform", "env", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share/parlance"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "/d"}, "/d/parlance"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "d"}, "/h/.local/share/parlance"),
        ("linux", {}, None),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support/parlance"),
        ("darwin", {}, None),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/parlance"),
        ("win32", {"USERPROFILE": "/u"}, "/u/AppData/Local/parlance"),
        ("win32", {}, None),
    ],
)
def test_each_system_has_its_data_folder(platform: str, env: dict[str, str], folder: str | None) -> None:
    """The data folder follows the customs of the system; without a home there is none."""
    assert data_folder(env, platform) == (Path(folder) if folder else None)


def test_paths_are_made_absolute() -> None:
    """A tilde is the home that the environment names; without one it is a name like any other."""
    assert expanded("~", Path("/f"), {"HOME": "/h"}) == Path("/h")
    assert expanded("~/a", Path("/f"), {"USERPROFILE": "/u"}) == Path("/u/a")
    assert expanded("~/a", Path("/f"), {}) == Path("/f/~/a")
    assert expanded("/a", Path("/f"), {}) == Path("/a")
    assert expanded("~b", Path("/f"), {"HOME": "/h"}) == Path("/f/~b")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("::", "http://[::1]:11434"),
        ("[::]:1234", "http://[::1]:1234"),
        ("::1", "http://[::1]:11434"),
        (":1234", "http://127.0.0.1:1234"),
        ("box", "http://box:11434"),
        ("http://box", "http://box:80"),
        ("https://box/ollama/", "https://box:443/ollama"),
        ('"box:1"', "http://box:1"),
        ("box:99999", None),
        ("[::", None),
        ("ftp://box", None),
        ("a b", None),
    ],
)
def test_an_ollama_host_means_a_url(text: str, url: str | None) -> None:
    """OLLAMA_HOST is read as Ollama reads it, and an address to listen on stands for loopback."""
    assert ollama_url(text) == url


def test_our_own_door_is_recognised() -> None:
    """A URL that leads back to a listener of ours is known as such, however either writes this machine."""
    assert points_at("http://127.0.0.1:8080", "0.0.0.0", 8080)
    assert points_at("http://localhost:8080/v1", "127.0.0.1", 8080)
    assert points_at("http://[::1]:8080", "::1", 8080)
    assert points_at("http://Box.example", "box.EXAMPLE", 80)
    assert points_at("https://box.example", "box.example", 443)
    assert not points_at("http://127.0.0.1:11434", "127.0.0.1", 8080)
    assert not points_at("http://box.example:8080", "127.0.0.1", 8080)
    assert not points_at("http://127.0.0.1:8080", "10.0.0.1", 8080)


def test_loopback_is_this_machine_alone() -> None:
    """Loopback addresses and localhost are this machine; other names are not asked about."""
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "LocalHost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "127.evil.example", "10.0.0.1", "")))


def test_doors_are_filled_in() -> None:
    """The default door comes first with the server's address and all dialects; others get what they leave out."""
    settings = Settings(
        server=Server(host="::1", port=1),
        doors=(Door(name="a", address=":2", dialects=("ollama",)), Door(name="default", anonymous="g")),
    )
    main, other = doors(settings, DIALECT_ORDER[:4])
    assert (main.address, main.dialects, main.anonymous) == ("[::1]:1", DIALECT_ORDER[:4], "g")
    assert (other.address, other.dialects) == ("[::1]:2", ("ollama",))
    assert split_address("[::1]:2", "x") == ("::1", 2)
    assert doors(Settings(), ["native"])[0].address == "127.0.0.1:8080"


def test_a_door_with_an_unknown_dialect_is_refused() -> None:
    """A dialect that this installation has not is refused with the nearest that it has."""
    settings = Settings(doors=(parse_door("olama=:1"),))
    with pytest.raises(SettingsError) as caught:
        doors(settings, ("native", "ollama"))
    assert caught.value.sentences == ["The door 'olama': there is no dialect 'olama'. Did you mean `ollama`?"]


TOML = '''
top = 1
[server]
host = "a" # [not a header]
"port" = 2
text = """
[server.fake]
fake = 1
"""
literal = \'\'\'one line\'\'\'
many = [
  "]", # ]
  [1, 2],
]
inline = {a = 1, b = [2]}
after = 3
[[keys]]
name = "x"
a."b.c" = 1
[[keys]]
name = "y"
[[connections]]
[connections.cards."m=1.x"]
context = 1
[rates.user]
requests = 1
'''


def test_lines_of_keys_are_found() -> None:
    """Each key has its line, past strings and lists over many lines, and items of lists are counted."""
    lines = line_numbers(TOML)
    tomllib.loads(TOML)
    named = {
        name: lines[name]
        for name in (
            "top",
            "server",
            "server.host",
            "server.port",
            "server.literal",
            "server.after",
            "keys",
            "keys[0].name",
            "keys[0].a.b.c",
            "keys[1].name",
            "connections[0].cards.m=1.x.context",
            "rates.user.requests",
        )
    }
    assert list(named.values()) == [2, 3, 4, 5, 10, 16, 17, 18, 19, 21, 24, 26]
    assert not any("fake" in name for name in lines)


@example("a b = 1")
@example("[#]")
@given(st.text(alphabet="ab.[]=\"'#\n ,{}1", max_size=60))
def test_lines_never_fail(text: str) -> None:
    """Whatever the text, finding lines ends and gives lines of it."""
    assert all(1 <= line <= text.count("\n") + 1 for line in line_numbers(text).values())


def test_every_variable_is_one_settings_alone() -> None:
    """No two settings share a variable, and every setting is described."""
    found = list(leaves())
    assert len({leaf.env for leaf in found}) == len(found)
    assert [leaf.key for leaf in found if not leaf.description] == []


HASH = Secret("sha256:" + "0" * 64)
OTHER = Secret("sha256:" + "1" * 64)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Settings(server=Server(tls_cert="c")), "server.tls_cert and server.tls_key go together"),
        (
            Settings(server=Server(trusted_proxies=("10.0.0.0/8", "proxy"))),
            "server.trusted_proxies[1] is neither an address",
        ),
        (Settings(server=Server(cors_origins=("*", "a.example"))), "server.cors_origins[1] is not an origin"),
        (
            Settings(chatqueue=Chatqueue(cors_origins=("https://a.example/x",))),
            "chatqueue.cors_origins[0] is not an origin",
        ),
        (Settings(doors=(Door(name="default", address=":1"),)), "the door `default` has no address of its own"),
        (Settings(doors=(Door(name="a"),)), "the door 'a' needs an address"),
        (Settings(doors=(Door(name="a", address=":65536"),)), "has a port above 65535"),
        (Settings(doors=(Door(name="a", address=":8080"),)), "has the address of another door"),
        (
            Settings(doors=(Door(name="a", address=":1"), Door(name="a", address=":2"))),
            "doors: the name 'a' is given 2 times.",
        ),
        (Settings(keys=(Key("a", HASH, "u"), Key("b", HASH, "v"))), "keys: a, b have the same hash"),
        (Settings(keys=(Key("a", HASH, "u"), Key("a", OTHER, "u"))), "keys: the name 'a' is given 2 times."),
        (Settings(connections=(Connection("a", headers={"X Y": HASH}),)), "'a' has a header whose name is not one."),
        (Settings(models=Models(aliases={"a": "a"})), "models.aliases: 'a' must stand for another name."),
    ],
)
def test_rules_between_settings(settings: Settings, sentence: str) -> None:
    """A rule that is broken is said in one sentence, and no other with it."""
    broken = broken_rules(settings)
    assert len(broken) == 1
    assert sentence in broken[0]


def test_budgets_of_the_file_are_whole_and_given_once() -> None:
    daily = Budget("user", "requests", "day", 5)
    settings = Settings(budgets=(daily, Budget("tenant", "money", "month", 5), daily))
    assert broken_rules(settings) == [
        "budgets[1]: a budget of money needs a currency, such as `USD`.",
        "budgets: the requests a day of the user '*' are given 2 times.",
    ]
    assert broken_rules(Settings(budgets=(daily, Budget("user", "tokens", "day", 5)))) == []


def test_sound_settings_break_no_rule() -> None:
    """Doors on ports the system chooses, origins of apps and networks of proxies are all fine."""
    settings = Settings(
        server=Server(cors_origins=("app://obsidian.md",), trusted_proxies=("::1",), port=0),
        doors=(Door(name="default"), Door(name="a", address=":0"), Door(name="b", address="127.0.0.1:0")),
        keys=(Key("a", HASH, "u"), Key("b", OTHER, "u", scopes=("chat", "observe"))),
        connections=(Connection("a", headers={"X-Y": HASH}),),
        models=Models(aliases={"a": "b"}),
    )
    assert broken_rules(settings) == []
    assert settings.keys[1].granted == {"chat", "observe"}
