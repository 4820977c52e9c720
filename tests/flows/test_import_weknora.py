"""A WeKnora installation comes in over the command line, and its clients find what they had: by the old key, the old
password and the old ids."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.conftest import Services
from tests.dialects.weknora.served import Client
from tests.flows import weknora_original as old
from tests.flows.weknora_original import Original, filled, installed

pytestmark = pytest.mark.slow
PATIENCE = 120.0
"""Seconds for a verb, and for documents to be read, on a machine with other work."""


@pytest.fixture
async def original(services: Services, tmp_path: Path) -> AsyncIterator[Original]:
    """The installation, empty."""
    service = services.get("postgres")
    assert service is not None
    async with installed(service.url, tmp_path / "files") as made:
        yield made


@pytest.fixture
def upstream() -> Iterator[MockOpenAI]:
    """What serves its models."""
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as fake:
        yield fake


def served(folder: Path, upstream: MockOpenAI) -> Any:
    """The server that takes it in; its operator has listed where the models are."""
    origin = upstream.base_url.removesuffix("/v1")
    return as_process(folder, toml=f'[weknora]\nprivate_origins = ["{origin}"]\n')


def verb(folder: Path, *words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a verb in the home of a server's user, with the environment of the installation."""
    call = [sys.executable, "-m", "parlance", *words]
    more = {"capture_output": True, "text": True, "timeout": PATIENCE, "cwd": folder}
    return subprocess.run(call, env=environment(folder, env), **more)  # type: ignore[call-overload, no-any-return]


async def told(server: Server, original: Original, *words: str, **env: str) -> Any:
    """What the verb tells, as JSON."""
    given = ("import", "weknora", *words, "--json")
    done = await asyncio.to_thread(verb, server.folder, *given, env={**original.environment, **env})
    assert done.returncode == 0, done.stderr
    assert ("PARLANCE_API_KEY=<a tenant's key>" in done.stderr) is ("--dry-run" not in done.args)
    return json.loads(done.stdout)


