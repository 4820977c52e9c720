"""A worker on one host, a server on another, folders of their own: what one embeds the other finds by its vectors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.databases import emptied
from parlance.testing.servers import as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.mock_bucket import MockBucket
from tests.conftest import Services
from tests.flows.callers import Caller, connection_toml
from tests.flows.test_shared_storage import KEY, WORD, settings, until

PAGE = b"# Gardens\n\nTea is grown in Assam.\n\n## Coffee\n\nCoffee is grown in Kerala, in the shade of older trees.\n"


@contextmanager
def worker(folder: Path, toml: str) -> Iterator[None]:
    """`parlance worker` on a host of its own."""
    folder.mkdir()
    (folder / "parlance.toml").write_text(toml, encoding="utf-8")
    with (folder / "worker.log").open("wb") as log:
        call = [sys.executable, "-m", "parlance", "worker", "--data", str(folder / "data")]
        process = subprocess.Popen(call, cwd=folder, env=environment(folder, {}), stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.slow
async def test_what_a_worker_embeds_a_server_elsewhere_finds_by_its_vectors(services: Services, tmp_path: Path) -> None:
    """The vectors come by the database alone: the server makes its own index from it, and the worker none."""
    postgres = services.get("postgres")
    assert postgres is not None
    (tmp_path / "server").mkdir()
    async with emptied("postgres", postgres) as url:
        with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
            with in_thread(MockBucket(KEY, WORD, cos=False, bucket="papers")) as store:
                toml = settings(url, store, 0) + connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
                with as_process(tmp_path / "server", toml=toml) as server:
                    with worker(tmp_path / "worker", toml):
                        caller = Caller(server.port, "sk-ada-0")
                        base = await embedded(caller)
                    found = await by_vectors(caller, base)
        text = " ".join(each["chunk"]["content"] for each in found)
        assert "Assam" in text and "Kerala" in text
        assert all(each["scores"]["vector"] is not None for each in found)
        assert not (tmp_path / "worker" / "data" / "indexes").exists()


async def embedded(caller: Caller) -> str:
    """A base with a document that is ready."""
    body = {"name": "Gardens", "options": {"size": 60, "overlap": 0}}
    base: str = (await caller.ask("POST /parlance/v1/bases.create", body)).json["id"]
    sent = await caller.ask(f"POST /parlance/v1/documents.upload?base={base}&name=gardens.md", PAGE)
    document = sent.json["id"]

    async def ready() -> bool:
        found = (await caller.ask(f"GET /parlance/v1/documents.read?document={document}")).json
        assert found["state"] != "failed", found
        return bool(found["state"] == "ready")

    await until(ready)
    return base


async def by_vectors(caller: Caller, base: str) -> list[dict[str, Any]]:
    """What is found without looking at words."""
    body = {"base": base, "query": "Where is coffee grown?", "words": False}
    answer = await caller.ask("POST /parlance/v1/bases.retrieve", body)
    assert answer.status == 200 and not answer.json.get("remarks"), answer.body
    return list(answer.json["passages"])
