"""The doctor sees what is wrong, and says what to do about it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.cli.checks import Finding, engines, extras, folder, installation, large_bases, port, python, running
from parlance.settings.knowledge import Knowledge
from parlance.settings.schema import Connection, Data, Discovery, Secret, Server, Settings
from parlance.testing.servers import in_thread as serving
from parlance.testing.servers import loaded
from parlance.testing.upstreams import Behaviour, MockOllama, MockOpenAI, in_thread


def quiet(**sections: Any) -> Settings:
    """Settings that look for nothing by themselves."""
    return Settings(**{"discovery": Discovery(ollama=False, openai_env=False), **sections})


def one(settings: Settings) -> Finding:
    """The only finding about the engines that is of interest here."""
    return next(iter(engines(settings)))


def test_an_old_python_is_a_fault() -> None:
    """With what to install."""
    assert python((3, 11, 7)) == Finding("python", "ok", "3.11.7")
    assert python((3, 10, 1)).state == "fail"


def test_extras_are_worth_a_note() -> None:
    """Whether they are there depends on this environment; it is never a fault."""
    assert extras().check == "embeddings" and extras().state in ("ok", "note")


def test_how_large_bases_are_searched_is_told() -> None:
    """By what, above which size, and what to install for it; none of it is a fault."""
    settings = quiet(knowledge=Knowledge(hnsw_above=5000))
    found, lacking = large_bases(settings, lambda name: name), large_bases(settings, lambda name: None)
    assert found.state == lacking.state == "ok"
    assert "searched by HNSW above 5,000 vectors" in found.detail and not found.advice
    assert "searched exactly also above 5,000" in lacking.detail and "requirements/hnsw.txt" in lacking.advice
    assert "every base is searched exactly" in large_bases(quiet(knowledge=Knowledge(hnsw_above=0))).detail


def test_a_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    """The folder and the token in it; the advice is a command."""
    token = tmp_path / "console-token"
    token.write_text("x")
    settings = quiet(data=Data(dir=str(tmp_path)))
    tmp_path.chmod(0o755)
    token.chmod(0o644)
    found = list(folder(settings))
    assert [finding.state for finding in found] == ["fail", "fail"]
    assert found[1].advice == f"chmod 600 {token}"
    tmp_path.chmod(0o700)
    token.chmod(0o600)
    assert [finding.state for finding in folder(settings)] == ["ok", "ok"]


def test_a_data_folder_must_be_a_folder(tmp_path: Path) -> None:
    """One that is not there yet must have a place to be made in; one that nobody wants is none."""
    (tmp_path / "file").write_text("")
    assert [f.state for f in folder(quiet(data=Data(dir=str(tmp_path / "file"))))] == ["fail"]
    [fresh] = folder(quiet(data=Data(dir=str(tmp_path / "a" / "b"))))
    assert fresh.state == "ok" and "first start" in fresh.detail
    assert [f.state for f in folder(quiet(data=Data(ephemeral=True)))] == ["note"]


def test_a_data_folder_needs_a_place(tmp_path: Path) -> None:
    """Below a file there is none."""
    (tmp_path / "file").write_text("")
    [finding] = folder(quiet(data=Data(dir=str(tmp_path / "file" / "data"))))
    assert finding.state == "fail" and "cannot be made" in finding.detail


def test_a_free_port_is_fine() -> None:
    """So is one that the system will choose."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        number = taken.getsockname()[1]
        assert port(quiet(server=Server(port=number))).state == "fail"
    assert port(quiet(server=Server(port=number))).state == "ok"
    assert port(quiet(server=Server(port=0))).state == "ok"
    assert port(quiet(server=Server(host="::1", port=number))).check == "port"


def test_a_port_of_another_program_is_a_fault() -> None:
    """Unless that program is Parlance itself."""
    with in_thread(MockOllama()) as other:
        finding = port(quiet(server=Server(port=other.port)))
        assert (finding.state, finding.advice != "") == ("fail", True)
        assert "another program" in finding.detail


def test_a_running_parlance_is_recognised(tmp_path: Path) -> None:
    """By the name it gives itself."""
    with serving(loaded(tmp_path)) as server:
        finding = port(quiet(server=Server(port=server.port)))
    assert finding.state == "ok" and "already" in finding.detail


@pytest.mark.slow
def test_the_running_server_is_looked_for_where_it_said(tmp_path: Path) -> None:
    """Whatever its port; one that was killed is told from one that answers."""
    assert list(running(None)) == []
    with serving(loaded(tmp_path)) as server:
        [found] = running(server.url)
    assert (found.state, found.detail) == ("ok", f"Parlance answers at {server.url}")
    [gone] = running(server.url)
    assert gone.state == "note" and gone.advice
    with in_thread(MockOllama()) as other:
        assert [finding.state for finding in running(other.origin)] == ["note"]


def test_engines_are_asked(tmp_path: Path) -> None:
    """Each in its own way, with its key; the finding names no more than its host."""
    with in_thread(MockOpenAI(key="right")) as openai, in_thread(MockOllama()) as ollama:
        connections = (
            Connection("work", base_url=openai.base_url, api_key=Secret("right")),
            Connection("own", kind="ollama", base_url=ollama.origin, headers={"X-A": Secret("b")}),
            Connection("off", base_url="http://127.0.0.1:1", enabled=False),
            Connection("odd", kind="plugin"),
        )
        assert [(f.check, f.state) for f in engines(quiet(connections=connections))] == [
            ("engine work", "ok"),
            ("engine own", "ok"),
            ("engine odd", "note"),
        ]
        refused = msgspec.structs.replace(connections[0], api_key=Secret("wrong"))
        assert "refuses the key" in one(quiet(connections=(refused,))).detail
        openai.behaviour = Behaviour.INTERNAL_ERROR
        assert "error 500" in one(quiet(connections=connections[:1])).detail


def test_an_engine_that_does_not_answer_is_a_fault() -> None:
    """And with none that does, the built-in one is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
    gone = Connection("gone", kind="ollama", base_url=f"http://127.0.0.1:{number}")
    found = list(engines(quiet(connections=(gone,))))
    assert [f.state for f in found] == ["fail", "note"]
    assert "quote" in found[1].advice


def test_what_would_be_found_at_start_is_looked_for() -> None:
    """An Ollama at its usual place, and a key of the environment."""
    with in_thread(MockOllama()) as ollama, in_thread(MockOpenAI()) as openai:
        discovery = Discovery(ollama_url=ollama.origin, openai_api_key=Secret("key"), openai_base_url=openai.base_url)
        assert [(f.check, f.state) for f in engines(Settings(discovery=discovery))] == [
            ("engine openai", "ok"),
            ("ollama", "ok"),
        ]
        ollama.behaviour = Behaviour.NOT_HTTP
        assert [f.state for f in engines(Settings(discovery=Discovery(ollama_url=ollama.origin)))] == ["note", "note"]


def test_a_copy_that_runs_instead_of_the_checkout_must_be_mended(tmp_path: Path) -> None:
    """It is told with the command that puts the sources back."""
    (tmp_path / "src" / "parlance").mkdir(parents=True)
    environment = tmp_path / ".venv"
    found = installation(str(environment), environment / "lib" / "parlance")
    assert (found.state, "make setup" in found.advice) == ("fail", True)
    assert installation(str(environment), tmp_path / "src" / "parlance").state == "ok"