async def read(client: Client, *ids: str) -> list[Any]:
    """Documents when they have been read, or could not be."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = (await client.ask(f"GET /knowledge/batch?ids={'&ids='.join(ids)}&"))["data"]
        if all(each["parse_status"] in ("completed", "failed") for each in found):
            return sorted(found, key=lambda each: ids.index(each["id"]))
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def test_what_was_there_is_found_by_the_old_key_password_and_ids(
    original: Original, upstream: MockOpenAI, tmp_path: Path
) -> None:
    """First it is only counted; then it comes; then it comes again, and nothing is there twice."""
    await filled(original, upstream.base_url)
    with served(tmp_path / "server", upstream) as server:
        counted = await told(server, original, "--dry-run")
        nothing = (await Client(server).with_token(server.console_token).ask("GET /tenants"))["data"]["items"]
        assert len(nothing) == 1, "it was only counted"
        first = await told(server, original)
        _is_all_told(first, counted)
        home = Client(server).with_key(old.tenant_key(old.HOME))
        await _tenants_are_there(server, home)
        await _models_are_there(home)
        await _bases_are_there(home)
        await _passages_are_found(home)
        await _sessions_are_there(home)
        again = await told(server, original)
        assert set(again["new"].values()) == {0} and again["there"]["messages"] == first["new"]["messages"]
        assert {name: again["there"][name] for name in ("tenants", "users", "models", "bases", "documents")} == {
            name: first["new"][name] for name in ("tenants", "users", "models", "bases", "documents")
        }
        assert len((await home.ask("GET /knowledge-bases"))["data"]) == 1
        assert (await home.ask(f"GET /knowledge-bases/{old.GARDENS}/knowledge"))["total"] == 3
        assert (await home.ask("GET /sessions"))["total"] == 2


def _is_all_told(first: Any, counted: Any) -> None:
    """Each thing is in one of the lists, and what is counted is what comes, but for what only a server can refuse."""
    came = {"tenants": 2, "users": 2, "keys": 1, "models": 4, "bases": 2, "documents": 4, "sessions": 2}
    assert first["new"] == {**came, "messages": 3 + old.LONG_MESSAGES} and set(first["there"].values()) == {0}
    assert counted["dry_run"] is True and counted["new"] == {**first["new"], "keys": 2, "documents": 5}
    left = {each["id"]: each["said"] for each in first["left"]}
    assert left.keys() == {old.EVE, "model-voice-1", old.TWIN, old.NOTHING, "7c000000-aaaa-4bbb-8ccc-00000000000f"}
    assert "same bytes" in left[old.TWIN] and "no chunks" in left[old.NOTHING] and "deleted" in left[old.EVE]
    assert [(each["id"], each["said"]) for each in first["texts"]] == [(old.LOST, "its file is gone")]
    remarks = {each["id"]: each["said"] for each in first["remarks"]}
    assert remarks.keys() == {str(old.PROGRAMS), old.HIDDEN, old.GARDENS, old.BROKEN}
    assert "cannot stand in paths" in remarks[old.BROKEN]
    assert "TENANT_AES_KEY" in remarks[str(old.PROGRAMS)] and "private_origins" in remarks[old.HIDDEN]
    assert first["deleted"]["tenants"] == first["deleted"]["bases"] == first["deleted"]["sessions"] == 1


async def _tenants_are_there(server: Server, home: Client) -> None:
    """By the key and by the password; a key that is no good there is none here; who is shut out stays so."""
    tenant = (await home.ask(f"GET /tenants/{old.HOME}"))["data"]
    assert (tenant["id"], tenant["name"], tenant["business"]) == (old.HOME, "ada's Workspace", "tea")
    assert tenant["api_key"] == old.tenant_key(old.HOME) and tenant["created_at"].startswith("2025-09-2")
    nobody = Client(server)
    ada = await nobody.ask("POST /auth/login", {"email": "ada@example.org", "password": old.PASSWORD})
    assert (ada["user"]["id"], ada["user"]["tenant_id"]) == (old.ADA, old.HOME)
    assert ada["tenant"]["api_key"] == old.tenant_key(old.HOME)
    wrong = await nobody.ask("POST /auth/login", {"email": "ada@example.org", "password": "another one"}, 401)
    bob = await nobody.ask("POST /auth/login", {"email": "bob@example.org", "password": old.PASSWORD}, 401)
    assert wrong["message"] == "Invalid email or password" and bob["message"] == "Account is disabled"
    dead = old.tenant_key(old.PROGRAMS, "another key of 32 bytes, as were")
    await nobody.with_key(dead).ask("GET /tenants", status=401)
    operator = nobody.with_token(server.console_token)
    everybody = (await operator.ask("GET /tenants"))["data"]["items"]
    assert {each["id"] for each in everybody} == {old.HOME, old.PROGRAMS, 9999}
    programs = next(each for each in everybody if each["id"] == old.PROGRAMS)
    assert (programs["storage_quota"], programs["storage_used"]) == (10, len(old.TEA))


async def _models_are_there(home: Client) -> None:
    """One's own and those of all, with their keys, which nobody is told."""
    models = {each["id"]: each for each in (await home.ask("GET /models"))["data"]}
    assert {old.EMBEDDER, old.SPEAKER, old.HIDDEN} <= models.keys()
    embedder = models[old.EMBEDDER]
    assert (embedder["name"], embedder["type"], embedder["is_default"]) == ("mock-embed", "Embedding", True)
    assert embedder["parameters"]["api_key"] == "***"


