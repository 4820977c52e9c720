"""Behind Caddy and nginx, with the very files of deploy/: streams flow, departures are seen, nobody is the owner."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.deploy.programs import free_port, program
from tests.flows.callers import CHAT, OLLAMA_CHAT, Caller, Endpoint, apart, call_with, key_toml, until

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
KEY = "sk-behind-a-proxy"
HOST = "chat.example.org"
PACED, IDLE = "mock-p50-n20", "mock-idle"
TOML = f"""
[server]
trusted_proxies = ["127.0.0.1"]
public_hosts = ["{HOST}"]
{key_toml(KEY, "laptop", "ada")}
"""


class Stage(NamedTuple):
    """A proxy's port, and what is behind it."""

    port: int
    upstream: MockOpenAI

    @property
    def caller(self) -> Caller:
        """Somebody who comes through the proxy."""
        return Caller(self.port, KEY)


def caddy(folder: Path, port: int, server: Server) -> list[str]:
    """Our Caddyfile on a free port, without certificates from elsewhere."""
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    text = text.replace(f"{HOST} {{", f"http://{HOST}:{port} {{").replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def nginx(folder: Path, port: int, server: Server) -> list[str]:
    """Our server block on a free port, with a certificate of our own for nginx to load but plain HTTP to speak."""
    text = (DEPLOY / "nginx" / "parlance.conf").read_text(encoding="utf-8")
    certificate = trustme.CA().issue_cert(HOST)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    text = re.sub(r"(ssl_certificate\w*\s+)\S+;", rf"\1{folder}/both.pem;", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
    kept = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{kept}{text}}}\n"
    (folder / "nginx.conf").write_text(whole)
    return [program("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


@contextmanager
def proxied(folder: Path, command: list[str], port: int) -> Iterator[None]:
    """The proxy, until the block ends."""
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "XDG_DATA_HOME": "/tmp"})
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module", params=[caddy, nginx], ids=["caddy", "nginx"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server, and a proxy before it."""
    made: Callable[[Path, int, Server], list[str]] = request.param
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    with apart(folder / "server", TOML, PACED, IDLE, first_token_seconds=120) as (server, upstream):
        with proxied(folder, made(folder, port, server), port):
            yield Stage(port, upstream)


async def reached(stage: Stage) -> None:
    """Wait until the proxy answers."""

    async def answers() -> bool:
        try:
            return (await stage.caller.ask("GET /health", host=HOST)).status == 200
        except OSError:
            return False

    deadline = time.monotonic() + 20
    while not await answers():
        assert time.monotonic() < deadline, "the proxy did not come up"


@pytest.mark.parametrize(("endpoint", "end"), [(CHAT, b"[DONE]"), (OLLAMA_CHAT, b'"done":true')], ids=["sse", "ndjson"])
async def test_each_event_comes_through_as_it_is_said(stage: Stage, endpoint: Endpoint, end: bytes) -> None:
    """A proxy that gathers them would give all twenty at once, a second later."""
    await reached(stage)
    text = f"Slowly, {endpoint.name}."
    connection = await stage.caller.raw(f"POST {endpoint.path}", endpoint.make(PACED, text, True), host=HOST)
    await connection.until(b"tok0")
    call = call_with(stage.upstream, text)
    assert call is not None and call.active, "the first event came only when the last had been said"
    await connection.until(end)


async def test_a_client_that_leaves_stops_the_model_behind_a_proxy_too(stage: Stage) -> None:
    """The proxy hangs up on us when its client does."""
    await reached(stage)
    connection = await stage.caller.raw(f"POST {CHAT.path}", CHAT.make(IDLE, "I leave.", True), host=HOST)
    await connection.until(b"tok0")
    connection.fin()
    call = call_with(stage.upstream, "I leave.")
    assert call is not None
    await until(lambda: not call.active, within=5)


async def test_a_proxy_makes_nobody_the_owner_of_the_machine(stage: Stage) -> None:
    """It connects from this machine, but whom it brings must show a key."""
    await reached(stage)
    stranger = Caller(stage.port)
    assert (await stranger.ask("GET /v1/models", host=HOST)).status == 401
    assert (await stage.caller.ask("GET /v1/models", host=HOST)).status == 200
