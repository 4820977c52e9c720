"""`serve --workers`: several processes at one port, looked after and ended together."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path

import pytest

from parlance.cli import crew
from parlance.testing.databases import emptied
from parlance.testing.servers import Server, as_process
from parlance.testing.services import Service
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.conftest import Services
from tests.flows.callers import Caller, connection_toml
from tests.flows.test_accounts import PASSWORD, Person, told
from tests.naming import fresh
from tests.unit.transports.small import Raw

WORKERS = 3
PATIENCE = 40.0


def children(server: Server) -> set[int]:
    """The processes of the workers (Linux)."""
    assert server.process is not None
    pid = server.process.pid
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def settings(database: str, redis: Service, upstream: MockOpenAI) -> str:
    toml = f'[database]\nurl = "{database}"\n[redis]\nurl = "{redis.url}"\nprefix = "{fresh("workers")}:"\n'
    return toml + connection_toml(upstream.base_url, "mock", "mock", "mock-p20-n400", first_token_seconds=120)


async def test_workers_are_one_server_and_live_and_end_together(services: Services, tmp_path: Path) -> None:
    """All answer at one port, as one; a killed one is replaced; SIGTERM lets what runs end, and leaves nobody."""
    postgres, redis = services.get("postgres"), services.get("redis")
    assert postgres is not None and redis is not None
    async with emptied("postgres", postgres) as url:
        with in_thread(MockOpenAI()) as upstream:
            toml = settings(url, redis, upstream)
            with as_process(tmp_path, "--workers", str(WORKERS), toml=toml) as server:
                await _one_server(server)
                held = await _replaced(server)
                ours = children(server)
                assert server.process is not None
                server.process.send_signal(signal.SIGTERM)
                body = await held.rest()
                assert b"data: [DONE]" in body or b'"error"' in body
                assert await asyncio.to_thread(server.process.wait, PATIENCE) == 0
                assert not [pid for pid in ours if alive(pid)]


async def _one_server(server: Server) -> None:
    signed = (await told(Caller(server.port), "accounts.sign_up", name="Ada", password=PASSWORD)).json
    person = Person(server.port, signed)
    answers = await asyncio.gather(*(person.ask("GET /v1/models") for _ in range(40)))
    assert {answer.status for answer in answers} == {200}
    assert len(children(server)) == WORKERS
    assert _listening(server) == WORKERS


async def _replaced(server: Server) -> Raw:
    """Kill one worker; gives a stream of those who live that goes on for long."""
    before = children(server)
    os.kill(min(before), signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while len(now := children(server)) < WORKERS or now == before or _listening(server) < WORKERS:
        assert time.monotonic() < deadline, server.log
        await asyncio.sleep(0.05)
    assert "it is started again" in server.log
    caller = Caller(server.port, server.console_token)
    body = {"model": "mock-p20-n400", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    held = await caller.raw("POST /v1/chat/completions", body)
    await held.until(b"data: ")
    return held


def _listening(server: Server) -> int:
    return len(re.findall(rf":{server.port:04X} 00000000:0000 0A", Path("/proc/net/tcp").read_text()))


def refused(folder: Path, *arguments: str, toml: str = "") -> str:
    with pytest.raises(ChildProcessError) as failed:
        with as_process(folder, *arguments, toml=toml):
            raise AssertionError("it started")
    return str(failed.value)


def test_workers_that_share_nothing_are_refused(tmp_path: Path) -> None:
    """With a sentence for each thing that is missing."""
    said = refused(tmp_path, "--workers", "2", "--ephemeral")
    for word in ("cannot share SQLite", "need Redis", "data.ephemeral"):
        assert word in said
    assert "Traceback" not in said


def test_workers_that_cannot_start_are_told_of_once(tmp_path: Path) -> None:
    """The first one says why, and the command ends as it does."""
    toml = '[database]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n[redis]\nurl = "redis://127.0.0.1:1"\n'
    said = refused(tmp_path, "--workers", "2", toml=toml)
    assert said.count("Cannot start: The database cannot be reached.") == 1


def test_a_port_that_others_have_is_refused(tmp_path: Path) -> None:
    """Though they would share it: another server's callers are not ours."""
    with crew.reserved("127.0.0.1", 0) as held:
        held.listen()
        with pytest.raises(OSError):
            crew.reserved("127.0.0.1", held.getsockname()[1])
