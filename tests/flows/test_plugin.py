"""An engine of another distribution, as the how-to has it: installed as people do, held to the contract, and asked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.plugins import ENGINES, named, part
from parlance.ports.engines import ChatEngine
from parlance.testing.engines import ChatEngineContract
from parlance.testing.servers import Server, as_process, environment
from parlance.values.errors import Fault
from parlance.values.time import SystemClock
from tests.flows.callers import ENDPOINTS, Caller

MOST_LINES = 40
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "plugins.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    """What the how-to says to write: its nth block in a language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return found[number]


PROJECT, TOML = block("toml", 0), block("toml", 1)
ENGINE, SUITE = block("python", 0), block("python", 1)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip installed the distribution, from its source and without a network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    (source / "pyproject.toml").write_text(PROJECT, "utf-8")
    (source / "parlance_backwards.py").write_text(ENGINE, "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    flags = ["--no-deps", "--no-build-isolation", "--target", str(target), str(source)]
    done = subprocess.run([*pip, *flags], capture_output=True, text=True, timeout=50, env=environment(source))
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def on_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The distribution can be imported in this process."""
    monkeypatch.syspath_prepend(installed)
    yield installed
    sys.modules.pop("parlance_backwards", None)


@pytest.fixture(scope="module")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that was only told the kind of the connection."""
    folder = tmp_path_factory.mktemp("plugin")
    with as_process(folder, toml=TOML, env={"PYTHONPATH": str(installed)}) as running:
        yield running


class TestContract(ChatEngineContract):
    """The suite that our own engines pass."""

    model = "backwards"

    @pytest.fixture
    async def engine(self, on_path: Path) -> ChatEngine:
        """The engine as the entry point makes it."""
        made: Engine = part(ENGINES, "backwards")(
            Upstream("words"), Surroundings(Client(), SystemClock(), lambda text: text)
        )
        assert made.chat is not None
        return made.chat


def test_forty_lines_are_enough_for_an_engine() -> None:
    """Imports, catalogue, chat, refusals and all."""
    assert ENGINE.count("\n") <= MOST_LINES


def test_the_suite_is_run_as_the_page_says(installed: Path, tmp_path: Path) -> None:
    """In a folder of its own, beside nothing but the distribution."""
    (tmp_path / "test_backwards.py").write_text(SUITE, "utf-8")
    call = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "asyncio_mode=auto",
        "-c",
        "/dev/null",
    ]
    env = environment(tmp_path, {"PYTHONPATH": str(installed)})
    done = subprocess.run(
        [*call, "test_backwards.py"], capture_output=True, text=True, timeout=50, cwd=tmp_path, env=env
    )
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout + done.stderr


def test_a_plugin_is_known_by_its_entry_point_and_takes_no_built_in_name(on_path: Path) -> None:
    """It stands beside the built-in engines; an unknown kind is refused with the names there are."""
    assert {"openai", "ollama", "quote", "backwards"} <= set(named(ENGINES))
    with pytest.raises(Fault) as unknown:
        part(ENGINES, "sideways")
    assert "backwards" in (unknown.value.hint or "")


async def test_its_model_is_listed_and_answers_in_every_dialect(server: Server) -> None:
    """Streamed and whole, with the options that only it understands."""
    caller = Caller(server.port)
    listed = [model["id"] for model in (await caller.ask("GET /v1/models")).json["data"]]
    assert "backwards" in listed
    assert "backwards" in [
        model["name"].partition(":")[0] for model in (await caller.ask("GET /api/tags")).json["models"]
    ]
    for endpoint in ENDPOINTS:
        for stream in endpoint.ways:
            body = endpoint.make("backwards", "one two three", stream)
            answer = await caller.ask(f"POST {endpoint.path}", body)
            if endpoint.name in ("embeddings", "ollama-embed", "completions"):
                assert answer.status in (400, 404), (endpoint.name, answer)
                continue
            assert answer.status == 200, (endpoint.name, answer)
            assert all(word in answer.body for word in (b"three", b"two", b"one", b"amen")), endpoint.name
    assert (await caller.chat("one two three", "backwards", stream=True)).text == "three two one amen"


def test_it_shows_in_the_list_of_the_command_line(server: Server, installed: Path) -> None:
    """As `parlance list` prints it."""
    done = subprocess.run(
        [sys.executable, "-m", "parlance", "list"],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=server.folder,
        env=environment(server.folder, {"PYTHONPATH": str(installed)}),
    )
    assert done.returncode == 0, done.stderr
    assert "backwards" in [line.split()[0].partition(":")[0] for line in done.stdout.splitlines()]
