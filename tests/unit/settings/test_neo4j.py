"""Where graphs are copied to, by our names and by WeKnora's."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.settings.layers import SettingsError
from parlance.settings.load import Loaded, Sources, load

URL = "http://neo4j.example:7474"
WORD = "word-of-a-test"
ON = f'[knowledge]\ngraph = true\n[knowledge.neo4j]\nurl = "{URL}"\n'
WEKNORA = {
    "RETRIEVE_DRIVER": "postgres",
    "ENABLE_GRAPH_RAG": "true",
    "NEO4J_ENABLE": "true",
    "NEO4J_URI": URL,
    "NEO4J_USERNAME": "neo4j",
    "NEO4J_PASSWORD": WORD,
}


def read(folder: Path, toml: str = "", **env: str) -> Loaded:
    """Settings of a file and of variables."""
    (folder / "parlance.toml").write_text(toml)
    return load(Sources(env={"HOME": "/home/nobody", **env}, cwd=folder, platform="linux"))


def refused(folder: Path, toml: str, **env: str) -> list[str]:
    """What is said of settings that cannot be."""
    with pytest.raises(SettingsError) as error:
        read(folder, toml, **env)
    return list(error.value.sentences)


def test_a_neo4j_has_an_address_and_who_we_are_there(tmp_path: Path) -> None:
    """No password is shown; without an address there is none."""
    assert read(tmp_path).settings.knowledge.neo4j.url is None
    chosen = read(tmp_path, f'{ON}user = "ada"\npassword = "{WORD}"\n').settings.knowledge.neo4j
    assert (chosen.url, chosen.user, chosen.database) == (URL, "ada", "neo4j")
    assert chosen.password is not None and chosen.password.reveal() == WORD and WORD not in repr(chosen)


@pytest.mark.parametrize("scheme", ["bolt", "neo4j", "bolt+s", "neo4j+ssc", "BOLT"])
def test_bolt_is_refused_with_what_to_set_instead(tmp_path: Path, scheme: str) -> None:
    """And no port is guessed: the sentence says that one is wanted."""
    [said] = refused(tmp_path, ON.replace("http:", f"{scheme}:"))
    assert "Bolt" in said and "HTTP address with the port" in said


@pytest.mark.parametrize("url", ["neo4j.example:7474", f"http://ada:{WORD}@neo4j.example", f"{URL}/?a=b", "ftp://x"])
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    """Without repeating it, for it may hold a password."""
    [said] = refused(tmp_path, ON.replace(URL, url))
    assert said.startswith("knowledge.neo4j.url is not") and WORD not in said


def test_what_belongs_together_is_set_together(tmp_path: Path) -> None:
    """A user and a password; a token instead of them; and graphs, without which there is nothing to copy."""
    assert "go together" in refused(tmp_path, f'{ON}user = "ada"\n')[0]
    assert "go together" in refused(tmp_path, f'{ON}password = "{WORD}"\n')[0]
    [both] = refused(tmp_path, f'{ON}user = "ada"\npassword = "{WORD}"\ntoken = "{WORD}"\n')
    assert "in place of" in both and WORD not in both
    assert "knowledge.graph" in refused(tmp_path, ON.replace("true", "false"))[0]
    assert read(tmp_path, f'{ON}token = "{WORD}"\n').settings.knowledge.neo4j.token


def test_the_variables_of_weknora_name_one_where_they_can(tmp_path: Path) -> None:
    """By HTTP, and where it is switched on there."""
    loaded = read(tmp_path, **WEKNORA)
    chosen = loaded.settings.knowledge.neo4j
    assert (chosen.url, chosen.user) == (URL, "neo4j") and chosen.password is not None
    assert not [word for word in loaded.warnings if "NEO4J" in word]
    off = read(tmp_path, **{**WEKNORA, "NEO4J_ENABLE": "false"})
    assert off.settings.knowledge.neo4j.url is None and [word for word in off.warnings if "NEO4J_ENABLE" in word]


def test_a_bolt_address_of_weknora_is_told_and_not_guessed_from(tmp_path: Path) -> None:
    """The server starts, with the same answers; with our own address the name and the password count."""
    env = {**WEKNORA, "NEO4J_URI": f"bolt://neo4j:{WORD}@db.example:7687"}
    loaded = read(tmp_path, **env)
    assert loaded.settings.knowledge.neo4j.url is None and loaded.settings.knowledge.graph
    [said] = [word for word in loaded.warnings if word.startswith("NEO4J_URI")]
    assert "knowledge.neo4j.url" in said and WORD not in said
    chosen = read(tmp_path, **env, PARLANCE_KNOWLEDGE_NEO4J_URL=URL).settings.knowledge.neo4j
    assert (chosen.url, chosen.user) == (URL, "neo4j") and chosen.password is not None


def test_the_variables_count_beside_a_mark_alone(tmp_path: Path) -> None:
    """They are Neo4j's own names, which other programs read, too."""
    env = {name: value for name, value in WEKNORA.items() if name != "RETRIEVE_DRIVER"}
    loaded = read(tmp_path, **env)
    assert loaded.settings.knowledge.neo4j.url is None and not loaded.settings.knowledge.neo4j.user
    assert not [word for word in loaded.warnings if "NEO4J" in word]