async def _bases_are_there(home: Client) -> None:
    """With all that is said of them, but for what nothing here uses; a quota is what the documents take."""
    [base] = (await home.ask("GET /knowledge-bases"))["data"]
    assert (base["id"], base["name"], base["description"]) == (old.GARDENS, "Gardens", "What grows")
    assert base["chunking_config"] == {
        **{"chunk_size": 60, "chunk_overlap": 0, "separators": ["\n\n", "\n"], "enable_multimodal": True}
    }
    assert (base["embedding_model_id"], base["summary_model_id"]) == (old.EMBEDDER, old.SPEAKER)
    assert base["cos_config"]["secret_key"] == "***" and base["cos_config"]["region"] == "ap-test"
    tea, herbs, roses = await read(home, old.TEA_FILE, old.LOST, old.PAGE)
    assert [each["parse_status"] for each in (tea, herbs, roses)] == ["completed"] * 3
    assert (tea["file_name"], tea["metadata"], tea["type"]) == ("gardens.md", old.NOTED, "file")
    assert (herbs["file_name"], herbs["title"]) == ("herbs.pdf.md", "Herbs")
    assert (roses["source"], roses["type"], roses["title"]) == (old.ADDRESS, "url", "Roses")
    taken = sum(each["file_size"] for each in (tea, herbs, roses))
    tenant = (await home.ask(f"GET /tenants/{old.HOME}"))["data"]
    assert tenant["storage_used"] == taken and tea["file_size"] == len(old.TEA)
    assert tenant["storage_quota"] == 10 * 1024**3
    assert (await home.call(f"GET /knowledge/{old.TEA_FILE}/download")).body == old.TEA
    text = (await home.call(f"GET /knowledge/{old.LOST}/download")).body.decode()
    assert text == "Thyme wants sun. Mint wants water, and room.\n\nA drawing of sage."


async def _passages_are_found(home: Client) -> None:
    """By the models that were chosen there."""
    path = f"/knowledge-bases/{old.GARDENS}/hybrid-search"
    for asked, where, said in (
        ("Where is coffee grown?", old.TEA_FILE, "Kerala"),
        ("Who wants water?", old.LOST, "Mint"),
        ("When are roses pruned?", old.PAGE, "March"),
    ):
        best = (await home.ask(f"GET {path}", {"query_text": asked, "match_count": 5}))["data"][0]
        assert best["knowledge_id"] == where and said in best["content"]


async def _sessions_are_there(home: Client) -> None:
    """The newest first, with their strategies and messages in their order, and asked on."""
    newest, talk = (await home.ask("GET /sessions"))["data"]
    assert (newest["id"], talk["id"], talk["title"]) == (old.LONG, old.TALK, "Coffee")
    assert (talk["knowledge_base_id"], talk["max_rounds"], talk["rerank_threshold"]) == (old.GARDENS, 3, 0.65)
    assert talk["summary_parameters"]["prompt"] == "Be brief." and talk["fallback_response"] == "No idea."
    said = (await home.ask(f"GET /messages/{old.TALK}/load?limit=9"))["data"]
    assert [(each["id"][-2:], each["role"]) for each in said] == [
        ("10", "assistant"),
        ("11", "user"),
        ("09", "assistant"),
    ]
    assert said[1]["request_id"] == said[2]["request_id"] == "request-1" and said[0]["content"] == ""
    assert said[2]["content"] == "<think>\n</think>In Kerala."
    [found] = said[2]["knowledge_references"]
    assert (found["id"], found["knowledge_id"], found["score"], found["match_type"]) == (
        "old-chunk",
        old.TEA_FILE,
        0.71,
        1,
    )
    long = (await home.ask(f"GET /messages/{old.LONG}/load?limit=1000"))["data"]
    assert [each["content"] for each in long] == [f"line {n}" for n in range(old.LONG_MESSAGES)]
    answer = await home.call(f"POST /knowledge-chat/{old.TALK}", {"query": "Where is coffee grown?"})
    assert answer.status == 200 and b'"references"' in answer.body and b'"done":true' in answer.body
    assert (await home.ask(f"GET /messages/{old.TALK}/load?limit=9"))["data"][3]["content"] == "Where is coffee grown?"


