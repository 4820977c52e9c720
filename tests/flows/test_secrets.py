"""No configured secret leaves the server: not in its log at any level, not in an answer, not in its metrics."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parlance.testing.servers import as_process, environment
from parlance.testing.upstreams import Behaviour, MockOllama, MockOpenAI, in_thread
from tests.flows.callers import ENDPOINTS, Caller, connection_toml, key_toml, until

ADMIN = "sk-admin-9f8e7d6c5b4a39281706"
WRONG = "sk-wrong-1a2b3c4d5e6f7a8b9c0d"
UPSTREAM = "sk-upstream-55e1c0ffee55e1c0ffee"
FROM_ENV = "sk-from-env-77aa77bb77cc77dd77ee"
HEADER = "tenant-header-31415926535897932384"
SECRETS = (ADMIN, WRONG, UPSTREAM, FROM_ENV, HEADER)
FORGED = "INFO forged line that nobody wrote"
SPEAKING = [Behaviour(name) for name in ("unauthorized", "internal-error", "rate-limited", "error-in-200", "html")]
SILENT = [Behaviour(name) for name in ("reset-before", "reset-midway", "redirect", "not-http", "half-line", "bad-utf8")]
MODELS = ("mock", "mock-embed", *(f"bad-{behaviour}" for behaviour in (*SPEAKING, *SILENT)))


class Scene(NamedTuple):
    """What a server wrote and answered over its life."""

    log: str
    told: bytes
    console: str
    ports: tuple[int, ...]


@pytest.fixture(scope="module", params=["text", "json"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server at its most talkative that was asked for everything, with every kind of trouble behind it."""
    folder = tmp_path_factory.mktemp("secrets")
    with in_thread(MockOpenAI(key=UPSTREAM)) as openai, in_thread(MockOllama(key=FROM_ENV)) as ollama:
        toml = key_toml(ADMIN, "admin", "admin", scopes=["all"]) + connection_toml(
            openai.base_url, "gpu", *MODELS, api_key=UPSTREAM, headers={"X-Tenant-Secret": HEADER}, retries=1
        )
        toml += connection_toml(
            ollama.base_url, "lama", *MODELS, kind="ollama", prefix="lama/", api_key_env="LAMA_KEY", retries=0
        )
        toml += connection_toml("http://127.0.0.1:1/v1", "gone", "mock", prefix="gone/", api_key=UPSTREAM, retries=0)
        toml += f'[log]\nlevel = "debug"\nformat = "{request.param}"\n'
        with as_process(folder, toml=toml, env={"LAMA_KEY": FROM_ENV}) as server:
            told = asyncio.run(everything(server.port))
            console = server.console_token
            ports = (openai.port, ollama.port)
        yield Scene(server.log, told, console, ports)


async def everything(port: int) -> bytes:
    """All that the server answers to many kinds of asks, headers and bodies."""
    admin, wrong = Caller(port, ADMIN), Caller(port, WRONG)
    told = []
    for endpoint in ENDPOINTS:
        models = [f"{prefix}{name}" for prefix in ("", "lama/", "gone/") for name in MODELS]
        for stream in endpoint.ways:
            for model in models:
                body = endpoint.make(model, f"My key is {ADMIN[:3]}", stream)
                told.append(await admin.ask(f"POST {endpoint.path}", body))
            told.append(await wrong.ask(f"POST {endpoint.path}", endpoint.make("mock", "Hello", stream)))
    for path in ("/health", "/ready", "/metrics", "/v1/models", "/api/tags", "/api/ps", "/api/cache-stats", "/"):
        told.append(await admin.ask(f"GET {path}"))
    for name in ("models.list", "models.loaded", "runs.list", "admission.read", "server.show"):
        told.append(await admin.ask(f"GET /parlance/v1/{name}"))
    for path in (f"/v1/models/{WRONG}", f"/v1/nowhere?key={ADMIN}", f"/{WRONG}", f"/v1/models?api_key={ADMIN}"):
        # What a client puts into a path is its own; it may be told to that client, and to nobody else.
        await admin.ask(f"GET {path}")
    for evil in ("a%0d%0a" + FORGED.replace(" ", "%20"), "b%1b[31m%0a" + FORGED.replace(" ", "%20")):
        told.append(await admin.ask(f"GET /v1/models/{evil}", x_request_id=f"id {FORGED}"))
        told.append(await admin.chat(model=evil))
    told.append(await admin.ask("GET /metrics"))
    await asyncio.sleep(0.2)
    return b"\n".join(json.dumps(answer.headers).encode() + answer.body for answer in told)


def test_no_answer_and_no_metric_holds_a_secret(scene: Scene) -> None:
    """Nor the upstream's address."""
    for secret in (*SECRETS, scene.console):
        assert secret.encode() not in scene.told
    for port in scene.ports:
        assert f"127.0.0.1:{port}".encode() not in scene.told
    assert b"parlance_request_seconds_count" in scene.told and b"tok7" in scene.told


def test_no_line_of_the_log_holds_a_secret_at_the_level_of_debug(scene: Scene) -> None:
    """Keys of clients, right and wrong, of upstreams, from a variable, in a header, and the console token."""
    assert "debug" in scene.log.lower(), "the log is not as talkative as it should be"
    assert scene.log.count("\n") > 100
    for secret in (*SECRETS, scene.console):
        found = scene.log.find(secret)
        assert found < 0, scene.log[max(0, found - 300) : found + 50]


def test_no_line_of_the_log_can_be_forged(scene: Scene) -> None:
    """Line ends and escapes of a client stay inside the line they came in."""
    assert "\x1b" not in scene.log and "\r" not in scene.log
    assert FORGED.split(" ", 1)[1] in scene.log, "what a client said was not logged at all"
    assert not any(line.startswith(FORGED) for line in scene.log.splitlines())


def test_a_debug_log_tells_what_the_trouble_was(scene: Scene) -> None:
    """A log without secrets is still a log: each request with its id, status and route."""
    assert "/v1/chat/completions" in scene.log and "answered" in scene.log
    assert "502" in scene.log and "401" in scene.log


async def test_the_command_that_shows_settings_shows_no_secret(tmp_path: Path) -> None:
    """Where each value comes from, and of secrets only that they are set."""
    folder = tmp_path
    toml = key_toml(ADMIN, "admin", "admin") + connection_toml("http://127.0.0.1:1/v1", "gpu", "m", api_key=UPSTREAM)
    (folder / "parlance.toml").write_text(toml, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "parlance", "config", "show", "--origin"),
        cwd=folder,
        env=environment(folder, {"PARLANCE_DISCOVERY_OPENAI_API_KEY": FROM_ENV}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    shown, _ = await process.communicate()
    assert process.returncode == 0, shown
    await until(lambda: process.returncode is not None)
    for secret in (ADMIN, UPSTREAM, FROM_ENV):
        assert secret.encode() not in shown
    assert b"connections" in shown
