"""What `config show` prints, and the pages and files made from the schema."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from parlance.settings.load import Loaded, Sources, load
from parlance.settings.reference import reference
from parlance.settings.tree import leaves
from parlance.settings.view import as_json, rows, show

ROOT = Path(__file__).parents[3]
TOML = f"""
[[keys]]
name = "k"
hash = "sha256:{"c0ffee11" * 8}"
user = "u"
[[connections]]
name = "c"
base_url = "https://me:pass-word@up.example/v1"
api_key = "sk-SECRET"
headers = {{ Authorization = "Bearer SECRET" }}
[connections.cards."m.1"]
context = 8
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "parlance.toml").write_text(TOML)
    env = {"HOME": "/h", "PARLANCE_SERVER_PORT": "9", "PARLANCE_DOORS": '[{"name": "a", "address": ":1"}]'}
    return load(Sources(env=env, cwd=tmp_path, platform="linux", system_config=tmp_path / "none"))


def test_no_secret_is_shown(loaded: Loaded) -> None:
    """Keys, hashes, header values and passwords in URLs show as set or not at all, in text and as JSON."""
    shown = "\n".join(show(loaded, origin=True)) + msgspec.json.encode(as_json(loaded, origin=True)).decode()
    assert not re.search("SECRET|c0ffee|pass-word", shown)
    assert 'connections[0].api_key = "set"' in shown
    assert "https://[secret]@up.example/v1" in shown
    assert "SECRET" not in repr(loaded)


def test_secrets_are_shown_when_asked_for(loaded: Loaded) -> None:
    """Without redaction the values are there, for moving a configuration elsewhere."""
    assert as_json(loaded, redact=False)["connections[0].api_key"] == "sk-SECRET"


def test_each_value_shows_its_origin(loaded: Loaded) -> None:
    """A line ends in the place of its value; what an item of a list leaves out is the default."""
    found = {row.key: str(row.origin) for row in rows(loaded)}
    assert found["server.port"] == "environment: PARLANCE_SERVER_PORT"
    assert found["keys[0].user"].endswith("parlance.toml:5")
    assert found["keys[0].tenant"] == "default"
    assert found["connections[0].cards.m.1.context"].endswith("parlance.toml:12")
    assert found["doors[0].name"] == "environment: PARLANCE_DOORS"
    assert found["server.host"] == "default"
    assert re.search(r"^server.port = 9 +# environment: PARLANCE_SERVER_PORT$", "\n".join(show(loaded, True)), re.M)
    assert "server.tls_cert = none" in show(loaded)
    assert as_json(loaded, origin=True)["server.port"] == {
        "value": 9,
        "origin": {"layer": "environment", "place": "PARLANCE_SERVER_PORT"},
    }


def test_the_reference_is_current() -> None:
    """docs/reference/settings.md is what `python -m parlance.settings.reference` writes."""
    assert (ROOT / "docs/reference/settings.md").read_text("utf-8") == reference()


def test_the_reference_names_every_setting() -> None:
    """Each setting's variable is on the page."""
    page = reference()
    assert [leaf.env for leaf in leaves() if f"`{leaf.env}`" not in page] == []


def _uncommented(text: str) -> str:
    """The example with every line that is a setting in a comment taken in."""
    return re.sub(r"^# (?=\[|[\w\"-]+ = )", "", text, flags=re.M)


@pytest.mark.parametrize("full", [False, True])
def test_the_example_loads(tmp_path: Path, full: bool) -> None:
    """parlance.example.toml loads as it is, which changes nothing, and with every comment taken in."""
    text = (ROOT / "parlance.example.toml").read_text("utf-8")
    (tmp_path / "parlance.toml").write_text(_uncommented(text) if full else text)
    sources = Sources(env={"HOME": "/h"}, cwd=tmp_path, platform="linux", system_config=tmp_path / "none")
    settings = load(sources).settings
    (tmp_path / "parlance.toml").unlink()
    assert (settings == load(sources).settings) is not full
    assert bool(settings.keys and settings.connections and settings.doors) is full


def test_examples_in_the_guide_are_settings() -> None:
    """Every TOML line of the guide on configuring names keys that exist."""
    guide = (ROOT / "docs/howto/configure.md").read_text("utf-8")
    blocks = re.findall(r"(?:^    .*\n|^\n)+", guide, re.M)
    tables = [tomllib.loads(found[0]) for block in blocks if (found := re.search(r"^    \[.*", block, re.M | re.S))]
    assert len(tables) >= 3
    known = {leaf.key for leaf in leaves()}
    for table in tables:
        for section, values in table.items():
            named = {section} if isinstance(values, list) else {f"{section}.{name}" for name in values}
            assert named <= known