async def test_what_is_broken_off_goes_on_with_nothing_twice(
    original: Original, upstream: MockOpenAI, tmp_path: Path
) -> None:
    """The verb is killed in the middle, then the server; the third time all comes that is still missing."""
    await filled(original, upstream.base_url)
    ids = [f"8c000000-aaaa-4bbb-8ccc-{n:012d}" for n in range(40)]
    for n, id in enumerate(ids):
        data = f"Bed {n} has {n * 17} lettuces.\n".encode() * 400
        inside = {"tenant_id": old.HOME, "knowledge_base_id": old.GARDENS, "source": "", "title": f"{n}.txt"}
        file = {"type": "file", "file_name": f"{n}.txt", "file_path": original.file(old.HOME, id, data)}
        await original.put("knowledges", id=id, **inside, **file, parse_status="completed")
    folder = tmp_path / "server"
    with served(folder, upstream) as server:
        await asyncio.to_thread(_broken_off, server, original, lambda process: process.kill())
    with served(folder, upstream) as server:
        home = Client(server).with_key(old.tenant_key(old.HOME))
        there = (await home.ask(f"GET /knowledge-bases/{old.GARDENS}/knowledge"))["total"]
        assert 0 < there < 43, "it was broken off in the middle"
        assert server.process is not None
        killed = server.process
        await asyncio.to_thread(_broken_off, server, original, lambda process: killed.kill())
    with served(folder, upstream) as server:
        whole = await told(server, original)
        home = Client(server).with_key(old.tenant_key(old.HOME))
        assert whole["new"]["documents"] + whole["there"]["documents"] == 44
        found = await read(home, *ids[:20]) + await read(home, *ids[20:])
        assert [each["parse_status"] for each in found] == ["completed"] * 40
        assert (await home.ask(f"GET /knowledge-bases/{old.GARDENS}/knowledge"))["total"] == 43
        tenant = (await home.ask(f"GET /tenants/{old.HOME}"))["data"]
        rest = await read(home, old.TEA_FILE, old.LOST, old.PAGE)
        assert tenant["storage_used"] == sum(each["file_size"] for each in found + rest)
        assert (await home.ask("GET /sessions"))["total"] == 2


def _broken_off(server: Server, original: Original, kill: Any) -> None:
    """Kill something once the documents of a base are on their way, or once it is over."""
    call = [sys.executable, "-m", "parlance", "import", "weknora", "--json"]
    env = environment(server.folder, original.environment)
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=server.folder, env=env) as going:
        assert going.stderr is not None
        for line in going.stderr:
            if line.startswith(b"base Gardens, document 21"):
                break
        kill(going)
        going.wait(PATIENCE)


async def test_what_is_no_such_database_is_said_in_a_sentence(original: Original, tmp_path: Path) -> None:
    """Nor is one that nobody named, or that does not answer; a key of another length is none."""
    home = tmp_path / "server"
    home.mkdir()
    cases = [
        ({}, "DB_HOST", 2),
        ({**original.environment, "DB_NAME": "postgres"}, "no database of WeKnora", 2),
        ({**original.environment, "DB_PORT": "1"}, "cannot be read", 1),
        ({**original.environment, "DB_HOST": "h.invalid"}, "DB_HOST=127.0.0.1", 1),
        ({**original.environment, "TENANT_AES_KEY": "short"}, "16, 24 or 32 bytes", 2),
        ({**original.environment, "LOCAL_STORAGE_BASE_DIR": str(home / "none")}, "LOCAL_STORAGE_BASE_DIR", 1),
    ]
    (original.folder).mkdir()
    for env, said, code in cases:
        done = await asyncio.to_thread(verb, home, "import", "weknora", env=env)
        assert (done.returncode, said in done.stderr) == (code, True), (env, done.stderr)
    odd = await asyncio.to_thread(verb, home, "import", "weknora", "--database", "nonsense", "--dry-run", env={})
    assert odd.returncode == 1 and "cannot be read" in odd.stderr
    assert (await asyncio.to_thread(verb, home, "import", "x.json", "--dry-run", env={})).returncode == 2
